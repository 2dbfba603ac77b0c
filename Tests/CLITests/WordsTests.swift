import Foundation
import Testing
import Wireframes

/// Trainings that read the words on their pages, by the real reader.
@Suite(
    "Training with the words on pages",
    .enabled(if: (try? WordReader()) != nil, "tesseract is not installed"))
struct WordsTests {
    private static let keys = [
        "model.features=vgg16_words", "model.prior=archetypes", "model.latent_dim=16", "optimization.epochs=1",
    ]

    /// Pages that differ by their words alone: of three projects, each with a page to log in and one of prices.
    private static let folder = Result {
        let folder = try TemporaryFolder()
        let headings = [
            "login": ["Sign in", "Log in now", "Sign in here"], "pricing": ["Prices", "Our prices", "Prices now"],
        ]
        for (archetype, headings) in headings {
            for (project, heading) in headings.enumerated() {
                var style = NodeStyle(fill: 0)
                style.fontSize = 40
                let title = LayoutNode(
                    .heading, Bounds(x: 40, y: 60, width: 320, height: 60), text: heading, style: style)
                let box = LayoutNode(
                    .form, Bounds(x: 40, y: 160, width: 320, height: 120), style: NodeStyle(stroke: 0))
                let page = LayoutNode(.page, Bounds(x: 0, y: 0, width: 400, height: 400), children: [title, box])
                let name = "pages/\(archetype)/project\(project)__\(archetype).png"
                let file = folder.url.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try PNG.write(WireframeRenderer().render(page), to: file)
            }
        }
        try folder.add("tiny.yaml", TinyRun.configuration(folder: "pages"))
        return folder
    }

    @Test("reads them in training, in an index and in a search, and keeps them for the next program")
    func search() throws {
        let folder = try Self.folder.get()
        func run(_ arguments: [String]) throws -> Outcome {
            let outcome = try CommandLineTool.run(arguments, in: folder, cache: folder.url.path + "/caches")
            #expect(outcome.code == 0, "\(outcome)")
            return outcome
        }
        func kept() -> [String] {
            folder.files(below: "caches").keys.filter { $0.hasPrefix("words-1-") && $0.hasSuffix(".json") }
        }
        _ = try run(["train", "tiny.yaml", "--run", "run"] + Self.keys)
        #expect(kept().count == 6)
        func forget() throws {
            for name in kept() { try FileManager.default.removeItem(at: folder.url.appending(path: "caches/" + name)) }
        }
        try forget()
        _ = try run(["encode", "run", "pages"])
        #expect(kept().count == 6)
        try forget()
        let found = try run(["search", "run", "pages/pricing/project0__pricing.png", "-k", "2"])
        let archetypes = found.output.split(separator: "\n").dropFirst().compactMap { $0.split(separator: "/").first }
        #expect(kept().count == 1)
        #expect(archetypes.count == 2 && archetypes.allSatisfy { $0.hasSuffix("pricing") }, "\(found)")
    }

    @Test("a machine that cannot read is told what to install")
    func noReader() throws {
        let folder = try Self.folder.get()
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "unread"] + Self.keys, prefix: ["env", "PATH=/nonexistent"], in: folder)
        expectFailure(outcome, code: 66, naming: "tesseract-ocr")
    }
}
