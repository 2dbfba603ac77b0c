import Foundation
import Testing

/// Two or three processes that train as one.
@Suite("Training with several processes", .serialized)
struct ProcessesTests {
    /// 20 steps: groups of 4 pages of different heights, the last of an epoch of 2, which leaves a third rank without any. Without
    /// geodesics: fresh parameters draw the same at all ends of all ways but for rounding, which then decides where these are pulled.
    private static let configuration = TinyRun.configuration
        .replacingOccurrences(of: "epochs: 3", with: "epochs: 4")
        .replacingOccurrences(of: "optimizer: muon", with: "optimizer: adamw")
        .replacingOccurrences(of: "geodesic: 0.5", with: "geodesic: 0")

    /// The run of one process.
    private static let alone = Result {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"], in: folder)
        guard outcome.code == 0 else { throw TinyRun.Failed(outcome: outcome) }
        return folder
    }

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", Self.configuration)
        return folder
    }

    private func arguments(_ processes: Int) -> [String] {
        ["train", "tiny.yaml", "--run", "run", "--resume", "--processes", "\(processes)"]
    }

    /// ‖a − b‖ / ‖b‖ over all parameters.
    private func distance(_ folder: TemporaryFolder, _ other: TemporaryFolder) throws -> Double {
        let (a, b) = (try parameters(of: folder), try parameters(of: other))
        #expect(a.count == b.count && !a.isEmpty)
        let difference = zip(a, b).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    private func parameters(of folder: TemporaryFolder) throws -> [Double] {
        let file = try SafeTensorsFile(try #require(folder.data("run/checkpoints/last.safetensors")))
        return stride(from: 0, to: file.body.count - 3, by: 4).map { place in
            let bits = (0..<4).reduce(UInt32(0)) {
                $0 | UInt32(file.body[file.body.startIndex + place + $1]) << (8 * $1)
            }
            return Double(Float(bitPattern: bits))
        }
    }

    /// - Parameter stopped: whether the run went on with other numbers of processes at random places. Each place has sums in another
    ///   order, and where a gradient is all but zero AdamW makes a step of its rounding's sign: then runs end up to 3e-4 apart. A
    ///   learning rate .3 % higher gives 3e-3, other noise 1e-2.
    private func expectLikeAlone(
        _ folder: TemporaryFolder, stopped: Bool = false, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let distance = try distance(folder, Self.alone.get())
        #expect(distance < (stopped ? 1e-3 : 1e-5), sourceLocation: location)
        #expect(folder.text("run/metrics.jsonl").split(separator: "\n").count == 4, sourceLocation: location)
    }

    @Test("ends with the parameters and the curves of one, whatever their number", arguments: [2, 3])
    func likeOne(processes: Int) throws {
        let folder = try folder()
        let outcome = try CommandLineTool.run(arguments(processes), in: folder)
        #expect(outcome.code == 0 && outcome.errors.contains("in each of \(processes) processes"), "\(outcome)")
        #expect(outcome.errors.components(separatedBy: "epoch 4/4").count == 2, "every rank talks: \(outcome)")
        try expectLikeAlone(folder)
        let (curves, expected) = (try losses(of: folder), try losses(of: Self.alone.get()))
        #expect(curves.count == 2 * 4 && expected.count == 2 * 4)
        for (mine, its) in zip(curves, expected) {
            #expect(abs(mine - its) < 1e-4 * abs(its))
        }
    }

    @Test(
        "ends with the parameters and the curves of one, with threads that share its pages, some of which have none to do",
        arguments: [
            (2, []), (3, []), (3, ["data.batch_size=3"]), (5, ["data.batch_size=8"]),
        ])
    func threads(count: Int, keys: [String]) throws {
        let folder = try folder()
        let outcome = try CommandLineTool.run(arguments(1) + ["optimization.threads=\(count)"] + keys, in: folder)
        #expect(outcome.code == 0 && outcome.errors.contains("\(count) threads"), "\(outcome)")
        try expectLikeAlone(folder)
    }

    @Test("a group that the threads do in several rounds is stopped between them, and goes on to the same end")
    func rounds() throws {
        // 18 pages in one group, six at a time.
        let keys = ["optimization.accumulation_steps=18", "optimization.epochs=12"]
        let (alone, shared, stopped) = (try folder(), try folder(), try folder())
        let threads = ["optimization.threads=3", "data.batch_size=2"]
        #expect(try CommandLineTool.run(arguments(1) + keys, in: alone).code == 0)
        #expect(try CommandLineTool.run(arguments(1) + keys + threads, in: shared).code == 0)
        var betweenRounds = 0
        for _ in 0..<20 {
            let tool = try RunningTool(arguments(1) + keys + threads, in: stopped)
            waitForCheckpoint(tool, in: stopped)
            tool.send(SIGTERM)
            let outcome = tool.wait()
            if outcome.errors.contains(/Going on at epoch \d+, step 1, batch ([2-9]|1\d)/) { betweenRounds += 1 }
            if outcome.code == 0 { break }
        }
        #expect(try CommandLineTool.run(arguments(1) + keys + threads, in: stopped).code == 0)
        #expect(betweenRounds > 0)
        #expect(try distance(shared, alone) < 1e-5)
        let isSame = try parameters(of: shared) == parameters(of: stopped)
        #expect(isSame)
    }

    @Test("reads the features of its pages as one does")
    func features() throws {
        let runs = try [1, 2].map { processes in
            let folder = try TemporaryFolder()
            try folder.add("tiny.yaml", Self.configuration)
            let keys = [
                "model.features=vgg16", "model.prior=archetypes", "model.latent_dim=16", "optimization.epochs=1",
            ]
            let outcome = try CommandLineTool.run(arguments(processes) + keys, in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            return folder
        }
        #expect(try distance(runs[1], runs[0]) < 1e-5)
    }

    @Test("adds up the deviation from geodesics as one does")
    func geodesics() throws {
        let curves = try [1, 2].map { processes in
            let folder = try folder()
            let keys = ["loss.geodesic=0.5", "model.prior=archetypes", "model.latent_dim=16", "optimization.epochs=1"]
            let outcome = try CommandLineTool.run(arguments(processes) + keys, in: folder)
            #expect(outcome.code == 0, "\(outcome)")
            return try losses(of: folder)
        }
        #expect(curves[0].count == 3)
        for (one, two) in zip(curves[0], curves[1]) { #expect(one > 0 && abs(one - two) < 1e-3 * one) }
    }

    private func losses(of folder: TemporaryFolder) throws -> [Double] {
        try folder.text("run/metrics.jsonl").split(separator: "\n").flatMap { line in
            let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let train = record?["train"] as? [String: Any]
            let validation = record?["validation"] as? [String: Any]
            return [train?["total"], train?["geodesic"], validation?["score"]].compactMap { $0 as? Double }
        }
    }

    @Test("stops at the same step when one of them gets a signal, and goes on with another number of them")
    func signalled() throws {
        let folder = try folder()
        var counts = [2, 1, 3, 2].makeIterator()
        var stops = 0
        while let processes = counts.next() {
            let tool = try RunningTool(arguments(processes), in: folder)
            waitForCheckpoint(tool, in: folder)
            let child = try children(of: tool).randomElement()
            kill(child ?? tool.processIdentifier, [SIGTERM, SIGUSR1][stops % 2])
            let outcome = tool.wait()
            if outcome.code == 0 { break }
            #expect(outcome.code == 128 + [SIGTERM, SIGUSR1][stops % 2], "\(outcome)")
            #expect(outcome.errors.contains("everything is saved in run"), "\(outcome)")
            stops += 1
        }
        #expect(stops >= 2)
        let outcome = try CommandLineTool.run(arguments(1), in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        try expectLikeAlone(folder, stopped: true)
    }

    @Test("end within 20 seconds when one is killed, name it, and go on with one process", arguments: [1, 0])
    func killed(victim: Int) throws {
        let folder = try folder()
        let tool = try RunningTool(arguments(3), in: folder)
        waitForCheckpoint(tool, in: folder)
        let children = try children(of: tool)
        #expect(children.count == 2)
        let started = Date()
        kill(victim == 0 ? tool.processIdentifier : children[victim - 1], SIGKILL)
        for child in children { waitForEnd(of: child) }  // which outlive the first, and talk after it
        let outcome = tool.wait()
        #expect(Date().timeIntervalSince(started) < 20)
        #expect(outcome.code == (victim == 0 ? 128 + SIGKILL : 75), "\(outcome)")
        #expect(outcome.errors.contains("rank \(victim) is lost"), "\(outcome)")
        let resumed = try CommandLineTool.run(arguments(1), in: folder)
        #expect(resumed.code == 0 && resumed.errors.contains("Going on at"), "\(resumed)")
        try expectLikeAlone(folder, stopped: true)
    }

    @Test("end with a message when one cannot read a page that the other reads", arguments: ["train", "validation"])
    func differentPages(split: String) throws {
        let table = try TinyRun.pageFiles().enumerated().map { number, file in
            "\(file.pathComponents.suffix(2).joined(separator: "/")),\(number % 2 == 0 ? "train" : "validation")"
        }
        let victim = try #require(table.first { $0.hasSuffix(split) }).split(separator: ",")[0]
        let port = try freePort()
        let tools = try (0..<2).map { rank in
            let folder = try TemporaryFolder()
            try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages")
            try folder.add("splits.csv", (["file,split"] + table).joined(separator: "\n") + "\n")
            try folder.add("tiny.yaml", TinyRun.configuration(folder: "pages", splits: "{file: splits.csv}"))
            if rank == 1 { try folder.add("pages/\(victim)", try #require(folder.data("pages/\(victim)")).prefix(200)) }
            let place = [
                "RANK=\(rank)", "WORLD_SIZE=2", "LOCAL_RANK=\(rank)", "MASTER_ADDR=127.0.0.1", "MASTER_PORT=\(port)",
            ]
            return try RunningTool(["train", "tiny.yaml", "--run", "run"], prefix: place, in: folder)
        }
        for tool in tools {
            let outcome = tool.wait()
            #expect(outcome.code == 65 && outcome.errors.contains("not every rank could read the same"), "\(outcome)")
        }
    }

    @Test("an error of one ends all with its code, told once")
    func error() throws {
        let folder = try folder()
        try folder.add("run/checkpoints/resume.safetensors", "no tensors")
        try folder.add("run/config.yaml", Self.configuration)
        let outcome = try CommandLineTool.run(arguments(2), in: folder)
        expectFailure(outcome, code: 65, naming: "resume.safetensors")
        #expect(outcome.errors.components(separatedBy: "wirespace: ").count == 2, "\(outcome)")
    }

    /// A port of this machine that nobody listens on.
    private func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) + getsockname(socket, $0, &length)
            }
        }
        try #require(status == 0)
        return UInt16(bigEndian: address.sin_port)
    }

    private func waitForCheckpoint(_ tool: RunningTool, in folder: TemporaryFolder) {
        func identity() -> UInt64? {
            var status = stat()
            let path = folder.url.appending(path: "run/checkpoints/resume.safetensors").path
            return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
        }
        let before = identity()
        while tool.isRunning, identity() == before { usleep(500) }
    }

    /// The processes that a tool has started, in the order of their ranks.
    private func children(of tool: RunningTool) throws -> [pid_t] {
        let list = try String(
            contentsOfFile: "/proc/\(tool.processIdentifier)/task/\(tool.processIdentifier)/children", encoding: .utf8)
        return list.split(separator: " ").compactMap { pid_t($0) }.sorted()
    }

    private func waitForEnd(of process: pid_t) {
        while kill(process, 0) == 0 { usleep(10_000) }
    }
}
