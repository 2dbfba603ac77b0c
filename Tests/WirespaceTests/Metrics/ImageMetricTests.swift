import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Metrics of images")
struct ImageMetricTests {
    @Test(
        "SSIM agrees with scikit-image to 1e-6",
        arguments: ["noise_32x32", "pages_32x32", "noise_37x53", "shift_64x40", "blank_37x53"])
    func similarity(name: String) throws {
        let goldens = try MetricGoldens()
        let images = try ["a", "b"].map { side in
            let image = try goldens.tensor("ssim_\(name).\(side)")
            return image.to(dtype: .float32).reshape([1, 1] + image.shape) / 255
        }
        let value = try ssim(images[0], images[1])
        expect("SSIM \(name)", value, near: [try goldens.number("ssim", name)], tolerance: 1e-6)
    }

    @Test("SSIM scores each image of a batch by itself, 1 for equal ones, and is symmetric")
    func batch() throws {
        let x = Tensor.rand([3, 1, 40, 32], generator: Generator(seed: 1))
        let y = Tensor.concatenate([x.narrow(0, from: 0, length: 1), 1 - x.narrow(0, from: 1, length: 2)], dim: 0)
        let scores = try ssim(x, y)
        expect("equal images", [scores[0]], near: [1], tolerance: 1e-12)
        #expect(scores[1] < 0 && scores[2] < 0)
        expect("one by one", structuralSimilarity(x, y).doubles, near: scores, tolerance: 1e-12)
        expect("the other way round", try ssim(y, x), near: scores, tolerance: 1e-12)
        #expect(try ssim(.zeros([0, 1, 40, 32]), .zeros([0, 1, 40, 32])).isEmpty)
    }

    @Test("SSIM refuses images smaller than its window and unequal shapes")
    func unusable() {
        #expect(throws: UserError.self) { try ssim(.ones([1, 1, 10, 40]), .ones([1, 1, 10, 40])) }
        #expect(throws: UserError.self) { try ssim(.ones([1, 1, 32, 40]), .ones([1, 1, 32, 41])) }
    }

    @Test("Ink F1 agrees with SciPy's dilation to 1e-6: shifted, lost and added ink, blank pages")
    func inkScores() throws {
        let goldens = try MetricGoldens()
        let values = try inkF1(try goldens.tensor("ink.prediction"), try goldens.tensor("ink.target"))
        expect("ink F1", values, near: try goldens.doubles("ink.f1"), tolerance: 1e-6)
        #expect(values[4] == 1 && values[5] == 0, "blank against blank is right, blank against ink wrong")
    }

    @Test("Without tolerance a line one pixel off is a miss, with one pixel it is a hit")
    func tolerance() throws {
        func line(_ row: Int) -> Tensor {
            Tensor((0..<256).map { Float($0 / 16 == row ? 0 : 1) }, shape: [1, 1, 16, 16])
        }
        #expect(try inkF1(line(4), line(5), tolerance: 0) == [0])
        #expect(try inkF1(line(4), line(5)) == [1])
        #expect(try inkF1(line(4), line(6)) == [0])
    }

    @Test("Interpolation scores agree with NumPy to 1e-9")
    func interpolation() throws {
        let goldens = try MetricGoldens()
        let quality = try #require(try interpolationQuality(try goldens.tensor("interpolation.frames")))
        let values = [quality.smoothness, try #require(quality.variance), try #require(quality.pathRatio)]
        expect("interpolation", values, near: try goldens.doubles("interpolation.scores"), tolerance: 1e-9)
    }

    @Test("A straight cross-fade is perfectly even; a decoder that never changes has no score")
    func interpolationExtremes() throws {
        let ends = (Tensor.zeros([1, 1, 8, 8]), Tensor.ones([1, 1, 8, 8]))
        let fade = (0...10).map { ends.0 + ends.1 * (Double($0) / 10) }
        let even = try #require(try interpolationQuality(.concatenate(fade, dim: 0)))
        expect("fade", [even.smoothness, even.variance ?? 1, even.pathRatio ?? 0], near: [0.1, 0, 1], tolerance: 1e-6)

        let constant = try #require(try interpolationQuality(.ones([11, 1, 8, 8])))
        #expect(constant.smoothness == 0 && constant.variance == nil && constant.pathRatio == nil)
        #expect(try interpolationQuality(.ones([1, 1, 8, 8])) == nil)
    }

    @Test("Images that are not finite are refused by name and row")
    func notFinite() {
        let spoiled = Tensor.concatenate([.ones([2, 1, 16, 16]), .full([1, 1, 16, 16], .nan)], dim: 0)
        let clean = Tensor.ones([3, 1, 16, 16])
        let similarity = #expect(throws: UserError.self) { try ssim(clean, spoiled) }
        #expect(similarity?.code == .data && similarity?.message.contains("SSIM: row 2") == true)
        let ink = #expect(throws: UserError.self) { try inkF1(spoiled, clean) }
        #expect(ink?.message.contains("ink F1: row 2") == true)
        let path = #expect(throws: UserError.self) { try interpolationQuality(spoiled) }
        #expect(path?.message.contains("interpolation: row 2") == true)
    }
}
