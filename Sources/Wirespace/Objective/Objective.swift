public import Torch

/// The weights of the loss's terms at one moment of the training.
public struct LossWeights: Sendable, Equatable {
    /// α(t), of the perceptual term.
    public var perceptual: Double
    /// β(t), of the KL term.
    public var kl: Double
    /// Of the pull towards the archetype's mean.
    public var pull: Double
    /// Of the deviation from geodesics.
    public var geodesic: Double
    /// How much of the pixel term is 1 − SSIM, from 0 to 1.
    public var ssimShare: Double

    /// The weights at `epoch`, counted from 0: each but the geodesics' rises linearly over its own warm-up (Bowman et al., CoNLL 2016).
    public init(_ configuration: LossConfiguration, epoch: Int) {
        func ramp(_ epochs: Int) -> Double { epochs == 0 ? 1 : min(1, Double(epoch) / Double(epochs)) }
        let (low, high) = (configuration.perceptualWeightMin, configuration.perceptualWeight)
        perceptual = low + (high - low) * ramp(configuration.perceptualWarmupEpochs)
        kl = configuration.betaKLD * ramp(configuration.warmupEpochs)
        pull = configuration.priorPull * ramp(configuration.priorPullWarmupEpochs)
        geodesic = configuration.geodesic
        ssimShare = configuration.ssimShare * ramp(configuration.ssimWarmupEpochs)
    }

    /// All of them; see ``Place``.
    var values: [Float] { [perceptual, kl, pull, geodesic, ssimShare].map { Float($0) } }

    /// Where each stands among `values`.
    enum Place: Int {
        case perceptual, kl, pull, geodesic, ssimShare
    }

    /// Which terms of the loss there are, besides the geodesics, which the batch asks for. What else the weights are changes nothing but numbers.
    struct Terms: Hashable {
        let perceptual, pull, pixelError, dissimilarity: Bool
    }

    var terms: Terms {
        Terms(perceptual: perceptual > 0, pull: pull > 0, pixelError: ssimShare < 1, dissimilarity: ssimShare > 0)
    }
}

/// The terms of the loss, one value per image, `[B]`, unweighted.
public struct Loss {
    /// The weighted sum of the terms.
    public let total: Tensor
    /// Σ|x − x̂|, or the binary cross-entropy, summed over the image; a share of it may be Σ (1 − SSIM).
    public let pixel: Tensor
    /// numel(x) · Σ_ℓ mean|φ_ℓ(x) − φ_ℓ(x̂)|; nil when its weight is 0.
    public let perceptual: Tensor?
    /// KL(q ‖ p), nats.
    public let kl: Tensor
    /// ‖P(μ − m_y)‖²; nil when its weight is 0.
    public let pull: Tensor?
    /// How far what is drawn on the way to another code is from a geodesic; nil when nothing was drawn there.
    public let geodesic: Tensor?

    /// The same values, cut off from the graph.
    func detached() -> Loss {
        Loss(
            total: total.detach(), pixel: pixel.detach(), perceptual: perceptual?.detach(), kl: kl.detach(),
            pull: pull?.detach(), geodesic: geodesic?.detach())
    }
}

/// What training minimises, per image: `L_pixel + α·L_VGG + β·KL (+ pull + geodesic)`.
public struct Objective {
    /// The configuration it was made from.
    public let configuration: LossConfiguration
    /// p(z).
    public let prior: Prior
    private let vgg: VGG16?

    /// - Parameter vgg: needed when the perceptual weight is ever above 0.
    public init(_ configuration: LossConfiguration, prior: Prior, vgg: VGG16?) {
        self.configuration = configuration
        self.prior = prior
        self.vgg = vgg
    }

    /// The loss of each image of a batch, in fp32 whatever the network ran in.
    ///
    /// - Parameters:
    ///   - target: the clean pages, `[B, 1, H, W]`.
    ///   - labels: the archetypes, on the pages' device.
    ///   - values: `weights.values` as a tensor, which may hold others of the same `terms` when this is captured and replayed.
    ///   - checkpointing: of the perceptual term, as in ``perceptualDistance(_:_:_:checkpointing:)``.
    public func callAsFunction(
        _ output: BetaVAE.Output, target: Tensor, labels: Labels, weights: LossWeights, values: Tensor? = nil,
        checkpointing: Bool = false
    ) -> Loss {
        func weighted(_ term: Tensor, _ place: LossWeights.Place, _ number: Double) -> Tensor {
            values.map { term * $0.narrow(0, from: place.rawValue, length: 1) } ?? term * number
        }
        let logits = output.logits.to(dtype: .float32)
        let pixel = pixelTerm(
            logits, target, share: weights.ssimShare,
            values.map { $0.narrow(0, from: LossWeights.Place.ssimShare.rawValue, length: 1) })
        let kl = klTerm(output.posterior, labels: labels)
        var total = pixel + weighted(kl, .kl, weights.kl)

        var perceptual: Tensor?
        if weights.perceptual > 0, let vgg {
            let term = perceptualDistance(logits.sigmoid(), target, vgg, checkpointing: checkpointing)
            total = total + weighted(term, .perceptual, weights.perceptual)
            perceptual = term
        }
        var pull: Tensor?
        if weights.pull > 0, let term = pullToMean(output.posterior.mu.to(dtype: .float32), labels, prior) {
            total = total + weighted(term, .pull, weights.pull)
            pull = term
        }
        let geodesic = output.way.map { way in
            geodesicDeviation(
                of: way.between.to(dtype: .float32).sigmoid(), at: way.share, from: logits.detach().sigmoid(),
                to: way.end.to(dtype: .float32).sigmoid())
        }
        if let geodesic { total = total + weighted(geodesic, .geodesic, weights.geodesic) }
        return Loss(total: total, pixel: pixel, perceptual: perceptual, kl: kl, pull: pull, geodesic: geodesic)
    }

    /// The pixel term of each image, `[B]`, from what the decoder drew before its sigmoid.
    ///
    /// - Parameter ssimShare: how much of it is Σ (1 − SSIM); what the training ends with, if nil.
    public func pixelTerm(_ logits: Tensor, _ target: Tensor, ssimShare: Double? = nil) -> Tensor {
        pixelTerm(logits, target, share: ssimShare ?? configuration.ssimShare, nil)
    }

    /// - Parameter element: the share as a tensor of one element.
    private func pixelTerm(_ logits: Tensor, _ target: Tensor, share: Double, _ element: Tensor?) -> Tensor {
        if share == 0 { return pixelError(logits, target) }
        let dissimilarity = structuralDissimilarity(logits.sigmoid(), target)
        if share == 1 { return dissimilarity }
        let error = pixelError(logits, target)
        if let element { return dissimilarity * element + error * (1 - element) }
        return dissimilarity * share + error * (1 - share)
    }

    private func pixelError(_ logits: Tensor, _ target: Tensor) -> Tensor {
        switch configuration.pixel {
        case .l1: absoluteError(logits.sigmoid(), target)
        case .bce: logits.binaryCrossEntropyWithLogits(target).sum(1, 2, 3)
        }
    }

    /// The KL of each image, `[B]` in nats: to its archetype's component, or to the mixture where it has no label.
    public func klTerm(_ posterior: BetaVAE.Posterior, labels: Labels) -> Tensor {
        let mu = posterior.mu.to(dtype: .float32)
        let logVariance = posterior.logVariance.to(dtype: .float32)
        let freeBits = configuration.freeBits
        let own = prior.means(of: labels, like: mu)
        let toOwn = klDivergence(mu: mu, logVariance: logVariance, means: own, freeBits: freeBits).sum(1)
        guard let means = prior.means, !labels.areComplete else { return toOwn }
        let toMixture = klDivergenceToMixture(mu: mu, logVariance: logVariance, means: means, freeBits: freeBits)
        return (labels.known .> 0).select(toOwn, else: toMixture)
    }
}

/// Σ|x − x̂| over each image, `[B]`.
public func absoluteError(_ reconstruction: Tensor, _ target: Tensor) -> Tensor {
    (reconstruction - target).abs().sum(1, 2, 3)
}

/// numel(x) · Σ_ℓ mean|φ_ℓ(x) − φ_ℓ(x̂)| of each image, `[B]` (SPEC's form of Johnson et al.: as large as a pixel sum).
///
/// - Parameter checkpointing: keeps of the reconstruction's features only what lies between two blocks of VGG16.
public func perceptualDistance(
    _ reconstruction: Tensor, _ target: Tensor, _ vgg: VGG16, checkpointing: Bool = false
) -> Tensor {
    let (_, C, H, W) = target.shape4
    let wanted = withoutGradients { vgg(target) }
    var x = reconstruction
    var distances: [Tensor] = []
    for (index, features) in wanted.enumerated() {
        let goesOn = index + 1 < wanted.count
        let results = checkpointed([x, features], outputs: goesOn ? 2 : 1, if: checkpointing) { inputs in
            let map = vgg.block(index, inputs[0])
            return [map.meanAbsoluteError(from: inputs[1])] + (goesOn ? [VGG16.pooled(map)] : [])
        }
        distances.append(results[0])
        if goesOn { x = results[1] }
    }
    return distances.dropFirst().reduce(distances[0], +) * Double(C * H * W)
}

/// ‖P(μ − m_y)‖² of each labelled image, 0 of the others, `[B]`: P projects on the span of the means, so what the
/// archetype does not determine stays free to describe the page. Nil for a prior without means.
public func pullToMean(_ mu: Tensor, _ labels: Labels, _ prior: Prior) -> Tensor? {
    prior.basis.map { basis in (mu - prior.means(of: labels, like: mu)).matmul(basis).square().sum(1) * labels.known }
}

/// How far a page on the way from one to another is from where a geodesic, a shortest way of constant speed, would be, `[B]` in pixels:
/// [d(a, m) − tD]₊ + [d(m, b) − (1 − t)D]₊, where d is the absolute error, Σ|x − y|, and D = d(a, b). Only a page with nothing that
/// neither end has, and a share t of all that changes, is as near to both. Whether that share changes at once or all of it fades is left open.
///
/// - Parameters:
///   - m: the page, `[B, 1, H, W]`.
///   - t: how far on the way it is, in [0, 1], `[B, 1]`.
///   - a, b: the way's ends, `[B, 1, H, W]`.
public func geodesicDeviation(of m: Tensor, at t: Tensor, from a: Tensor, to b: Tensor) -> Tensor {
    let (whole, t) = (absoluteError(a, b), t.reshape(-1))
    return (absoluteError(a, m) - whole * t).relu() + (absoluteError(m, b) - whole * (1 - t)).relu()
}
