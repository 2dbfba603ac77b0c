import Foundation
import Testing

@Suite("Checkpoint files")
struct CheckpointFileTests {
    enum Damage: String, CaseIterable {
        case empty, truncated, foreign, missingKey, wrongShape, noMetadata
    }

    @Test(
        "that are damaged or foreign are refused by name and left as they are",
        arguments: ["resume", "best"], Damage.allCases)
    func damaged(name: String, damage: Damage) throws {
        try expectRefusal(of: name) { data in
            switch damage {
            case .empty: return Data()
            case .truncated: return data.prefix(data.count / 2)
            case .foreign: return Data(String(repeating: "These are no tensors. ", count: 100).utf8)
            case .missingKey:
                var file = try SafeTensorsFile(data)
                let key = try #require(file.names.first { $0.hasSuffix("decoder.null_skips.0") })
                file.header[key + "x"] = file.header.removeValue(forKey: key)
                return try file.data()
            case .wrongShape:
                var file = try SafeTensorsFile(data)
                let key = try #require(file.names.first { $0.hasSuffix("decoder.null_skips.0") })
                var entry = try #require(file.header[key] as? [String: Any])
                entry["shape"] = [1] + (try #require(entry["shape"] as? [Int]))
                file.header[key] = entry
                return try file.data()
            case .noMetadata:
                var file = try SafeTensorsFile(data)
                file.metadata = [:]
                return try file.data()
            }
        }
    }

    @Test("whose state makes no sense are refused", arguments: ["epoch", "group", "batch"])
    func impossibleState(key: String) throws {
        try expectRefusal(of: "resume") { data in
            var file = try SafeTensorsFile(data)
            try file.setState("epoch", to: 0)
            try file.setState(key, to: -3)
            return try file.data()
        }
    }

    @Test("with a gradient of another shape are refused")
    func gradientOfAnotherShape() throws {
        try expectRefusal(of: "resume") { data in
            var file = try SafeTensorsFile(data)
            try file.setState("epoch", to: 0)
            try file.setState("batch", to: 1)
            let end = file.body.count
            file.header["gradient.heads.mu.bias"] =
                ["dtype": "F32", "shape": [4], "data_offsets": [end, end + 16]] as [String: Any]
            file.body += Data(count: 16)
            file.metadata["sha256"] = nil  // or it would be refused for that alone
            return try file.data()
        }
    }

    @Test(
        "stay as they are when the training comes upon something that is not a number, which is named",
        arguments: [
            ("gradient.heads.mu.bias", "the gradient of step 1 of epoch 1 is not a number"),
            ("model.heads.mu.bias", "the loss of train/"),
        ])
    func notANumber(name: String, words: String) throws {
        try expectRefusal(of: "resume", naming: words) { data in
            var file = try SafeTensorsFile(data)
            // As if stopped after the very first batch.
            try file.setState("epoch", to: 0)
            try file.setState("batch", to: 1)
            file.metadata["sha256"] = nil
            let numbers = Data(repeating: 0xFF, count: 32)  // eight times NaN
            if let entry = file.header[name] as? [String: Any] {
                let range = try #require(entry["data_offsets"] as? [Int])
                file.body.replaceSubrange(range[0]..<range[1], with: numbers)
            } else {
                let end = file.body.count
                file.header[name] = ["dtype": "F32", "shape": [8], "data_offsets": [end, end + 32]] as [String: Any]
                file.body += numbers
            }
            return try file.data()
        }
    }

    @Test("with archetypes that are no list, or more than the prior has room for, are refused")
    func archetypes() throws {
        for (key, old, new) in [("archetypes", "[", "{"), ("configuration", "prior: standard", "prior: archetypes")] {
            try expectRefusal(of: "best") { data in
                var file = try SafeTensorsFile(data)
                let text = try #require(file.metadata[key])
                #expect(text.contains(old))
                file.metadata[key] = text.replacingOccurrences(of: old, with: new)
                return try file.data()
            }
        }
    }

    @Test("are released at half the size, and other verbs take the released file")
    func release() throws {
        let folder = try TinyRun.finished.get()
        let page = try #require(TinyRun.pageFiles().first).path
        let released = try CommandLineTool.run(["release", "run", "--out", "new/model.safetensors"], in: folder)
        #expect(released.code == 0 && released.output.contains("15 archetypes"), "\(released)")
        let (small, whole) = (folder.data("new/model.safetensors"), folder.data("run/checkpoints/best.safetensors"))
        #expect(Double(small?.count ?? 0) < 0.6 * Double(whole?.count ?? 0))
        for model in ["run", "new/model.safetensors"] {
            let drawn = try CommandLineTool.run(["reconstruct", model, page, "--out", "drawn.png"], in: folder)
            #expect(drawn.code == 0, "\(drawn)")
        }
    }

    @Test("are released without the path of the model that their training began with")
    func releaseForgetsPaths() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        let best = "run/checkpoints/best.safetensors"
        var file = try SafeTensorsFile(try #require(folder.data(best)))
        file.metadata["configuration"] = file.metadata["configuration"]?
            .replacingOccurrences(of: "pretrained: null", with: "pretrained: /home/ada/first.safetensors")
        #expect(file.metadata["configuration"]?.contains("/home/ada") == true)
        try folder.add(best, try file.data())
        let released = try CommandLineTool.run(["release", "run", "--out", "small.safetensors"], in: folder)
        #expect(released.code == 0, "\(released)")
        let small = try SafeTensorsFile(try #require(folder.data("small.safetensors")))
        #expect(small.metadata["configuration"]?.contains("pretrained: null") == true)
        #expect(small.metadata["configuration"]?.contains("/home/ada") == false)
    }

    @Test("start the training of a larger network, and are refused by a smaller one")
    func growing() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        func train(_ run: String, from other: String, blocks: Int) throws -> Outcome {
            let still = ["optimization.lr=1e-30", "scheduler.params.eta_min=0", "optimization.epochs=1"]
            return try CommandLineTool.run(
                ["train", "tiny.yaml", "--run", run, "model.pretrained=\(other)", "model.further_blocks=\(blocks)"]
                    + still,
                in: folder)
        }
        let grown = try train("grown", from: "run", blocks: 2)
        #expect(grown.code == 0, "\(grown)")
        let files = try ["run", "grown"].map {
            try SafeTensorsFile(try #require(folder.data("\($0)/checkpoints/best.safetensors")))
        }
        let gained = files[1].names.filter { !files[0].names.contains($0) }
        #expect(!gained.isEmpty && gained.allSatisfy { $0.contains(".further.") })
        for name in files[0].names { #expect(files[0].bytes(of: name) == files[1].bytes(of: name), "\(name)") }

        let again = try train("again", from: "grown", blocks: 1)
        expectFailure(again, code: 65, naming: "grown/checkpoints/best.safetensors")
        #expect(again.errors.contains("model.further_blocks=2"), "\(again)")
    }

    @Test("lend a decoder their encoder, which stays as it is, and their layouts with it")
    func frozenEncoder() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        let taught = try CommandLineTool.run(
            ["layouts", "run", "layouts.width=16", "layouts.layers=1", "layouts.heads=2", "layouts.epochs=1"],
            in: folder)
        #expect(taught.code == 0, "\(taught)")
        func train(_ keys: String...) throws -> Outcome {
            // Threads have replicas, whose encoder must stay, too.
            try CommandLineTool.run(
                ["train", "tiny.yaml", "--run", "drawn", "model.frozen_encoder=true", "optimization.epochs=2"]
                    + ["optimization.threads=2", "logging.latent_visualization.frequency=1"] + keys, in: folder)
        }
        expectFailure(try train(), code: 65, naming: "model.pretrained")
        let other = try train("model.pretrained=run", "model.prior=archetypes", "model.latent_dim=16")
        expectFailure(other, code: 65, naming: "run/checkpoints/best.safetensors")

        let drawn = try train("model.pretrained=run")
        #expect(drawn.code == 0 && drawn.errors.contains("The layout decoder of run is this model's, too."), "\(drawn)")
        let files = try ["run", "drawn"].map {
            try SafeTensorsFile(try #require(folder.data("\($0)/checkpoints/best.safetensors")))
        }
        #expect(files[0].names == files[1].names)
        for name in files[0].names {
            let stays = !name.hasPrefix("decoder.")
            #expect((files[0].bytes(of: name) == files[1].bytes(of: name)) == stays, "\(name)")
        }
        let page = try #require(TinyRun.pageFiles().first).path
        let redrawn = try CommandLineTool.run(["reconstruct", "drawn", page, "--out", "drawn.png"], in: folder)
        #expect(redrawn.code == 0 && redrawn.output.contains("layout"), "\(redrawn)")

        // The run goes on: its best model becomes another file, to which its layouts belong as well.
        let further = try train("model.pretrained=run", "--resume", "optimization.epochs=3")
        #expect(further.code == 0 && further.errors.contains("epoch 3/3"), "\(further)")
        let again = try CommandLineTool.run(["reconstruct", "drawn", page, "--out", "drawn.png"], in: folder)
        #expect(again.code == 0 && again.output.contains("layout"), "\(again)")

        // What was trained is not lost with layouts that cannot be read.
        let layouts = "run/checkpoints/best.layouts.safetensors"
        try folder.add(layouts, try #require(folder.data(layouts)).prefix(1000))
        let alone = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "alone", "model.frozen_encoder=true", "model.pretrained=run"]
                + ["optimization.epochs=1"], in: folder)
        #expect(alone.code == 0 && alone.errors.contains("no layout decoder taken over"), "\(alone)")
    }

    /// Damages a file of a finished run, uses it and expects exit code 65 and a message that names the file, or has these words.
    private func expectRefusal(
        of name: String, naming words: String? = nil, _ location: SourceLocation = #_sourceLocation,
        _ damage: (Data) throws -> Data
    ) throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        let path = "run/checkpoints/\(name).safetensors"
        try folder.add(path, damage(try #require(folder.data(path))))
        let before = folder.files(below: "run/checkpoints")
        let page = try #require(try TinyRun.pageFiles().first).path
        let outcome = try CommandLineTool.run(
            name == "resume" ? ["train", "tiny.yaml", "--run", "run", "--resume"] : ["reconstruct", "run", page],
            in: folder)
        expectFailure(outcome, code: 65, naming: words ?? path, location)
        #expect(folder.files(below: "run/checkpoints") == before, sourceLocation: location)
    }

    @Test("are not gone on with under another key, which is named with its sections")
    func otherKey() throws {
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run", "--resume", "scheduler.params.T_0=99"], in: try interruptedRun())
        expectFailure(outcome, code: 65, naming: "scheduler.params.T_0: 99")
    }

    @Test("whose disk is full stay whole, and the run goes on when there is room again")
    func fullDisk() throws {
        let folder = try interruptedRun()
        let state = try #require(folder.data("run/checkpoints/resume.safetensors"))
        // A limit on the size of files fails as a full disk does, in the middle of a file, and needs no disk of its own.
        // 1,500 blocks are 0.8 or 1.5 MB, depending on the shell; the state has 2 MB.
        let limited = ["sh", "-c", "ulimit -f 1500; exec \"$0\" \"$@\""]
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run", "--resume"], prefix: limited, in: folder)
        expectFailure(outcome, code: 74, naming: "run/checkpoints/resume.safetensors")
        #expect(folder.data("run/checkpoints/resume.safetensors") == state)
        #expect(!folder.files(below: "run").keys.contains { $0.hasSuffix(".tmp") })
        let again = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
        #expect(again.code == 0, "\(again)")
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
    }

    @Test(
        "in a folder that is read-only stay whole",
        .enabled(if: CommandLineTool.unprivileged != nil, "root writes whatever the rights, and setpriv is not here"))
    func readOnlyFolder() throws {
        let folder = try interruptedRun()
        for path in ["run", "run/checkpoints"] { chmod(folder.url.appending(path: path).path, 0o555) }
        let before = folder.files(below: "run")
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run", "--resume"], prefix: CommandLineTool.unprivileged ?? [],
            in: folder)
        expectFailure(outcome, code: 74, naming: folder.url.path + "/run")
        #expect(folder.files(below: "run") == before)
        let new = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run/new"], prefix: CommandLineTool.unprivileged ?? [], in: folder)
        expectFailure(new, code: 74, naming: folder.url.path + "/run/new")
    }

    /// A run that was stopped early.
    private func interruptedRun() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let tool = try RunningTool(["train", "tiny.yaml", "--run", "run"], in: folder)
        while tool.isRunning, folder.data("run/checkpoints/resume.safetensors") == nil { usleep(1000) }
        tool.send(SIGTERM)
        #expect(tool.wait().code == 128 + SIGTERM)
        return folder
    }
}
