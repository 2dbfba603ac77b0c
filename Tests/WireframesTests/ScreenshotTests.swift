import Foundation
import Testing
import Wireframes

private typealias Colour = (UInt8, UInt8, UInt8)

/// A screen, drawn box by box.
private struct Screen {
    var image: RGBImage

    init(_ width: Int, _ height: Int, _ ground: Colour = (255, 255, 255)) {
        image = RGBImage(width: width, height: height, red: ground.0, green: ground.1, blue: ground.2)
    }

    mutating func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: (Int, Int) -> Colour) {
        for row in y..<y + height {
            for column in x..<x + width {
                let place = 3 * (row * image.width + column)
                let (red, green, blue) = colour(column - x, row - y)
                (image.bytes[place], image.bytes[place + 1], image.bytes[place + 2]) = (red, green, blue)
            }
        }
    }

    mutating func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: Colour) {
        fill(x, y, width, height) { _, _ in colour }
    }

    /// A photograph: nothing is like its neighbours.
    mutating func photograph(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
        var random = SeededGenerator(seed: 7)
        fill(x, y, width, height) { _, _ in
            let number = random.next()
            return (UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8), UInt8(number >> 56))
        }
    }

    /// With every colour turned into its opposite.
    var negative: RGBImage {
        RGBImage(width: image.width, height: image.height, bytes: image.bytes.map { 255 - $0 })
    }
}

@Suite("Screenshots")
struct ScreenshotTests {
    private func isInk(_ page: GrayImage, _ x: Int, _ y: Int) -> Bool { page[x, y] < 0.5 }

    @Test("a filled button becomes its outline, and the letters on it become ink")
    func button() {
        var screen = Screen(120, 80)
        screen.fill(20, 20, 60, 30, (0, 90, 220))
        screen.fill(40, 32, 20, 3, (255, 255, 255))
        let page = screen.image.wireframe()
        for x in 20..<80 { #expect(isInk(page, x, 20) && isInk(page, x, 49)) }
        for y in 20..<50 { #expect(isInk(page, 20, y) && isInk(page, 79, y)) }
        #expect(!isInk(page, 19, 30) && !isInk(page, 30, 25) && !isInk(page, 50, 18))
        #expect(isInk(page, 50, 33) && !isInk(page, 50, 38))
        let ink = page.pixels.count { $0 < 0.5 }
        #expect(ink == 2 * 60 + 2 * 28 + 60)
    }

    @Test("light and dark screens become the same page")
    func themes() {
        var screen = Screen(160, 120, (250, 250, 252))
        screen.fill(10, 10, 140, 24, (230, 230, 235))
        screen.fill(16, 18, 40, 2, (30, 30, 60))
        screen.fill(20, 50, 50, 1, (200, 200, 200))
        screen.photograph(90, 50, 50, 50)
        let page = screen.image.wireframe()
        #expect(page == screen.negative.wireframe())
        #expect(isInk(page, 30, 18) && isInk(page, 30, 50), "faint lines are as dark as others")
    }

    @Test("a photograph becomes a crossed box")
    func photograph() {
        var screen = Screen(200, 160)
        screen.photograph(30, 20, 120, 100)
        let page = screen.image.wireframe()
        #expect(isInk(page, 30, 60) && isInk(page, 149, 60) && isInk(page, 90, 20) && isInk(page, 90, 119))
        let middle = (88..<92).flatMap { x in (68..<72).map { isInk(page, x, $0) } }
        #expect(middle.contains(true))
        #expect(!isInk(page, 60, 68) && !isInk(page, 90, 35) && !isInk(page, 10, 60))
        #expect(page.pixels.count { $0 < 0.5 } < 900)
    }

    @Test("gradients, shadows and faint noise vanish")
    func faint() {
        var screen = Screen(200, 120)
        screen.fill(0, 0, 200, 60) { x, _ in (UInt8(x), UInt8(40 + x / 2), UInt8(255 - x)) }
        let page = screen.image.wireframe()
        #expect((0..<50).allSatisfy { y in (0..<200).allSatisfy { !isInk(page, $0, y) } })
        #expect((0..<200).count { isInk(page, $0, 59) || isInk(page, $0, 60) } >= 190)
        var random = SeededGenerator(seed: 3)
        var noise = Screen(100, 100)
        noise.fill(0, 0, 100, 100) { _, _ in
            let value = UInt8(250 + random.next() % 4)
            return (value, value, value)
        }
        #expect(noise.image.wireframe().pixels.allSatisfy { $0 == 1 })
    }

    @Test("a pattern of dots vanishes, and the words on it stay")
    func pattern() {
        var screen = Screen(240, 220)
        screen.fill(20, 20, 200, 160) { x, y in (x + y) % 2 == 0 ? (120, 120, 120) : (150, 150, 150) }
        screen.fill(60, 80, 90, 4, (0, 0, 0))
        let page = screen.image.wireframe()
        #expect((60..<150).allSatisfy { isInk(page, $0, 81) })
        #expect(page.pixels.count { $0 < 0.5 } < 90 * 4 + 2 * (200 + 160) + 40)
        #expect(!isInk(page, 40, 40) && !isInk(page, 41, 40) && !isInk(page, 180, 150))
    }

    @Test("screens of any size are reduced", arguments: [(1, 1), (1, 60), (60, 1), (2, 2), (9, 9), (33, 29)])
    func sizes(_ width: Int, _ height: Int) {
        var screen = Screen(width, height)
        screen.photograph(0, 0, width, height)
        let page = screen.image.wireframe()
        #expect(page.width == width && page.height == height)
        #expect(page.pixels.allSatisfy { (0...1).contains($0) })
        #expect(Screen(width, height).image.wireframe().pixels.allSatisfy { $0 == 1 })
    }

    @Test("a folder is reduced under the same names, goes on where it was, and names what cannot be read")
    func folder() throws {
        let folder = try TemporaryFolder()
        var screen = Screen(64, 64)
        screen.fill(8, 8, 40, 30, (9, 99, 200))
        let data = try PNG.encode(screen.image)
        try folder.add("in/home/a__1.png", data)
        try folder.add("in/home/b__1.jpg", JPEGGolden.named("large").file)
        try folder.add("in/same.png", data)
        try folder.add("in/same.jpg", JPEGGolden.named("large").file)
        try folder.add("in/broken.jpg", JPEGGolden.named("large").file.prefix(300))
        let (input, output) = (folder.url.appending(path: "in"), folder.url.appending(path: "out"))
        let first = try ScreenshotFolder(input, into: output).run()
        #expect(first.reduced == 4 && first.present == 0 && first.failures.count == 1)
        #expect(first.failures.first?.place?.hasSuffix("in/broken.jpg") == true)
        let names = try ImageFolder(scanning: output).entries.map(\.relativePath)
        #expect(names == ["home/a__1.png", "home/b__1.png", "same.jpg.png", "same.png.png"])
        #expect(try PNG.read(output.appending(path: "home/a__1.png")).pixels.count { $0 < 0.5 } == 2 * 40 + 2 * 28)
        try FileManager.default.removeItem(at: output.appending(path: "same.png.png"))
        let second = try ScreenshotFolder(input, into: output).run(jobs: 1)
        #expect(second.reduced == 1 && second.present == 3)
        #expect(try ScreenshotFolder(input, into: output).run(again: true).reduced == 4)
        for wrong in [input, input.appending(path: "deeper"), folder.url] {
            #expect(throws: UserError.self) { try ScreenshotFolder(input, into: wrong) }
        }
    }
}
