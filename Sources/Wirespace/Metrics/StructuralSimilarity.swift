internal import Foundation
public import Torch
internal import Wireframes

/// The structural similarity of each pair of images (Wang et al., "Image Quality Assessment", IEEE TIP 2004).
///
///     SSIM = (2 μx μy + C₁)(2 σxy + C₂) / ((μx² + μy² + C₁)(σx² + σy² + C₂)),   C₁ = 0.01², C₂ = 0.03²
///
/// Local means, variances and the covariance are weighted by a Gaussian of 11×11 pixels with σ = 1.5 and are biased
/// (E[ab] − E[a]E[b]). The value is the mean over the windows that lie wholly inside the image, which is what
/// scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1)`
/// gives: it filters with reflected borders and then drops the outer 5 pixels, and no reflected pixel is left in it.
///
/// - Parameters:
///   - x: `[B, 1, H, W]`, values in [0, 1].
///   - y: the same shape. The measure is symmetric.
/// - Returns: `B` values in [−1, 1]; 1 for equal images.
/// - Throws: ``UserError`` `.data` for images under 11 pixels a side (as scikit-image), for unequal shapes and for
///   values that are not finite, naming the first such image.
public func ssim(_ x: Tensor, _ y: Tensor) throws -> [Double] {
    try requireImagePair(x, y, of: "SSIM")
    let (batch, _, height, width) = x.shape4
    guard min(height, width) >= gaussianWindow.count else {
        throw UserError(.data, "SSIM: images of \(width)×\(height) pixels are smaller than its 11×11 window")
    }
    return (0..<batch).map { image in
        let rows = image..<(image + 1)
        return structuralSimilarity(x[rows: rows], y[rows: rows]).item()  // one by one: a page may be 16 megapixels
    }
}

/// The structural similarity of ``ssim(_:_:)`` without its checks, for use inside training: a NaN in gives a NaN out.
///
/// - Parameters:
///   - x: `[B, 1, H, W]`, values in [0, 1]; H and W are at least 11.
///   - y: the same shape.
/// - Returns: float64 `[B]`, on the device of `x` or, since Apple's GPU has no float64, on the CPU.
public func structuralSimilarity(_ x: Tensor, _ y: Tensor) -> Tensor {
    let (batch, _, height, width) = x.shape4
    let device: Device = x.device == .mps ? .cpu : x.device
    return withoutGradients {
        similarityMap(
            x.to(device, dtype: .float64).reshape(batch, height, width),
            y.to(device, dtype: .float64).reshape(batch, height, width)
        ).mean(1, 2)
    }
}

/// Σ (1 − SSIM) over the windows around all pixels of each image, `[B]`: what a training can minimise (Zhao et al., "Loss
/// Functions for Image Restoration with Neural Networks", IEEE TCI 2017), as large as a pixel sum.
///
/// Beyond its edges a page goes on as white paper, so that lines at the edge count like all others. In float32, whose rounding
/// of white paper's variance, 1e-4 of C₂, is nothing to a gradient.
///
/// - Parameters:
///   - x: `[B, 1, H, W]`, values in [0, 1]. Gradients flow to both.
///   - y: the same shape.
public func structuralDissimilarity(_ x: Tensor, _ y: Tensor) -> Tensor {
    let (batch, _, height, width) = x.shape4
    let margin = gaussianWindow.count / 2
    func padded(_ image: Tensor) -> Tensor {
        image.reshape(batch, height, width).pad([margin, margin, margin, margin], value: 1)
    }
    return (1 - similarityMap(padded(x), padded(y))).sum(1, 2)
}

/// SSIM window by window: `[B, H, W]` to `[B, H − 10, W − 10]`.
///
/// A measurement wants float64: in float32 the differences E[a²] − E[a]² of white paper are off by as much as 1e-4 of C₂.
private func similarityMap(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (c1, c2) = similarityConstants
    let meanA = a.windowMeans(gaussianWindow)
    let meanB = b.windowMeans(gaussianWindow)
    let meanProduct = meanA * meanB
    let meanSquares = meanA.square() + meanB.square()
    let covariance = (a * b).windowMeans(gaussianWindow) - meanProduct
    let variances = (a.square() + b.square()).windowMeans(gaussianWindow) - meanSquares
    return (2 * meanProduct + c1) * (2 * covariance + c2) / ((meanSquares + c1) * (variances + c2))
}

/// C₁ and C₂ for values in [0, 1].
let similarityConstants = (0.01 * 0.01, 0.03 * 0.03)

/// 11 weights of a Gaussian with σ = 1.5, adding up to 1.
let gaussianWindow: [Double] = {
    let weights = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
}()

/// Refuses what is not a pair of finite batches `[B, 1, H, W]` of one shape.
func requireImagePair(_ x: Tensor, _ y: Tensor, of metric: String) throws {
    guard x.shape == y.shape, x.shape.count == 4, x.shape[1] == 1 else {
        throw UserError(.data, "\(metric): shapes \(x.shape) and \(y.shape) are not two equal batches [B, 1, H, W]")
    }
    try requireFinite(x, of: metric, dimensions: 4)
    try requireFinite(y, of: metric, dimensions: 4)
}
