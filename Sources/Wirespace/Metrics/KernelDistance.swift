public import Torch
internal import Wireframes

/// The kernel distance of generated from real features, with its spread over subsets.
public struct KernelDistance: Sendable, Equatable {
    /// The mean of the subsets' estimates. Unbiased: about 0, and sometimes below, for equal distributions.
    public let mean: Double
    /// The standard deviation of the subsets' estimates.
    public let standardDeviation: Double
    /// From the 2.5 % to the 97.5 % quantile of the subsets' estimates.
    public let interval: Interval
    /// Samples in each subset.
    public let subsetSize: Int
}

/// The kernel inception distance (Bińkowski et al., ICLR 2018) on any features: the unbiased squared maximum mean
/// discrepancy with the kernel (x·y/d + 1)³, averaged over random subsets.
///
/// - Parameters:
///   - real: features, `[N, d]`.
///   - generated: features, `[M, d]`.
///   - subsets: how many pairs of subsets are drawn, without replacement inside each.
///   - subsetSize: samples in each; without, half the smaller set and at most 1000 (whole sets would all be alike and
///     hide the spread).
///   - seed: the same seed draws the same subsets.
/// - Returns: `nil` when either set has fewer than two samples.
/// - Throws: ``UserError`` `.data` when a row is not finite or the widths differ.
public func kernelDistance(
    real: Tensor, generated: Tensor, subsets: Int = 100, subsetSize: Int? = nil, seed: UInt64
) throws -> KernelDistance? {
    let real = try finiteRows(real, of: "KID, real")
    let generated = try finiteRows(generated, of: "KID, generated")
    try requireSameWidth(real, generated, of: "KID")
    let smaller = min(real.shape[0], generated.shape[0])
    guard smaller >= 2 else { return nil }

    let size = max(2, min(subsetSize ?? min(1000, smaller / 2), smaller))
    var generator = SeededGenerator(seed: seed)
    let estimates = (0..<max(subsets, 1)).map { _ in
        let x = real[rows: distinctRows(size, of: real.shape[0], &generator)]
        let y = generated[rows: distinctRows(size, of: generated.shape[0], &generator)]
        return unbiasedDiscrepancy(x, y, kernel: cubicKernel)
    }
    let mean = estimates.reduce(0, +) / Double(estimates.count)
    let variance = estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(estimates.count)
    return KernelDistance(
        mean: mean, standardDeviation: variance.squareRoot(),
        interval: percentileInterval(estimates) ?? Interval(low: mean, high: mean), subsetSize: size)
}

/// The unbiased squared maximum mean discrepancy with the kernel (x·y/d + 1)³ of two whole sets: KID without subsets.
///
/// - Returns: `nil` when either set has fewer than two samples.
/// - Throws: ``UserError`` `.data` when a row is not finite or the widths differ.
package func polynomialDiscrepancy(_ x: Tensor, _ y: Tensor) throws -> Double? {
    try discrepancy(x, y, of: "polynomial MMD") { _, _ in cubicKernel }
}

/// The unbiased squared maximum mean discrepancy (Gretton et al., JMLR 2012) between two sets, with a Gaussian kernel:
/// posterior means, or samples, against samples of the prior.
///
///     k(x, y) = exp(−‖x − y‖² / 2h²)
///
/// - Parameters:
///   - x: `[N, d]`.
///   - y: `[M, d]`.
///   - bandwidth: h. Without, the median heuristic (ibid., §8): the median distance between two points of both sets
///     together, of at most 1000 of them evenly spaced through the rows.
/// - Returns: about 0 for equal distributions, at most 2; `nil` when either set has fewer than two points. When all
///   points coincide it is 0.
/// - Throws: ``UserError`` `.data` when a row is not finite or the widths differ.
public func gaussianDiscrepancy(_ x: Tensor, _ y: Tensor, bandwidth: Double? = nil) throws -> Double? {
    try discrepancy(x, y, of: "Gaussian MMD") { x, y in
        let width = bandwidth ?? medianDistance(.concatenate([x, y], dim: 0))
        return { a, b in gaussianKernel(a, b, width) }
    }
}

// MARK: Kernels

private typealias Kernel = (Tensor, Tensor) -> Tensor

private func cubicKernel(_ x: Tensor, _ y: Tensor) -> Tensor {
    (x.matmul(y.transposed()) / Double(x.shape[1]) + 1).pow(3)
}

private func gaussianKernel(_ x: Tensor, _ y: Tensor, _ width: Double) -> Tensor {
    let squares = x.distances(to: y).square()
    // The limit for a vanishing width: 1 for equal points.
    return width > 0 ? (squares * (-0.5 / (width * width))).exp() : (squares .== 0).to(dtype: .float64)
}

private func medianDistance(_ points: Tensor) -> Double {
    let count = points.shape[0]
    let used = min(count, 1000)
    let rows = points[rows: (0..<used).map { $0 * count / used }]
    // Each pair is there twice, after the `used` zeros of the diagonal; doubled, the middle two are those of the pairs.
    let sorted = rows.distances(to: rows).reshape(-1).sorted().values
    let pairs = used * (used - 1)
    return sorted.narrow(0, from: used + pairs / 2 - 1, length: 2).mean().item()
}

// MARK: The estimator

private func discrepancy(
    _ x: Tensor, _ y: Tensor, of metric: String, kernel: (Tensor, Tensor) -> Kernel
) throws -> Double? {
    let x = try finiteRows(x, of: metric)
    let y = try finiteRows(y, of: metric)
    try requireSameWidth(x, y, of: metric)
    guard min(x.shape[0], y.shape[0]) >= 2 else { return nil }
    return unbiasedDiscrepancy(x, y, kernel: kernel(x, y))
}

/// MMD²ᵤ = Σ_{i≠j} k(xᵢ, xⱼ) / N(N−1) + Σ_{i≠j} k(yᵢ, yⱼ) / M(M−1) − 2 Σ k(xᵢ, yⱼ) / NM
private func unbiasedDiscrepancy(_ x: Tensor, _ y: Tensor, kernel: Kernel) -> Double {
    let (n, m) = (Double(x.shape[0]), Double(y.shape[0]))
    return withinSum(x, kernel) / (n * (n - 1)) + withinSum(y, kernel) / (m * (m - 1))
        - 2 * crossSum(x, y, kernel) / (n * m)
}

private func crossSum(_ x: Tensor, _ y: Tensor, _ kernel: Kernel) -> Double {
    rowBlocks(x.shape[0], width: y.shape[0]).reduce(0) { $0 + kernel(x[rows: $1], y).sum().item() }
}

/// Without the pairs of a point with itself.
private func withinSum(_ x: Tensor, _ kernel: Kernel) -> Double {
    rowBlocks(x.shape[0], width: x.shape[0]).reduce(0) { sum, block in
        let table = kernel(x[rows: block], x)
        let diagonal = table.gather(1, Tensor(Array(block), shape: [block.count, 1]))
        return sum + table.sum().item() - diagonal.sum().item()
    }
}

/// `size` different row numbers below `count` (Fisher and Yates, stopped early).
private func distinctRows(_ size: Int, of count: Int, _ generator: inout SeededGenerator) -> [Int] {
    var rows = Array(0..<count)
    for place in 0..<size { rows.swapAt(place, place + generator.integer(below: count - place)) }
    return Array(rows.prefix(size))
}
