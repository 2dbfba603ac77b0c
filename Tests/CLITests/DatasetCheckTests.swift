import Foundation
import Testing
import Wireframes

/// `dataset check` with the eyes of a configuration, and of a model.
@Suite("dataset check")
struct DatasetCheckTests {
    private func report(_ outcome: Outcome) throws -> DatasetReport {
        try JSONDecoder().decode(DatasetReport.self, from: Data(outcome.output.utf8))
    }

    @Test("takes labels, groups, splits, width and colours from a configuration")
    func configured() throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 3)
        var picture = GrayImage(width: 200, height: 300, filledWith: 0)  // light on dark
        for _ in 0..<60 {
            let (x, y) = (random.integer(below: 150), random.integer(below: 270))
            for row in y..<y + 20 { for column in x..<x + 40 { picture[column, row] = 1 } }
        }
        var near = picture
        near[3, 3] = 1 - near[3, 3]
        try PNG.write(picture, to: folder.add("pages/a.png", Data()))
        try PNG.write(near, to: folder.add("pages/b.png", Data()))
        try PNG.write(picture.rescaled(toWidth: 150), to: folder.add("pages/c.png", Data()))
        try folder.add("labels.csv", "file,archetype,group\na.png,faq,one\nb.png,faq,two\nc.png,,one\n")
        try folder.add("splits.csv", "file,split\na.png,train\nb.png,test\nc.png,train\n")
        try folder.add(
            "c.yaml",
            """
            data: {directory: pages, labels: labels.csv, width: 100, max_height: 120, invert: true, \
            splits: {file: splits.csv}, archetypes: {faq: questions}}
            """)
        let plain = try report(CommandLineTool.run(["dataset", "check", "pages", "--json"], in: folder))
        #expect(plain.archetypes.isEmpty && plain.isLightOnDark && plain.width.minimum == 150 && plain.cropped.isEmpty)
        for arguments in [["--config", "c.yaml"], ["pages", "--config", "c.yaml"]] {
            let seen = try report(CommandLineTool.run(["dataset", "check", "--json"] + arguments, in: folder))
            #expect(seen.archetypes.map(\.name) == ["questions"] && seen.unlabelled == 1 && seen.groups == 2)
            #expect(!seen.isLightOnDark && seen.width.minimum == 100 && seen.width.maximum == 100)
            #expect(seen.cropped == ["a.png", "b.png", "c.png"])
            #expect(seen.nearDuplicates.contains { $0.acrossSplits }, "\(seen.nearDuplicates)")
            #expect(seen.splits.map(\.images) == [2, 0, 1] && seen.splits.map(\.groups) == [1, 0, 1])
        }
        let changed = try report(
            CommandLineTool.run(
                ["dataset", "check", "pages", "data.width=50", "--json", "--config", "c.yaml", "data.max_height=96"],
                in: folder))
        #expect(changed.width.maximum == 50 && changed.cropped.isEmpty)
        let text = try CommandLineTool.run(["dataset", "check", "--config", "c.yaml"], in: folder)
        #expect(text.code == 0 && text.output.contains("taller than data.max_height"), "\(text)")
        #expect(text.output.contains("  splits  train 2 in 1 group, 1 archetype; validation 0 in 0 groups, "))
    }

    @Test("refuses a configuration without a folder, labels that name none, and options that do not go together")
    func refused() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages ü'")
        try folder.add("generated.yaml", "data: {generator: {}}")
        try folder.add("labels.yaml", "data: {directory: x, archetypes: {no-such: null}}")
        func run(_ arguments: String...) throws -> Outcome {
            try CommandLineTool.run(["dataset", "check"] + arguments, in: folder)
        }
        expectFailure(try run("--config", "generated.yaml"), code: 65, naming: "generated.yaml")
        expectFailure(try run("pages ü'", "--config", "labels.yaml"), code: 65, naming: "no-such")
        expectFailure(try run("--config", "none.yaml"), code: 66, naming: "none.yaml")
        #expect(try run("pages ü'", "--config", "generated.yaml").code == 0)
        expectFailure(try run("--config", "generated.yaml", "data.widht=3"), code: 65, naming: "widht")
        #expect(try run("pages ü'", "data.width=64").code == 64)
        #expect(try run().code == 64)
        #expect(try run("pages ü'", "--index", "i.sqlite").code == 64)
        expectFailure(try run("pages ü'", "--model", "none"), code: 66, naming: "none")
    }

    @Test("a model judges labels; its codes are kept only where they are asked for")
    func labels() throws {
        let folder = try TemporaryFolder()
        let made = try CommandLineTool.run(
            [
                "dataset", "generate", "pages", "--count", "60", "--width", "64", "--archetype", "faq", "--archetype",
                "login",
            ],
            in: folder)
        #expect(made.code == 0)
        let model = try TinyRun.finished.get().url.appending(path: "run").path
        let base = ["dataset", "check", "pages", "--model", model, "--json"]
        let temporary = try CommandLineTool.run(base + ["--report", "r.html"], in: folder)
        let labels = try #require(try report(temporary).labels)
        #expect(labels.judged == 60 && labels.neighbours == 10 && labels.agreement > 0.3 && labels.model == model)
        #expect(
            labels.doubts.allSatisfy { $0.ownShare <= 0.2 && $0.suggestedShare >= 0.6 && $0.neighbours.count == 10 })
        #expect(folder.files(below: ".").keys.filter { $0.hasSuffix(".sqlite") }.isEmpty)
        let kept = try CommandLineTool.run(base + ["--index", "i.sqlite"], in: folder)
        #expect(try report(kept).labels == labels && folder.size(of: "i.sqlite") > 0, "\(kept)")
        #expect(try CommandLineTool.run(["dataset", "check", "pages"], in: folder).output.contains("labels ") == false)
    }
}
