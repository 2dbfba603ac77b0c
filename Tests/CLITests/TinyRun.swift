import Foundation
import Testing

/// A training of seconds: 18 generated pages an epoch, in groups of 4, two of which are dealt out by size, in batches of at most 2.
enum TinyRun {
    /// Noise, erasing, fresh pages, dropped skips and ways are on, so that every stream of random numbers is at work; a
    /// checkpoint is written after every group.
    static let configuration = """
        device: cpu
        data:
          generator: {width: 48, height_multiple: 32, train_pages: 18, validation_pages: 4, test_pages: 4}
          max_height: 96
          batch_size: 2
          bucket_groups: 2
          workers: 1
        model: {latent_dim: 8, width: 0.125, use_skip_connections: true, skip_dropout: 0.5}
        loss: {perceptual_weight: 0, perceptual_weight_min: 0, warmup_epochs: 2, geodesic: 0.5}
        optimization: {optimizer: muon, epochs: 3, accumulation_steps: 4, threads: 1}
        logging: {checkpoint_minutes: 1.0e-6, reconstructions_every: 2}
        """

    /// The same on the PNG files of a folder, all of them for training.
    static func configuration(folder: String, splits: String = "{train: 1, validation: 0, test: 0}") -> String {
        """
        device: cpu
        data: {directory: "\(folder)", width: 48, max_height: 64, batch_size: 2, workers: 1, splits: \(splits)}
        model: {latent_dim: 8, width: 0.125}
        loss: {perceptual_weight: 0, perceptual_weight_min: 0}
        optimization: {epochs: 2, accumulation_steps: 4, threads: 1}
        """
    }

    /// A folder with `tiny.yaml` and the finished run `run`, trained once for all tests.
    static let finished = Result {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"], in: folder)
        guard outcome.code == 0 else { throw Failed(outcome: outcome) }
        return folder
    }

    /// A folder `pages` of 15 generated pages, one of each archetype.
    static let pages = Result {
        let folder = try TemporaryFolder()
        let outcome = try CommandLineTool.run(
            ["dataset", "generate", "pages", "--count", "15", "--width", "64"], in: folder)
        guard outcome.code == 0 else { throw Failed(outcome: outcome) }
        return folder
    }

    struct Failed: Error {
        let outcome: Outcome
    }

    /// The paths of `pages`, sorted.
    static func pageFiles() throws -> [URL] {
        let folder = try pages.get()
        return folder.files(below: "pages").keys.filter { $0.hasSuffix(".png") }.sorted()
            .map { folder.url.appending(path: "pages/\($0)") }
    }

    /// Whether two runs ended alike: the same weights, bit by bit, and the same curves but for their durations.
    static func expectEqual(
        _ one: TemporaryFolder, _ other: TemporaryFolder, _ location: SourceLocation = #_sourceLocation
    ) throws {
        for name in ["last", "best", "resume"] {
            let path = "run/checkpoints/\(name).safetensors"
            let bytes = try #require(one.data(path), sourceLocation: location)
            #expect(bytes == other.data(path), "\(name).safetensors differs", sourceLocation: location)
        }
        let curves = try [one, other].map { try self.curves(of: $0) }
        #expect(curves[0] == curves[1], sourceLocation: location)
        #expect(curves[0].count == 3, sourceLocation: location)
    }

    /// The lines of `metrics.jsonl` without `seconds`.
    private static func curves(of folder: TemporaryFolder) throws -> [NSDictionary] {
        try folder.text("run/metrics.jsonl").split(separator: "\n").map { line in
            var record = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(record.removeValue(forKey: "seconds") != nil)
            return record as NSDictionary
        }
    }
}

/// Expects the end that every mistake of a user must have: an exit code, never a crash, and on standard error one
/// message that names the place and says the way out.
func expectFailure(
    _ outcome: Outcome, code: Int32, naming place: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(!outcome.wasKilled && outcome.code == code, "\(outcome)", sourceLocation: location)
    let start = outcome.errors.range(of: "wirespace: ", options: .backwards)?.lowerBound
    let message = outcome.errors[(start ?? outcome.errors.endIndex)...].dropLast()
    #expect(message.contains(place), "\(outcome)", sourceLocation: location)
    #expect(message.hasSuffix(")") && message.contains(" ("), "no way out: \(outcome)", sourceLocation: location)
    expectPlain(outcome, location)
}

/// Expects text for a file: no escape codes, no carriage returns.
func expectPlain(_ outcome: Outcome, _ location: SourceLocation = #_sourceLocation) {
    let control = (outcome.output + outcome.errors).unicodeScalars.filter { $0.value < 32 && $0 != "\n" }
    #expect(control.isEmpty, "\(outcome)", sourceLocation: location)
}
