public import Torch

/// Gaussians, all equally likely, to draw codes from: the prior, a part of it, the surroundings of a page, or what has been fitted to pages.
public struct GaussianMixture {
    /// Means, float32 `[K, latent]`, on the CPU.
    public let means: Tensor
    /// Factors A of the covariances A·Aᵀ, `[K, latent, latent]`; of diagonal ones the standard deviations, `[K, latent]`.
    public let factors: Tensor

    /// Gaussians with diagonal covariances.
    ///
    /// - Parameters:
    ///   - means: `[K, latent]`, K ≥ 1.
    ///   - deviations: all positive, of a shape that broadcasts to it.
    public init(means: Tensor, deviations: Tensor) {
        self.means = means.to(.cpu, dtype: .float32)
        factors = deviations.to(.cpu, dtype: .float32).expand(means.shape)
    }

    /// Gaussians with the covariances A·Aᵀ.
    ///
    /// - Parameters:
    ///   - means: `[K, latent]`, K ≥ 1.
    ///   - factors: A, `[K, latent, latent]`.
    public init(means: Tensor, factors: Tensor) {
        self.means = means.to(.cpu, dtype: .float32)
        self.factors = factors.to(.cpu, dtype: .float32)
    }

    /// N(`mean`, `deviation`² I), `mean` being `[1, latent]`.
    public init(around mean: Tensor, deviation: Double) {
        self.init(means: mean, deviations: .full([1, 1], deviation))
    }

    /// Whether the covariances are diagonal, as the prior's are.
    var isDiagonal: Bool { factors.shape.count == 2 }

    /// One of the Gaussians by itself.
    public subscript(component: Int) -> GaussianMixture {
        let (mean, factor) = (means[rows: [component]], factors[rows: [component]])
        return isDiagonal ? .init(means: mean, deviations: factor) : .init(means: mean, factors: factor)
    }

    /// Draws codes from any of the Gaussians, `[count, latent]`, on the CPU.
    ///
    /// - Parameter temperature: what deviations are multiplied by: 0 gives the middle, 1 the distribution itself.
    public func sample(_ count: Int, temperature: Double = 1, generator: Generator) -> Tensor {
        sample(of: Array(repeating: nil, count: count), temperature: temperature, generator: generator)
    }

    /// Draws one code from each of the named Gaussians, `[components.count, latent]`; for nil from any of them.
    public func sample(of components: [Int?], temperature: Double = 1, generator: Generator) -> Tensor {
        let (K, latent) = (means.shape[0], means.shape[1])
        let noise = Tensor.randn([components.count, latent], generator: generator)
        let isChosen = K > 1 && components.contains(nil)
        let any = isChosen ? (Tensor.rand([components.count], generator: generator) * Double(K)).integers : []
        let rows = components.enumerated().map { index, component in component ?? (isChosen ? any[index] : 0) }
        return means[rows: rows] + shaped(noise, by: rows) * temperature
    }

    /// A·ε of each row ε of the noise, A being the factor of the Gaussian that `components` names for it.
    private func shaped(_ noise: Tensor, by components: [Int]) -> Tensor {
        guard !isDiagonal else { return factors[rows: components] * noise }
        let latent = means.shape[1]
        // Gaussian by Gaussian: a factor for each row would be gigabytes.
        let groups = Dictionary(grouping: components.indices, by: { components[$0] }).sorted { $0.key < $1.key }
        let parts = groups.map { component, rows in
            noise[rows: rows].matmul(factors[rows: [component]].reshape(latent, latent).transposed())
        }
        var places = components
        for (place, row) in groups.flatMap(\.value).enumerated() { places[row] = place }
        return Tensor.concatenate([noise[rows: 0..<0]] + parts, dim: 0)[rows: places]
    }

    /// p(k | z) by Bayes' rule, float64 `[N, K]`.
    ///
    /// - Parameters:
    ///   - z: codes, `[N, latent]`.
    ///   - temperature: what log densities are divided by (``calibratingTemperature(_:labels:)``).
    public func probabilities(of z: Tensor, temperature: Double = 1) -> Tensor {
        (logDensities(of: z) / temperature).logSoftmax(1).exp()
    }

    /// log p(z | k) up to a constant, float64 `[N, K]`.
    ///
    /// - Parameter z: codes, `[N, latent]`.
    public func logDensities(of z: Tensor) -> Tensor {
        let (K, d) = (means.shape[0], means.shape[1])
        let factors = factors.to(dtype: .float64)
        let logDeterminant =
            isDiagonal
            ? factors.log().sum(1) : (factors.qr().r * .eye(d, dtype: .float64)).sum(2).abs().log().sum(1)
        return whitened(z).square().sum(2) * -0.5 - logDeterminant.reshape(1, K)
    }

    /// The Mahalanobis distance of a code from each Gaussian, over √latent, float64 `[N, K]`: the root mean square over all directions of how
    /// many standard deviations it lies from the mean, about 1 for what is drawn from it, however many dimensions there are.
    ///
    /// - Parameter z: codes, `[N, latent]`.
    public func mahalanobisDistances(of z: Tensor) -> Tensor { whitened(z).square().mean(2).sqrt() }

    /// A⁻¹ (z − m), float64 `[N, K, latent]`.
    private func whitened(_ z: Tensor) -> Tensor {
        let (N, K, d) = (z.shape[0], means.shape[0], means.shape[1])
        let factors = factors.to(dtype: .float64)
        let offset = z.to(.cpu, dtype: .float64).reshape(N, 1, d) - means.to(dtype: .float64).reshape(1, K, d)
        return isDiagonal
            ? offset / factors.reshape(1, K, d) : factors.solve(offset.permute(1, 2, 0)).permute(2, 0, 1)
    }
}

extension Prior {
    /// The prior as a mixture: N(0, I) alone, or one Gaussian an archetype.
    public func mixture(dimension: Int) -> GaussianMixture {
        GaussianMixture(means: means ?? .zeros([1, dimension]), deviations: .ones([1, 1]))
    }
}

/// Rows that lie far from each other: the first one, then again and again the row that is farthest from all chosen so
/// far (Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance", 1985).
///
/// - Parameter x: points, `[N, d]`.
/// - Returns: `min(count, N)` different rows, in the order of their choice.
public func farthestPoints(_ x: Tensor, count: Int) -> [Int] {
    guard count > 0, x.shape[0] > 0 else { return [] }
    var chosen = [0]
    var rest = Array(1..<x.shape[0])
    var distance = x.distances(to: x[rows: 0..<1]).doubles  // to the nearest chosen row
    while chosen.count < count, let next = rest.max(by: { distance[$0] < distance[$1] }) {
        chosen.append(next)
        rest.removeAll { $0 == next }
        distance = zip(distance, x.distances(to: x[rows: next..<(next + 1)]).doubles).map(min)
    }
    return chosen
}
