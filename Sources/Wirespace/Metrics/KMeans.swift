internal import Foundation
public import Torch
internal import Wireframes

/// A partition of points around k centres.
public struct KMeansClustering {
    /// The centres, float64 `[k, d]`.
    public let centres: Tensor
    /// For each point its nearest centre, 0..<k.
    public let labels: [Int]
    /// Σ of squared distances to the nearest centre.
    public let inertia: Double
    /// Lloyd's iterations, the last of which changed nothing (or was the last one allowed).
    public let iterations: Int
}

/// k-means: Lloyd's algorithm (IEEE Trans. Inf. Theory 1982) from k-means++ centres (Arthur and Vassilvitskii, SODA
/// 2007; the greedy variant, as in scikit-learn), the best of several starts.
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - clusters: k, 1...N. Where fewer distinct points exist, some clusters stay empty.
///   - restarts: starts, of which the one with the smallest inertia is kept.
///   - seed: of the starts. The same seed gives the same clustering.
/// - Throws: ``UserError`` `.data` when a row is not finite or k is not in 1...N.
public func kMeans(
    _ x: Tensor, clusters: Int, restarts: Int = 10, maximumIterations: Int = 300, seed: UInt64
) throws -> KMeansClustering {
    let points = try finiteRows(x, of: "k-means")
    guard (1...max(1, points.shape[0])).contains(clusters), points.shape[0] > 0 else {
        throw UserError(.data, "k-means: \(clusters) clusters cannot be made of \(points.shape[0]) points")
    }
    var generator = SeededGenerator(seed: seed)
    var best = lloyd(points, from: spreadCentres(points, clusters, &generator), limit: maximumIterations)
    for _ in 1..<max(1, restarts) {
        let next = lloyd(points, from: spreadCentres(points, clusters, &generator), limit: maximumIterations)
        if next.inertia < best.inertia { best = next }
    }
    return best
}

/// Lloyd's algorithm from given centres, until the assignment stands still.
///
/// A cluster that loses all its points gets the point farthest from its own centre, as in scikit-learn.
///
/// - Parameters:
///   - x: points, `[N, d]`, N ≥ 1.
///   - initialCentres: `[k, d]`.
/// - Throws: ``UserError`` `.data` when a row is not finite or the widths differ.
package func kMeans(
    _ x: Tensor, initialCentres: Tensor, maximumIterations: Int = 300
) throws -> KMeansClustering {
    let points = try finiteRows(x, of: "k-means")
    let centres = try finiteRows(initialCentres, of: "k-means, initial centres")
    try requireSameWidth(points, centres, of: "k-means")
    guard points.shape[0] > 0, centres.shape[0] > 0 else {
        throw UserError(.data, "k-means: \(points.shape[0]) points and \(centres.shape[0]) centres")
    }
    return lloyd(points, from: centres, limit: maximumIterations)
}

private func lloyd(_ points: Tensor, from initial: Tensor, limit: Int) -> KMeansClustering {
    var centres = initial
    var labels: [Int] = []
    var iterations = 0
    while iterations < limit {
        let assigned = nearestCentres(points, centres)
        iterations += 1
        if assigned == labels { break }
        labels = assigned
        centres = means(points, labels, replacing: centres)
    }
    if iterations == limit { labels = nearestCentres(points, centres) }
    return KMeansClustering(
        centres: centres, labels: labels, inertia: squaredResiduals(points, centres, labels).sum().item(),
        iterations: iterations)
}

/// argmin over centres of ‖x − c‖² = ‖x‖² − 2x·c + ‖c‖²; ‖x‖² is the same for all.
private func nearestCentres(_ points: Tensor, _ centres: Tensor) -> [Int] {
    let halfNorms = centres.square().sum(1) * 0.5
    return (points.matmul(centres.transposed()) - halfNorms).argmax(1).integers
}

private func squaredResiduals(_ points: Tensor, _ centres: Tensor, _ labels: [Int]) -> Tensor {
    (points - centres[rows: labels]).square().sum(1)
}

/// The mean of each cluster; an empty one moves to a far point.
private func means(_ points: Tensor, _ labels: [Int], replacing old: Tensor) -> Tensor {
    let k = old.shape[0]
    var labels = labels
    let empty = Set(0..<k).subtracting(labels).sorted()
    if !empty.isEmpty {
        let (farthest, rows) = squaredResiduals(points, old, labels).topK(min(empty.count, labels.count))
        for (cluster, (distance, row)) in zip(empty, zip(farthest.doubles, rows.integers)) where distance > 0 {
            labels[row] = cluster
        }
    }
    let members = oneHot(labels, classes: k)  // [N, k]
    let counts = members.sum(0).reshape(k, 1)
    let means = members.transposed().matmul(points) / counts.clamp(min: 1)
    return (counts .> 0).select(means, else: old)
}

/// k-means++: each further centre is a point drawn with probability ∝ its squared distance to the nearest centre so
/// far; of 2 + ln k such candidates the one that lowers the inertia most is taken.
private func spreadCentres(_ points: Tensor, _ k: Int, _ generator: inout SeededGenerator) -> Tensor {
    let count = points.shape[0]
    let trials = 2 + Int(log(Double(k)))
    var chosen = [generator.integer(below: count)]
    var nearest = points.distances(to: points[rows: chosen]).square()  // [N, 1]
    while chosen.count < k {
        let cumulative = nearest.reshape(count).cumsum(0).doubles
        let candidates = (0..<trials).map { _ in
            draw(cumulative, generator.uniformDouble()) ?? generator.integer(below: count)
        }
        let distances = points.distances(to: points[rows: candidates]).square().minimum(nearest)  // [N, trials]
        let inertias = distances.sum(0).doubles
        let best = inertias.indices.min { inertias[$0] < inertias[$1] } ?? 0
        chosen.append(candidates[best])
        nearest = distances.narrow(1, from: best, length: 1)
    }
    return points[rows: chosen]
}

/// The index whose step of a cumulative sum holds the share `u` of its total; `nil` when the total is 0.
private func draw(_ cumulative: [Double], _ u: Double) -> Int? {
    guard let total = cumulative.last, total > 0 else { return nil }
    var low = 0
    var high = cumulative.count - 1
    while low < high {
        let middle = (low + high) / 2
        if cumulative[middle] > u * total { high = middle } else { low = middle + 1 }
    }
    return low
}
