import Testing
import Wireframes

private func mean(_ image: GrayImage) -> Double {
    image.pixels.reduce(0) { $0 + Double($1) } / Double(image.pixels.count)
}

private func noise(_ width: Int, _ height: Int) -> GrayImage {
    var generator = SeededGenerator(seed: 5)
    return GrayImage(width: width, height: height, pixels: (0..<width * height).map { _ in generator.uniform() })
}

@Suite("Rescaling")
struct RescaleTests {
    @Test("halving averages blocks of 2×2")
    func halved() {
        let image = GrayImage(width: 4, height: 2, pixels: [0, 1, 0.5, 0.5, 1, 1, 0.25, 0.75])
        #expect(image.rescaled(toWidth: 2) == GrayImage(width: 2, height: 1, pixels: [0.75, 0.5]))
    }

    @Test("partly covered pixels count by their share")
    func fractional() {
        let image = GrayImage(width: 3, height: 1, pixels: [0, 0.5, 1])
        // Each new pixel is 1.5 old ones: (0 + 0.5 · 0.5) / 1.5 and (0.5 · 0.5 + 1) / 1.5.
        let halves = image.resized(width: 2, height: 1).pixels
        #expect(abs(halves[0] - 1 / 6) < 1e-7 && abs(halves[1] - 5 / 6) < 1e-7)
    }

    @Test("enlarging repeats pixels and blends across old edges")
    func enlarged() {
        let image = GrayImage(width: 2, height: 1, pixels: [0, 1])
        #expect(image.resized(width: 4, height: 2).pixels == [0, 0, 1, 1, 0, 0, 1, 1])
        #expect(image.resized(width: 3, height: 1).pixels == [0, 0.5, 1])
    }

    @Test("the mean grey is kept", arguments: [(64, 48), (33, 91), (7, 5), (1, 1), (150, 201)])
    func meanKept(width: Int, height: Int) {
        let image = noise(101, 77)
        #expect(abs(mean(image.resized(width: width, height: height)) - mean(image)) < 1e-7)
    }

    @Test("a line of one pixel keeps its ink wherever it lies", arguments: [64, 100, 127, 333, 499])
    func thinLine(width: Int) {
        for column in [0, 1, 250, 333, 499] {
            var image = GrayImage(width: 500, height: 10)
            for y in 0..<10 { image[column, y] = 0 }
            let small = image.rescaled(toWidth: width)
            let ink = (0..<width).reduce(0.0) { $0 + 1 - Double(small[$1, 0]) }
            #expect(abs(ink - Double(width) / 500) < 1e-5)
            #expect(small.pixels.allSatisfy { (0...1).contains($0) })
        }
    }

    @Test("widened strokes are the darkest of what is around, and no more at the edges")
    func widened() {
        let image = noise(9, 7)
        #expect(image.widened(strokesBy: 1) == image)
        for width in [2, 3, 8] {
            let wider = image.widened(strokesBy: width)
            for y in 0..<7 {
                for x in 0..<9 {
                    let around = (max(0, y - (width - 1) / 2)...min(6, y + width / 2)).flatMap { row in
                        (max(0, x - (width - 1) / 2)...min(8, x + width / 2)).map { image[$0, row] }
                    }
                    #expect(wider[x, y] == around.min())
                }
            }
        }
    }

    @Test("white stays exactly white and black exactly black")
    func flat() {
        for value: Float in [0, 1] {
            let flat = GrayImage(width: 97, height: 89, filledWith: value)
            #expect(flat.resized(width: 31, height: 43).pixels.allSatisfy { $0 == value })
        }
    }

    @Test("the aspect ratio is kept, the height rounded and at least 1")
    func aspect() {
        func height(_ width: Int, _ height: Int, to target: Int) -> Int {
            GrayImage(width: width, height: height).rescaled(toWidth: target).height
        }
        #expect(height(100, 151, to: 50) == 76)
        #expect(height(100, 149, to: 50) == 75)
        #expect(height(1000, 2, to: 10) == 1)
        #expect(height(33, 17, to: 33) == 17)
    }

    @Test("rows and columns are treated alike")
    func separable() {
        let image = noise(23, 31)
        func transposed(_ image: GrayImage) -> GrayImage {
            var result = GrayImage(width: image.height, height: image.width)
            for y in 0..<image.height { for x in 0..<image.width { result[y, x] = image[x, y] } }
            return result
        }
        let small = image.resized(width: 9, height: 14)
        let other = transposed(transposed(image).resized(width: 14, height: 9))
        #expect(zip(small.pixels, other.pixels).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
