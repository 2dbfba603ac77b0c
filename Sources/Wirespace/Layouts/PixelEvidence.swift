package import Torch
import Wireframes

/// What the pixel decoder draws of one code, as evidence of which parts the page has.
///
/// A page is the likelier the smaller the pixel term between it and the drawing: Σ (1 − SSIM), as far as the decoder was
/// trained by that, else a cross-entropy. By a likelihood of each pixel alone a line one pixel beside its place is worse than
/// none.
package struct PixelEvidence {
    /// Taken off the logits in the cross-entropy: where it is unsure the decoder rather leaves paper than draws grey.
    private static let bias: Float = 0.5

    /// A page of the drawing's size without a part.
    package let blankPage: Page
    /// Of paper, row by row.
    private let logits: [Float]
    private let size: PNG.Size
    private let ssimShare: Double

    /// - Parameters:
    ///   - logits: `[1, 1, H, W]`, as `BetaVAE.decode` gives them. Wider ones are reduced to the grid, which parts are told on.
    ///   - ssimShare: how much of the pixel term is Σ (1 − SSIM).
    package init(_ logits: Tensor, ssimShare: Double) {
        let (width, height) = (logits.shape[3], logits.shape[2])
        let columns = min(width, PartCode.columns)
        size = PNG.Size(width: columns, height: max(1, height * columns / width))
        let reduced = (columns == width ? logits : logits.adaptiveAvgPool2d(size.height, size.width))
            .to(dtype: .float32)
        self.logits = reduced.floats
        self.ssimShare = ssimShare
        blankPage = Page(
            sketch: PageSketch(width: size.width, height: size.height),
            similarity: GrowingSimilarity(to: reduced.sigmoid().floats, width: size.width, height: size.height))
    }

    /// A page that is drawn part by part, and how similar to the drawing it is.
    package struct Page {
        fileprivate var sketch: PageSketch
        fileprivate var similarity: GrowingSimilarity
    }

    /// Draws a part on a page of the drawing's size.
    package func draw(_ part: PartCode, on page: inout Page) {
        guard let part = part.part(pageWidth: size.width) else { return }
        let before = page.sketch.image
        if let (box, picture) = page.sketch.draw(part) {
            page.similarity.replace(in: box, from: before, to: picture)
        }
    }

    /// By how much the pixel term falls with one part more.
    package func gain(_ part: PartCode, on page: Page) -> Double {
        guard let part = part.part(pageWidth: size.width), let (box, picture) = page.sketch.patch(with: part) else {
            return 0
        }
        let similarity =
            ssimShare == 0 ? 0 : page.similarity.gain(in: box, from: page.sketch.image, to: picture)
        let likelihood = ssimShare == 1 ? 0 : likelihood(in: box, from: page.sketch.image, to: picture)
        return ssimShare * similarity + (1 - ssimShare) * likelihood
    }

    /// By how much log p(x) = Σ x · logit + const grows.
    private func likelihood(in box: Bounds, from old: GrayImage, to new: GrayImage) -> Double {
        var sum = 0.0
        for y in 0..<box.height {
            let row = (box.y + y) * size.width + box.x
            for x in 0..<box.width {
                let change = new.pixels[y * box.width + x] - old.pixels[row + x]
                sum += Double(change * (logits[row + x] - Self.bias))
            }
        }
        return sum
    }
}
