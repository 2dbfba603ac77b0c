import Foundation
import Testing

/// What a finished command left.
struct CommandResult {
    /// The exit status, or minus the signal that ended it.
    let status: Int32
    let output: String
    let error: String
}

/// The program that was built together with these tests.
func wirespaceBinary() throws -> URL {
    let names = ["wirespace", "wirespace.exe"]
    var folder = Bundle.main.bundleURL
    for _ in 0..<4 {
        for name in names {
            let file = folder.appending(path: name)
            if FileManager.default.isExecutableFile(atPath: file.path) { return file }
        }
        folder.deleteLastPathComponent()
    }
    let bundle = CommandLine.arguments.first.map { URL(filePath: $0).deletingLastPathComponent() }
    return try #require(bundle?.appending(path: "wirespace"))
}

/// A command that has been started.
final class RunningCommand {
    let process = Process()
    private let output: URL
    private let error: URL

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        output = place.appendingPathExtension("out")
        error = place.appendingPathExtension("err")
        for file in [output, error] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.executableURL = try wirespaceBinary()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["OMP_NUM_THREADS": "1"]) { $1 }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        try process.run()
    }

    /// Waits for the end.
    func finish() throws -> CommandResult {
        process.waitUntilExit()
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return CommandResult(
            status: status, output: try String(contentsOf: output, encoding: .utf8),
            error: try String(contentsOf: error, encoding: .utf8))
    }
}

/// Runs a command to its end.
func wirespace(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandResult {
    try RunningCommand(arguments, environment: environment).finish()
}

/// Gives `body` a folder of its own and removes it afterwards.
func withRunFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// A training of seconds: small pages, a tiny network, skips and dropout on, several steps and batches an epoch.
func tinyConfiguration(in folder: URL) throws -> String {
    let file = folder.appending(path: "tiny.yaml")
    let text = """
        data:
          generator: {width: 48, height_multiple: 32, train_pages: 18, validation_pages: 6, test_pages: 30}
          batch_size: 2
        augmentation: {enabled: true}
        model: {width: 0.125, latent_dim: 16, modulation: true, coordinates: true, prior: archetypes}
        loss: {pixel: bce, perceptual_weight: 0, perceptual_weight_min: 0, prior_pull: 1}
        optimization: {epochs: 2, accumulation_steps: 4, threads: 1}
        logging: {latent_visualization: {frequency: 2}, reconstructions_every: 2}
        """
    try Data(text.utf8).write(to: file)
    return file.path
}
