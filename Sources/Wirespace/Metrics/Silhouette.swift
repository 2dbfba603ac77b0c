public import Torch

/// The silhouette of each point (Rousseeuw, J. Comput. Appl. Math. 1987), Euclidean.
///
///     s = (b − a) / max(a, b)
///
/// with `a` the mean distance to the other points of its own cluster and `b` the smallest mean distance to the points of
/// another. A point alone in its cluster has 0, and so has one with a = b = 0, as in scikit-learn. Distances are taken
/// in blocks: memory grows with N, not N².
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - labels: the cluster of each point.
/// - Returns: N values in [−1, 1]; `nil` unless there are 2 to N − 1 clusters, where scikit-learn refuses too.
/// - Throws: ``UserError`` `.data` when a row is not finite or the labels do not match the rows.
public func silhouetteSamples(_ x: Tensor, labels: [Int]) throws -> [Double]? {
    let points = try finiteRows(x, of: "silhouette")
    let count = points.shape[0]
    try requireCount(labels.count, equals: count, of: "silhouette")
    let clusters = LabelIndex(labels)
    guard clusters.classes.count >= 2, clusters.classes.count < count else { return nil }

    let membership = clusters.membership
    var samples: [Double] = []
    samples.reserveCapacity(count)
    for block in rowBlocks(count, width: count) {
        let sums = points[rows: block].distances(to: points).matmul(membership).doubles  // [block, K]
        for (row, point) in block.enumerated() {
            let start = row * clusters.counts.count
            let own = clusters.indices[point]
            samples.append(silhouette(sums[start..<(start + clusters.counts.count)], own: own, counts: clusters.counts))
        }
    }
    return samples
}

/// The mean silhouette of all points, in [−1, 1]; `nil` as in ``silhouetteSamples(_:labels:)``.
///
/// For a bootstrap interval, resample the values of ``silhouetteSamples(_:labels:)`` instead of the points: it is a
/// thousand times cheaper, and it describes the sampling of the scored points with the clusters taken as they are.
public func silhouette(_ x: Tensor, labels: [Int]) throws -> Double? {
    try silhouetteSamples(x, labels: labels).map { $0.reduce(0, +) / Double($0.count) }
}

/// One point's silhouette from its summed distances to each cluster.
private func silhouette(_ sums: ArraySlice<Double>, own: Int, counts: [Int]) -> Double {
    guard counts[own] > 1 else { return 0 }
    var within = 0.0
    var nearest = Double.infinity
    for (cluster, sum) in sums.enumerated() {
        if cluster == own {
            within = sum / Double(counts[cluster] - 1)
        } else {
            nearest = min(nearest, sum / Double(counts[cluster]))
        }
    }
    let larger = max(within, nearest)
    return larger > 0 ? (nearest - within) / larger : 0
}
