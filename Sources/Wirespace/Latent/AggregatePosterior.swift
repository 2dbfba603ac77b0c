package import Torch

extension GaussianMixture {
    /// The aggregate posterior of each archetype, as one Gaussian with a full covariance: where pages have come to lie, which the
    /// prior only asks for. New pages' codes are better drawn from it (ex-post density estimation: Ghosh et al., ICLR 2020, section 4).
    ///
    /// The covariance is that of μ, shrunk (``shrunkCovariance(_:)``), and the mean of σ² (the law of total variance). Of fewer pages than
    /// dimensions it would be little but their copies: such a component stays the prior's.
    ///
    /// - Parameters:
    ///   - mu: μ of pages, `[N, latent]`.
    ///   - variance: σ², of the same shape.
    ///   - archetypes: of each page; those of unknown ones, nil, are left out. Under a standard prior all pages are of one Gaussian.
    package init(aggregating mu: Tensor, variance: Tensor, archetypes: [Int?], prior: Prior) {
        let latent = mu.shape[1]
        let mixture = prior.mixture(dimension: latent)
        let (mu, variance) = (mu.to(.cpu, dtype: .float64), variance.to(.cpu, dtype: .float64))
        var means: [Tensor] = []
        var factors: [Tensor] = []
        for component in 0..<mixture.means.shape[0] {
            let rows = archetypes.indices.filter { prior.means == nil || archetypes[$0] == component }
            guard rows.count >= latent else {
                means.append(mixture.means[rows: [component]])
                factors.append(.eye(latent))
                continue
            }
            let noise = variance[rows: rows].mean(0)
            let (values, vectors) = (shrunkCovariance(mu[rows: rows]) + .eye(latent, dtype: .float64) * noise).eigh()
            means.append(mu[rows: rows].mean(0, keepDims: true).to(dtype: .float32))
            factors.append((vectors * values.clamp(min: 0).sqrt()).to(dtype: .float32))
        }
        self.init(means: .concatenate(means, dim: 0), factors: .stack(factors))
    }
}

/// The covariance of rows, drawn towards a multiple of I as far as their small number asks (Ledoit and Wolf, "A well-conditioned estimator for
/// large-dimensional covariance matrices", Journal of Multivariate Analysis 2004): scikit-learn's `LedoitWolf`.
///
/// - Parameter x: float64 `[N, d]`, N ≥ 1.
/// - Returns: `[d, d]`; zero for a single row.
package func shrunkCovariance(_ x: Tensor) -> Tensor {
    let (N, d) = (Double(x.shape[0]), Double(x.shape[1]))
    let centred = x - x.mean(0, keepDims: true)
    let covariance = centred.transposed().matmul(centred) / N
    let mean = (covariance * .eye(x.shape[1], dtype: .float64)).sum().item() / d
    let target = Tensor.eye(x.shape[1], dtype: .float64) * mean
    // How far the covariance is from the target, and how much of that its sampling explains.
    let distance = (covariance - target).square().sum().item()
    let fourth = centred.square().sum(1).square().sum().item()
    let sampling = (fourth / N - covariance.square().sum().item()) / N
    let shrinkage = distance > 0 ? min(sampling, distance) / distance : 0
    return covariance * (1 - shrinkage) + target * shrinkage
}
