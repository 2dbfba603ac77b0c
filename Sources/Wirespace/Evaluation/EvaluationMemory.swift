import Crypto
package import Foundation
package import Torch
import Wireframes

/// What an evaluation has found out so far, in a file that lasts until it is finished: one that was stopped goes on from there.
///
/// A result is kept under a hash of all that it follows from: the program, the model, the settings, and the very numbers that it
/// was computed from. So what is recalled is what would be computed; where one of them differs in a bit, it is computed again.
/// The file has a line for each result, its hash and its JSON.
package final class EvaluationMemory: @unchecked Sendable {  // `lock` guards what changes
    private let file: URL
    /// The hash of the subject, to which each result adds its own.
    private let subject: SHA256
    private let lock = NSLock()
    private var known: [String: Data] = [:]

    /// How many results there were when the evaluation began.
    package let count: Int

    /// The memory in `file`, if it is there: a file that cannot be read is one without results.
    ///
    /// - Parameter subject: what all results follow from.
    package init(_ file: URL, subject: [String]) {
        self.file = file
        var hash = SHA256()
        for part in subject { hash.update(data: Data("\(part)\n".utf8)) }
        self.subject = hash
        let lines = String(decoding: FileManager.default.contents(atPath: file.path) ?? Data(), as: UTF8.self)
            .split(separator: "\n")
        for line in lines {
            known[String(line.prefix { $0 != " " })] = Data(line.drop { $0 != " " }.utf8)
        }
        count = known.count
    }

    /// The result that was kept, or else the one that `compute` gives, which then is kept.
    ///
    /// - Parameters:
    ///   - result: what it is, with the settings that the subject does not know.
    ///   - inputs: what it is computed from; numbers as fp32.
    /// - Throws: `UserError(.io)` when it cannot be written; what `compute` throws.
    package func recall<Result: Codable>(
        _ result: String, of inputs: [Tensor], _ compute: () throws -> Result
    ) throws -> Result {
        let key = key(of: result, inputs)
        // A process that was killed while it wrote leaves a part of a line, which is no JSON.
        let kept = lock.withLock { known[key] }
        if let kept, let value = try? Self.decoder.decode(Result.self, from: kept) { return value }
        let value = try withTorchErrors { try compute() }  // of an operation that failed nothing is kept
        let json = try Self.encoder.encode(value)
        try lock.withLock {
            known[key] = json
            try append(key, json)
        }
        return value
    }

    private func key(of result: String, _ inputs: [Tensor]) -> String {
        var hash = subject
        hash.update(data: Data(result.utf8))
        for input in inputs {
            hash.update(data: Data("\n\(input.shape)\n".utf8))
            input.floats.withUnsafeBytes { hash.update(bufferPointer: $0) }
        }
        return hexadecimal(hash.finalize())
    }

    /// Adds a line, on a new one whatever the file ends with.
    private func append(_ key: String, _ json: Data) throws {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
            let handle = try FileHandle(forWritingTo: file)
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("\n\(key) ".utf8) + json)
        } catch {
            throw UserError(
                .io, "cannot be written: \(UserError.reason(of: error))", at: file.path,
                remedy: "check the disk's space and the rights of the folder")
        }
    }

    private static let infinities = (positive: "inf", negative: "-inf", nan: "nan")

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinities.positive, negativeInfinity: infinities.negative, nan: infinities.nan)
        return encoder
    }()

    private static let decoder = {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinities.positive, negativeInfinity: infinities.negative, nan: infinities.nan)
        return decoder
    }()
}
