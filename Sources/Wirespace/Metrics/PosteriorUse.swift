public import Torch

/// The number of latent dimensions that carry information: those whose posterior mean varies over the data,
/// Var(μᵢ) > `threshold` (Burda, Grosse and Salakhutdinov, ICLR 2016, threshold 0.01; the variance is divided by N).
///
/// - Parameter means: posterior means, `[N, d]`.
/// - Returns: 0...d; 0 without points.
/// - Throws: ``UserError`` `.data` when a row is not finite.
public func activeUnits(_ means: Tensor, threshold: Double = 0.01) throws -> Int {
    let means = try finiteRows(means, of: "active units")
    guard means.shape[0] > 0 else { return 0 }
    let variances = (means - means.mean(0)).square().mean(0)
    return variances.doubles.count { $0 > threshold }
}

/// The Kullback–Leibler divergence of Gaussian posteriors from their priors, in nats.
public struct PosteriorDivergence: Sendable, Equatable {
    /// The divergence of each row, summed over dimensions: N values ≥ 0.
    public let perRow: [Double]
    /// The divergence of each dimension, averaged over rows: d values ≥ 0.
    public let perDimension: [Double]
    /// The mean over rows.
    public var mean: Double { perRow.reduce(0, +) / Double(perRow.count) }
}

/// KL( N(μ, σ²) ‖ N(m, I) ) of each row (Kingma and Welling, ICLR 2014, appendix B; m = 0 there).
///
///     KL = ½ Σᵢ ( (μᵢ − mᵢ)² + σᵢ² − log σᵢ² − 1 )
///
/// - Parameters:
///   - mean: μ, `[N, d]`.
///   - logVariance: log σ², `[N, d]`.
///   - priorMean: m for each row, `[N, d]`, or for all, `[1, d]`; without, 0.
/// - Returns: `nil` without rows.
/// - Throws: ``UserError`` `.data` when a row is not finite or the shapes differ.
public func posteriorDivergence(
    mean: Tensor, logVariance: Tensor, priorMean: Tensor? = nil
) throws -> PosteriorDivergence? {
    let mean = try finiteRows(mean, of: "KL")
    let logVariance = try finiteRows(logVariance, of: "KL, log variance")
    try requireSameWidth(mean, logVariance, of: "KL")
    try requireCount(logVariance.shape[0], equals: mean.shape[0], of: "KL")
    guard mean.shape[0] > 0 else { return nil }
    let centre = try priorMean.map { try finiteRows($0, of: "KL, prior mean") }
    if let centre {
        try requireSameWidth(mean, centre, of: "KL")
        if centre.shape[0] != 1 { try requireCount(centre.shape[0], equals: mean.shape[0], of: "KL") }
    }
    let divergence = klDivergence(mu: mean, logVariance: logVariance, means: centre)  // [N, d]
    return PosteriorDivergence(perRow: divergence.sum(1).doubles, perDimension: divergence.mean(0).doubles)
}
