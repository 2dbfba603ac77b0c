import Foundation
import Torch

/// The state of the latent space during training, on validation pages: what tells a space that is being learned from
/// one that has collapsed or is being ignored.
public struct LatentHealth: Codable, Sendable, Equatable {
    /// Dimensions that vary between pages: Var(μᵢ) > 0.01 (Burda et al., ICLR 2016).
    public var activeUnits: Int
    /// Mean KL of each dimension, nats.
    public var klPerDimension: [Double]
    /// Mean absolute error of pages drawn from their own codes (with the skips, if any) …
    public var l1: Double
    /// … and its rise when every page is drawn from another one's code: 0 means that the decoder ignores z.
    public var zShuffleDelta: Double
    /// Squared maximum mean discrepancy between the aggregate posterior and the prior.
    public var priorMMD: Double?
    /// Silhouette of the archetypes.
    public var silhouette: Double?
    /// Mean distance to the 5 nearest pages.
    public var meanKNNDistance: Double?
    /// Mean change of the picture between two steps of ten from page to page.
    public var interpolationSmoothness: Double?
    /// Each weighted loss term's share of the sum of their gradients' norms, on one batch.
    public var gradientShares: [String: Double]

    enum CodingKeys: String, CodingKey {
        case l1, silhouette
        case activeUnits = "active_units"
        case klPerDimension = "kl_per_dimension"
        case zShuffleDelta = "z_shuffle_delta"
        case priorMMD = "prior_mmd"
        case meanKNNDistance = "mean_knn_distance"
        case interpolationSmoothness = "interpolation_smoothness"
        case gradientShares = "gradient_shares"
    }
}

/// Something that a person should know about a training, with the keys to try.
package enum TrainingWarning {
    private static func blankPageRemedy(_ configuration: Configuration) -> String {
        let loss = configuration.loss
        if loss.ssimShare > 0 && loss.ssimWarmupEpochs == 0 && configuration.model.pretrained == nil {
            return "; 1 − SSIM from the start stays there for many epochs: try loss.ssim_warmup_epochs=10."
        }
        if loss.pixel == .l1 { return "; a plain L1 sum stays there for many epochs: try loss.pixel=bce." }
        return "; give it more epochs, or try a higher optimization.lr"
            + (configuration.model.frozenEncoder ? "." : " or a lower loss.beta_kld.")
    }

    private static func ignoredCodeRemedy(_ model: ModelConfiguration) -> String {
        switch (model.useSkipConnections, model.frozenEncoder) {
        case (true, true): "try a higher model.skip_dropout"
        case (true, false): "try a higher model.skip_dropout, or model.use_skip_connections=false"
        case (false, true): model.modulation ? "give it more epochs" : "try model.modulation=true"
        case (false, false): "try model.modulation=true or a lower loss.beta_kld"
        }
    }

    /// What the last epoch's figures say; empty when all is well.
    ///
    /// - Parameter warm: whether the warm-ups are half over; before, a small KL or a faint page means nothing.
    package static func all(
        _ validation: ValidationMeans?, _ health: LatentHealth?, configuration: Configuration, warm: Bool
    ) -> [String] {
        var warnings: [String] = []
        if let validation, validation.inkRatio < 0.3 {
            warnings.append(
                "The decoder draws nearly blank pages (\(percent(validation.inkRatio)) of the ink there should be)"
                    + blankPageRemedy(configuration))
        }
        guard let health, warm else { return warnings }
        let dimensions = health.klPerDimension.count
        if health.activeUnits * 20 < dimensions {
            warnings.append(
                "The latent space has collapsed: \(health.activeUnits) of \(dimensions) dimensions vary between pages; "
                    + (configuration.model.frozenEncoder
                        ? "a frozen encoder cannot mend it: begin with another model.pretrained."
                        : "try a lower loss.beta_kld, a longer loss.warmup_epochs or loss.free_bits=0.05."))
        }
        if health.zShuffleDelta < 0.02 * health.l1 {
            warnings.append(
                "The decoder ignores z: with another page's code the error rises by only "
                    + "\(percent(health.zShuffleDelta / max(health.l1, 1e-12))); \(ignoredCodeRemedy(configuration.model))."
            )
        }
        return warnings
    }

    private static func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }
}

extension Trainer {
    /// Measures the latent space on the validation pages.
    func latentHealth(_ pages: ValidationPages, weights: LossWeights) throws -> LatentHealth? {
        guard pages.count > 1 else { return nil }
        return LatentHealth(
            activeUnits: try activeUnits(pages.mu),
            klPerDimension: try klPerDimension(pages),
            l1: pages.l1, zShuffleDelta: pages.shuffledL1 - pages.l1,
            priorMMD: try discrepancyFromPrior(pages),
            silhouette: try silhouette(pages),
            meanKNNDistance: try neighbourDistances(pages.mu)?.mean,
            interpolationSmoothness: try smoothness(pages),
            gradientShares: try gradientShares(weights))
    }

    private func klPerDimension(_ pages: ValidationPages) throws -> [Double] {
        let means = objective.prior.means(of: pages.archetypes, like: pages.mu)
        return try posteriorDivergence(mean: pages.mu, logVariance: pages.logVariance, priorMean: means)?.perDimension
            ?? []
    }

    private func discrepancyFromPrior(_ pages: ValidationPages) throws -> Double? {
        let generator = Generator(seed: configuration.seed)
        func noise() -> Tensor { .randn(pages.mu.shape, generator: generator) }
        let codes = pages.mu + (pages.logVariance * 0.5).exp() * noise()
        return try gaussianDiscrepancy(codes, objective.prior.means(of: pages.archetypes, like: pages.mu) + noise())
    }

    private func silhouette(_ pages: ValidationPages) throws -> Double? {
        let rows = pages.archetypes.indices.filter { pages.archetypes[$0] != nil }
        guard !rows.isEmpty else { return nil }
        return try Wirespace.silhouette(
            pages.mu.indexSelect(0, Tensor(rows)), labels: rows.compactMap { pages.archetypes[$0] })
    }

    /// Over at most 16 pairs of neighbours in the split, at the size of the first validation page.
    private func smoothness(_ pages: ValidationPages) throws -> Double? {
        let pairs = min(16, pages.count - 1)
        let steps = Tensor((0...10).map { Float($0) / 10 }, shape: [11, 1])
        let values = try withoutGradients {
            try (0..<pairs).compactMap { pair -> Double? in
                let (a, b) = (pages.mu.narrow(0, from: pair, length: 1), pages.mu.narrow(0, from: pair + 1, length: 1))
                let z = (a * (1 - steps) + b * steps).to(model.parameters.device)
                let frames = try withTorchErrors {
                    model.draw(z, height: pages.height, width: pages.width).to(.cpu)
                }
                return try interpolationQuality(frames)?.smoothness
            }
        }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// How strongly each term of the loss pulls at the parameters, on the first validation batch.
    private func gradientShares(_ weights: LossWeights) throws -> [String: Double] {
        guard let samples = try validation.groups(epoch: 0).next()?.batches.first else { return [:] }
        let target = Tensor.batch(samples.map(\.target), device: model.parameters.device)
        let (epsilon, _, way) = noise.draw(samples, epoch: 0, device: model.parameters.device)
        let labels = Labels(samples.map(\.archetype), device: model.parameters.device)
        let terms: [(String, (Loss) -> Tensor?)] = [
            ("pixel", { $0.pixel }),
            ("perceptual", { $0.perceptual.map { $0 * weights.perceptual } }),
            ("kl", { $0.kl * weights.kl }),
            ("pull", { $0.pull.map { $0 * weights.pull } }),
            ("geodesic", { $0.geodesic.map { $0 * weights.geodesic } }),
        ]
        var norms: [String: Double] = [:]
        for (name, term) in terms {
            let told = try frozenCodes(samples, by: model)
            norms[name] = try withTorchErrors { () -> Double? in
                // As a step of the training computes it, so that it fits where a step does.
                let output = withAutocast(to: precision) {
                    model(target, told: told, noise: epsilon, way: way, checkpointing: checkpointing)
                }
                let loss = objective(
                    output, target: target, labels: labels, weights: weights, checkpointing: checkpointing)
                // Nothing pulls at a frozen encoder.
                guard let value = term(loss), value.requiresGrad else { return nil }
                value.sum().backward()
                defer { model.parameters.zeroGradients() }
                return clipGradientNorm(model.parameters.tensors, to: nil)
            }
        }
        let sum = norms.values.reduce(0, +)
        return norms.mapValues { sum > 0 ? $0 / sum : 0 }
    }
}
