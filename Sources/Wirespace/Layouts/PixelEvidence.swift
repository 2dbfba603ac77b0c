package import Torch
import Wireframes

/// What the pixel decoder draws of one code, as evidence of which parts the page has.
package struct PixelEvidence {
    /// What a nat of the pixel decoder weighs beside one of the layout decoder: its pixels are not independent of each other,
    /// and 1 − SSIM has made it surer of itself than a likelihood would.
    private static let weight = 0.1
    /// Taken off the logits: where it is unsure the decoder rather leaves paper than draws grey.
    private static let bias: Float = 0.5

    /// Of paper, row by row.
    private let logits: [Float]
    private let size: PNG.Size

    /// - Parameter logits: `[1, 1, H, W]`, as `BetaVAE.decode` gives them. Wider ones are reduced to the grid, which parts are told on.
    package init(_ logits: Tensor) {
        let (width, height) = (logits.shape[3], logits.shape[2])
        let columns = min(width, PartCode.columns)
        size = PNG.Size(width: columns, height: max(1, height * columns / width))
        let reduced = columns == width ? logits : logits.adaptiveAvgPool2d(size.height, size.width)
        self.logits = reduced.to(dtype: .float32).floats
    }

    /// A page of the drawing's size without a part.
    var blankPage: PageSketch { PageSketch(width: size.width, height: size.height) }

    /// Draws a part on a page of the drawing's size.
    func draw(_ part: PartCode, on sketch: inout PageSketch) {
        if let part = part.part(pageWidth: size.width) { sketch.draw(part) }
    }

    /// By how much, in weighted nats, a page is likelier with one part more: log p(x) = Σ x · logit + const.
    func gain(_ part: PartCode, on sketch: PageSketch) -> Double {
        guard let part = part.part(pageWidth: size.width), let (box, picture) = sketch.patch(with: part) else {
            return 0
        }
        var sum = 0.0
        for y in 0..<box.height {
            let row = (box.y + y) * size.width + box.x
            for x in 0..<box.width {
                let change = picture.pixels[y * box.width + x] - sketch.image.pixels[row + x]
                sum += Double(change * (logits[row + x] - Self.bias))
            }
        }
        return Self.weight * sum
    }
}
