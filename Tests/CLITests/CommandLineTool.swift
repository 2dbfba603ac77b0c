import Foundation

/// How a command ended and what it said.
struct Outcome {
    /// The exit code; 128 + the signal's number when a signal ended it, as a shell has it.
    let code: Int32
    /// Whether a signal, a crash for instance, ended the process.
    let wasKilled: Bool
    /// Standard output.
    let output: String
    /// Standard error.
    let errors: String
}

/// The `wirespace` that was built beside these tests.
enum CommandLineTool {
    /// The executable: SwiftPM puts products and the bundle of tests into one folder.
    static let executable: URL? = {
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        let folders = [Bundle.main.executableURL, Bundle.main.bundleURL].compactMap { $0 } + bundles
        return folders.flatMap { [$0.deletingLastPathComponent(), $0] }
            .map { $0.appending(path: "wirespace") }
            .first {
                var isFolder: ObjCBool = false
                let exists = FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
                return exists && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: $0.path)
            }
    }()

    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - prefix: a program, with its arguments, that runs the tool.
    ///   - cache: where pages are kept; by default in a folder of the test's own.
    static func run(
        _ arguments: [String], prefix: [String] = [], in folder: TemporaryFolder, cache: String? = nil
    ) throws -> Outcome {
        try RunningTool(arguments, prefix: prefix, in: folder, cache: cache).wait()
    }

    /// The words in front of a command that take root's rights away: root may read and write whatever the rights say.
    /// Nil when that cannot be done here.
    static let unprivileged: [String]? = {
        guard geteuid() == 0 else { return [] }
        let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let outcome = try? run(["--version"], prefix: prefix, in: TemporaryFolder())
        return outcome?.code == 0 ? prefix : nil
    }()
}

/// The tool is not where it should be.
struct MissingTool: Error {}

/// A command under way. It is killed after two minutes.
final class RunningTool {
    private let process = Process()
    private let output: TemporaryFolder
    /// Kept, since a folder goes with its owner.
    private let folder: TemporaryFolder
    private let watchdog: DispatchWorkItem

    init(_ arguments: [String], prefix: [String] = [], in folder: TemporaryFolder, cache: String? = nil) throws {
        guard let tool = CommandLineTool.executable else { throw MissingTool() }
        output = try TemporaryFolder()
        self.folder = folder
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = prefix + [tool.path] + arguments
        process.currentDirectoryURL = folder.url
        // One thread: several of these share a machine, and idle OpenMP threads would spin.
        let settings = [
            "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "SWIFT_BACKTRACE": "enable=no",
            "WIRESPACE_CACHE": cache ?? folder.url.path + "-cache",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output.add("output", Data()))
        process.standardError = try FileHandle(forWritingTo: output.add("errors", Data()))
        try process.run()
        watchdog = DispatchWorkItem { [pid = process.processIdentifier] in kill(pid, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
    }

    var isRunning: Bool { process.isRunning }
    var processIdentifier: pid_t { process.processIdentifier }

    /// What it has printed until now.
    var outputSoFar: String { output.text("output") }

    func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    func wait() -> Outcome {
        process.waitUntilExit()
        watchdog.cancel()
        let wasKilled = process.terminationReason == .uncaughtSignal
        return Outcome(
            code: process.terminationStatus + (wasKilled ? 128 : 0), wasKilled: wasKilled,
            output: output.text("output"), errors: output.text("errors"))
    }
}

/// A folder of its own that is removed with its owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "wirespace-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // What a test has taken the rights of could not be removed.
        for name in FileManager.default.subpaths(atPath: url.path) ?? [] {
            chmod(url.appending(path: name).path, 0o755)
        }
        try? FileManager.default.removeItem(at: url)
        try? FileManager.default.removeItem(atPath: url.path + "-cache")
    }

    /// Writes a file, making its folders.
    @discardableResult
    func add(_ path: String, _ data: Data) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file
    }

    @discardableResult
    func add(_ path: String, _ text: String) throws -> URL { try add(path, Data(text.utf8)) }

    /// Copies a file or a folder here.
    func copy(_ source: URL, to path: String) throws {
        try FileManager.default.copyItem(at: source, to: url.appending(path: path))
    }

    /// Makes a symbolic link.
    func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: url.appending(path: path).path, withDestinationPath: target)
    }

    /// A file's bytes, nil without it.
    func data(_ path: String) -> Data? { FileManager.default.contents(atPath: url.appending(path: path).path) }

    /// The bytes of a file, 0 without it.
    func size(of path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.appending(path: path).path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// A file as text, empty without it.
    func text(_ path: String) -> String { String(decoding: data(path) ?? Data(), as: UTF8.self) }

    /// The paths of all files below a folder, and their bytes.
    func files(below path: String) -> [String: Data] {
        let names = FileManager.default.subpaths(atPath: url.appending(path: path).path) ?? []
        return Dictionary(uniqueKeysWithValues: names.compactMap { name in data(path + "/" + name).map { (name, $0) } })
    }
}
