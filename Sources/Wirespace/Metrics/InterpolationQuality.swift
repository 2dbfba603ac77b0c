internal import Foundation
public import Torch

/// How evenly a decoded path between two latents changes from frame to frame.
public struct InterpolationQuality: Sendable, Equatable {
    /// The mean of d_t = mean|x̂_t − x̂_{t+1}| over the steps, in [0, 1] for images in [0, 1]: small is smooth.
    public let smoothness: Double
    /// Var(d_t) / mean(d_t)², ≥ 0: 0 when all steps are equal, whatever the size of the image. The variance is divided
    /// by the number of steps. `nil` when nothing changes.
    public let variance: Double?
    /// Σ d_t over d(x̂_0, x̂_T), ≥ 1: 1 when every pixel goes straight from its first to its last value. `nil` when
    /// both ends are the same image, so a decoder that draws one page for everything has no score.
    public let pathRatio: Double?
}

/// Scores the decoded frames of one pair of latents.
///
/// - Parameter frames: images in the order of the path, `[T, 1, H, W]`.
/// - Returns: `nil` for fewer than two frames.
/// - Throws: ``UserError`` `.data` when a frame is not finite.
public func interpolationQuality(_ frames: Tensor) throws -> InterpolationQuality? {
    let frames = try finiteRows(frames, of: "interpolation", dimensions: 4)
    let count = frames.shape[0]
    guard count >= 2 else { return nil }
    let changes = frames[rows: 1..<count] - frames[rows: 0..<(count - 1)]
    let steps = changes.abs().mean(1, 2, 3).doubles
    let total = steps.reduce(0, +)
    let mean = total / Double(steps.count)
    let spread = steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(steps.count)
    let ends = (frames[rows: (count - 1)..<count] - frames[rows: 0..<1]).abs().mean().item()
    return InterpolationQuality(
        smoothness: mean, variance: mean > 0 ? spread / (mean * mean) : nil, pathRatio: ends > 0 ? total / ends : nil)
}
