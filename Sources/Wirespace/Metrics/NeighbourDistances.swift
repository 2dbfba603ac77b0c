internal import Foundation
public import Torch

/// How densely points fill their space: for each point the mean distance to its nearest neighbours.
///
///     d_kNN(z) = 1/k · Σⱼ ‖z − zⱼ‖₂    over the k points nearest to z, z itself excluded
///
/// A large spread of these distances shows holes in the latent space.
public struct NeighbourDistances: Sendable, Equatable {
    /// d_kNN of each point, ≥ 0.
    public let perPoint: [Double]
    /// Their mean.
    public var mean: Double { perPoint.reduce(0, +) / Double(perPoint.count) }
    /// Their standard deviation over the points (divided by N).
    public var standardDeviation: Double {
        let mean = mean
        return (perPoint.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(perPoint.count)).squareRoot()
    }
}

/// The mean Euclidean distance of each point to its `k` nearest other points, in blocks.
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - k: neighbours; N − 1 if there are fewer.
/// - Returns: `nil` for fewer than two points.
/// - Throws: ``UserError`` `.data` when a row is not finite.
public func neighbourDistances(_ x: Tensor, k: Int = 5) throws -> NeighbourDistances? {
    let points = try finiteRows(x, of: "k-NN distance")
    let count = points.shape[0]
    guard count >= 2 else { return nil }
    let neighbours = min(max(k, 1), count - 1)
    let sums = nearestDistances(points, neighbours + 1).sum(1).doubles  // the point itself adds a distance of 0
    return NeighbourDistances(perPoint: sums.map { $0 / Double(neighbours) })
}

/// The `k` smallest distances from each point to all points, itself included, ascending: `[N, k]`.
func nearestDistances(_ points: Tensor, _ k: Int) -> Tensor {
    let count = points.shape[0]
    return .concatenate(
        rowBlocks(count, width: count).map { points[rows: $0].distances(to: points).topK(k, largest: false).values },
        dim: 0)
}
