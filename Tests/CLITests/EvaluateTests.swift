import Foundation
import Testing
import Wirespace

@Suite("wirespace train, then evaluate")
struct EvaluateTests {
    @Test("A run is evaluated into metrics.json with every figure of the specification, and a report; runs compare")
    func evaluate() throws {
        try withRunFolder { folder in
            let run = folder.appending(path: "run")
            let trained = try wirespace(["train", tinyConfiguration(in: folder), "--run", run.path])
            #expect(trained.status == 0, "\(trained.error)")

            let evaluated = try wirespace(["evaluate", run.path])
            #expect(evaluated.status == 0, "\(evaluated.error)")
            #expect(evaluated.error.contains("SSIM") && evaluated.error.contains("report.html"))
            #expect(!evaluated.error.contains("\r") && !evaluated.error.contains("\u{1B}"), "a bar without a terminal")

            let result = try #require(RunFolder(run.path).evaluationResult())
            let keys = [
                "ssim", "ssim_from_latent", "silhouette", "silhouette_kmeans", "nmi", "ari", "min_cluster_distance",
                "mean_cluster_distance", "min_cluster_distance_sigma", "mean_cluster_distance_sigma",
                "interpolation_smoothness", "interpolation_variance", "interpolation_path_ratio", "mean_knn_distance",
                "std_knn_distance", "effective_dimensionality_95", "active_units", "kl_nats", "z_shuffle_delta",
                "knn_accuracy", "linear_probe_accuracy", "ink_f1", "ink_f1_from_latent", "sample_coverage",
                "sample_kid",
                "sample_recognised", "mig", "dci_disentanglement", "factor_vae_score", "prior_mmd",
            ]
            for key in keys { #expect(result.metrics[key] != nil, "\(key) is missing") }
            #expect(result.klPerDimension.count == 16)
            for figure in result.metrics.values {
                guard let low = figure.low, let high = figure.high else { continue }
                #expect(low <= high && figure.count > 0)
            }
            // What the mean page and 128 principal components draw is measured the same way.
            let mean = try #require(result.baselines["mean_page"]?["ssim"])
            let pca = try #require(result.baselines["pixel_pca_128"]?["ssim"])
            #expect(mean.count == 30 && pca.count == 30 && mean.value > 0)
            #expect(result.baselines["majority"]?["knn_accuracy"]?.value == 2.0 / 30)

            let report = try String(contentsOf: RunFolder(run.path).report, encoding: .utf8)
            #expect(report.contains("<html") && report.contains("data:image/png;base64"))

            let page = folder.appending(path: "comparison.html")
            let compared = try wirespace(["evaluate", run.path, run.path, "--compare", "--out", page.path])
            #expect(compared.status == 0, "\(compared.error)")
            #expect(!compared.error.contains("encoding"), "it is not evaluated again")
            #expect(FileManager.default.fileExists(atPath: page.path))
        }
    }

    @Test("The same model and pages give the same figures")
    func deterministic() throws {
        try withRunFolder { folder in
            let run = folder.appending(path: "run")
            _ = try wirespace(["train", tinyConfiguration(in: folder), "--run", run.path, "optimization.epochs=1"])
            func figures() throws -> [String: Double] {
                #expect(try wirespace(["evaluate", run.path]).status == 0)
                return try #require(RunFolder(run.path).evaluationResult()).metrics.mapValues(\.value)
            }
            let (first, second) = (try figures(), try figures())
            #expect(first == second)
        }
    }
}
