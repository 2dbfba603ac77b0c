import Foundation
import Testing
import Wireframes
import Wirespace

/// A configuration in which nothing varies, for one effect to be put in.
private func only(_ change: (inout AugmentationConfiguration) -> Void) -> Augmentation {
    var configuration = AugmentationConfiguration()
    configuration.noise = 0
    configuration.erasing.probability = 0
    configuration.saltAndPepper = 0
    configuration.rotationDegrees = 0
    configuration.perspective.probability = 0
    configuration.brightness = 0
    configuration.contrast = 0
    change(&configuration)
    return Augmentation(configuration)
}

/// Mean position of the ink, from the centre of the page.
private func inkCentre(_ page: GrayImage) -> (x: Double, y: Double, ink: Double) {
    var (x, y, ink) = (0.0, 0.0, 0.0)
    for row in 0..<page.height {
        for column in 0..<page.width {
            let weight = Double(1 - page[column, row])
            x += weight * (Double(column) - Double(page.width - 1) / 2)
            y += weight * (Double(row) - Double(page.height - 1) / 2)
            ink += weight
        }
    }
    return (x / ink, y / ink, ink)
}

private func page(width: Int = 101, height: Int = 141, inkAt places: [(x: Int, y: Int)]) -> GrayImage {
    var page = GrayImage(width: width, height: height)
    for place in places {
        for dy in -1...1 {
            for dx in -1...1 { page[place.x + dx, place.y + dy] = 0 }
        }
    }
    return page
}

@Suite("Augmentation")
struct AugmentationTests {
    @Test("with everything at 0 a page stays as it is")
    func nothing() {
        var random = SeededGenerator(seed: 1)
        let page = page(inkAt: [(20, 30)])
        let augmentation = only { _ in }
        #expect(augmentation.varied(page, using: &random) == page)
        #expect(augmentation.corrupted(page, using: &random) == page)
    }

    @Test("noise has the mean, deviation and tails of a Gaussian, and values stay in [0, 1]")
    func noise() {
        var random = SeededGenerator(seed: 2)
        let grey = GrayImage(width: 512, height: 512, filledWith: 0.5)
        let noise = only { $0.noise = 0.1 }.corrupted(grey, using: &random).pixels.map { Double($0) - 0.5 }
        let count = Double(noise.count)
        let mean = noise.reduce(0, +) / count
        let deviation = (noise.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
        #expect(abs(mean) < 0.001)
        #expect(abs(deviation - 0.1) < 0.001)
        let beyondTwo = Double(noise.count { abs($0) > 0.2 }) / count
        #expect(abs(beyondTwo - 0.0455) < 0.003)
        let strong = only { $0.noise = 1 }.corrupted(grey, using: &random)
        #expect(strong.pixels.allSatisfy { (0...1).contains($0) })
        #expect(strong.pixels.contains(0) && strong.pixels.contains(1))
    }

    @Test("salt and pepper turn 4 % of the pixels white or black, each as often")
    func saltAndPepper() {
        var random = SeededGenerator(seed: 3)
        let grey = GrayImage(width: 512, height: 512, filledWith: 0.5)
        let spotted = only { $0.saltAndPepper = 0.04 }.corrupted(grey, using: &random).pixels
        let (black, white) = (spotted.count { $0 == 0 }, spotted.count { $0 == 1 })
        #expect(abs(Double(black + white) / Double(spotted.count) - 0.04) < 0.002)
        #expect(abs(Double(black) / Double(black + white) - 0.5) < 0.02)
        #expect(spotted.count { $0 == 0.5 } == spotted.count - black - white)
        let all = only { $0.saltAndPepper = 1 }.corrupted(grey, using: &random).pixels
        #expect(!all.contains(0.5))
    }

    @Test("erasing blackens one rectangle of 2 to 10 % of the area in 35 % of the pages")
    func erasing() {
        var random = SeededGenerator(seed: 4)
        let sheet = GrayImage(width: 120, height: 160)
        let augmentation = only { $0.erasing = ErasingConfiguration() }
        var erased = 0
        for _ in 0..<600 {
            let page = augmentation.corrupted(sheet, using: &random)
            let inked = page.pixels.indices.filter { page.pixels[$0] == 0 }
            guard let first = inked.first, let last = inked.last else { continue }
            erased += 1
            let (columns, rows) = (last % 120 - first % 120 + 1, last / 120 - first / 120 + 1)
            #expect(inked.count == columns * rows, "it is a full rectangle")
            #expect((0.018...0.105).contains(Double(inked.count) / (120 * 160)))
            #expect((0.28...3.5).contains(Double(rows) / Double(columns)))
        }
        #expect(abs(Double(erased) / 600 - 0.35) < 0.07)
    }

    @Test("rotation turns about the centre by up to 5 degrees either way, keeps the ink, and fills with white")
    func rotation() {
        var random = SeededGenerator(seed: 5)
        let augmentation = only { $0.rotationDegrees = 5 }
        let right = page(inkAt: [(90, 70)])
        let angles = (0..<200).map { _ in
            let centre = inkCentre(augmentation.varied(right, using: &random))
            #expect(abs(centre.ink - 9) < 0.5)
            #expect(abs(hypot(centre.x, centre.y) - 40) < 0.3)
            return atan2(centre.y, centre.x) * 180 / .pi
        }
        #expect(angles.allSatisfy { abs($0) < 5.1 })
        #expect((angles.max() ?? 0) > 4.5 && (angles.min() ?? 0) < -4.5)
        #expect(abs(angles.reduce(0, +) / 200) < 0.6)
        let black = GrayImage(width: 101, height: 141, filledWith: 0)
        let turned = (0..<20).map { _ in augmentation.varied(black, using: &random) }
        #expect(turned.allSatisfy { $0[50, 70] == 0 })
        #expect(turned.contains { $0[0, 0] == 1 && $0[100, 0] == 1 && $0[0, 140] == 1 && $0[100, 140] == 1 })
    }

    @Test("perspective moves each corner inward by up to the scale, in 30 % of the pages")
    func perspective() {
        var random = SeededGenerator(seed: 6)
        let scale = 0.3
        let augmentation = only { $0.perspective = PerspectiveConfiguration(probability: 1, scale: scale) }
        let most = (x: scale * 50, y: scale * 70)
        for corner in [(x: 1, y: 1), (x: 99, y: 1), (x: 99, y: 139), (x: 1, y: 139)] {
            let moved = (0..<60).map { _ in inkCentre(augmentation.varied(page(inkAt: [corner]), using: &random)) }
            let (signX, signY) = (corner.x < 50 ? 1.0 : -1.0, corner.y < 70 ? 1.0 : -1.0)
            let inward = moved.map { (x: ($0.x + signX * 49) * signX, y: ($0.y + signY * 69) * signY) }
            #expect(inward.allSatisfy { $0.x > -1 && $0.x < most.x + 1 && $0.y > -1 && $0.y < most.y + 1 })
            #expect((inward.map(\.x).max() ?? 0) > 0.7 * most.x)
            #expect((inward.map(\.y).max() ?? 0) > 0.7 * most.y)
        }
        let sheet = page(inkAt: [(5, 5), (95, 135)])
        let rare = only { $0.perspective = PerspectiveConfiguration(probability: 0.3, scale: 0.12) }
        let changed = (0..<600).count { _ in rare.varied(sheet, using: &random) != sheet }
        #expect(abs(Double(changed) / 600 - 0.3) < 0.06)
    }

    @Test("brightness multiplies by 0.9 to 1.1, contrast keeps the mean")
    func light() {
        var random = SeededGenerator(seed: 7)
        let grey = GrayImage(width: 4, height: 4, filledWith: 0.5)
        let brightness = only { $0.brightness = 0.1 }
        let levels = (0..<300).map { _ in brightness.varied(grey, using: &random)[0, 0] }
        #expect(levels.allSatisfy { (0.4499...0.5501).contains($0) })
        #expect((levels.max() ?? 0) > 0.54 && (levels.min() ?? 1) < 0.46)

        let halves = GrayImage(width: 2, height: 1, pixels: [0.25, 0.75])
        let contrast = only { $0.contrast = 0.1 }
        for _ in 0..<50 {
            let page = contrast.varied(halves, using: &random)
            #expect(abs(page[0, 0] + page[1, 0] - 1) < 1e-5)
            #expect((0.4499...0.5501).contains(page[1, 0] - page[0, 0]))
        }
    }

    @Test("a flip mirrors exactly")
    func flip() {
        var random = SeededGenerator(seed: 8)
        let page = GrayImage(width: 3, height: 2, pixels: [0, 0.2, 1, 0.4, 0.6, 0.8])
        let flipped = only { $0.horizontalFlip = 1 }.varied(page, using: &random)
        #expect(flipped.pixels == [1, 0.2, 0, 0.8, 0.6, 0.4])
    }

    @Test("the smallest and the longest pages pass through everything")
    func extremes() {
        var random = SeededGenerator(seed: 9)
        let augmentation = Augmentation(AugmentationConfiguration())
        for (width, height) in [(32, 32), (32, 4096), (1, 1), (1, 40)] {
            let page = augmentation.varied(GrayImage(width: width, height: height), using: &random)
            let input = augmentation.corrupted(page, using: &random)
            #expect(input.width == width && input.height == height)
            #expect(input.pixels.allSatisfy { (0...1).contains($0) })
        }
    }
}

extension PerspectiveConfiguration {
    fileprivate init(probability: Double, scale: Double) {
        self.init()
        self.probability = probability
        self.scale = scale
    }
}
