import Torch
public import Wireframes

/// The structural similarity of two images of one size, for `DatasetCheck`.
///
/// - Throws: `UserError` for images of different sizes or under 11 pixels a side.
public func pageSimilarity(_ one: GrayImage, _ other: GrayImage) throws -> Double {
    func tensor(_ image: GrayImage) -> Tensor { Tensor(image.pixels, shape: [1, 1, image.height, image.width]) }
    return try ssim(tensor(one), tensor(other))[0]
}
