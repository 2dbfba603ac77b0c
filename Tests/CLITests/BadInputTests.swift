import Foundation
import Testing

@Suite("Bad input")
struct BadInputTests {
    /// Bytes under the name of a PNG file, made from a good one.
    enum BadImage: String, CaseIterable {
        case text, truncated, noPixels, tooManyPixels

        func data(_ good: Data) -> Data {
            switch self {
            case .text: Data("This is a text.\n".utf8)
            case .truncated: good.prefix(good.count / 2)
            case .noPixels: Self.resized(good, to: 0)
            case .tooManyPixels: Self.resized(good, to: 20_000)
            }
        }

        /// The file with another width and height in its header, and the checksum of that.
        private static func resized(_ good: Data, to side: UInt32) -> Data {
            let bytes = { (value: UInt32) in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
            let header = Array("IHDR".utf8) + bytes(side) + bytes(side) + Array(good[24..<29])
            let checksum = ~header.reduce(~UInt32(0)) { crc, byte in
                (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
            }
            return good.prefix(12) + Data(header + bytes(checksum)) + good.dropFirst(33)
        }
    }

    @Test("an image that is none is named by every verb that reads it", arguments: BadImage.allCases)
    func badImage(_ kind: BadImage) throws {
        let folder = try TemporaryFolder()
        let good = try Data(contentsOf: try #require(try TinyRun.pageFiles().first))
        for name in ["a", "b"] { try folder.add("pages/bad-\(name).png", kind.data(good)) }
        try expectFailures(folder, code: 65, page: "pages/bad-a.png", naming: "pages/bad-")
    }

    @Test("links that lead in a circle are named, as images and as folders")
    func circularLinks() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "pages"), withIntermediateDirectories: true)
        try folder.link("pages/bad-a.png", to: "bad-b.png")
        try folder.link("pages/bad-b.png", to: "bad-a.png")
        let check = try CommandLineTool.run(["dataset", "check", "pages"], in: folder)
        expectFailure(check, code: 65, naming: "pages/bad-")
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages"))
        let train = try CommandLineTool.run(["train", "folder.yaml", "--run", "run"], in: folder)
        expectFailure(train, code: 65, naming: "bad-")
        let reconstruct = try reconstruct("pages/bad-a.png", in: folder)
        expectFailure(reconstruct, code: 74, naming: "pages/bad-a.png")
    }

    @Test("an empty folder")
    func emptyFolder() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "pages"), withIntermediateDirectories: true)
        let check = try CommandLineTool.run(["dataset", "check", "pages"], in: folder)
        expectFailure(check, code: 65, naming: "pages")
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages"))
        let train = try CommandLineTool.run(["train", "folder.yaml", "--run", "run"], in: folder)
        expectFailure(train, code: 65, naming: "pages")
        expectFailure(try reconstruct("pages", in: folder), code: 65, naming: "pages")
    }

    @Test("a folder that is not there")
    func missingFolder() throws {
        try expectFailures(TemporaryFolder(), code: 66, page: "pages/a.png", naming: "pages")
    }

    @Test(
        "a folder without rights",
        .enabled(if: CommandLineTool.unprivileged != nil, "root reads whatever the rights, and setpriv is not here"))
    func noRights() throws {
        let folder = try TemporaryFolder()
        try folder.copy(try #require(try TinyRun.pageFiles().first), to: "page.png")
        try folder.add("pages/a.png", try #require(folder.data("page.png")))
        chmod(folder.url.appending(path: "pages").path, 0)
        defer { chmod(folder.url.appending(path: "pages").path, 0o755) }
        chmod(folder.url.path, 0o777)
        try expectFailures(
            folder, code: 74, page: "pages/a.png", naming: "pages", prefix: CommandLineTool.unprivileged ?? [])
    }

    @Test("names in any script, one page a label, and a link back to the folder itself are no mistakes")
    func oddButGood() throws {
        let folder = try TemporaryFolder()
        let pages = try TinyRun.pageFiles()
        let labels = ["página única", "登录", "übersicht 'mit' \"Zeichen\""]
        for (label, page) in zip(labels, pages) {
            try folder.add("pages ü/\(label)/é 🖼 \(label).png", try Data(contentsOf: page))
        }
        try folder.link("pages ü/登录/loop", to: "..")
        let check = try CommandLineTool.run(["dataset", "check", "pages ü", "--json"], in: folder)
        #expect(check.code == 0, "\(check)")
        let report = try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: Any]
        #expect(report?["images"] as? Int == 3)
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages ü"))
        let train = try CommandLineTool.run(["train", "folder.yaml", "--run", "läufe/1"], in: folder)
        #expect(train.code == 0, "\(train)")
        expectPlain(train)
        let page = "pages ü/登录/é 🖼 登录.png"
        let outcome = try CommandLineTool.run(
            ["reconstruct", "läufe/1", page, "--out", "bild ü.png"], in: folder)
        #expect(outcome.code == 0 && outcome.output.contains(page), "\(outcome)")
        #expect(folder.data("bild ü.png")?.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
    }

    @Test("a few bad pages among good ones are named once and left out, in training and in validation")
    func fewBadPages() throws {
        let folder = try TemporaryFolder()
        for (index, page) in try TinyRun.pageFiles().enumerated() {
            try folder.add("pages/\(index)__page.png", try Data(contentsOf: page))
        }
        let bad = (0..<2).map { "pages/bad-\($0)__page.png" }
        for (index, path) in bad.enumerated() { try folder.add(path, "Bad page \(index).") }
        for splits in ["{train: 1, validation: 0, test: 0}", "{train: 0.4, validation: 0.6, test: 0}"] {
            try folder.add("folder.yaml", TinyRun.configuration(folder: "pages", splits: splits))
            let run = "run \(splits.count)"
            let outcome = try CommandLineTool.run(["train", "folder.yaml", "--run", run], in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            for path in bad {
                let name = path.dropFirst("pages/".count)
                #expect(outcome.errors.components(separatedBy: "skipped: \(name)").count == 2, "\(outcome)")
            }
        }
    }

    /// Expects the same end of `dataset check`, `train` and `reconstruct`.
    private func expectFailures(
        _ folder: TemporaryFolder, code: Int32, page: String, naming place: String, prefix: [String] = [],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let check = try CommandLineTool.run(["dataset", "check", "pages"], prefix: prefix, in: folder)
        expectFailure(check, code: code, naming: place, location)
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages"))
        let train = try CommandLineTool.run(["train", "folder.yaml", "--run", "run"], prefix: prefix, in: folder)
        // A page is known to `train` by its name below the folder.
        expectFailure(train, code: code, naming: place.split(separator: "/").last.map(String.init) ?? place, location)
        expectFailure(try reconstruct(page, prefix: prefix, in: folder), code: code, naming: page, location)
    }

    private func reconstruct(_ page: String, prefix: [String] = [], in folder: TemporaryFolder) throws -> Outcome {
        let model = try TinyRun.finished.get().url.appending(path: "run").path
        return try CommandLineTool.run(["reconstruct", model, page], prefix: prefix, in: folder)
    }
}
