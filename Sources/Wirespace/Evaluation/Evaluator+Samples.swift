import Foundation
import Torch
import Wireframes

/// How often a classifier of pages sees in a sample the archetype that it was drawn for.
struct SampleRecognition {
    /// 1 for each sample that is recognised, else 0.
    let hits: [Double]
    /// 1 for each test page about which the classifier is right, else 0.
    let classifierHits: [Double]
    /// The share of each archetype's samples.
    let perArchetype: [Int: Double]
}

/// New pages.
struct DrawnSamples {
    /// The archetype that each was drawn for; nil under a standard prior.
    let archetypes: [Int?]
    /// VGG16 features, `[N, 5 · 512]`.
    let features: Tensor
}

extension Evaluator {
    /// Steps of an interpolation.
    static let interpolationSteps = 10
    /// Pairs of test pages between which is interpolated.
    static let interpolationPairs = 100

    // MARK: Interpolations

    /// Smoothness, variance and path ratio between seeded pairs of test pages, drawn from the latent alone at the size of
    /// the first; and the variance for steps that are chosen to change the page equally.
    func interpolationFigures(_ test: PageMeasurements) throws -> [String: Figure] {
        let pairs = pairs(of: test)
        let figures = try map(pairs.count, of: "pairs", label: "interpolating") { try interpolation(pairs[$0], test) }
        let values = Dictionary(grouping: figures.joined(), by: \.key).mapValues { $0.map(\.value) }
        return Dictionary(uniqueKeysWithValues: try values.map { ("interpolation_" + $0, try mean($1)) })
    }

    private func interpolation(_ pair: (Int, Int), _ test: PageMeasurements) throws -> [String: Double] {
        let parts = 4 * Self.interpolationSteps  // the pace is judged by four times as fine a way
        let fine = interpolate(from: pair.0, to: pair.1, test, at: (0...parts).map { Double($0) / Double(parts) })
        let frames = fine.indexSelect(0, Tensor(Array(stride(from: 0, through: parts, by: 4))))
        let changes = (fine[rows: 1..<(parts + 1)] - fine[rows: 0..<parts]).abs().mean(1, 2, 3).doubles
        let stops = LatentPath.evenStops(changes: changes, steps: Self.interpolationSteps)
        let even = interpolate(from: pair.0, to: pair.1, test, at: stops)
        let quality = try interpolationQuality(frames.to(.cpu))
        let figures = [
            "smoothness": quality?.smoothness, "variance": quality?.variance, "path_ratio": quality?.pathRatio,
            "variance_even": try interpolationQuality(even.to(.cpu))?.variance,
        ]
        return figures.compactMapValues { $0 }
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

    /// The decoded pages at some shares of the straight line between two codes, `[shares.count, 1, H, W]`.
    func interpolate(from a: Int, to b: Int, _ test: PageMeasurements, at shares: [Double]) -> Tensor {
        let way = LatentPath.linear.through(test.mu.indexSelect(0, Tensor([a, b])), at: shares)
        return draw(way.to(device), height: test.sizes[a].height, width: test.sizes[a].width)
    }

    /// Pages of pixels from codes alone.
    func draw(_ z: Tensor, height: Int, width: Int) -> Tensor {
        model.draw(z, height: height, width: width)
    }

    // MARK: Samples

    /// As many codes of samples as there are test pages, of the same archetypes.
    func sampleCodes(like test: PageMeasurements) throws -> Tensor {
        try newCodes(test.archetypes, generator: Generator(seed: seed &+ 2))
    }

    /// As many samples as test pages, of the same archetypes.
    ///
    /// - Parameter draw: the page of a row, as the network sees pages.
    func samples(like test: PageMeasurements, _ draw: (_ row: Int) throws -> Tensor) throws -> DrawnSamples {
        let features = try map(test.count, of: "pages", label: "sampling") { vgg.pooled(try draw($0)).to(.cpu) }
        return DrawnSamples(archetypes: drawable(test.archetypes), features: .concatenate(features, dim: 0))
    }

    func sampleFigures(
        _ samples: DrawnSamples, _ recognised: SampleRecognition?, _ test: PageMeasurements
    ) throws -> [String: Figure] {
        var figures = try featureFigures(test.features, samples.features)
        if let recognised {
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

    /// What a logistic regression on VGG16 features of training pages sees in samples and in test pages; nil without archetypes.
    func recognised(
        _ samples: DrawnSamples, train: PageMeasurements, test: PageMeasurements
    ) throws -> SampleRecognition? {
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
        return SampleRecognition(
            hits: hits, classifierHits: zip(real, testLabels).map { $0 == $1 ? 1 : 0 }, perArchetype: perArchetype)
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
    func disentanglementFigures(_ test: PageMeasurements) throws -> [String: Figure] {
        guard let generated = source as? GeneratorSource else { return [:] }
        let codes = test.mu
        let factors = try generated.sharedFactors(of: test.references)
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
