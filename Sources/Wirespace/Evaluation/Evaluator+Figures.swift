import Foundation
import Torch
import Wireframes

extension Evaluator {
    typealias Figure = EvaluationResult.Figure

    /// The mean of per-page values with its interval.
    func mean(_ values: [Double]) throws -> Figure {
        let interval = try bootstrapInterval(ofMean: values, seed: seed)
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        return Figure(mean, low: interval?.low, high: interval?.high, count: values.count)
    }

    /// A statistic of rows with its interval.
    ///
    /// Drawing rows with repetition biases some statistics: it moves centroids apart, and a page drawn twice agrees with
    /// itself. The percentiles are moved back by the mean of that bias (Efron and Tibshirani, "An Introduction to the
    /// Bootstrap", 1993, chapter 10).
    func statistic(
        _ count: Int, _ value: Double, resamples: Int = 1000, _ body: ([Int]) throws -> Double
    ) rethrows -> Figure {
        statistic(count, value, drawn: try bootstrap(count, resamples: resamples, seed: seed, body))
    }

    /// The same, of values that the statistic has for resamples of the rows.
    private func statistic(_ count: Int, _ value: Double, drawn: [Double]) -> Figure {
        let interval = percentileInterval(drawn)
        let drawn = drawn.filter(\.isFinite)
        let bias = drawn.reduce(0, +) / Double(max(drawn.count, 1)) - value
        return Figure(value, low: interval.map { $0.low - bias }, high: interval.map { $0.high - bias }, count: count)
    }

    // MARK: Reconstructions

    func reconstructionFigures(_ measured: ReconstructionMeasurements) throws -> [String: Figure] {
        func rise(_ shuffled: [Double], over own: [Double]) throws -> Figure {
            try mean(zip(shuffled, own).map { $0 - $1 })
        }
        return [
            "ssim": try mean(measured.withSkips.ssim),
            "ssim_from_latent": try mean(measured.fromLatent.ssim),
            "ink_f1": try mean(measured.withSkips.inkF1),
            "ink_f1_from_latent": try mean(measured.fromLatent.inkF1),
            "l1_from_latent": try mean(measured.fromLatent.l1),
            "z_shuffle_delta": try rise(measured.shuffled, over: measured.withSkips.l1),
            "z_shuffle_delta_from_latent": try rise(measured.shuffledFromLatent, over: measured.fromLatent.l1),
        ]
    }

    // MARK: The space

    /// Clusters, density and dimension of any representation of the pages: the codes, or a baseline's.
    func spaceFigures(_ x: Tensor, _ pages: PageMeasurements) throws -> [String: Figure] {
        var figures: [String: Figure] = [:]
        if let distances = try neighbourDistances(x) {
            figures["mean_knn_distance"] = try mean(distances.perPoint)
            figures["std_knn_distance"] = statistic(distances.perPoint.count, distances.standardDeviation) { rows in
                NeighbourDistances(perPoint: rows.map { distances.perPoint[$0] }).standardDeviation
            }
        }
        if let dimensions = try effectiveDimensionality(x) {
            figures["effective_dimensionality_95"] = Figure(Double(dimensions), count: pages.count)
        }
        let (rows, labels) = pages.labelled
        guard Set(labels).count > 1 else { return figures }
        let labelled = x.indexSelect(0, Tensor(rows))
        if let samples = try silhouetteSamples(labelled, labels: labels) { figures["silhouette"] = try mean(samples) }
        figures.merge(try distanceFigures(labelled, labels)) { $1 }
        figures.merge(try clusteringFigures(labelled, labels)) { $1 }
        return figures
    }

    private func distanceFigures(_ x: Tensor, _ labels: [Int]) throws -> [String: Figure] {
        guard let distances = try centroidDistances(x, labels: labels) else { return [:] }
        let resampled = try bootstrap(labels.count, resamples: 200, seed: seed) { rows in
            try centroidDistances(x.indexSelect(0, Tensor(rows)), labels: rows.map { labels[$0] })
        }
        func figure(_ part: (CentroidDistances) -> Double?) -> Figure? {
            part(distances).map { statistic(labels.count, $0, drawn: resampled.map { $0.flatMap(part) ?? .nan }) }
        }
        return [
            "min_cluster_distance": figure(\.minimum), "mean_cluster_distance": figure(\.mean),
            "min_cluster_distance_sigma": figure(\.minimumSigma), "mean_cluster_distance_sigma": figure(\.meanSigma),
        ].compactMapValues { $0 }
    }

    /// k-means with one cluster an archetype, against the labels.
    private func clusteringFigures(_ x: Tensor, _ labels: [Int]) throws -> [String: Figure] {
        let clusters = Set(labels).count
        guard labels.count > clusters else { return [:] }
        let found = try kMeans(x, clusters: clusters, seed: seed).labels
        func agreement(_ score: ([Int], [Int]) throws -> Double) throws -> Figure {
            try statistic(labels.count, try score(labels, found), resamples: 300) { rows in
                try score(rows.map { labels[$0] }, rows.map { found[$0] })
            }
        }
        return [
            "silhouette_kmeans": try silhouetteSamples(x, labels: found).map(mean),
            "nmi": try agreement(normalizedMutualInformation),
            "ari": try agreement(adjustedRandIndex),
        ].compactMapValues { $0 }
    }

    // MARK: The posterior

    func posteriorFigures(_ test: PageMeasurements) throws -> [String: Figure] {
        var figures = ["active_units": Figure(Double(try activeUnits(test.mu)), count: test.count)]
        figures["kl_nats"] = try divergence(test).map { try mean($0.perRow) }
        let noise = Tensor.randn(test.mu.shape, generator: Generator(seed: seed))
        let codes = test.mu + (test.logVariance * 0.5).exp() * noise
        let prior = trained.prior.mixture(dimension: trained.configuration.model.latentDimension)
        let drawn = prior.sample(of: drawable(test.archetypes), generator: Generator(seed: seed &+ 1))
        if let discrepancy = try gaussianDiscrepancy(codes, drawn) {
            figures["prior_mmd"] = Figure(discrepancy, count: test.count)
        }
        return figures
    }

    func klPerDimension(_ test: PageMeasurements) throws -> [Double] { try divergence(test)?.perDimension ?? [] }

    private func divergence(_ test: PageMeasurements) throws -> PosteriorDivergence? {
        let means = trained.prior.means(of: test.archetypes, like: test.mu)
        return try posteriorDivergence(mean: test.mu, logVariance: test.logVariance, priorMean: means)
    }

    /// Codes of new pages, one for each label, as `wirespace generate` draws them: on the CPU.
    func newCodes(_ archetypes: [Int?], generator: Generator) throws -> Tensor {
        try trained.codeDistribution().sample(
            of: drawable(archetypes), temperature: TrainedModel.usualTemperature, generator: generator)
    }

    /// The archetypes that codes can be drawn of: under a standard prior none.
    func drawable(_ archetypes: [Int?]) -> [Int?] {
        trained.prior.means == nil ? archetypes.map { _ in nil } : archetypes
    }

    // MARK: Guesses

    /// What `search` and the explorer say a page most probably is, against what it is.
    func guessFigures(_ test: PageMeasurements) throws -> [String: Figure] {
        let (rows, labels) = test.labelled
        guard trained.prior.means != nil, !rows.isEmpty else { return [:] }
        let mixture = trained.prior.mixture(dimension: trained.configuration.model.latentDimension)
        let probabilities = mixture.probabilities(of: test.mu[rows: rows], temperature: trained.guessTemperature)
        let confidences = probabilities.amax(1).doubles
        let isRight = zip(probabilities.argmax(1).integers, labels).map { $0 == $1 }
        func error(_ rows: [Int]) -> Double {
            expectedCalibrationError(rows.map { confidences[$0] }, isRight: rows.map { isRight[$0] }) ?? .nan
        }
        return [
            "guess_accuracy": try mean(isRight.map { $0 ? 1 : 0 }),
            "guess_confidence": try mean(confidences),
            "guess_calibration_error": statistic(rows.count, error(Array(rows.indices)), error),
        ]
    }

    // MARK: Probes

    /// 5-NN and logistic regression of the archetype, fitted on training pages, scored on test pages.
    func probeFigures(
        train: (x: Tensor, pages: PageMeasurements), test: (x: Tensor, pages: PageMeasurements)
    ) throws -> [String: Figure] {
        let (trainRows, trainLabels) = train.pages.labelled
        let (testRows, testLabels) = test.pages.labelled
        guard Set(trainLabels).count > 1, !testLabels.isEmpty else { return [:] }
        let fitted = train.x.indexSelect(0, Tensor(trainRows))
        let scored = test.x.indexSelect(0, Tensor(testRows))
        func accuracy(_ predictions: [Int]) throws -> Figure {
            try mean(zip(predictions, testLabels).map { $0 == $1 ? 1 : 0 })
        }
        return [
            "knn_accuracy": try accuracy(NearestNeighbourClassifier(fitted, labels: trainLabels).predict(scored)),
            "linear_probe_accuracy": try accuracy(
                LogisticRegression(fitted, labels: trainLabels, standardise: true).predict(scored)),
        ]
    }

    func confusion(train: PageMeasurements, test: PageMeasurements) throws -> [[Int]] {
        let (trainRows, trainLabels) = train.labelled
        let (testRows, testLabels) = test.labelled
        guard !trainLabels.isEmpty, !testLabels.isEmpty else { return [] }
        let classifier = try NearestNeighbourClassifier(train.mu.indexSelect(0, Tensor(trainRows)), labels: trainLabels)
        return try confusionMatrix(
            labels: testLabels, predictions: classifier.predict(test.mu.indexSelect(0, Tensor(testRows))),
            classes: trained.archetypes.count)
    }

    func perArchetype(
        _ test: PageMeasurements, _ measured: ReconstructionMeasurements, confusion counts: [[Int]],
        recognised: [Int: Double]
    ) -> [String: [String: Double]] {
        var table: [String: [String: Double]] = [:]
        for (label, name) in trained.archetypes.enumerated() {
            let rows = test.archetypes.indices.filter { test.archetypes[$0] == label }
            guard !rows.isEmpty else { continue }
            func mean(_ values: [Double]) -> Double { rows.reduce(0) { $0 + values[$1] } / Double(rows.count) }
            var row = [
                "count": Double(rows.count), "ssim_from_latent": mean(measured.fromLatent.ssim),
                "ssim": mean(measured.withSkips.ssim), "ink_f1_from_latent": mean(measured.fromLatent.inkF1),
            ]
            if counts.indices.contains(label) {
                row["knn_accuracy"] = Double(counts[label][label]) / Double(rows.count)
            }
            row["recognised"] = recognised[label]
            table[name] = row
        }
        return table
    }
}
