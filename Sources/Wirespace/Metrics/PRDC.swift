public import Torch

/// How well generated samples cover real ones and are covered by them, from their k-nearest-neighbour balls.
public struct PRDC: Sendable, Equatable {
    /// The share of generated samples inside the ball of a real one (Kynkäänniemi et al., NeurIPS 2019), in [0, 1].
    public let precision: Double
    /// The share of real samples inside the ball of a generated one (the same paper), in [0, 1].
    public let recall: Double
    /// In how many balls of real samples a generated one lies, over k, on average (Naeem et al., ICML 2020): ≥ 0, about
    /// 1 for equal distributions. Outliers among the real samples raise it less than precision.
    public let density: Double
    /// The share of real samples with a generated one in their ball (Naeem et al.), in [0, 1].
    public let coverage: Double
}

/// Precision, recall, density and coverage of generated features against real ones.
///
/// A sample's ball reaches to its k-th nearest neighbour in its own set, the border excluded, as in the authors'
/// implementation. Distances are taken in blocks.
///
/// - Parameters:
///   - real: features of real samples, `[N, d]`.
///   - generated: features of generated samples, `[M, d]`.
///   - k: neighbours; one less than the smaller set if that has no more than k samples.
/// - Returns: `nil` when either set has fewer than two samples.
/// - Throws: ``UserError`` `.data` when a row is not finite or the widths differ.
public func prdc(real: Tensor, generated: Tensor, k: Int = 5) throws -> PRDC? {
    let real = try finiteRows(real, of: "PRDC, real")
    let generated = try finiteRows(generated, of: "PRDC, generated")
    try requireSameWidth(real, generated, of: "PRDC")
    let (reals, fakes) = (real.shape[0], generated.shape[0])
    guard min(reals, fakes) >= 2 else { return nil }

    let neighbours = min(max(k, 1), min(reals, fakes) - 1)
    let realRadii = ballRadii(real, neighbours)  // [N, 1]
    let fakeRadii = ballRadii(generated, neighbours).transposed()  // [1, M]
    let ballsOfFake = Tensor.zeros([fakes], dtype: .float64)  // real balls around each generated sample
    var recalled = 0.0
    var covered = 0.0
    for block in rowBlocks(reals, width: fakes) {
        let distances = real[rows: block].distances(to: generated)  // [block, M]
        let inReal = (distances .< realRadii[rows: block]).to(dtype: .float64)
        ballsOfFake.add(inPlace: inReal.sum(0))
        covered += inReal.amax(1).sum().item()
        recalled += (distances .< fakeRadii).to(dtype: .float64).amax(1).sum().item()
    }
    return PRDC(
        precision: ballsOfFake.clamp(max: 1).mean().item(), recall: recalled / Double(reals),
        density: ballsOfFake.mean().item() / Double(neighbours), coverage: covered / Double(reals))
}

/// The distance of each row to its `k`-th nearest other row, `[N, 1]`.
private func ballRadii(_ points: Tensor, _ k: Int) -> Tensor {
    nearestDistances(points, k + 1).narrow(1, from: k, length: 1)
}
