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
            // To suppose a patch changes nothing.
            #expect(similarity.gain(in: bounds, from: page, to: patch) == gain)
            similarity.replace(in: bounds, from: page, to: patch)
            for row in 0..<height {
                let start = (y + row) * Self.width + x
                page.pixels.replaceSubrange(
                    start..<(start + width), with: patch.pixels[row * width..<(row + 1) * width])
            }
            let expected = before - dissimilarity()
            #expect(abs(gain - expected) < 2e-3 + 1e-4 * abs(expected), "\(bounds): \(gain), not \(expected)")
        }
        let rest = GrayImage(width: Self.width, height: Self.height, pixels: drawing.pixels)
        let whole = Bounds(x: 0, y: 0, width: Self.width, height: Self.height)
        let last = similarity.gain(in: whole, from: page, to: rest)
        #expect(abs(last - dissimilarity()) < 0.02, "the drawing itself is as similar as can be")
    }
}
