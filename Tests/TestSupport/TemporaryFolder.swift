public import Foundation

/// A new folder, which is removed when `body` ends.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The Python that `scripts/setup` makes for tests, if it has been made.
public let python: URL? = {
    let url = repositoryRoot.appending(path: ".deps/python/bin/python3")
    return FileManager.default.isExecutableFile(atPath: url.path(percentEncoded: false)) ? url : nil
}()

/// The lines that a Python program prints.
public func lines(ofPython program: String, _ arguments: String..., by python: URL) throws -> [String] {
    let process = Process()
    process.executableURL = python
    process.arguments = ["-c", program] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
}
