import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Evaluating a run")
struct EvaluateTests {
    /// Thirty test pages, two of each archetype, under the archetypes' prior: every figure has something to measure.
    private static let configuration = """
        device: cpu
        data:
          generator: {width: 48, height_multiple: 32, train_pages: 45, validation_pages: 20, test_pages: 30}
          max_height: 96
          batch_size: 2
          workers: 1
        augmentation: {enabled: false}
        model: {width: 0.125, latent_dim: 16, modulation: true, coordinates: true, prior: archetypes}
        loss: {pixel: bce, perceptual_weight: 0, perceptual_weight_min: 0, prior_pull: 1}
        optimization: {epochs: 2, accumulation_steps: 4, threads: 1}
        logging: {latent_visualization: {frequency: 2}, reconstructions_every: 2}
        """

    private static let keys = [
        "ssim", "ssim_from_latent", "silhouette", "silhouette_kmeans", "nmi", "ari", "min_cluster_distance",
        "mean_cluster_distance", "min_cluster_distance_sigma", "mean_cluster_distance_sigma",
        "interpolation_smoothness", "interpolation_variance", "interpolation_variance_even", "interpolation_path_ratio",
        "mean_knn_distance",
        "std_knn_distance", "effective_dimensionality_95", "active_units", "kl_nats", "z_shuffle_delta",
        "knn_accuracy", "linear_probe_accuracy", "ink_f1", "ink_f1_from_latent", "sample_coverage", "sample_kid",
        "guess_accuracy", "guess_confidence", "guess_calibration_error", "sample_recognised", "mig",
        "dci_disentanglement", "factor_vae_score", "prior_mmd",
    ]

    @Test("leaves every figure of the specification and a report, the same each time; runs compare")
    func evaluate() throws {
        let folder = try TemporaryFolder()
        _ = try folder.add("tiny.yaml", Self.configuration)
        let trained = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"], in: folder)
        try #require(trained.code == 0, "\(trained)")

        let run = RunFolder(folder.url.appending(path: "run").path)
        let result = try evaluated(run, in: folder)
        for key in Self.keys { #expect(result.metrics[key] != nil, "\(key) is missing") }
        #expect(result.klPerDimension.count == 16)
        for (key, figure) in result.metrics {
            #expect(figure.value.isFinite && figure.count > 0, "\(key)")
            guard let low = figure.low, let high = figure.high else { continue }
            #expect(low <= figure.value + 1e-9 && figure.value <= high + 1e-9, "\(key): \(figure)")
        }
        // Two epochs teach next to nothing, and by the prior alone every guess would be certain.
        let temperature = try #require(try ModelFile(contentsOf: run.best).guessTemperature)
        #expect(temperature > 1 && trained.errors.contains("Guesses of archetypes, tempered by"), "\(temperature)")
        #expect(try #require(result.metrics["guess_confidence"]?.value) < 0.5)
        #expect(try ModelFile(contentsOf: run.best).released().guessTemperature == temperature)
        // The baselines are measured on the same pages in the same way.
        #expect(result.baselines["mean_page"]?["ssim"]?.count == 30)
        #expect(result.baselines["pixel_pca_128"]?["silhouette"]?.count == 30)
        #expect(result.baselines["majority"]?["knn_accuracy"]?.value == 2.0 / 30)
        #expect(folder.text("run/evaluation/report.html").contains("data:image/png;base64"))
        #expect(try run.records().last?.latent?.klPerDimension.count == 16, "the health of the training is recorded")
        try expectFigures(of: result, from: run)

        // Threads work on different batches, which say the same whoever does them; sums over all pages may round otherwise.
        let again = try evaluated(run, threads: 3, in: folder)
        for (key, figure) in result.metrics {
            let value = try #require(again.metrics[key]?.value)
            #expect(abs(value - figure.value) <= 1e-9 * abs(figure.value), "\(key): \(value), \(figure.value)")
        }

        #expect(result.subject.refinementSteps == 0)
        #expect(result.subject.sampling == "codes from the prior, temperature 0.8")
        let refined = try evaluated(run, "--refine", "3", in: folder)
        #expect(refined.subject.refinementSteps == 3 && refined.subject.refinementPriorWeight == 1)
        #expect(folder.text("run/evaluation/report.html").contains("refined by 3 steps"))
        let drawn = (result.metrics["ssim_from_latent"]?.value, refined.metrics["ssim_from_latent"]?.value)
        #expect(drawn.0 != drawn.1, "codes have moved")

        try expectToGoOn(run, in: folder)

        let compared = try CommandLineTool.run(
            ["evaluate", "run", "run", "--compare", "--out", "both.html"], in: folder)
        #expect(compared.code == 0 && folder.text("both.html").contains("<html"), "\(compared)")
        #expect(!compared.errors.contains("Report:"), "what is known is not measured again")
        try FileManager.default.setAttributes([.modificationDate: Date() + 60], ofItemAtPath: run.best.path)
        let trainedOn = try CommandLineTool.run(["evaluate", "run", "--compare", "--out", "both.html"], in: folder)
        #expect(trainedOn.code == 0 && trainedOn.errors.contains("Report:"), "\(trainedOn)")

        try FileManager.default.copyItem(at: run.best, to: folder.url.appending(path: "alone.safetensors"))
        let alone = try CommandLineTool.run(["evaluate", "alone.safetensors"], in: folder)
        #expect(alone.code == 0 && folder.text("alone.evaluation/report.html").contains("<html"), "\(alone)")
    }

    /// Works some figures out anew, page by page: which is which, and against what.
    private func expectFigures(of result: EvaluationResult, from run: RunFolder) throws {
        func figure(_ key: String) throws -> Double { try #require(result.metrics[key]?.value, "\(key)") }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let space = try LatentSpace(run.url.path)
        let configuration = space.trained.configuration
        let source = try configuration.pageSource()
        let preparation = PagePreparation(configuration, training: false)
        let references = source.pages(in: .test)
        let pages = try references.map {
            EncoderInput(image: try preparation.sample(of: source.load($0, epoch: 0), $0, epoch: 0).target)
        }

        let similarities = try space.trained.reconstruct(pages).map { try $0.ssim() }
        let withSkips = mean(try similarities.map { try #require($0.withSkips) })
        let fromLatent = mean(similarities.map { $0.fromLatent })
        #expect(abs(withSkips - fromLatent) > 1e-4, "else one could stand for the other")
        #expect(try abs(figure("ssim") - withSkips) < 1e-5)
        #expect(try abs(figure("ssim_from_latent") - fromLatent) < 1e-5)
        #expect(try figure("z_shuffle_delta") != 0, "another page's code draws another page")
        // Steps that are not chosen would leave the two equal but for rounding.
        #expect(try figure("interpolation_variance_even") < figure("interpolation_variance") / 2)

        // KL(N(μ, σ²) ‖ N(m, I)) where m lies on the archetype's own axis, and any two as far apart as the prior says.
        let divergences = try zip(references, pages).map { reference, page -> Double in
            let (mu, sigma) = try space.encode(page)
            let axis = try #require(reference.archetype)
            let terms = zip(mu.doubles, sigma.doubles).enumerated().map { dimension, code -> Double in
                let middle = dimension == axis ? configuration.model.priorDistance / 2.0.squareRoot() : 0
                return (code.1 * code.1 + (code.0 - middle) * (code.0 - middle) - 1) / 2 - log(code.1)
            }
            return terms.reduce(0, +)
        }
        #expect(try abs(figure("kl_nats") / mean(divergences) - 1) < 1e-4)
    }

    /// Killed while it refines codes, an evaluation goes on and finds what one finds that was left alone.
    private func expectToGoOn(_ run: RunFolder, in folder: TemporaryFolder) throws {
        let undisturbed = try evaluated(run, "--refine", "40", in: folder)
        let unfinished = "run/evaluation/unfinished.txt"
        #expect(folder.size(of: unfinished) == 0, "what is finished leaves nothing")

        let tool = try RunningTool(["evaluate", "run", "--refine", "40"], prefix: ["OMP_NUM_THREADS=1"], in: folder)
        let end = Date() + 60
        while tool.isRunning, Date() < end, folder.size(of: unfinished) < 1000 {
            Thread.sleep(forTimeInterval: 0.01)
        }
        tool.send(SIGKILL)
        let killed = tool.wait()
        #expect(killed.wasKilled && folder.size(of: unfinished) > 0, "\(killed)")

        let outcome = try CommandLineTool.run(
            ["evaluate", "run", "--refine", "40"], prefix: ["OMP_NUM_THREADS=1"], in: folder)
        #expect(outcome.code == 0 && outcome.errors.contains("An evaluation was stopped here"), "\(outcome)")
        let result = try #require(run.evaluationResult())
        for (key, figure) in undisturbed.metrics { #expect(result.metrics[key]?.value == figure.value, "\(key)") }
        #expect(folder.size(of: unfinished) == 0)
    }

    private func evaluated(
        _ run: RunFolder, _ options: String..., threads: Int = 1, in folder: TemporaryFolder
    ) throws -> EvaluationResult {
        let outcome = try CommandLineTool.run(
            ["evaluate", "run"] + options, prefix: ["OMP_NUM_THREADS=\(threads)"], in: folder)
        #expect(outcome.code == 0 && outcome.errors.contains("report.html"), "\(outcome)")
        expectPlain(outcome)
        return try #require(run.evaluationResult())
    }
}
