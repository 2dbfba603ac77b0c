import Foundation
import Testing
import Wireframes

/// A JPEG file and the pixels that Pillow reads in it (`Tests/Goldens/jpeg_goldens.py`).
struct JPEGGolden: Decodable, Sendable, CustomStringConvertible {
    let name: String
    let width: Int
    let height: Int
    let file: Data
    let rgb: Data

    var description: String { name }

    static let all: [JPEGGolden] = {
        struct File: Decodable { let cases: [JPEGGolden] }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/jpegs.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode(File.self, from: data).cases) ?? []
    }()

    static func named(_ name: String) throws -> JPEGGolden {
        try #require(all.first { $0.name == name }, "there is no golden \(name)")
    }
}

/// Exif data: a byte order and one directory of tags.
private func exif(
    bigEndian: Bool = false, entries: [(tag: Int, type: Int, count: Int, value: Int)], at start: Int = 8,
    declared: Int? = nil
) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        let digits = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return bigEndian ? digits.reversed() : digits
    }
    let head: [UInt8] = bigEndian ? [0x4D, 0x4D, 0, 0x2A] : [0x49, 0x49, 0x2A, 0]
    var bytes = head + number(start, 4) + number(declared ?? entries.count, 2)
    for entry in entries {
        bytes += number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4)
        bytes += entry.type == 3 ? number(entry.value, 2) + [0, 0] : number(entry.value, 4)
    }
    // The next directory is this one again.
    return bytes + number(start, 4)
}

@Suite("JPEG files")
struct JPEGTests {
    @Test("of every kind have the colours that Pillow reads, to 1 of 255, and their luma", arguments: JPEGGolden.all)
    func goldens(_ golden: JPEGGolden) throws {
        let colours = try PictureFile.decodeColours(golden.file)
        let gray = try PictureFile.decode(golden.file)
        #expect(colours.width == golden.width && colours.height == golden.height)
        #expect(gray.width == golden.width && gray.height == golden.height)
        let expected = Array(golden.rgb)
        #expect(colours.bytes.count == expected.count)
        let worst = zip(colours.bytes, expected).map { abs(Int($0) - Int($1)) }.max()
        #expect((worst ?? 255) <= 1)
        for i in gray.pixels.indices {
            let red = 0.299 * Double(expected[3 * i])
            let green = 0.587 * Double(expected[3 * i + 1])
            let blue = 0.114 * Double(expected[3 * i + 2])
            #expect(abs(Double(gray.pixels[i]) - (red + green + blue) / 255) <= 1.001 / 255, "pixel \(i)")
        }
        #expect(try PictureFile.size(of: golden.file) == PNG.Size(width: golden.width, height: golden.height))
    }

    @Test("are told by their content, not by their name, and so are PNG files")
    func content() throws {
        #expect(JPEGGolden.all.count >= 20)
        let folder = try TemporaryFolder()
        let golden = try JPEGGolden.named("4:2:0")
        let jpeg = try folder.add("a/picture.png", golden.file)
        let png = try folder.add("a/other.JPG", PNGFixture(width: 40, height: 50) { x, _, _ in x % 7 == 0 ? 0 : 255 })
        try folder.add("a/third.jpeg", golden.file)
        try folder.add("a/third.json", Data("{}".utf8))
        try folder.add("a/fourth.gif", golden.file)
        #expect(try PictureFile.read(jpeg) == PictureFile.decode(golden.file))
        #expect(try PictureFile.read(png).width == 40)
        let images = try ImageFolder(scanning: folder.url)
        #expect(images.entries.map(\.relativePath) == ["a/other.JPG", "a/picture.png", "a/third.jpeg"])
        #expect(images.ignoredFiles == 1)
    }

    @Test("in a pipe are read, since that can be done only once")
    func pipe() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "pipe")
        #expect(mkfifo(path.path(percentEncoded: false), 0o600) == 0)
        let golden = try JPEGGolden.named("large")
        let writer = Thread {
            guard let handle = try? FileHandle(forWritingTo: path) else { return }
            try? handle.write(contentsOf: golden.file)
            try? handle.close()
        }
        writer.start()
        #expect(try PictureFile.read(path) == PictureFile.decode(golden.file))
    }

    @Test("colours of a PNG file are what it stores, transparent ones over white")
    func colours() throws {
        let samples = [255, 0, 0, 255, 0, 0, 255, 0]
        var fixture = PNGFixture(width: 2, height: 1, colorType: .rgba) { x, _, channel in samples[4 * x + channel] }
        #expect(try PictureFile.decodeColours(fixture.data).bytes == [255, 0, 0, 255, 255, 255])
        fixture = PNGFixture(width: 3, height: 1) { x, _, _ in 100 * x }
        #expect(try PictureFile.decodeColours(fixture.data).bytes == [0, 0, 0, 100, 100, 100, 200, 200, 200])
    }

    @Test("a PNG file is stood upright as its eXIf says")
    func uprightPNG() throws {
        var fixture = PNGFixture(width: 3, height: 2) { x, y, _ in 40 * (3 * y + x) }
        fixture.exif = exif(bigEndian: true, entries: [(0x0112, 3, 1, 6)])
        let image = try PictureFile.decode(fixture.data)
        #expect(image.width == 2 && image.height == 3)
        #expect(image.pixels.map { Int(($0 * 255).rounded()) } == [120, 0, 160, 40, 200, 80])
        #expect(try PNG.size(of: fixture.data) == PNG.Size(width: 2, height: 3))
        for broken in [[1, 2, 3], exif(entries: [(0x0112, 3, 1, 6)], at: 9999), exif(entries: [])] as [[UInt8]] {
            fixture.exif = broken
            #expect(try PictureFile.decode(fixture.data).width == 3)
        }
    }

    @Test("orientation is read from both byte orders, and nonsense leaves a picture as it is")
    func orientation() {
        for order in [true, false] {
            for expected in Orientation.allCases {
                let data = exif(bigEndian: order, entries: [(0x010F, 3, 1, 7), (0x0112, 3, 1, expected.rawValue)])
                #expect(Orientation(exif: data) == expected)
            }
        }
        let good = exif(entries: [(0x010F, 3, 1, 7), (0x0112, 3, 1, 6)])
        for length in 0..<good.count - 6 { #expect(Orientation(exif: good.prefix(length)) == .upright, "\(length)") }
        let nonsense = [
            exif(entries: [(0x0112, 3, 1, 0)]), exif(entries: [(0x0112, 3, 1, 9)]), exif(entries: [(0x0112, 3, 2, 6)]),
            exif(entries: [(0x0112, 4, 1, 6)]), exif(entries: [(0x0112, 2, 1, 6)]), exif(entries: [], declared: 65_535),
            exif(entries: [(0x0112, 3, 1, 6)], at: 0), exif(entries: [(0x0112, 3, 1, 6)], at: 7),
            exif(entries: [(0x0112, 3, 1, 6)], at: Int(Int32.max)), exif(entries: [(0x0112, 3, 1, 6)], at: 0xFFFF_FFFF),
            [0x49, 0x49, 0, 0x2A] + exif(entries: [(0x0112, 3, 1, 6)]).dropFirst(4),
            [UInt8](repeating: 0xFF, count: 99),
        ]
        for data in nonsense { #expect(Orientation(exif: data) == .upright, "\(data)") }
    }

    @Test("that Exif turns and that have four inks are reported, and stay with --fix")
    func check() throws {
        let folder = try TemporaryFolder()
        for (name, golden) in [("a", "large"), ("b", "orientation 6"), ("c", "cmyk"), ("d", "orientation 1")] {
            try folder.add("set/\(name)__1.jpg", JPEGGolden.named(golden).file)
        }
        let report = try DatasetCheck.run(folder.url.appending(path: "set", directoryHint: .isDirectory))
        #expect(report.rotated == ["b__1.jpg"] && report.cmyk == ["c__1.jpg"] && report.unreadable.isEmpty)
        #expect(report.summary.contains("turned by Exif") && report.summary.contains("CMYK"))
        let moved = DatasetRepair(report).moves
        #expect(!moved.contains { $0.reason.contains("Exif") || $0.reason.contains("CMYK") })
    }
}
