import Foundation
import Wireframes
import Wirespace

/// Made-up evaluations, with every key that an evaluation may write.
enum ReportFixtures {
    static let archetypes = Archetype.allCases.map(\.displayName)

    /// A result whose figures come from the table of descriptions; `change` makes it special.
    static func result(
        run: String = "demo", archetypes: [String] = archetypes, _ change: (inout EvaluationResult) -> Void = { _ in }
    ) throws -> EvaluationResult {
        let subject: [String: Any] = [
            "run": run, "checkpoint": "best.safetensors", "epoch": 40, "parameters": 4_512_345, "prior": "archetypes",
            "latentDimension": 128, "skips": true, "data": "pages", "archetypes": archetypes, "seed": 7,
            "pages": ["train": 600, "validation": 90, "test": 180],
        ]
        let empty: [String: Any] = [
            "schema": 1, "subject": subject, "metrics": [String: Any](), "baselines": [String: Any](),
            "kl_per_dimension": [Double](), "per_archetype": [String: Any](), "confusion": [[Int]](),
            "seconds": [String: Double](),
        ]
        var result = try JSONDecoder().decode(
            EvaluationResult.self, from: JSONSerialization.data(withJSONObject: empty))
        fill(&result, archetypes)
        change(&result)
        return result
    }

    private static func fill(_ result: inout EvaluationResult, _ archetypes: [String]) {
        var generator = SeededGenerator(seed: 3)
        for metric in MetricDescription.all {
            let value = 0.3 + 0.5 * Double(generator.uniform())
            result.metrics[metric.key] = .init(value, low: value - 0.02, high: value + 0.02, count: 180)
        }
        result.metrics["ssim"] = .init(0.781, low: 0.772, high: 0.790, count: 180)
        result.metrics["ssim_from_latent"] = .init(0.72, low: 0.71, high: 0.73, count: 180)
        result.metrics["silhouette"] = .init(0.49, low: 0.46, high: 0.52, count: 180)
        result.metrics["min_cluster_distance"] = .init(11.42, low: 10.9, high: 12.2, count: 180)
        result.metrics["active_units"] = .init(58, count: 180)
        result.metrics["sample_kid"] = .init(0.000_42, low: -0.0003, high: 0.0012, count: 180)
        result.baselines = [
            "pixel_pca_128": ["ssim": .init(0.61, count: 180), "knn_accuracy": .init(0.55, count: 180)],
            "mean_page": ["ssim": .init(0.21, count: 180), "ssim_from_latent": .init(0.21, count: 180)],
            "real_against_real": ["sample_precision": .init(0.9, count: 90), "sample_kid": .init(0.0001, count: 90)],
        ]
        result.klPerDimension = (0..<128).map {
            9 * exp(-Double(($0 * 37) % 128) / 20) + 0.02 * Double(generator.uniform())
        }
        for (row, name) in archetypes.enumerated() {
            let right = 12 - row % 5
            result.perArchetype[name] = [
                "count": 12, "ssim_from_latent": 0.6 + 0.01 * Double(row), "ink_f1_from_latent": 0.5,
                "knn_accuracy": Double(right) / 12, "recognised": 0.75,
            ]
            var counts = [Int](repeating: 0, count: archetypes.count)
            counts[row] += right
            counts[(row + 1) % archetypes.count] += 12 - right
            result.confusion.append(counts)
        }
        result.seconds = ["encode_train": 42.5, "reconstruct": 7.2, "pictures": 0.4, "space": 130]
    }

    /// The epochs of a training that went well, or of one that ended at once.
    static func records(_ count: Int = 40, offset: Double = 0) throws -> [EpochRecord] {
        let lines = (0..<count).map { epoch -> [String: Any] in
            let t = Double(epoch)
            let kl = 205 * (1 - exp(-t / 6)) + 2
            return [
                "epoch": epoch,
                "learning_rate": 3e-5 + 2.7e-4 * 0.5 * (1 + cos(.pi * (t.truncatingRemainder(dividingBy: 10)) / 10)),
                "alpha": 0.01 + 0.07 * min(1, t / 30), "beta": min(1, t / 20), "pull_weight": 0.0,
                "gradient_norm": 900 * exp(-t / 8) + 12, "images": 600, "seconds": 20.0,
                "train": [
                    "total": 90_000 * exp(-t / 5) + 2100, "pixel": 52_000 * exp(-t / 5) + 1400, "kl": kl,
                    "perceptual": 30_000 * exp(-t / 7) + 600, "geodesic": 900 * exp(-t / 7) + 200,
                ],
                "validation": [
                    "score": 60_000 * exp(-t / 5) + 2300, "pixel_from_latent": 56_000 * exp(-t / 5) + 1900,
                    "pixel": 52_000 * exp(-t / 5) + 1500, "kl": kl * 1.04, "ink_ratio": 1 - 0.8 * exp(-t / 9),
                    "ssim_from_latent": 0.72 - 0.5 * exp(-t / 8) + offset, "ssim": 0.78 - 0.5 * exp(-t / 5) + offset,
                ],
            ]
        }
        return try JSONDecoder().decode([EpochRecord].self, from: JSONSerialization.data(withJSONObject: lines))
    }

    /// Pictures of generated pages where a model would draw.
    static func pictures(archetypes: [String] = archetypes) -> EvaluationPictures {
        var generator = SeededGenerator(seed: 5)
        func sheet(_ rows: Int, _ columns: Int) -> RGBImage {
            rowsSheet((0..<rows).map { row in (0..<columns).map { column in page(seed: 31 * row + column) } })
        }
        func map() -> EvaluationPictures.Map {
            let labels = (0..<180).map { index -> Int? in
                archetypes.isEmpty || index % 20 == 19 ? nil : index % archetypes.count
            }
            let points = labels.map { label -> (x: Double, y: Double) in
                let angle = Double(label ?? 3) * 2.4
                let radius = label == nil ? 0 : 10 + 2 * Double(label ?? 0)
                return (
                    radius * cos(angle) + 4 * (Double(generator.uniform()) - 0.5),
                    radius * sin(angle) + 4 * (Double(generator.uniform()) - 0.5)
                )
            }
            return EvaluationPictures.Map(points: points, archetypes: labels)
        }
        return EvaluationPictures(
            tsne: map(), pca: map(), reconstructions: sheet(3, 8), worst: sheet(3, 8), interpolations: sheet(3, 11),
            samples: sheet(max(archetypes.count, 1), 8), sampleNames: archetypes.isEmpty ? ["prior"] : archetypes,
            traversals: sheet(4, 7), traversedDimensions: [3, 17, 90, 4], neighbours: sheet(4, 6))
    }

    /// A page of boxes, 96 × 128.
    private static func page(seed: Int) -> GrayImage {
        var image = GrayImage(width: 96, height: 128)
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<6 {
            let (left, top) = (Int.random(in: 0..<60, using: &generator), Int.random(in: 0..<90, using: &generator))
            let (right, bottom) = (
                left + 10 + Int.random(in: 0..<24, using: &generator),
                top + 6 + Int.random(in: 0..<28, using: &generator)
            )
            for x in left...right { (image[x, top], image[x, bottom]) = (0, 0) }
            for y in top...bottom { (image[left, y], image[right, y]) = (0, 0) }
        }
        return image
    }
}
