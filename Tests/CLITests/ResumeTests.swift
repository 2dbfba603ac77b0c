import Foundation
import Testing
import Wirespace

/// Why a run that was stopped and went on ends as one that was not: see `TrainingState`.
@Suite("A run that is stopped and resumed")
struct ResumeTests {
    @Test("killed again and again, ends with the weights of one that never stopped", arguments: [1, 2])
    func killed(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        var random = Draws(seed: seed)
        var kills = 0
        while kills < 40 {
            let tool = try RunningTool(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
            switch kills % 3 {
            case 0 where kills == 0: wait(tool, for: "config.yaml", changes: 1, in: folder)  // before any checkpoint
            case 2: wait(tool, for: "metrics.jsonl", changes: 1, in: folder)  // between an epoch's files
            default: wait(tool, for: "checkpoints/resume.safetensors", changes: random.next(1...3), in: folder)
            }
            Thread.sleep(forTimeInterval: Double(random.next(0...60)) / 1000)
            tool.send(SIGKILL)
            let outcome = tool.wait()
            if outcome.code == 0 { break }
            #expect(outcome.code == 128 + SIGKILL, "\(outcome)")
            kills += 1
        }
        #expect(kills >= 3)
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
        let litter = folder.files(below: "run").keys.filter { $0.contains(".tmp") || $0.contains(".dat") }
        #expect(litter.count <= kills, "\(litter)")
        try expectEveryStepOnce(folder)
    }

    @Test("says how to go on when a signal stops it, and goes on from the middle of an accumulation")
    func interrupted() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        var inMidAccumulation = 0
        var stops = 0
        while stops < 30 {
            let signal = [SIGTERM, SIGINT, SIGUSR1, SIGHUP][stops % 4]
            let tool = try RunningTool(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
            wait(tool, for: "checkpoints/resume.safetensors", changes: 1 + stops % 2, in: folder)
            tool.send(signal)
            let outcome = tool.wait()
            if outcome.code == 0 { break }
            stops += 1
            #expect(outcome.code == 128 + signal && !outcome.wasKilled, "\(outcome)")
            #expect(outcome.errors.contains("everything is saved in run") && outcome.errors.contains("--resume"))
            let state = try SafeTensorsFile(try #require(folder.data("run/checkpoints/resume.safetensors")))
            if state.names.contains(where: { $0.hasPrefix("gradient.") }) { inMidAccumulation += 1 }
        }
        #expect(stops >= 2 && inMidAccumulation >= 1)
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
        try expectEveryStepOnce(folder)
    }

    @Test(
        "killed between the files of its first checkpoint, a run begins again; one that is being trained is left alone")
    func firstCheckpoint() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        func train(_ options: String...) throws -> Outcome {
            try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"] + options, in: folder)
        }
        #expect(try train("optimization.epochs=1").code == 0)
        let resume = folder.url.appending(path: "run/checkpoints/resume.safetensors")
        try FileManager.default.removeItem(at: resume)
        do {
            let lock = try RunFolder(folder.url.appending(path: "run").path).lock()
            let refused = try train("--resume")
            #expect(refused.code == 75 && refused.errors.contains("another training is writing this run"), "\(refused)")
            withExtendedLifetime(lock) {}
        }
        #expect(try train("--resume").code == 0)
        try TinyRun.expectEqual(folder, TinyRun.finished.get())

        try FileManager.default.removeItem(at: resume)
        let lost = try train("--resume")
        #expect(
            lost.code == 66 && lost.errors.contains("not the state to go on with"),
            "of later epochs it was there: \(lost)")
    }

    @Test("a first Ctrl-C is a wish, a second one ends a training that is stuck; nothing is lost by it")
    func stuck() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let arguments = ["train", "tiny.yaml", "--run", "run", "--resume"]
        let begun = try RunningTool(arguments, in: folder)
        wait(begun, for: "checkpoints/resume.safetensors", changes: 1, in: folder)
        begun.send(SIGTERM)
        #expect(begun.wait().code == 128 + SIGTERM)

        // Its first words go into a pipe that is full: there it stays.
        let pipe = try fullPipe("words", in: folder)
        defer { close(pipe) }
        let before = identity(of: "config.yaml", in: folder)
        let stuck = try RunningTool(arguments, prefix: ["sh", "-c", "exec \"$@\" 2> words", "sh"], in: folder)
        // Written anew once signals are listened to.
        while stuck.isRunning, identity(of: "config.yaml", in: folder) == before { usleep(1000) }
        var signals = 0
        // Again and again: two that come before the first is heard are one.
        while stuck.isRunning, signals < 200 {
            stuck.send(SIGINT)
            signals += 1
            usleep(50_000)
        }
        stuck.send(SIGKILL)  // should it still be there
        let outcome = stuck.wait()
        #expect(outcome.wasKilled && outcome.code == 128 + SIGINT && signals >= 2, "\(outcome), \(signals)")

        #expect(try CommandLineTool.run(arguments, in: folder).code == 0)
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
        try expectEveryStepOnce(folder)
    }

    /// A pipe with a name that takes not a byte, as long as it is open; a descriptor.
    private func fullPipe(_ name: String, in folder: TemporaryFolder) throws -> Int32 {
        let path = folder.url.appending(path: name).path
        try #require(mkfifo(path, 0o600) == 0)
        let pipe = open(path, O_RDWR | O_NONBLOCK)
        try #require(pipe >= 0)
        for size in [4096, 1] {
            let bytes = [UInt8](repeating: 0x20, count: size)
            while write(pipe, bytes, size) > 0 {}
        }
        return pipe
    }

    @Test(
        "in fp16 the scale of the gradients goes on too, with threads their order is kept; several processes do likewise",
        arguments: ["threads: 1, mixed_precision: fp16", "threads: 2"])
    func otherwise(keys: String) throws {
        let configuration = TinyRun.configuration.replacingOccurrences(of: "threads: 1", with: keys)
        func folder() throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            try folder.add("tiny.yaml", configuration)
            return folder
        }
        let (whole, stopped, shared) = (try folder(), try folder(), try folder())
        let arguments = ["train", "tiny.yaml", "--run", "run", "--resume"]
        #expect(try CommandLineTool.run(arguments, in: whole).code == 0)
        #expect(try stopAgainAndAgain(arguments, in: stopped) >= 2)
        try TinyRun.expectEqual(stopped, whole)
        let outcome = try CommandLineTool.run(arguments + ["--processes", "2"], in: shared)
        #expect(outcome.code == 0 && shared.text("run/metrics.jsonl").split(separator: "\n").count == 3, "\(outcome)")
    }

    @Test("hears the same of a page from frozen features, whichever thread meets it first")
    func features() throws {
        func folder() throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages")
            try folder.add("tiny.yaml", TinyRun.configuration(folder: "pages"))
            return folder
        }
        let (whole, stopped) = (try folder(), try folder())
        // Three threads for batches of two: unequal lanes.
        let arguments = [
            "train", "tiny.yaml", "--run", "run", "--resume", "model.features=vgg16", "model.prior=archetypes",
            "model.latent_dim=16", "optimization.threads=3", "optimization.epochs=3", "logging.checkpoint_minutes=1e-6",
        ]
        let outcome = try CommandLineTool.run(arguments, in: whole)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try stopAgainAndAgain(arguments, in: stopped) >= 2)
        try TinyRun.expectEqual(stopped, whole)
    }

    /// Stops a training at every second group until it ends by itself; how often.
    private func stopAgainAndAgain(_ arguments: [String], in folder: TemporaryFolder) throws -> Int {
        for stops in 0..<20 {
            let tool = try RunningTool(arguments, in: folder)
            wait(tool, for: "checkpoints/resume.safetensors", changes: 2, in: folder)
            tool.send(SIGTERM)
            if tool.wait().code == 0 { return stops }
        }
        return 20
    }

    @Test("has nothing to do when it is finished, and says so")
    func finished() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
        #expect(outcome.code == 0 && outcome.errors.contains("Nothing to do"), "\(outcome)")
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
    }

    /// Waits until a file of the run has been replaced so many times, or the process ends.
    private func wait(_ tool: RunningTool, for path: String, changes: Int, in folder: TemporaryFolder) {
        var (last, seen) = (identity(of: path, in: folder), 0)
        while tool.isRunning, seen < changes {
            usleep(200)
            let now = identity(of: path, in: folder)
            if now != nil, now != last { (last, seen) = (now, seen + 1) }
        }
    }

    /// Another one once a file of the run has been replaced; nil without it.
    private func identity(of path: String, in folder: TemporaryFolder) -> UInt64? {
        var status = stat()
        return stat(folder.url.appending(path: "run/\(path)").path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    /// What TensorBoard shows of the run's event files, if it is there to be asked: every epoch once.
    private func expectEveryStepOnce(_ folder: TemporaryFolder) throws {
        guard let python = TensorBoard.python else { return }
        let steps = try TensorBoard.curves(of: folder.url.appending(path: "run"), python: python).scalars
            .mapValues { $0.map(\.step) }
        #expect(steps["loss/total"] == [0, 1, 2] && steps["validation/ssim"] == [0, 1, 2], "\(steps)")
        #expect(steps.values.allSatisfy { Set($0).count == $0.count }, "\(steps)")
    }

    @Test(
        "TensorBoard sees every epoch of a run once, also of one that began again before its first checkpoint",
        .enabled(if: TensorBoard.python != nil, "scripts/setup has not installed tensorboard into .deps/python"))
    func begunAgain() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.add("tiny.yaml", TinyRun.configuration)
        // As if the run had been killed before it saved anything but its curves.
        try FileManager.default.removeItem(at: folder.url.appending(path: "run/checkpoints"))
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        try expectEveryStepOnce(folder)
        try TinyRun.expectEqual(folder, TinyRun.finished.get())
    }
}

/// Few numbers, the same ones every time (Steele et al., "Fast Splittable Pseudorandom Number Generators", 2014).
private struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(_ range: ClosedRange<Int>) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return range.lowerBound + Int((z ^ z >> 31) % UInt64(range.count))
    }
}
