import Foundation
import Testing

/// `WIRESPACE_MEMORY_MIB` bounds what tensors of a processor may hold, as a GPU's memory does.
@Suite("Where the memory runs out")
struct OutOfMemoryTests {
    private static let configuration = """
        device: cpu
        data:
          generator: {width: 192, height_multiple: 64, train_pages: 4, validation_pages: 1, test_pages: 1}
          max_height: 256
          batch_size: 2
          workers: 1
        model: {latent_dim: 8, width: 0.25, use_skip_connections: true}
        loss: {perceptual_weight: 0, perceptual_weight_min: 0}
        optimization: {epochs: 1, accumulation_steps: 2, threads: 1}
        """

    /// A training with so much memory; whether activations are computed again.
    private static func train(_ checkpointing: String, mebibytes: Int, in folder: TemporaryFolder) throws -> Outcome {
        try CommandLineTool.run(
            [
                "train", "small.yaml", "--run", "\(checkpointing)-\(mebibytes)",
                "optimization.activation_checkpointing=\(checkpointing)",
            ],
            prefix: ["WIRESPACE_MEMORY_MIB=\(mebibytes)"], in: folder)
    }

    /// MiB that tensors held at most, as the line of the epoch says.
    private static func peak(_ outcome: Outcome) throws -> Double {
        let found = try #require(outcome.errors.firstMatch(of: /at most ([0-9.]+) MB/), "\(outcome)")
        return try #require(Double(found.1)) * 1e6 / 1_048_576
    }

    @Test(
        "goes on by computing activations again, with the result of having done so from the start; or names three keys")
    func restarts() throws {
        let folder = try TemporaryFolder()
        try folder.add("small.yaml", Self.configuration)
        let plain = try Self.train("false", mebibytes: 100_000, in: folder)
        let checkpointed = try Self.train("true", mebibytes: 100_000, in: folder)
        #expect(plain.code == 0 && checkpointed.code == 0, "\(plain) \(checkpointed)")
        let (most, least) = try (Self.peak(plain), Self.peak(checkpointed))
        #expect(least < 0.8 * most, "\(least) and \(most) MiB")

        let limit = Int((most + least) / 2)
        let automatic = try Self.train("auto", mebibytes: limit, in: folder)
        #expect(automatic.code == 0 && automatic.errors.contains("Out of memory: from here on"), "\(automatic)")
        func parameters(_ run: String) throws -> Data {
            try SafeTensorsFile(Data(contentsOf: folder.url.appending(path: "\(run)/checkpoints/last.safetensors")))
                .body
        }
        #expect(try parameters("auto-\(limit)") == parameters("true-100000"))

        let refused = try Self.train("false", mebibytes: limit, in: folder)
        #expect(refused.code != 0 && !refused.wasKilled, "\(refused)")
        for key in ["optimization.activation_checkpointing", "data.batch_size", "data.max_height"] {
            #expect(refused.errors.contains(key), "\(key): \(refused.errors)")
        }
    }

    @Test("a page for whose drawing it does not suffice is refused with what would help")
    func drawing() throws {
        let folder = try TemporaryFolder()
        try folder.add("small.yaml", Self.configuration)
        #expect(try CommandLineTool.run(["train", "small.yaml", "--run", "run"], in: folder).code == 0)
        #expect(
            try CommandLineTool.run(["dataset", "generate", "pages", "--count", "1", "--width", "192"], in: folder).code
                == 0)
        let pages = try #require(FileManager.default.enumerator(atPath: folder.url.appending(path: "pages").path))
        let page = try #require(pages.compactMap { $0 as? String }.first { $0.hasSuffix(".png") })
        let drawn = try CommandLineTool.run(
            ["reconstruct", "run", "pages/\(page)"], prefix: ["WIRESPACE_MEMORY_MIB=7"], in: folder)
        #expect(drawn.code == 70 && drawn.errors.contains("out of memory"), "\(drawn)")
        #expect(drawn.errors.contains("a smaller page"), "\(drawn)")
    }
}
