public import Torch

/// How well the ink of each image matches the ink of its target: the F1 score of ink pixels, with a tolerance.
///
/// A pixel is ink when its value is below `threshold`. Precision is the share of predicted ink with true ink within
/// `tolerance` pixels in both directions (8-neighbours for 1), recall the share of true ink with predicted ink as near;
/// F1 = 2PR / (P + R). The white background, most of a page, counts nowhere. The tolerant matching is that of boundary
/// scores in segmentation (Martin et al., PAMI 2004; Perazzi et al., CVPR 2016), with a square neighbourhood.
///
/// - Parameters:
///   - prediction: `[B, 1, H, W]`, 1 is paper, 0 is ink.
///   - target: the same shape.
/// - Returns: `B` values in [0, 1]: 1 when neither image has ink, 0 when only one has.
/// - Throws: ``UserError`` `.data` for unequal shapes and for values that are not finite.
public func inkF1(
    _ prediction: Tensor, _ target: Tensor, threshold: Double = 0.5, tolerance: Int = 1
) throws -> [Double] {
    try requireImagePair(prediction, target, of: "ink F1")
    guard prediction.count > 0 else { return [] }
    let predicted = (prediction.to(.cpu) .< threshold).to(dtype: .float32)
    let actual = (target.to(.cpu) .< threshold).to(dtype: .float32)
    let found = (predicted * dilated(actual, by: tolerance)).sum(1, 2, 3).doubles
    let covered = (actual * dilated(predicted, by: tolerance)).sum(1, 2, 3).doubles
    let predictedInk = predicted.sum(1, 2, 3).doubles
    let actualInk = actual.sum(1, 2, 3).doubles
    return found.indices.map { image in
        if predictedInk[image] == 0 && actualInk[image] == 0 { return 1 }
        guard found[image] > 0 else { return 0 }
        let precision = found[image] / predictedInk[image]
        let recall = covered[image] / actualInk[image]
        return 2 * precision * recall / (precision + recall)
    }
}

/// Ink spread by `reach` pixels in all eight directions.
func dilated(_ ink: Tensor, by reach: Int) -> Tensor {
    reach > 0 ? ink.maxPool2d(2 * reach + 1, stride: 1, padding: reach) : ink
}
