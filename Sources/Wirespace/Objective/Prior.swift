import Foundation
public import Torch

/// p(z), the distribution that the codes are pulled to.
///
/// N(0, I) cannot hold K clusters further apart than about √(2K), so beside it stands a mixture with one component
/// N(m_y, I) per archetype (as in VaDE, Jiang et al., IJCAI 2017, with fixed means). The means are the first K axes
/// scaled so that any two lie `distance` apart: no other arrangement of K equidistant points is different but for a
/// rotation, which the encoder's last layer can undo.
public struct Prior {
    /// `[K, latent]`; nil for N(0, I).
    public let means: Tensor?
    /// Orthonormal columns that span the means, `[latent, K]`.
    let basis: Tensor?

    /// N(0, I).
    public static var standard: Prior { Prior(means: nil) }

    /// A mixture with the given means, `[K, latent]`.
    public init(means: Tensor?) {
        self.means = means
        // On the processor: Apple's GPUs have no QR, and others wait for theirs.
        basis = means.map { means in withoutGradients { means.to(.cpu).transposed().qr().q.to(means.device) } }
    }

    /// The prior of a configuration for `archetypes` classes.
    ///
    /// - Precondition: `archetypes ≤ latentDimension`.
    public init(_ configuration: ModelConfiguration, archetypes: Int, device: Device = .cpu) {
        guard configuration.prior == .archetypes, archetypes > 0 else {
            self = .standard
            return
        }
        let axes = Tensor.eye(configuration.latentDimension, device: device).narrow(0, from: 0, length: archetypes)
        self.init(means: axes * (configuration.priorDistance / 2.0.squareRoot()))
    }

    /// The standard deviation of each of `latent` dimensions, `[latent]`.
    func deviations(latent: Int) -> Tensor {
        guard let means else { return .ones([latent]) }
        let between = (means - means.mean(0, keepDims: true)).square().mean(0)
        return (between + 1).sqrt()
    }

    /// −log p(z) up to a constant, `[B]` in nats: how far codes lie from where pages are.
    public func energy(_ z: Tensor) -> Tensor {
        guard let means else { return z.square().sum(1) * 0.5 }
        let (B, latent) = (z.shape[0], z.shape[1])
        let offsets = z.reshape(B, 1, latent) - means.reshape(1, -1, latent)
        return -(offsets.square().sum(2) * -0.5).logSumExp(1)
    }

    /// The mean that each image's code is pulled to, `[B, latent]`: its archetype's, zero without one.
    public func means(of labels: Labels, like mu: Tensor) -> Tensor {
        guard let means else { return .zeros(mu.shape, device: mu.device) }
        return means.indexSelect(0, labels.indices) * labels.known.reshape(-1, 1)
    }

    /// The same on μ's device, which need not be the prior's.
    public func means(of archetypes: [Int?], like mu: Tensor) -> Tensor {
        means(of: Labels(archetypes, device: means?.device ?? mu.device), like: mu).to(mu.device)
    }
}

/// The archetypes of a batch's images, as tensors.
public struct Labels {
    /// The number of each image's archetype, int64 `[B]`; 0 where it is not known.
    public let indices: Tensor
    /// 1 where the archetype is known, 0 elsewhere, `[B]`.
    public let known: Tensor
    /// Whether all are known.
    public let areComplete: Bool

    /// - Parameter archetypes: nil for an image without a label.
    public init(_ archetypes: [Int?], device: Device = .cpu) {
        self.init(
            indices: Tensor(archetypes.map { $0 ?? 0 }, device: device),
            known: Tensor(archetypes.map { $0 == nil ? 0 : 1 } as [Float], shape: [archetypes.count], device: device),
            areComplete: !archetypes.contains(nil))
    }

    init(indices: Tensor, known: Tensor, areComplete: Bool) {
        self.indices = indices
        self.known = known
        self.areComplete = areComplete
    }
}

/// KL(N(μ, σ²) ‖ N(m, I)) of every dimension, in nats: ½(σ² + (μ − m)² − log σ² − 1).
///
/// - Parameters:
///   - means: m, of a shape that broadcasts to μ's; zero without.
///   - freeBits: what a dimension counts at least (Kingma et al., NeurIPS 2016; here image by image, so that images stay
///     independent).
public func klDivergence(mu: Tensor, logVariance: Tensor, means: Tensor? = nil, freeBits: Double = 0) -> Tensor {
    let centred = means.map { mu - $0 } ?? mu
    let divergence = (centred.square() + logVariance.exp() - logVariance - 1) * 0.5
    return freeBits > 0 ? divergence.clamp(min: freeBits) : divergence
}

/// An upper bound on the KL divergence to an equal mixture of N(m_k, I), `[B]` in nats:
/// −log (1/K) Σ_k exp(−KL(q ‖ N(m_k, I))) (Hershey and Olsen, ICASSP 2007, section 7, for a single Gaussian q).
///
/// - Parameter freeBits: what a dimension counts at least in the divergence to each component.
public func klDivergenceToMixture(mu: Tensor, logVariance: Tensor, means: Tensor, freeBits: Double = 0) -> Tensor {
    let (B, K, d) = (mu.shape[0], means.shape[0], mu.shape[1])
    let toEach = klDivergence(
        mu: mu.reshape(B, 1, d), logVariance: logVariance.reshape(B, 1, d), means: means.reshape(1, K, d),
        freeBits: freeBits
    ).sum(2)  // [B, K]
    return -(-toEach).logSumExp(1) + Foundation.log(Double(K))
}
