import Foundation
import Torch
import Wireframes

/// Pages drawn from the prior.
struct DrawnSamples {
    /// The archetype that each was drawn for; nil under a standard prior.
    let archetypes: [Int?]
    /// VGG16 features, `[N, 5 · 512]`.
    let features: Tensor
}

extension Evaluator {
    /// Frames of an interpolation: 10 steps.
    static let interpolationFrames = 11
    /// Pairs of test pages between which is interpolated.
    static let interpolationPairs = 100

    // MARK: Interpolations

    /// Smoothness, variance and path ratio between seeded pairs of test pages, drawn from the latent alone at the size of
    /// the first.
    func interpolationFigures(_ test: PageMeasurements) throws -> [String: Figure] {
        var (smoothness, variance, pathRatio): ([Double], [Double], [Double]) = ([], [], [])
        console.begin()
        for (index, pair) in pairs(of: test).enumerated() {
            let frames = interpolate(from: pair.0, to: pair.1, test)
            if let quality = try interpolationQuality(frames.to(.cpu)) {
                smoothness.append(quality.smoothness)
                if let value = quality.variance { variance.append(value) }
                if let value = quality.pathRatio { pathRatio.append(value) }
            }
            console.progress("interpolating", done: index + 1, of: Self.interpolationPairs, unit: "pairs")
        }
        console.clearBar()
        return [
            "interpolation_smoothness": try mean(smoothness),
            "interpolation_variance": try mean(variance),
            "interpolation_path_ratio": try mean(pathRatio),
        ].filter { $0.value.count > 0 }
    }

    /// Seeded pairs of different test pages.
    func pairs(of test: PageMeasurements) -> [(Int, Int)] {
        guard test.count > 1 else { return [] }
        var random = SeededGenerator(seed: seed, stream: 101)
        return (0..<Self.interpolationPairs).map { _ in
            let first = random.integer(below: test.count)
            return (first, (first + 1 + random.integer(below: test.count - 1)) % test.count)
        }
    }

    /// The decoded pages on the straight line between two codes, `[frames, 1, H, W]`.
    func interpolate(from a: Int, to b: Int, _ test: PageMeasurements) -> Tensor {
        let steps = (0..<Self.interpolationFrames).map { Float($0) / Float(Self.interpolationFrames - 1) }
        let t = Tensor(steps, shape: [steps.count, 1])
        let (start, end) = (test.mu.narrow(0, from: a, length: 1), test.mu.narrow(0, from: b, length: 1))
        return draw((start * (1 - t) + end * t).to(device), height: test.sizes[a].height, width: test.sizes[a].width)
    }

    /// Pages from codes alone.
    func draw(_ z: Tensor, height: Int, width: Int) -> Tensor {
        model.decode(z, height: height, width: width).sigmoid()
    }

    // MARK: Samples

    /// As many samples as test pages, of the same archetypes and sizes.
    func sample(like test: PageMeasurements) throws -> DrawnSamples {
        let labels = trained.prior.means == nil ? test.archetypes.map { _ in nil } : test.archetypes
        let z = priorSamples(labels, generator: Generator(seed: seed &+ 2))
        var features = RowCollector()
        console.begin()
        for row in 0..<test.count {
            let size = test.sizes[row]
            let page = draw(z.narrow(0, from: row, length: 1).to(device), height: size.height, width: size.width)
            features.add(vgg.pooled(page))
            console.progress("sampling", done: row + 1, of: test.count, unit: "pages")
        }
        console.clearBar()
        return DrawnSamples(archetypes: labels, features: features.joined(width: 1))
    }

    func sampleFigures(
        _ samples: DrawnSamples, train: PageMeasurements, test: PageMeasurements
    ) throws -> [String: Figure] {
        var figures = try featureFigures(test.features, samples.features)
        if let recognised = try recognised(samples, train: train, test: test) {
            figures["sample_recognised"] = try mean(recognised.hits)
            figures["sample_classifier_accuracy"] = try mean(recognised.classifierHits)
        }
        return figures
    }

    /// PRDC and KID of a set of pages against the test pages, in VGG16's feature space.
    func featureFigures(_ real: Tensor, _ other: Tensor) throws -> [String: Figure] {
        var figures: [String: Figure] = [:]
        let count = other.shape[0]
        if let quality = try prdc(real: real, generated: other) {
            figures["sample_precision"] = Figure(quality.precision, count: count)
            figures["sample_recall"] = Figure(quality.recall, count: count)
            figures["sample_density"] = Figure(quality.density, count: count)
            figures["sample_coverage"] = Figure(quality.coverage, count: count)
        }
        if let distance = try kernelDistance(real: real, generated: other, seed: seed) {
            figures["sample_kid"] = Figure(
                distance.mean, low: distance.interval.low, high: distance.interval.high, count: count)
        }
        return figures
    }

    /// How often a classifier of real pages (logistic regression on VGG16 features of training pages) sees in a sample
    /// the archetype that it was drawn for; and how often it is right about real test pages.
    func recognised(
        _ samples: DrawnSamples, train: PageMeasurements, test: PageMeasurements
    ) throws -> (hits: [Double], classifierHits: [Double], perArchetype: [Int: Double])? {
        let (trainRows, trainLabels) = train.labelled
        let (testRows, testLabels) = test.labelled
        let rows = samples.archetypes.indices.filter { samples.archetypes[$0] != nil }
        guard Set(trainLabels).count > 1, !rows.isEmpty, !testRows.isEmpty else { return nil }
        let classifier = try classifierOfPages(train.features.indexSelect(0, Tensor(trainRows)), trainLabels)
        let wanted = rows.compactMap { samples.archetypes[$0] }
        let seen = try classifier.predict(samples.features.indexSelect(0, Tensor(rows)))
        let hits = zip(seen, wanted).map { $0 == $1 ? 1.0 : 0 }
        let real = try classifier.predict(test.features.indexSelect(0, Tensor(testRows)))
        let perArchetype = Dictionary(grouping: zip(wanted, hits), by: \.0)
            .mapValues { group in group.reduce(0) { $0 + $1.1 } / Double(group.count) }
        return (hits, zip(real, testLabels).map { $0 == $1 ? 1 : 0 }, perArchetype)
    }

    private func classifierOfPages(_ features: Tensor, _ labels: [Int]) throws -> LogisticRegression {
        if let classifier = pageClassifier { return classifier }
        let classifier = try timed("page_classifier") {
            try LogisticRegression(features, labels: labels, inverseRegularisation: 0.01, standardise: true)
        }
        pageClassifier = classifier
        return classifier
    }

    // MARK: Disentanglement

    /// MIG, DCI and the FactorVAE score on generated pages, whose factors are known; nothing for other pages.
    func disentanglementFigures() throws -> [String: Figure] {
        guard let generated = source as? GeneratorSource else { return [:] }
        var mu = RowCollector()
        try forEachBatch(of: .test, label: "encoding pages of known factors") { _, pages in
            mu.add(model.encode(pages).mu)
        }
        let codes = mu.joined(width: 1)
        let factors = try generated.sharedFactors(of: source.pages(in: .test))
        guard codes.shape[0] == factors.first?.count else { return [:] }  // a page was unreadable
        let half = codes.shape[0] / 2
        func part(_ rows: Range<Int>) -> (Tensor, [[Int]]) {
            (codes.narrow(0, from: rows.lowerBound, length: rows.count), factors.map { Array($0[rows]) })
        }
        let (fitted, scored) = (part(0..<half), part(half..<codes.shape[0]))
        var figures: [String: Figure] = [:]
        let count = codes.shape[0]
        figures["mig"] = try mutualInformationGap(codes, factors: factors).map { Figure($0, count: count) }
        figures["factor_vae_score"] = try factorVAEScore(codes, factors: factors, seed: seed).map {
            Figure($0, count: count)
        }
        if let scores = try dci(train: fitted.0, trainFactors: fitted.1, test: scored.0, testFactors: scored.1) {
            figures["dci_disentanglement"] = Figure(scores.disentanglement, count: count)
            figures["dci_completeness"] = Figure(scores.completeness, count: count)
            figures["dci_informativeness"] = scores.informativeness.map { Figure($0, count: count - half) }
        }
        return figures
    }
}
