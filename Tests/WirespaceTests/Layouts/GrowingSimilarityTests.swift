import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The similarity of a growing page")
struct GrowingSimilarityTests {
    private static let (width, height) = (70, 53)

    private static func picture(_ width: Int, _ height: Int, seed: UInt64) -> GrayImage {
        let noise = Tensor.randn([width * height], generator: Generator(seed: seed)).sigmoid()
        return GrayImage(width: width, height: height, pixels: noise.floats)
    }

    @Test("patch by patch it is that of the whole page, at the edges too")
    func wholePage() throws {
        let drawing = Self.picture(Self.width, Self.height, seed: 1)
        var page = GrayImage(width: Self.width, height: Self.height)
        func dissimilarity() -> Double {
            structuralDissimilarity(.batch([page], device: .cpu), .batch([drawing], device: .cpu)).item()
        }
        var similarity = GrowingSimilarity(to: drawing.pixels, width: Self.width, height: Self.height)
        let patches = [(20, 20, 12, 9), (0, 0, 70, 53), (66, 0, 4, 1), (0, 30, 2, 23), (3, 50, 60, 3), (25, 22, 1, 1)]
        for (seed, (x, y, width, height)) in patches.enumerated() {
            let bounds = Bounds(x: x, y: y, width: width, height: height)
            let patch = Self.picture(width, height, seed: UInt64(seed) + 2)
            let (before, gain) = (dissimilarity(), similarity.gain(in: bounds, from: page, to: patch))
            similarity.replace(in: bounds, from: page, to: patch)
            for row in 0..<height {
                let start = (y + row) * Self.width + x
                page.pixels.replaceSubrange(
                    start..<(start + width), with: patch.pixels[row * width..<(row + 1) * width])
            }
            let expected = before - dissimilarity()
            #expect(abs(gain - expected) < 2e-3 + 1e-4 * abs(expected), "\(bounds): \(gain), not \(expected)")
        }
        let whole = Bounds(x: 0, y: 0, width: Self.width, height: Self.height)
        let last = similarity.gain(in: whole, from: page, to: drawing)
        #expect(abs(last - dissimilarity()) < 0.02, "the drawing itself is as similar as can be")
    }

    @Test("a part's gain is what the pixel term falls by", arguments: [0, 0.84, 1])
    func pixelTerm(ssimShare: Double) throws {
        // Twice as wide as the grid, to which it is reduced.
        let logits = Tensor.randn([1, 1, 96, 256], generator: Generator(seed: 3))
        let drawing = logits.adaptiveAvgPool2d(48, 128)
        let evidence = PixelEvidence(logits, ssimShare: ssimShare)
        let parts = [
            PagePart(.card, .box, Bounds(x: 10, y: 5, width: 80, height: 30), fill: 0.75, stroke: 0),
            PagePart(.button, .box, Bounds(x: 20, y: 10, width: 30, height: 12), fill: 0),
            PagePart(.line, .box, Bounds(x: 100, y: 40, width: 60, height: 30), fill: 0.25),  // reaches out of the page
        ]
        func term(_ count: Int) -> Double {
            let page = Tensor.batch(
                [WireframeRenderer().render(LayoutNode(parts: Array(parts[..<count]), width: 128, height: 48))],
                device: .cpu)
            let dissimilarity: Double = structuralDissimilarity(page, drawing.sigmoid()).item()
            let likelihood: Double = (page * (drawing - 0.5)).sum().item()
            return ssimShare * dissimilarity - (1 - ssimShare) * likelihood
        }
        var page = evidence.blankPage
        for (number, part) in parts.enumerated() {
            let code = try #require(PartCode(part, pageWidth: 128))
            let expected = term(number) - term(number + 1)
            #expect(abs(evidence.gain(code, on: page) - expected) < 0.1 + 1e-4 * abs(expected))
            evidence.draw(code, on: &page)
        }
        let outside = try #require(
            PartCode(PagePart(.line, .box, Bounds(x: 0, y: 60, width: 9, height: 9), fill: 0), pageWidth: 128))
        #expect(evidence.gain(outside, on: page) == 0)
    }
}
