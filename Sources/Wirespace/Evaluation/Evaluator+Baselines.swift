import Torch
import Wireframes

extension Evaluator {
    /// The same figures for what a model must beat on the same split: the mean training page, and 128 principal
    /// components of the pixels. Pages are area-averaged to a common canvas for both, and drawn back at their own size.
    func baselineFigures(
        train: PageMeasurements, test: PageMeasurements
    ) throws -> [String: [String: Figure]] {
        var baselines: [String: [String: Figure]] = [:]
        guard train.count > 1 else { return baselines }
        let meanRow = train.canvas.mean(0, keepDims: true)
        baselines["mean_page"] = try drawnFigures(meanRow.expand([test.count, -1]).contiguous(), test)

        let pca = try PCA(train.canvas, components: 128)
        let (trainCodes, testCodes) = (pca.transform(train.canvas), pca.transform(test.canvas))
        var figures = try drawnFigures(pca.inverseTransform(testCodes), test)
        figures.merge(try spaceFigures(testCodes, test)) { $1 }
        figures.merge(try probeFigures(train: (trainCodes, train), test: (testCodes, test))) { $1 }
        baselines["pixel_pca_128"] = figures

        var features = try spaceFigures(test.features, test)
        features.merge(try probeFigures(train: (train.features, train), test: (test.features, test))) { $1 }
        baselines["frozen_vgg16"] = features.filter { $0.key.hasSuffix("accuracy") || $0.key == "silhouette" }

        let (trainLabels, testLabels) = (train.labelled.labels, test.labelled.labels)
        if let majority = majorityClassAccuracy(train: trainLabels, test: testLabels) {
            baselines["majority"] = [
                "knn_accuracy": Figure(majority, count: testLabels.count),
                "linear_probe_accuracy": Figure(majority, count: testLabels.count),
            ]
        }
        // Evenly: the pages of a folder come archetype by archetype.
        let others = Array(0..<train.count).evenlySpaced(test.count)
        baselines["real_against_real"] = try featureFigures(test.features, train.features[rows: others])
        return baselines
    }

    /// SSIM, ink F1 and mean absolute error of pages drawn from canvas rows `[N, pixels]`.
    private func drawnFigures(_ rows: Tensor, _ test: PageMeasurements) throws -> [String: Figure] {
        let quality = try map(.test, label: "drawing the baselines") { batch in
            let (_, _, H, W) = batch.pages.shape4
            let drawn = Canvas.pages(rows[rows: batch.rows], height: H, width: W)
            return try ReconstructionMeasurements.Quality(of: drawn.clamp(min: 0, max: 1), batch.pages.to(.cpu))
        }.joined()
        let (ssim, inkF1, l1) = (try mean(quality.ssim), try mean(quality.inkF1), try mean(quality.l1))
        return [
            "ssim": ssim, "ssim_from_latent": ssim, "ink_f1": inkF1, "ink_f1_from_latent": inkF1, "l1_from_latent": l1,
        ]
    }
}
