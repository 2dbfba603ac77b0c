import Capture
import Foundation
import Testing
import Wireframes

private let chromium: String? = try? Browser.find()

/// A folder of its own that goes with its owner.
private final class Folder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "wirespace-capture-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    @discardableResult
    func add(_ name: String, _ text: String) throws -> URL {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }

    func names(below path: String) -> [String] {
        (FileManager.default.subpaths(atPath: url.appending(path: path).path(percentEncoded: false)) ?? []).sorted()
    }

    /// The layout of a captured page.
    func layout(_ name: String) throws -> LayoutDocument {
        try LayoutDocument(json: Data(contentsOf: url.appending(path: "out/\(name).json")))
    }
}

private func capture(
    _ targets: [CaptureTarget], into folder: Folder, widths: [Int] = [800], timeout: Double = 60, jobs: Int = 1
) throws -> [CaptureQueue.Outcome] {
    var settings = CaptureQueue.Settings()
    (settings.widths, settings.timeout, settings.jobs) = (widths, timeout, jobs)
    return try CaptureQueue(#require(chromium), into: folder.url.appending(path: "out"), settings: settings).run(
        targets)
}

private func words(_ document: LayoutDocument) -> String {
    document.tree.allNodes.compactMap(\.text).joined(separator: " ")
}

@Suite("Capturing pages", .serialized, .enabled(if: chromium != nil, "there is no Chromium on the PATH"))
struct CaptureTests {
    @Test("elements become nodes with their roles, places and words, and the picture is what the layout draws")
    func roles() throws {
        let folder = try Folder()
        try folder.add(
            "site/page.html",
            """
            <style>body { margin: 0 } img { position: absolute; left: 100px; top: 300px }</style>
            <header style="background: #eee; height: 60px"><nav><a href="#">Home</a> <a href="#">About</a></nav></header>
            <h1>A heading</h1><p>Some <b>words</b> with a <a href="#">link</a>.</p>
            <form><input placeholder="Name"><input type="checkbox"><input type="radio"><select><option>One</select>
            <button>Send</button></form>
            <img src="missing.png" width="200" height="120">
            <table border="1"><tr><td>Cell</td></tr></table><ul><li>Item</li></ul><hr>
            <p style="display:none">NONE</p><p style="visibility:hidden">HIDDEN</p><p style="opacity:0">CLEAR</p>
            <p style="position:absolute;left:-9999px">AWAY</p><div style="height:0;overflow:hidden">CLIPPED</div>
            """)
        let target = CaptureTarget(file: folder.url.appending(path: "site/page.html"))
        let outcome = try #require(try capture([target], into: folder).first)
        #expect(outcome.kind == .captured && outcome.file == "site__page_800.png", "\(outcome)")
        let document = try folder.layout("site__page_800")
        let nodes = document.tree.allNodes
        let roles = Set(nodes.map(\.role))
        let expected: [LayoutNode.Role] = [
            .header, .nav, .link, .heading, .text, .form, .input, .checkbox, .radio, .select, .button, .image, .table,
            .cell, .list, .item, .line,
        ]
        #expect(roles.isSuperset(of: expected), "\(Set(expected).subtracting(roles))")
        #expect(nodes.first { $0.role == .image }?.bounds == Bounds(x: 100, y: 300, width: 200, height: 120))
        #expect(nodes.first { $0.role == .header }?.bounds == Bounds(x: 0, y: 0, width: 800, height: 60))
        let text = words(document)
        for shown in ["Home", "A heading", "Some words with a link.", "Send", "Name"] { #expect(text.contains(shown)) }
        for hidden in ["NONE", "HIDDEN", "CLEAR", "AWAY", "CLIPPED"] { #expect(!text.contains(hidden)) }
        #expect(document.width == 800 && document.source?.viewport == 800)
        var drawn: GrayImage?
        try LayoutFile.read(folder.url.appending(path: "out/site__page_800.json")) {
            drawn = try LayoutPicture().draw($0)
        }
        let picture = try PNG.read(folder.url.appending(path: "out/site__page_800.png"))
        #expect(try PNG.decode(PNG.encode(#require(drawn))) == picture)
        #expect(picture.pixels.contains { $0 < 0.5 })
    }

    @Test("a page at two widths; what is there is left out, what has changed is captured again")
    func resume() throws {
        let folder = try Folder()
        let file = try folder.add("site/page.html", "<h1>First</h1>")
        let target = CaptureTarget(file: file, archetype: "home")
        let first = try capture([target], into: folder, widths: [800, 390])
        #expect(first.map(\.kind) == [.captured, .captured], "\(first)")
        #expect(folder.names(below: "out/home").count == 4)
        #expect(try capture([target], into: folder, widths: [800, 390]).map(\.kind) == [.present, .present])
        try folder.add("site/page.html", "<h1>Second</h1>")
        #expect(try capture([target], into: folder).map(\.kind) == [.captured])
        #expect(words(try folder.layout("home/site__page_800")) == "Second")
    }

    @Test("a page of which only a column scrolls is unrolled", arguments: ["flex", "fixed"])
    func unrolled(kind: String) throws {
        let folder = try Folder()
        let style =
            kind == "flex"
            ? "html, body { height: 100%; margin: 0; overflow: hidden } .app { display: flex; height: 100vh } "
                + ".main { flex: 1; overflow-y: auto }"
            : ".main { position: fixed; inset: 50px 0 0 120px; overflow-y: scroll }"
        let cards = (0..<12).map { "<div style='height:200px;border:1px solid'><h3>Card \($0)</h3></div>" }.joined()
        try folder.add(
            "site/app.html",
            "<style>\(style)</style><div class=app><nav>Side</nav><div class=main>\(cards)</div></div>")
        let outcome = try capture([CaptureTarget(file: folder.url.appending(path: "site/app.html"))], into: folder)
        #expect(outcome.first?.kind == .captured, "\(outcome)")
        let layout = try folder.layout("site__app_800")
        #expect(words(layout).contains("Card 0") && words(layout).contains("Card 11"))
        #expect(try PNG.size(of: folder.url.appending(path: "out/site__app_800.png")).height >= 2400)
    }

    @Test("consent banners go, with what lies behind them; content about cookies stays")
    func consent() throws {
        let folder = try Folder()
        try folder.add(
            "site/banner.html",
            """
            <h1>Content</h1><article><p>A recipe for cookies. <button>OK</button></p></article>
            <div style="position:fixed;inset:0;background:rgba(0,0,0,.5)"></div>
            <div style="position:fixed;bottom:0;left:0;right:0;height:200px;background:#fff">
            BANNER: we use cookies. <button>Accept all</button></div>
            <div id="onetrust-consent-sdk" style="position:fixed;top:0">KNOWN</div>
            <dialog open style="position:fixed">Sign in <input><button>Accept terms and privacy</button></dialog>
            <p id="late"></p><script>setTimeout(() => { late.textContent = "Arrived" }, 400)</script>
            """)
        let outcome = try capture([CaptureTarget(file: folder.url.appending(path: "site/banner.html"))], into: folder)
        #expect(outcome.first?.kind == .captured, "\(outcome)")
        let text = words(try folder.layout("site__banner_800"))
        #expect(["Content", "A recipe for cookies.", "Sign in", "Arrived"].allSatisfy(text.contains), "\(text)")
        #expect(!text.contains("BANNER") && !text.contains("KNOWN"))
    }

    @Test(
        "an unknown program's banner goes in any language",
        arguments: [
            ("Wir verwenden Cookies.", "Alle akzeptieren"), ("Käytämme evästeitä.", "Hyväksy kaikki"),
            ("当サイトはクッキーを使用しています。", "すべて許可"), ("Мы используем файлы куки.", "Принять все"),
            ("Nous respectons votre vie privée.", "Refuser"), ("Tietosuoja ei ole banneri.", nil),
        ])
    func consentInLanguages(words banner: String, button: String?) throws {
        let folder = try Folder()
        let choice = button.map { "<div role=button>\($0)</div>" } ?? ""
        try folder.add(
            "site/banner.html",
            """
            <meta charset="utf-8"><h1>Content</h1>
            <div style="position:fixed;bottom:0;left:0;right:0;background:#fff">\(banner) \(choice)</div>
            """)
        let outcome = try capture([CaptureTarget(file: folder.url.appending(path: "site/banner.html"))], into: folder)
        #expect(outcome.first?.kind == .captured, "\(outcome)")
        #expect(words(try folder.layout("site__banner_800")).contains(banner) == (button == nil))
    }

    @Test("a file reads from its own folder only, and nothing from the network")
    func confinement() throws {
        let folder = try Folder()
        let server = try #require(try PageServer(), "there is no python3")
        try folder.add("secret.html", "<h1>SECRET</h1>")
        try folder.add("secret.css", "#out { height: 777px }")
        try folder.add("site/own.css", "#in { height: 333px; background: #ccc }")
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "site/link.css"),
            withDestinationURL: folder.url.appending(path: "secret.css"))
        try folder.add(
            "site/page.html",
            """
            <link rel="stylesheet" href="own.css"><link rel="stylesheet" href="../secret.css">
            <link rel="stylesheet" href="link.css"><link rel="stylesheet" href="\(server.address)/plain">
            <h1>Shown</h1><div id="in">in</div><div id="out" style="background:#ddd">out</div>
            <iframe src="file:///etc/passwd"></iframe><iframe src="../secret.html"></iframe>
            <script>location = "file:///etc/passwd"</script>
            """)
        let outcome = try #require(
            try capture([CaptureTarget(file: folder.url.appending(path: "site/page.html"))], into: folder).first)
        #expect(outcome.kind == .captured, "\(outcome)")
        let document = try folder.layout("site__page_800")
        let text = words(document)
        #expect(text.contains("Shown") && !text.contains("SECRET") && !text.contains("root:"))
        let heights = document.tree.allNodes.map(\.bounds.height)
        #expect(heights.contains(333) && !heights.contains(777))
    }

    @Test("pages of a server: slow, endless, moved, with dialogs; and those that fail, each with its reason")
    func server() throws {
        let folder = try Folder()
        let server = try #require(try PageServer(), "there is no python3")
        let names = ["plain", "slow", "endless", "moved", "alert", "gone", "circle", "file"]
        let targets = try names.map { try CaptureTarget(address: "\(server.address)/\($0)") }
        let outcomes = try capture(targets, into: folder, timeout: 16, jobs: 2)
        let kinds = Dictionary(uniqueKeysWithValues: zip(names, outcomes))
        for name in names.prefix(5) { #expect(kinds[name]?.kind == .captured, "\(String(describing: kinds[name]))") }
        #expect(kinds["endless"]?.notes.contains { $0.contains("before all of it") } == true)
        #expect(kinds["gone"]?.reason == "the server answers 404")
        #expect(kinds["circle"]?.reason == "redirects without end")
        #expect(kinds["file"]?.reason?.contains("file to download") == true)
        let port = server.address.split(separator: ":").last ?? ""
        #expect(words(try folder.layout("127.0.0.1-\(port)__alert_800")) == "Alert")
        #expect(folder.names(below: "out").count == 10)
    }

    @Test("a page that hangs, or never comes, ends at the time limit, and the next one is captured")
    func stuck() throws {
        let folder = try Folder()
        let server = try #require(try PageServer(), "there is no python3")
        let targets = try ["loop", "plain"].map { try CaptureTarget(address: "\(server.address)/\($0)") }
        let outcomes = try capture(targets, into: folder, timeout: 6)
        #expect(outcomes.map(\.kind) == [.failed, .captured], "\(outcomes)")
        #expect(outcomes.first?.reason == "took longer than 6 s")
        #expect(folder.names(below: "out").count == 2)
    }

    @Test("a file that is not there fails by itself, and says so")
    func missing() throws {
        let folder = try Folder()
        let there = try folder.add("site/page.html", "<h1>There</h1>")
        let targets = [CaptureTarget(file: folder.url.appending(path: "site/nope.html")), CaptureTarget(file: there)]
        let outcomes = try capture(targets, into: folder)
        #expect(outcomes.map(\.kind) == [.failed, .captured])
        #expect(outcomes.first?.reason?.contains("there is no such file") == true)
    }

    @Test("a blank page is a failure; so is a program that is no browser")
    func failures() throws {
        let folder = try Folder()
        let file = try folder.add("site/blank.html", "<p></p>")
        let outcome = try #require(try capture([CaptureTarget(file: file)], into: folder).first)
        #expect(outcome.kind == .failed && outcome.reason == "nothing can be seen on it")
        let error = #expect(throws: UserError.self) {
            try CaptureQueue("/bin/true", into: folder.url.appending(path: "out")).run([CaptureTarget(file: file)])
        }
        #expect(error?.code == .io && error?.place == "/bin/true")
        #expect(throws: UserError.self) { try Browser.find("no-such-browser") }
    }

    @Test("no profile of a browser is left behind")
    func profiles() throws {
        let folder = try Folder()
        let file = try folder.add("site/page.html", "<h1>Page</h1>")
        _ = try capture([CaptureTarget(file: file)], into: folder)
        let path = FileManager.default.temporaryDirectory.path(percentEncoded: false)
        let left = try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix("wirespace-browser-\(ProcessInfo.processInfo.processIdentifier)-") }
        #expect(left.isEmpty, "\(left)")
    }
}
