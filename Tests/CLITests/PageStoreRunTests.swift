import Foundation
import Testing
import Wireframes
import Wirespace

/// Trainings on a folder whose pages are kept in a store, against those that read every file again.
@Suite("Training with a store of pages")
struct PageStoreRunTests {
    /// Pages are scaled (96 to 48 pixels), so that what is stored is not what the files hold.
    private static let folder = Result {
        let folder = try TemporaryFolder()
        let made = try CommandLineTool.run(
            ["dataset", "generate", "pages", "--count", "18", "--width", "96"], in: folder)
        guard made.code == 0 else { throw TinyRun.Failed(outcome: made) }
        try folder.add(
            "tiny.yaml",
            TinyRun.configuration(folder: "pages", splits: "{train: .8, validation: .2, test: 0}")
                .replacingOccurrences(of: "epochs: 2", with: "epochs: 3") + "\nlogging: {checkpoint_minutes: 1.0e-6}\n")
        return folder
    }

    /// A folder with the configuration and the pages.
    private func copy() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["pages", "tiny.yaml"] {
            try folder.copy(Self.folder.get().url.appending(path: name), to: name)
        }
        return folder
    }

    /// A training whose store cannot be made.
    private func unstored() throws -> TemporaryFolder {
        let folder = try copy()
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run"], in: folder, cache: folder.url.path + "/tiny.yaml/none")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.errors.contains("Pages are not kept between epochs"), "\(outcome)")
        return folder
    }

    @Test("ends with the same weights, bit by bit, in its first run and in one that finds all pages stored")
    func equal() throws {
        let expected = try unstored()
        let folder = try copy()
        for run in 0..<2 {
            let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"], in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.errors.contains("-cache: \(run == 0 ? 0 : 18) pages, "), "\(outcome)")
            try TinyRun.expectEqual(folder, expected)
            try FileManager.default.removeItem(at: folder.url.appending(path: "run"))
        }
        let without = try CommandLineTool.run(["train", "tiny.yaml", "data.cache=null", "--run", "run"], in: folder)
        #expect(without.code == 0 && !without.errors.contains("kept"), "\(without)")
        let resumed = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
        #expect(resumed.code == 0, "the store may change with --resume: \(resumed)")
    }

    @Test("killed again and again, ends as one that never stopped, and leaves a whole store")
    func killed() throws {
        let folder = try copy()
        var kills = 0
        while kills < 25 {
            let tool = try RunningTool(["train", "tiny.yaml", "--run", "run", "--resume"], in: folder)
            let deadline = Date(timeIntervalSinceNow: 0.2 * pow(1.25, Double(kills)))  // however slow the machine
            while tool.isRunning, Date() < deadline { usleep(500) }
            tool.send(SIGKILL)
            if tool.wait().code == 0 { break }
            kills += 1
        }
        #expect(kills > 2)
        try TinyRun.expectEqual(folder, unstored())
        let again = try CommandLineTool.run(["train", "tiny.yaml", "--run", "again"], in: folder)
        #expect(again.errors.contains("-cache: 18 pages, "), "\(again)")
    }

    @Test("two processes share the store")
    func processes() throws {
        let folder = try copy()
        let arguments = ["train", "tiny.yaml", "--run", "run", "--processes", "2"]
        let outcome = try CommandLineTool.run(arguments, in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.errors.components(separatedBy: "Pages are kept").count == 2, "said once: \(outcome)")
        let again = try CommandLineTool.run(["train", "tiny.yaml", "--run", "again"], in: folder)
        #expect(again.errors.contains("-cache: 18 pages, "), "\(again)")
    }

    @Test("a folder that data.cache names must be usable; one that cannot be written is used as it is")
    func places() throws {
        let folder = try copy()
        let refused = try CommandLineTool.run(["train", "tiny.yaml", "data.cache=tiny.yaml/x"], in: folder)
        expectFailure(refused, code: 74, naming: "tiny.yaml/x")
        let stored = try CommandLineTool.run(["train", "tiny.yaml", "data.cache=kept", "--run", "run"], in: folder)
        #expect(stored.code == 0 && stored.errors.contains("kept: 0 pages"), "\(stored)")
        guard let prefix = CommandLineTool.unprivileged else { return }
        chmod(folder.url.path, 0o777)
        let files = folder.files(below: "kept")
        let used = try CommandLineTool.run(
            ["train", "tiny.yaml", "data.cache=kept", "--run", "again"], prefix: prefix, in: folder)
        #expect(used.code == 0 && used.errors.contains("18 pages"), "\(used)")
        if geteuid() == 0 { #expect(used.errors.contains("cannot be written to"), "\(used)") }
        #expect(folder.files(below: "kept") == files)
    }
}
