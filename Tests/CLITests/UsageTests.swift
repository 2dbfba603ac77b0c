import Foundation
import Testing

@Suite("Using the command line")
struct UsageTests {
    @Test(
        "every verb's help has an example",
        arguments: [
            [], ["doctor"], ["dataset"], ["dataset", "generate"], ["dataset", "check"], ["dataset", "capture"],
            ["dataset", "render"], ["dataset", "reduce"], ["train"], ["layouts"], ["evaluate"],
            ["reconstruct"], ["encode"], ["search"], ["interpolate"], ["generate"], ["traverse"], ["edit"],
            ["direction"], ["outliers"], ["duplicates"], ["explore"], ["export"], ["release"], ["slurm"],
            ["slurm", "train"],
        ])
    func help(verb: [String]) throws {
        let outcome = try CommandLineTool.run(verb + ["--help"], in: TemporaryFolder())
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let overview = outcome.output.components(separatedBy: "USAGE:")[0]
        #expect(overview.contains((["  wirespace"] + verb).joined(separator: " ")), "\(outcome.output)")
    }

    @Test("every verb that the help names is among those tested")
    func verbs() throws {
        func verbs(of words: [String]) throws -> [Substring] {
            let output = try CommandLineTool.run(words + ["--help"], in: TemporaryFolder()).output
            let list = output.components(separatedBy: "SUBCOMMANDS:\n").last?.split(separator: "\n") ?? []
            return list.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
                .compactMap { $0.split(separator: " ").first }.filter { $0 != "See" }
        }
        #expect(try verbs(of: ["dataset"]) == ["generate", "render", "capture", "reduce", "check"])
        #expect(
            try verbs(of: []) == [
                "doctor", "dataset", "train", "layouts", "evaluate", "reconstruct", "encode", "search", "interpolate",
                "generate", "traverse", "edit", "direction", "outliers", "duplicates", "explore", "export", "release",
                "slurm",
            ])
    }

    @Test(
        "what is wrong on the command line ends with 64",
        arguments: [
            ["frobnicate"], ["serach", "x"], ["help", "serach"], ["help", "dataset", "chek"],
            ["dataset", "gnerate", "x"], ["train"], ["layouts"],
            ["generate", "run", "--candidates", "0"], ["reconstruct", "run"],
            ["export"], ["explore", "run", "--map", "flat"],
            ["train", "tiny.yaml", "--frobnicate"],
            ["train", "tiny.yaml", "epochs"], ["dataset", "generate", "x", "--count", "0"],
            ["dataset", "generate", "x", "--archetype", "frobnicate"], ["dataset", "generate", "x", "--width", "wide"],
            ["dataset", "capture", "x.html"], ["dataset", "capture", "x.html", "--out", "y", "--width", "7"],
            ["dataset", "capture", "x.html", "--out", "y", "--jobs", "0"],
        ])
    func usage(arguments: [String]) throws {
        let outcome = try CommandLineTool.run(arguments, in: TinyRun.finished.get())
        #expect(outcome.code == 64 && !outcome.errors.isEmpty && outcome.output.isEmpty, "\(outcome)")
        expectPlain(outcome)
    }

    @Test("a verb that does not exist is answered with the nearest one")
    func unknownVerb() throws {
        let folder = try TinyRun.finished.get()
        expectFailure(try CommandLineTool.run(["serach", "x"], in: folder), code: 64, naming: "did you mean 'search'?")
        let inner = try CommandLineTool.run(["dataset", "gnerate", "x", "--count", "3"], in: folder)
        expectFailure(inner, code: 64, naming: "did you mean 'generate'?")
        #expect(try CommandLineTool.run(["help", "dataset"], in: folder).code == 0)
    }

    @Test("a key that does not exist is answered with the nearest one, on the command line and in the file")
    func unknownKey() throws {
        let outcome = try train("tiny.yaml", "optimization.epoch=3")
        #expect(outcome.code == 65 && outcome.errors.contains("epochs"), "\(outcome)")
        let folder = try TemporaryFolder()
        try folder.add("bad.yaml", "optimization:\n  wieght_decay: 3\n")
        let file = try CommandLineTool.run(["train", "bad.yaml"], in: folder)
        expectFailure(file, code: 65, naming: "bad.yaml:2")
        #expect(file.errors.contains("weight_decay"))
    }

    @Test(
        "a value of the wrong type or out of range names its key",
        arguments: [
            "optimization.lr=fast", "optimization.epochs=0", "model.use_skip_connections=7", "model.prior=none",
            "data.splits.train=0.9",
        ])
    func wrongValue(override: String) throws {
        let key = override.split(separator: "=")[0].split(separator: ".").dropLast().joined(separator: ".")
        expectFailure(try train("tiny.yaml", override), code: 65, naming: key)
    }

    @Test("features that tell archetypes want a prior that has a place for them")
    func featuresWithoutArchetypes() throws {
        let outcome = try train("tiny.yaml", "model.features=vgg16", "--run", "features")
        expectFailure(outcome, code: 65, naming: "model.prior=archetypes")
        let pulled = try train("tiny.yaml", "model.features=vgg16", "model.prior=archetypes", "loss.prior_pull=1")
        expectFailure(pulled, code: 65, naming: "loss.prior_pull=0")
        let generated = try train("tiny.yaml", "model.features=vgg16_words", "model.prior=archetypes")
        expectFailure(generated, code: 65, naming: "data.directory")
    }

    @Test("a configuration that is not there, is a folder, or is no YAML")
    func badConfiguration() throws {
        expectFailure(try train("nope.yaml"), code: 66, naming: "nope.yaml")
        expectFailure(try train("run"), code: 65, naming: "run")
        let folder = try TemporaryFolder()
        try folder.add("bad.yaml", "a: [1, 2\nb: }")
        try folder.add("latin.yaml", Data([0x61, 0x3A, 0x20, 0xE9, 0x0A]))
        for name in ["bad.yaml", "latin.yaml"] {
            expectFailure(try CommandLineTool.run(["train", name], in: folder), code: 65, naming: name)
        }
    }

    #if os(Linux)  // elsewhere the limit means nothing
        @Test("a model too large for the memory is an error, not a crash")
        func tooLarge() throws {
            // Each of the two heads has 2.8 GB, and the process may have 3.
            let outcome = try CommandLineTool.run(
                ["train", "tiny.yaml", "model.width=1", "model.latent_dim=65536", "--run", "large"],
                prefix: ["sh", "-c", "ulimit -v 3000000; exec \"$0\" \"$@\""], in: TinyRun.finished.get())
            expectFailure(outcome, code: 70, naming: "model")
        }
    #endif

    @Test("a run is never trained over")
    func existingRun() throws {
        let folder = try copyOfTheRun()
        let before = folder.files(below: "run")
        let arguments = ["train", "tiny.yaml", "--run", "run"]
        expectFailure(try CommandLineTool.run(arguments, in: folder), code: 65, naming: "run")
        for override in ["model.width=0.25", "seed=7", "data.generator.train_pages=20"] {
            let outcome = try CommandLineTool.run(arguments + ["--resume", override], in: folder)
            expectFailure(outcome, code: 65, naming: "run/config.yaml")
            #expect(outcome.errors.contains(override.split(separator: "=")[1]), "\(outcome)")
        }
        #expect(folder.files(below: "run") == before)
        try FileManager.default.removeItem(at: folder.url.appending(path: "run/checkpoints/resume.safetensors"))
        expectFailure(try CommandLineTool.run(arguments, in: folder), code: 65, naming: "run")
        let outcome = try CommandLineTool.run(arguments + ["--resume"], in: folder)
        expectFailure(outcome, code: 66, naming: "run/checkpoints/resume.safetensors")
    }

    @Test("a folder of other things does not become a run, and is no model")
    func foreignFolder() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        try folder.add("pages/a/page.png", "")
        let before = folder.files(below: "pages")
        let train = try CommandLineTool.run(["train", "tiny.yaml", "--run", "pages"], in: folder)
        expectFailure(train, code: 65, naming: "pages")
        #expect(folder.files(below: "pages") == before)
        try folder.add("pages/demo.safetensors", "")
        let generate = try CommandLineTool.run(["generate", "pages"], in: folder)
        expectFailure(generate, code: 66, naming: "such as demo.safetensors")
    }

    @Test("a run folder that is a file")
    func runIsFile() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "tiny.yaml"], in: folder)
        expectFailure(outcome, code: 74, naming: "tiny.yaml")
    }

    @Test("a run does not go on with other pages")
    func changedPages() throws {
        let folder = try TemporaryFolder()
        let pages = try TinyRun.pageFiles().prefix(5)
        for page in pages.dropLast() {
            try folder.add("pages/a/\(page.lastPathComponent)", try Data(contentsOf: page))
        }
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages"))
        let arguments = ["train", "folder.yaml", "--run", "run"]
        #expect(try CommandLineTool.run(arguments, in: folder).code == 0)
        let page = try #require(pages.last)
        try folder.add("pages/a/\(page.lastPathComponent)", try Data(contentsOf: page))
        expectFailure(
            try CommandLineTool.run(arguments + ["--resume", "optimization.epochs=3"], in: folder), code: 65,
            naming: "run")
    }

    @Test("what programs read is JSON")
    func json() throws {
        let doctor = try CommandLineTool.run(["doctor", "--json"], in: TemporaryFolder())
        let findings = try JSONSerialization.jsonObject(with: Data(doctor.output.utf8)) as? [[String: Any]]
        #expect(findings?.isEmpty == false && findings?.allSatisfy { $0["subject"] is String } == true)
        #expect(doctor.code == 0 && doctor.errors.isEmpty, "\(doctor)")
        let check = try CommandLineTool.run(["dataset", "check", "pages", "--json"], in: TinyRun.pages.get())
        let report = try JSONSerialization.jsonObject(with: Data(check.output.utf8)) as? [String: Any]
        #expect(report?["images"] as? Int == 15 && check.code == 0, "\(check)")
    }

    @Test("a page is the same whatever was drawn before it")
    func pagesAlone() throws {
        let folder = try TemporaryFolder()
        let outcome = try CommandLineTool.run(
            ["dataset", "generate", "many", "--count", "136", "--width", "64"], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        for seed in [75, 135] {
            let alone = try CommandLineTool.run(
                ["dataset", "generate", "alone-\(seed)", "--count", "1", "--width", "64", "--seed", "\(seed)"],
                in: folder)
            #expect(alone.code == 0, "\(alone)")
            let page = "accueil/\(String(repeating: "0", count: 6 - "\(seed)".count))\(seed)__accueil.png"
            let own: Data = try #require(folder.data("alone-\(seed)/\(page)"))
            #expect(folder.data("many/\(page)") == own, "\(page)")
        }
    }

    @Test("the same seed generates the same files, and never into a folder that is in use")
    func generate() throws {
        let folder = try TemporaryFolder()
        let outcome = try CommandLineTool.run(
            ["dataset", "generate", "again", "--count", "15", "--width", "64"], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        expectPlain(outcome)
        let files = folder.files(below: "again")
        #expect(files.count == 30)
        #expect(files == (try TinyRun.pages.get()).files(below: "pages"))
        let second = try CommandLineTool.run(["dataset", "generate", "again", "--seed", "9"], in: folder)
        expectFailure(second, code: 65, naming: "again")
        #expect(folder.files(below: "again") == files)
        try folder.add("file", "a file")
        let onFile = try CommandLineTool.run(["dataset", "generate", "file"], in: folder)
        expectFailure(onFile, code: 74, naming: "file")
    }

    @Test(
        "standard error on a full disk ends nothing", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullStandardError() throws {
        let outcome = try CommandLineTool.run(
            ["dataset", "generate", "pages", "--count", "2", "--width", "64"],
            prefix: ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/full"], in: TemporaryFolder())
        #expect(outcome.code == 0, "\(outcome)")
    }

    @Test("a training that nobody watches on a terminal is told in plain lines")
    func plainProgress() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run", "optimization.epochs=1"], in: folder)
        #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.contains("epoch 1/1  loss"), "\(outcome)")
        expectPlain(outcome)
    }

    private func train(_ arguments: String...) throws -> Outcome {
        try CommandLineTool.run(["train"] + arguments, in: TinyRun.finished.get())
    }

    private func copyOfTheRun() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        return folder
    }
}
