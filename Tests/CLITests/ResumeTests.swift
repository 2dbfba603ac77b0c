import Foundation
import Testing
import Wirespace

@Suite("Exact resume", .serialized)
struct ResumeTests {
    @Test("A run killed at any moment and resumed ends with the bytes of one that was never stopped")
    func killed() throws {
        try withRunFolder { folder in
            let whole = folder.appending(path: "whole")
            let started = Date()
            let undisturbed = try wirespace(try train(in: folder, whole))
            let duration = Date().timeIntervalSince(started)
            #expect(undisturbed.status == 0, "\(undisturbed.error)")

            var random = SystemRandomNumberGenerator()
            for attempt in 0..<3 {
                let run = folder.appending(path: "killed-\(attempt)")
                var moments: [Double] = []
                for _ in 0..<3 {
                    let command = try RunningCommand(try train(in: folder, run))
                    moments.append(.random(in: 0.2...1.0, using: &random) * duration)
                    Thread.sleep(forTimeInterval: moments[moments.count - 1])
                    kill(command.process.processIdentifier, SIGKILL)
                    _ = try command.finish()
                }
                let last = try wirespace(try train(in: folder, run))
                #expect(last.status == 0, "killed after \(moments) s: \(last.error)")
                try expectSame(run, whole, "killed after \(moments) s")
            }
        }
    }

    @Test(
        "SIGTERM and Ctrl-C save in the middle of an accumulation and say how to go on", arguments: [SIGTERM, SIGINT])
    func interrupted(signal: Int32) throws {
        try withRunFolder { folder in
            let (whole, run) = (folder.appending(path: "whole"), folder.appending(path: "run"))
            #expect(try wirespace(try train(in: folder, whole)).status == 0)

            // More epochs than it will finish; the rest is trained after the signal.
            let command = try RunningCommand(try train(in: folder, run))
            let state = RunFolder(run.path).url.appending(path: "config.yaml")
            while command.process.isRunning, !FileManager.default.fileExists(atPath: state.path) {
                Thread.sleep(forTimeInterval: 0.01)
            }
            Thread.sleep(forTimeInterval: 0.3)
            kill(command.process.processIdentifier, signal)
            let stopped = try command.finish()
            if stopped.status != 0 {  // else it was done before the signal came
                #expect(stopped.status == 128 + signal, "\(stopped.error)")
                #expect(stopped.error.contains("--resume"), "\(stopped.error)")
            }
            let resumed = try wirespace(try train(in: folder, run))
            #expect(resumed.status == 0, "\(resumed.error)")
            try expectSame(run, whole, "stopped by signal \(signal)")
        }
    }

    @Test("A finished run resumed says so; a run that exists is not overwritten; a changed configuration is refused")
    func refusals() throws {
        try withRunFolder { folder in
            let run = folder.appending(path: "run")
            let arguments = try train(in: folder, run)
            #expect(try wirespace(arguments).status == 0)
            let again = try wirespace(arguments)
            #expect(again.status == 0 && again.error.contains("Nothing to do"), "\(again.error)")
            let fresh = try wirespace(arguments.filter { $0 != "--resume" })
            #expect(fresh.status == 65 && fresh.error.contains("--resume"), "\(fresh.error)")
            let changed = try wirespace(arguments + ["optimization.lr=0.5"])
            #expect(changed.status == 65 && changed.error.contains("lr"), "\(changed.error)")
            let longer = try wirespace(arguments + ["optimization.epochs=3"])
            #expect(longer.status == 0, "more epochs are no other training: \(longer.error)")
        }
    }

    @Test("A damaged checkpoint is refused by name and left as it is", arguments: ["truncated", "foreign", "empty"])
    func damaged(how: String) throws {
        try withRunFolder { folder in
            let run = folder.appending(path: "run")
            let arguments = try train(in: folder, run)
            #expect(try wirespace(arguments).status == 0)
            let file = RunFolder(run.path).resume
            let whole = try Data(contentsOf: file)
            let broken: Data =
                switch how {
                case "truncated": whole.prefix(whole.count / 2)
                case "foreign": Data("not a checkpoint".utf8)
                default: Data()
                }
            try broken.write(to: file)
            let refused = try wirespace(arguments + ["optimization.epochs=3"])
            #expect(refused.status == 65 && refused.error.contains("resume.safetensors"), "\(refused.error)")
            #expect(try Data(contentsOf: file) == broken)
        }
    }

    private func train(in folder: URL, _ run: URL) throws -> [String] {
        // A checkpoint after every step, so that a kill falls between many of them.
        [
            "train", try tinyConfiguration(in: folder), "logging.checkpoint_minutes=0.0001", "--run", run.path,
            "--resume",
        ]
    }

    private func expectSame(_ a: URL, _ b: URL, _ what: String) throws {
        for file in ["checkpoints/last.safetensors", "checkpoints/best.safetensors"] {
            let same = try Data(contentsOf: a.appending(path: file)) == Data(contentsOf: b.appending(path: file))
            #expect(same, "\(file) differs: \(what)")
        }
        func records(_ run: URL) throws -> [EpochRecord] {
            try RunFolder(run.path).records().map { record in
                var record = record
                record.seconds = 0
                return record
            }
        }
        #expect(try records(a) == records(b), "metrics.jsonl differs: \(what)")
    }
}
