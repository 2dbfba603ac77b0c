import Foundation
import TestSupport
import Testing
import Wireframes
import Wirespace

@Suite("Pages as shapes")
struct VectorQualityTests {
    @Test("Generated pages come back with their ink, most of it as shapes and text", arguments: [128, 512, 1024])
    func generated(width: Int) throws {
        let archetypes = width == 1024 ? [.dashboard, .product] : Archetype.allCases
        let results = try archetypes.map { archetype in
            let image = PageGenerator(width: width).page(archetype, seed: 21).render()
            return (archetype, try VectorQuality(of: Vectorizer().tree(of: image), showing: image))
        }
        for (archetype, quality) in results { #expect(quality.f1 >= 0.95, "\(archetype): \(quality)") }
        let share = results.reduce(0) { $0 + $1.1.shapeAndTextShare } / Double(results.count)
        #expect(share >= 0.85, "\(share)")
    }

    private static let realPages: URL? = {
        let data =
            ProcessInfo.processInfo.environment["WIRESPACE_DATA"].map { URL(filePath: $0) }
            ?? repositoryRoot.appending(path: "../shared/data")
        let folder = data.appending(path: "wireframes-real")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    @Test(
        "Wireframes that people drew keep their ink",
        .enabled(if: realPages != nil, "needs wireframes-real in ../shared/data or WIRESPACE_DATA"))
    func real() throws {
        let entries = try ImageFolder(scanning: try #require(Self.realPages)).entries
        let some = stride(from: 0, to: entries.count, by: max(1, entries.count / 20)).map { entries[$0] }
        let scores = try some.map { entry in
            let image = try PNG.read(entry.url)
            return try VectorQuality(of: Vectorizer().tree(of: image), showing: image).f1
        }
        let mean = scores.reduce(0, +) / Double(scores.count)
        #expect(mean >= 0.95, "\(scores)")
    }

    @Test("A blank tree of a page with ink scores nothing")
    func blank() throws {
        let image = PageGenerator(width: 128).page(.home, seed: 2).render()
        let page = LayoutNode(.page, Bounds(x: 0, y: 0, width: image.width, height: image.height))
        let quality = try VectorQuality(of: page, showing: image)
        #expect(quality.f1 == 0 && quality.shapeShare == 0 && quality.shapes == 0)
    }

    private static let page = PageGenerator(width: 512).page(.home, seed: 8).render()

    private func write(_ tree: LayoutNode, _ folder: URL) throws -> URL {
        let file = folder.appending(path: "page.svg")
        try Data(WireframeRenderer().svg(tree).utf8).write(to: file)
        return file
    }

    @Test(
        "Chromium draws the SVG as we do",
        .enabled(if: Browser.executable != nil, "needs Chromium or Chrome on the path"))
    func chromium() throws {
        let tree = Vectorizer().tree(of: Self.page)
        try withTemporaryFolder { folder in
            let browser = try Browser(try #require(Browser.executable))
            try browser.call(
                "Emulation.setDeviceMetricsOverride",
                [
                    "width": Self.page.width, "height": Self.page.height, "deviceScaleFactor": 1, "mobile": false,
                ])
            try browser.open(write(tree, folder))
            let shot = try browser.call("Page.captureScreenshot", ["format": "png"])
            let data = try #require(Data(base64Encoded: shot["data"] as? String ?? ""))
            try expectAlike(PNG.decode(data), WireframeRenderer().render(tree))
        }
    }

    @Test(
        "Inkscape draws the SVG as we do",
        .enabled(if: Browser.program("inkscape") != nil, "needs Inkscape on the path"))
    func inkscape() throws {
        let tree = Vectorizer().tree(of: Self.page)
        try withTemporaryFolder { folder in
            let picture = folder.appending(path: "page.png")
            let process = Process()
            process.executableURL = URL(filePath: try #require(Browser.program("inkscape")))
            process.arguments = [try write(tree, folder).path, "--export-filename=\(picture.path)"]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try expectAlike(PNG.read(picture), WireframeRenderer().render(tree))
        }
    }

    /// The same picture but for how edges are smoothed.
    private func expectAlike(_ picture: GrayImage, _ ours: GrayImage) throws {
        try #require(picture.width == ours.width && picture.height == ours.height)
        let differences = zip(picture.pixels, ours.pixels).map { abs($0 - $1) }
        #expect(differences.reduce(0, +) / Float(differences.count) < 0.005)
        #expect(differences.count { $0 > 0.3 } * 500 < differences.count)
    }
}
