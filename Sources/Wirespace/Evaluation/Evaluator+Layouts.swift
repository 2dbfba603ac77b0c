import Torch
import Wireframes

extension Evaluator {
    /// The figures of drawing from the latent, and of samples, for what the layout decoder draws; each under its key with
    /// `layout_` before it.
    func layoutFigures(train: PageMeasurements, test: PageMeasurements) throws -> [String: Figure] {
        let drawn = try layoutReconstructions(of: test)
        let samples = try sample(like: test) { z, size, row in
            let layout = try trained.layouts(
                of: z, sizes: [size], candidates: layoutCandidates, seed: seed &+ UInt64(row))[0]
            return .batch([WireframeRenderer().render(layout)], device: device)
        }
        let figures: [String: Figure] = [
            "ssim_from_latent": try mean(drawn.ssim), "ink_f1_from_latent": try mean(drawn.inkF1),
            "l1_from_latent": try mean(drawn.l1),
        ]
        var all = try figures.merging(sampleFigures(samples, train: train, test: test)) { $1 }
        all["sample_classifier_accuracy"] = nil  // of real pages: known already
        return Dictionary(uniqueKeysWithValues: all.map { (MetricDescription.layoutPrefix + $0, $1) })
    }

    /// The likeliest layout of each test page's code, against the page.
    private func layoutReconstructions(of test: PageMeasurements) throws -> ReconstructionMeasurements.Quality {
        try map(.test, label: "drawing layouts of test pages") { batch in
            let sizes = batch.samples.map { PNG.Size(width: $0.target.width, height: $0.target.height) }
            let layouts = try trained.layouts(
                of: test.mu[rows: batch.rows], sizes: sizes, temperature: 0, candidates: 1)
            let drawn = Tensor.batch(layouts.map { WireframeRenderer().render($0) }, device: device)
            return try ReconstructionMeasurements.Quality(of: drawn, batch.pages)
        }.joined()
    }
}
