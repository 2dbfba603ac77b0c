import Foundation
import Testing
import Wireframes

/// Some number below `limit` for a pixel, which no wrong order of pixels or channels gives again.
private func pattern(_ x: Int, _ y: Int, _ channel: Int, below limit: Int) -> Int {
    (x * 7919 + y * 104_729 + channel * 1_299_709 + x * y * 31) % limit
}

private func luma(_ red: Double, _ green: Double, _ blue: Double) -> Double {
    0.299 * red + 0.587 * green + 0.114 * blue
}

private func error(reading data: Data) -> UserError? {
    do {
        _ = try PNG.decode(data, name: "page.png")
        return nil
    } catch {
        return error
    }
}

@Suite("PNG reading")
struct PNGReadingTests {
    /// Checks all pixels of a fixture against `value`, the expected grey at a column and row.
    private func expect(
        _ fixture: PNGFixture, is value: (Int, Int) -> Double, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let image = try PNG.decode(fixture.data)
        #expect(image.width == fixture.width && image.height == fixture.height, sourceLocation: sourceLocation)
        var worst = 0.0
        for y in 0..<fixture.height {
            for x in 0..<fixture.width { worst = max(worst, abs(Double(image[x, y]) - value(x, y))) }
        }
        #expect(worst < 1e-7, sourceLocation: sourceLocation)
    }

    @Test("grey of every depth reads as sample / (2^bits - 1)", arguments: [1, 2, 4, 8, 16], [false, true])
    func gray(bits: Int, interlaced: Bool) throws {
        let fixture = PNGFixture(width: 21, height: 13, bitDepth: bits, interlaced: interlaced) {
            pattern($0, $1, $2, below: 1 << bits)
        }
        try expect(fixture) { Double(pattern($0, $1, 0, below: 1 << bits)) / Double(1 << bits - 1) }
    }

    @Test("interlaced images smaller than a pass read whole", arguments: 1...9)
    func smallInterlaced(side: Int) throws {
        let fixture = PNGFixture(width: side, height: 10 - side, interlaced: true) { pattern($0, $1, $2, below: 256) }
        try expect(fixture) { Double(pattern($0, $1, 0, below: 256)) / 255 }
    }

    @Test("colour reads as Rec. 601 luma of the stored values", arguments: [8, 16], [false, true])
    func rgb(bits: Int, interlaced: Bool) throws {
        let maximum = Double(1 << bits - 1)
        let fixture = PNGFixture(width: 10, height: 9, bitDepth: bits, colorType: .rgb, interlaced: interlaced) {
            pattern($0, $1, $2, below: 1 << bits)
        }
        try expect(fixture) { x, y in
            let samples = (0..<3).map { Double(pattern(x, y, $0, below: 1 << bits)) / maximum }
            return luma(samples[0], samples[1], samples[2])
        }
    }

    @Test("equal colour samples give exactly the grey of that sample")
    func grayInColor() throws {
        let color = try PNG.decode(PNGFixture(width: 256, height: 1, colorType: .rgb) { x, _, _ in x }.data)
        let gray = try PNG.decode(PNGFixture(width: 256, height: 1) { x, _, _ in x }.data)
        #expect(color == gray)
    }

    @Test("transparency shows white paper", arguments: [8, 16])
    func alpha(bits: Int) throws {
        let maximum = Double(1 << bits - 1)
        func value(_ x: Int, _ y: Int, _ channel: Int) -> Double {
            Double(pattern(x, y, channel, below: 1 << bits)) / maximum
        }
        let rgba = PNGFixture(width: 12, height: 5, bitDepth: bits, colorType: .rgba) {
            pattern($0, $1, $2, below: 1 << bits)
        }
        try expect(rgba) { x, y in
            let alpha = value(x, y, 3)
            return luma(value(x, y, 0), value(x, y, 1), value(x, y, 2)) * alpha + 1 - alpha
        }
        let grayAlpha = PNGFixture(width: 12, height: 5, bitDepth: bits, colorType: .grayAlpha, interlaced: true) {
            pattern($0, $1, $2, below: 1 << bits)
        }
        try expect(grayAlpha) { x, y in value(x, y, 0) * value(x, y, 1) + 1 - value(x, y, 1) }
    }

    @Test("a palette with transparency is looked up", arguments: [1, 2, 4, 8])
    func palette(bits: Int) throws {
        let colors: [UInt8] = [255, 0, 0, 10, 200, 30, 0, 0, 0, 90, 90, 255]
        let alphas: [UInt8] = [255, 128]
        let count = min(4, 1 << bits)
        let fixture = PNGFixture(
            width: 9, height: 4, bitDepth: bits, colorType: .palette, palette: Array(colors.prefix(3 * count)),
            transparency: alphas
        ) { x, y, _ in pattern(x, y, 0, below: count) }
        try expect(fixture) { x, y in
            let index = pattern(x, y, 0, below: count)
            let rgb = colors[3 * index..<3 * index + 3].map { Double($0) / 255 }
            let alpha = index < alphas.count ? Double(alphas[index]) / 255 : 1
            return luma(rgb[0], rgb[1], rgb[2]) * alpha + 1 - alpha
        }
    }

    @Test("the transparent grey of a file without an alpha channel shows white")
    func transparentGray() throws {
        let fixture = PNGFixture(width: 4, height: 1, bitDepth: 4, transparency: [0, 2]) { x, _, _ in x }
        try expect(fixture) { x, _ in x == 2 ? 1 : Double(x) / 15 }
    }

    @Test("the size is read from the header alone")
    func size() throws {
        let folder = try TemporaryFolder()
        let data = PNGFixture(width: 300, height: 70).data
        let file = try folder.add("page.png", data.prefix(8 + 25 + 16 + 12))
        #expect(try PNG.size(of: file) == PNG.Size(width: 300, height: 70))
        #expect(throws: UserError.self) { try PNG.read(file) }
    }
}

@Suite("PNG refusals")
struct PNGRefusalTests {
    @Test("a file cut off anywhere is an error of data that names it", arguments: 0..<10)
    func truncated(tenth: Int) throws {
        let folder = try TemporaryFolder()
        for interlaced in [false, true] {
            let data = PNGFixture(width: 40, height: 30, interlaced: interlaced).data
            let file = try folder.add("cut-\(tenth).png", data.prefix(data.count * tenth / 10))
            let thrown = try #require(throws: UserError.self) { try PNG.read(file) }
            #expect(thrown.code == .data)
            #expect(thrown.place?.hasSuffix("cut-\(tenth).png") == true)
        }
    }

    @Test("a file without its last byte is cut off too")
    func lastByte() {
        #expect(error(reading: PNGFixture(width: 4, height: 4).data.dropLast(1))?.code == .data)
    }

    @Test("a flipped bit in the pixels is noticed")
    func damaged() {
        var data = PNGFixture(width: 40, height: 30).data
        data[data.count / 2] ^= 4
        #expect(error(reading: data)?.code == .data)
    }

    @Test("what is no PNG file is an error of data")
    func foreign() {
        #expect(error(reading: Data("just some text, not a picture".utf8))?.code == .data)
        #expect(error(reading: Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(count: 100))?.code == .data)
        #expect(error(reading: Data())?.code == .data)
    }

    @Test("an image without pixels is refused, and the message says so")
    func empty() {
        for (width, height) in [(0, 0), (0, 5), (5, 0)] {
            let thrown = error(reading: PNGFixture(width: width, height: height).data)
            #expect(thrown?.code == .data)
            #expect(thrown?.message.contains("zero") == true)
        }
    }

    @Test("an image beyond the limits is refused from its header")
    func tooLarge() throws {
        for (width, height) in [
            (20_000, 20_000), (20_001, 1), (1, 20_001), (10_001, 10_000), (0x7FFF_FFFF, 0x7FFF_FFFF),
        ] {
            let thrown = try #require(error(reading: PNGFixture(width: width, height: height).lyingHeader))
            #expect(thrown.code == .data)
            #expect(thrown.message.contains("too large"), "\(thrown)")
        }
    }

    @Test("more pixels than the bytes of the file can hold are refused before they are allocated")
    func bomb() throws {
        let thrown = try #require(error(reading: PNGFixture(width: 10_000, height: 10_000).lyingHeader))
        #expect(thrown.code == .data)
        #expect(thrown.message.contains("cannot come from"), "\(thrown)")
    }

    @Test("a missing file and a folder are told apart from wrong content")
    func notAFile() throws {
        let folder = try TemporaryFolder()
        let missing = try #require(throws: UserError.self) { try PNG.read(folder.url.appending(path: "none.png")) }
        #expect(missing.code == .missingInput)
        let directory = try #require(throws: UserError.self) { try PNG.read(folder.url) }
        #expect(directory.code == .io)
    }
}

@Suite("PNG writing")
struct PNGWritingTests {
    private let ramp = GrayImage(width: 97, height: 31, pixels: (0..<97 * 31).map { Float($0) / Float(97 * 31 - 1) })

    @Test("what is written reads back to the nearest level", arguments: [PNG.Depth.eight, .sixteen])
    func roundTrip(depth: PNG.Depth) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "page é.png")
        try PNG.write(ramp, to: file, depth: depth)
        let back = try PNG.read(file)
        let levels: Float = depth == .eight ? 255 : 65_535
        let worst = zip(back.pixels, ramp.pixels).map { abs($0 - $1) }.max() ?? 1
        #expect(worst <= 0.5001 / levels)
        #expect(try PNG.encode(back, depth: depth) == PNG.encode(ramp, depth: depth))
        #expect(try folder.contents == ["page é.png"], "no temporary file stays behind")
    }

    @Test("values outside [0, 1] and not-a-number are clamped")
    func clamped() throws {
        let image = GrayImage(width: 4, height: 1, pixels: [-1, 2, .nan, .infinity])
        #expect(try PNG.decode(PNG.encode(image)).pixels == [0, 1, 0, 1])
    }

    @Test("colour is written as it is")
    func color() throws {
        var image = RGBImage(width: 2, height: 2, red: 10, green: 20, blue: 30)
        #expect(image.bytes == [10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30])
        image.bytes.replaceSubrange(9..<12, with: [255, 0, 0])
        let gray = try PNG.decode(PNG.encode(image))
        let first = Float(luma(10, 20, 30) / 255)
        #expect(abs(gray[0, 0] - first) < 1e-6 && abs(gray[1, 1] - 0.299) < 1e-6)
    }

    @Test("an existing file is replaced, and stays whole when writing fails")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let file = try folder.add("page.png", Data("old".utf8))
        try PNG.write(ramp, to: file)
        #expect(try PNG.size(of: file) == PNG.Size(width: 97, height: 31))
        let thrown = try #require(throws: UserError.self) {
            try PNG.write(ramp, to: folder.url.appending(path: "no such folder/page.png"))
        }
        #expect(thrown.code == .io)
        let empty = GrayImage(width: 0, height: 0, pixels: [])
        #expect(throws: UserError.self) { try PNG.write(empty, to: file) }
        #expect(try PNG.size(of: file).width == 97)
    }
}
