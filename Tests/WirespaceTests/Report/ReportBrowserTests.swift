import Foundation
import Testing
import Wirespace

/// The report in a real browser, opened from disk.
@Suite(
    "The report in Chromium", .serialized,
    .enabled(if: Browser.executable != nil, "needs Chromium or Chrome on the path"))
struct ReportBrowserTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")

    private func write(_ html: String) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "report.html")
        try Data(html.utf8).write(to: file)
        return file
    }

    private func launch() throws -> Browser { try Browser(try #require(Browser.executable)) }

    @Test("opens without a complaint, shows every picture, and sends nothing out")
    func opens() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let browser = try launch()
        let pages = try [
            Report.html(ReportFixtures.result(), ReportFixtures.pictures(), ReportFixtures.records()),
            Report.comparison([
                ("a", ReportFixtures.result(), ReportFixtures.records()),
                ("b", ReportFixtures.result(), ReportFixtures.records(30, offset: 0.05)),
            ]),
        ]
        for (number, html) in pages.enumerated() {
            let file = try write(html)
            try browser.open(file)
            let pictures = try browser.evaluate("document.images.length") as? Int
            let broken = try browser.evaluate("[...document.images].filter(i => !(i.naturalWidth > 0)).length") as? Int
            #expect(number == 1 || (pictures ?? 0) > 20)
            #expect(broken == 0)
            let charts = try browser.evaluate(
                "[...document.querySelectorAll('.chart > svg')].filter(s => s.getBoundingClientRect().height > 50).length"
            )
            #expect((charts as? Int ?? 0) >= 7)
            let complaints = browser.events.filter {
                ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].contains($0.method)
            }
            #expect(complaints.isEmpty, "\(complaints)")
            let requests = browser.events.filter { $0.method == "Network.requestWillBeSent" }.compactMap {
                ($0.parameters["request"] as? [String: Any])?["url"] as? String
            }
            #expect(requests.filter { !$0.hasPrefix("data:") } == [file.absoluteString])

            // Its policy holds: a picture from elsewhere is refused before it is asked for.
            let refused = try browser.evaluate(
                """
                new Promise(resolve => {
                    document.addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective));
                    const image = new Image();
                    image.src = 'http://127.0.0.1:9/away.png';
                    image.onload = () => resolve('loaded');
                    setTimeout(() => resolve('nothing refused'), 20000);
                })
                """)
            #expect(refused as? String == "img-src")
        }
    }

    @Test(
        "reads on narrow and wide screens, light and dark: nothing but its own scrolling parts is wider than the screen"
    )
    func screens() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let browser = try launch()
        let file = try write(Report.html(ReportFixtures.result(), ReportFixtures.pictures(), ReportFixtures.records()))
        try browser.open(file)
        for (width, scheme) in [(1280, "light"), (420, "light"), (1280, "dark"), (320, "dark")] {
            try browser.call(
                "Emulation.setDeviceMetricsOverride",
                ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false])
            try browser.call(
                "Emulation.setEmulatedMedia", ["features": [["name": "prefers-color-scheme", "value": scheme]]])
            let wide = try browser.evaluate("document.documentElement.scrollWidth") as? Int
            #expect((wide ?? .max) <= width)
            let first = try browser.evaluate("document.querySelector('.cards').getBoundingClientRect().top") as? Double
            #expect((first ?? .infinity) < 700, "the verdict is not on the first screen")
            let poor = try browser.evaluate(Self.contrastCheck) as? [String]
            #expect(poor == [], "\(scheme)")
        }
    }

    /// Texts whose colour stands against their ground with a contrast of less than 4.5 (WCAG 2.2, 1.4.3).
    private static let contrastCheck = """
        (() => {
            const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
            const rgb = colour => {
                canvas.clearRect(0, 0, 1, 1);
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data];
            };
            const light = colour => {
                const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ground = element => {
                for (let e = element; e; e = e.parentElement) {
                    const colour = rgb(getComputedStyle(e).backgroundColor);
                    if (colour[3] === 255) return colour;
                }
                return [255, 255, 255];
            };
            const poor = new Set();
            for (const e of document.querySelectorAll('body *')) {
                if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
                if (!e.getClientRects().length) continue;
                const style = getComputedStyle(e);
                const a = light(rgb(e instanceof SVGElement ? style.fill : style.color)), b = light(ground(e));
                const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (contrast < 4.5) poor.add(`${e.tagName}.${e.getAttribute('class')} ${contrast.toFixed(2)}`);
            }
            return [...poor];
        })()
        """

    /// A4 less the margins of the style sheet, in CSS pixels: 184 mm × 269 mm.
    private static let paper = (width: 695, height: 1016)

    /// The report as it is printed on A4.
    private func openForPrint() throws -> Browser {
        let browser = try launch()
        // As many archetypes as the real pages have, with long names: the widest table there is.
        let names = (0..<22).map { "\(Archetypes.long[$0 % Archetypes.long.count]) \($0)" }
        let file = try write(
            Report.html(
                ReportFixtures.result(archetypes: names), ReportFixtures.pictures(archetypes: names),
                ReportFixtures.records()))
        try browser.open(file)
        try browser.call("Emulation.setEmulatedMedia", ["media": "print"])
        try browser.call(
            "Emulation.setDeviceMetricsOverride",
            ["width": Self.paper.width, "height": Self.paper.height, "deviceScaleFactor": 1, "mobile": false])
        return browser
    }

    @Test("is laid out for A4 with nothing beyond the paper, and no row, chart or picture may be cut between pages")
    func printLayout() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let faults = try openForPrint().evaluate(
            """
            (() => {
                const faults = [];
                const say = (e, what) => faults.push(`${e.tagName}.${e.className} ${what}: ${e.textContent.slice(0, 40)}`);
                for (const e of document.querySelectorAll('tr, .card, .strip, .chart, .picture img, .methods > div')) {
                    const box = e.getBoundingClientRect();
                    if (box.right > \(Self.paper.width) + 1) say(e, `reaches to ${box.right}`);
                    if (box.height > \(Self.paper.height)) say(e, `is ${box.height} high`);
                    if (e.tagName !== 'IMG' && getComputedStyle(e).breakInside !== 'avoid') say(e, 'may be cut');
                }
                for (const e of document.querySelectorAll('th, td, .scroll')) {
                    if (getComputedStyle(e).overflowX !== 'visible') say(e, 'hides what is too wide');
                    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) say(e, 'is wider than its place');
                }
                for (const e of document.querySelectorAll('thead')) {
                    if (getComputedStyle(e).display !== 'table-header-group') say(e, 'is not repeated');
                }
                return faults;
            })()
            """)
        #expect(faults as? [String] == [])
    }

    @Test(
        "prints on A4 with no word beyond the paper and no row cut between pages",
        .enabled(if: Browser.program("pdftotext") != nil, "needs pdftotext (poppler-utils) on the path"))
    func prints() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let browser = try openForPrint()
        // Marks in the first and last cell of each row, to be found on the same sheet of the printed file.
        let rows = try browser.evaluate(
            """
            [...document.querySelectorAll('tr')].map((row, i) => {
                if (row.closest('thead')) return null;
                row.cells[0].prepend(`«${i}a `);
                row.cells[row.cells.length - 1].append(` ${i}z»`);
                return i;
            }).filter(i => i !== null)
            """)
        let printed = try browser.call("Page.printToPDF", ["preferCSSPageSize": true, "printBackground": true])
        let pdf = try #require(Data(base64Encoded: printed["data"] as? String ?? ""))
        #expect(pdf.starts(with: Data("%PDF".utf8)))
        try check(pdf, rows: try #require(rows as? [Int]), with: try #require(Browser.program("pdftotext")))
    }

    private func check(_ pdf: Data, rows: [Int], with pdftotext: String) throws {
        let (file, text) = (folder.appending(path: "report.pdf"), folder.appending(path: "words.html"))
        try pdf.write(to: file)
        let process = try Process.run(URL(filePath: pdftotext), arguments: ["-bbox", file.path, text.path])
        process.waitUntilExit()
        var sheet = 0
        var size = (width: 0.0, height: 0.0)
        var sheets: [String: Int] = [:]
        for line in try String(contentsOf: text, encoding: .utf8).split(separator: "\n") {
            if let page = line.firstMatch(of: /<page width="([\d.]+)" height="([\d.]+)"/) {
                sheet += 1
                size = (Double(page.1) ?? 0, Double(page.2) ?? 0)
            }
            guard
                let word = line.firstMatch(
                    of: /<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.*)<\/word>/),
                let left = Double(word.1), let top = Double(word.2), let right = Double(word.3),
                let bottom = Double(word.4)
            else { continue }
            #expect(left >= 0 && top >= 0 && right <= size.width && bottom <= size.height, "\(word.5)")
            if let mark = word.5.firstMatch(of: /«(\d+)a|(\d+)z»/) { sheets[String(mark.0)] = sheet }
        }
        #expect(sheet > 3)
        #expect(rows.count > 60)
        for row in rows {
            #expect(sheets["«\(row)a"] != nil && sheets["«\(row)a"] == sheets["\(row)z»"], "row \(row) is cut")
        }
    }

    private enum Archetypes {
        static let long = ["Page d'accueil", "Tableau de bord", "Inscription", "Conversation", "Réglages", "FAQ"]
    }
}
