import Foundation
import Testing

/// What a run logs: `metrics.jsonl`, and the same for TensorBoard.
@Suite("The curves of a run")
struct CurvesTests {
    /// Every scalar, and where it stands in a line of `metrics.jsonl`.
    private static let scalars: [String: String] = [
        "loss/total": "train.total", "loss/pixel": "train.pixel", "loss/perceptual": "train.perceptual",
        "loss/kl": "train.kl", "loss/pull": "train.pull", "loss/geodesic": "train.geodesic",
        "schedule/learning_rate": "learning_rate", "schedule/alpha": "alpha", "schedule/beta": "beta",
        "schedule/pull": "pull_weight", "schedule/ssim_share": "ssim_share",
        "gradient/norm": "gradient_norm",
        "validation/score": "validation.score", "validation/kl": "validation.kl",
        "validation/pixel": "validation.pixel", "validation/pixel_from_latent": "validation.pixel_from_latent",
        "validation/ssim": "validation.ssim", "validation/ssim_from_latent": "validation.ssim_from_latent",
        "validation/ink_ratio": "validation.ink_ratio",
        "latent/silhouette_score": "latent.silhouette",
        "latent/interpolation_smoothness": "latent.interpolation_smoothness",
        "latent/mean_knn_distance": "latent.mean_knn_distance",
        "health/active_units": "latent.active_units", "health/z_shuffle_delta": "latent.z_shuffle_delta",
        "health/prior_mmd": "latent.prior_mmd", "health/kl_largest_dimension": "latent.kl_per_dimension",
        "gradient/share_of_pixel": "latent.gradient_shares.pixel",
        "gradient/share_of_perceptual": "latent.gradient_shares.perceptual",
        "gradient/share_of_kl": "latent.gradient_shares.kl",
        "gradient/share_of_pull": "latent.gradient_shares.pull",
        "gradient/share_of_geodesic": "latent.gradient_shares.geodesic",
    ]

    /// Every term of the loss is on, and each schedule on its own way; of one archetype there are two validation pages.
    private static let keys = [
        "optimization.epochs=3", "data.max_height=32", "data.generator.train_pages=4",
        "data.generator.validation_pages=16", "model.prior=archetypes", "model.latent_dim=16",
        "loss.perceptual_weight=0.08", "loss.prior_pull=0.7", "loss.prior_pull_warmup_epochs=4",
        "loss.ssim_share=0.3", "loss.ssim_warmup_epochs=10", "logging.latent_visualization.frequency=2",
    ]

    @Test(
        "TensorBoard shows what metrics.jsonl says, each figure under its tag, and the pictures",
        .enabled(if: TensorBoard.python != nil, "scripts/setup has not installed tensorboard into .deps/python"))
    func tags() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"] + Self.keys, in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        let python = try #require(TensorBoard.python)
        let shown = try TensorBoard.curves(of: folder.url.appending(path: "run"), python: python)

        let records = try folder.text("run/metrics.jsonl").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(records.count == 3)
        #expect(Set(shown.scalars.keys) == Set(Self.scalars.keys))
        for (tag, path) in Self.scalars {
            let logged = records.enumerated().compactMap { epoch, record in
                Self.number(path, in: record).map { TensorBoard.Point(step: epoch, value: $0) }
            }
            let points = shown.scalars[tag] ?? []
            #expect(points.map(\.step) == logged.map(\.step) && !logged.isEmpty, "\(tag)")
            for (point, expected) in zip(points, logged) {
                // TensorBoard keeps 24 bits.
                #expect(
                    abs(point.value - expected.value) <= 1e-6 * abs(expected.value), "\(tag): \(point), \(expected)")
            }
        }
        // Every second epoch, and the last.
        #expect(shown.images == ["reconstructions": [1, 2], "latent/tsne_visualization": [1, 2]])
    }

    /// A value in a record, of a list the greatest; nil where it was not measured.
    private static func number(_ path: String, in record: [String: Any]) -> Double? {
        let value = path.split(separator: ".").reduce(record as Any?) { ($0 as? [String: Any])?[String($1)] }
        return (value as? [Double])?.max() ?? value as? Double
    }
}

/// The real TensorBoard, in the Python that `scripts/setup` makes.
enum TensorBoard {
    static let python: String? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: ".deps/python/bin/python3").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    struct Point: Decodable {
        let step: Int
        let value: Double
    }

    /// What it reads in a run's folder.
    struct Curves: Decodable {
        let scalars: [String: [Point]]
        /// The steps of every picture.
        let images: [String: [Int]]
    }

    static func curves(of run: URL, python: String) throws -> Curves {
        let script = """
            import json, sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0})
            events.Reload()
            tags = events.Tags()
            scalars = {t: [dict(step=e.step, value=e.value) for e in events.Scalars(t)] for t in tags["scalars"]}
            images = {t: [e.step for e in events.Images(t)] for t in tags["images"]}
            print(json.dumps(dict(scalars=scalars, images=images)))
            """
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", script, run.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSONDecoder().decode(Curves.self, from: answer)
    }
}
