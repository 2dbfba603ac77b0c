public import Torch

/// How far apart the centroids of labelled points lie, Euclidean.
public struct CentroidDistances: Sendable, Equatable {
    /// The smallest distance between two centroids.
    public let minimum: Double
    /// The mean over all pairs of centroids.
    public let mean: Double
    /// The pooled within-cluster standard deviation of one dimension: √( Σᵢ‖xᵢ − c(yᵢ)‖² / ((N − K)·d) ), the square
    /// root of the unbiased within-cluster variance, averaged over dimensions. For an archetype N(m, σ²I) it is σ.
    /// `nil` when every point is alone in its cluster.
    public let withinClusterDeviation: Double?

    /// `minimum` in units of `withinClusterDeviation`; `nil` where that is missing or 0.
    public var minimumSigma: Double? { inDeviations(minimum) }
    /// `mean` in units of `withinClusterDeviation`; `nil` where that is missing or 0.
    public var meanSigma: Double? { inDeviations(mean) }

    private func inDeviations(_ distance: Double) -> Double? {
        guard let deviation = withinClusterDeviation, deviation > 0 else { return nil }
        return distance / deviation
    }
}

/// The distances between the centroids (mean points) of the labelled clusters.
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - labels: the cluster of each point.
/// - Returns: distances in the units of `x`; `nil` for fewer than two clusters.
/// - Throws: ``UserError`` `.data` when a row is not finite or the labels do not match the rows.
public func centroidDistances(_ x: Tensor, labels: [Int]) throws -> CentroidDistances? {
    let points = try finiteRows(x, of: "centroid distances")
    try requireCount(labels.count, equals: points.shape[0], of: "centroid distances")
    let clusters = LabelIndex(labels)
    let classes = clusters.classes.count
    guard classes >= 2 else { return nil }

    let centroids = clusterMeans(points, clusters)  // [K, d]
    let table = centroids.distances(to: centroids).doubles
    let pairs = (0..<classes).flatMap { i in (0..<i).map { table[i * classes + $0] } }
    let residual = (points - centroids[rows: clusters.indices]).square().sum().item()
    let freedom = (points.shape[0] - classes) * points.shape[1]
    return CentroidDistances(
        minimum: pairs.min() ?? 0, mean: pairs.reduce(0, +) / Double(pairs.count),
        withinClusterDeviation: freedom > 0 ? (residual / Double(freedom)).squareRoot() : nil)
}

/// The mean point of each class, `[K, d]`.
func clusterMeans(_ points: Tensor, _ clusters: LabelIndex) -> Tensor {
    let counts = Tensor(clusters.counts.map(Double.init), shape: [clusters.classes.count, 1])
    return clusters.membership.transposed().matmul(points) / counts
}
