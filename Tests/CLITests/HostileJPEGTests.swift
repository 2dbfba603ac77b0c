import Foundation
import Testing

/// A file under the name of a picture, and how `export` must end with it: refused with these words, or taken.
private struct HostilePicture {
    let name: String
    let data: Data
    /// Nil when the file is odd, but to be read.
    let words: String?

    /// The files that Pillow made (`Tests/Goldens/jpeg_goldens.py`), by name.
    static func goldens() throws -> [String: Data] {
        struct File: Decodable {
            struct Case: Decodable {
                let name: String
                let file: Data
            }
            let cases: [Case]
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/jpegs.json")
        let cases = try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).cases
        return Dictionary(uniqueKeysWithValues: cases.map { ($0.name, $0.file) })
    }

    static func corpus() throws -> [HostilePicture] {
        let goldens = try goldens()
        let good = try #require(goldens["large"])
        let progressive = try #require(goldens["large progressive"])
        let small = try #require(goldens["orientation 6"])
        return try truncated(good, progressive) + headers(good) + parts(good, progressive) + others(good)
            + odd(good, progressive, goldens) + exif(small)
    }

    private static func truncated(_ good: Data, _ progressive: Data) -> [HostilePicture] {
        let cuts = (1..<10).map { tenth in
            HostilePicture(name: "cut \(tenth)", data: good.prefix(good.count * tenth / 10), words: "too early")
        }
        let scans = [3, 6, 9].map { tenth in
            let data = progressive.prefix(progressive.count * tenth / 10)
            return HostilePicture(name: "progressive cut \(tenth)", data: data, words: "too early")
        }
        let premature = good.prefix(good.count * 6 / 10) + Data([0xFF, 0xD9])
        return cuts + scans + [
            HostilePicture(name: "no bytes", data: Data(), words: "empty"),
            HostilePicture(name: "start alone", data: Data([0xFF, 0xD8]), words: "too early"),
            HostilePicture(name: "start and end", data: Data([0xFF, 0xD8, 0xFF, 0xD9]), words: "no image"),
            HostilePicture(name: "no end", data: good.dropLast(2), words: "too early"),
            HostilePicture(name: "an end too soon", data: premature, words: "premature end"),
        ]
    }

    /// With other values in the frame's header: precision, height and width, kind.
    private static func headers(_ good: Data) throws -> [HostilePicture] {
        let frame = try #require(good.firstRange(of: Data([0xFF, 0xC0]))).lowerBound
        func sized(_ width: Int, _ height: Int) -> Data {
            var data = good
            let sides = [height >> 8, height, width >> 8, width].map { UInt8(truncatingIfNeeded: $0) }
            data.replaceSubrange(frame + 5..<frame + 9, with: sides)
            return data
        }
        func changed(_ offset: Int, _ value: UInt8) -> Data {
            var data = good
            data[frame + offset] = value
            return data
        }
        return [
            HostilePicture(name: "bomb", data: sized(20_000, 5_000), words: "cannot come from"),
            HostilePicture(name: "too wide", data: sized(65_000, 10), words: "too large"),
            HostilePicture(name: "too large", data: sized(10_001, 10_001), words: "too large"),
            HostilePicture(name: "beyond the format", data: sized(65_535, 65_535), words: "mage"),
            HostilePicture(name: "no rows", data: sized(64, 0), words: "mpty"),
            HostilePicture(name: "no columns", data: sized(0, 48), words: "mpty"),
            HostilePicture(name: "taller than its data", data: sized(64, 480), words: "premature end"),
            HostilePicture(name: "12 bits", data: changed(4, 12), words: "precision"),
            HostilePicture(name: "16 bits", data: changed(4, 16), words: "precision"),
            HostilePicture(name: "arithmetic", data: changed(1, 0xC9), words: "rithmetic"),
            HostilePicture(name: "lossless", data: changed(1, 0xC3), words: "nsupported"),
            HostilePicture(name: "hierarchical", data: changed(1, 0xC5), words: "nsupported"),
            HostilePicture(name: "sampling", data: changed(11, 0xFF), words: "ampling"),
            HostilePicture(name: "table number", data: changed(12, 3), words: "Quantization table"),
            HostilePicture(name: "components", data: changed(9, 200), words: "not a readable JPEG"),
        ]
    }

    private static func parts(_ good: Data, _ progressive: Data) throws -> [HostilePicture] {
        let frame = try #require(good.firstRange(of: Data([0xFF, 0xC0]))).lowerBound
        let table = try #require(good.firstRange(of: Data([0xFF, 0xDB]))).lowerBound
        let scan = try #require(good.firstRange(of: Data([0xFF, 0xDA]))).lowerBound
        let last = try #require(progressive.range(of: Data([0xFF, 0xDA]), options: .backwards)).lowerBound
        let refinement = progressive[last..<progressive.count - 2]
        let scans = (0..<300).reduce(into: progressive.prefix(last)) { data, _ in data += refinement }
        return [
            HostilePicture(name: "no tables", data: good.prefix(table) + good[frame...], words: "table"),
            HostilePicture(
                name: "two frames", data: good.prefix(scan) + good[frame..<frame + 19] + good[scan...], words: "SOF"),
            HostilePicture(name: "zeros", data: good.prefix(scan + 14) + Data(count: 4000), words: "JPEG"),
            HostilePicture(
                name: "length beyond", data: good.prefix(2) + Data([0xFF, 0xEE, 0xFF, 0xFF]) + good.dropFirst(2),
                words: "too early"),
            HostilePicture(name: "300 scans", data: scans + Data([0xFF, 0xD9]), words: "JPEG"),
        ]
    }

    private static func others(_ good: Data) -> [HostilePicture] {
        [
            HostilePicture(name: "text", data: Data("pixels".utf8), words: "neither a PNG nor a JPEG"),
            HostilePicture(name: "gif", data: Data("GIF89a".utf8) + Data(count: 99), words: "GIF"),
            HostilePicture(name: "webp", data: Data("RIFF0000WEBPVP8 ".utf8), words: "WebP"),
            HostilePicture(name: "heic", data: Data([0, 0, 0, 24]) + Data("ftypheic".utf8), words: "HEIC"),
            HostilePicture(name: "nothing but zeros", data: Data(count: 5000), words: "neither a PNG nor a JPEG"),
            HostilePicture(name: "shifted", data: Data([0]) + good, words: "neither a PNG nor a JPEG"),
        ]
    }

    private static func odd(_ good: Data, _ progressive: Data, _ goldens: [String: Data]) throws -> [HostilePicture] {
        [
            HostilePicture(name: "odd progressive", data: progressive, words: nil),
            HostilePicture(name: "odd cmyk", data: try #require(goldens["cmyk"]), words: nil),
            HostilePicture(name: "odd ycck", data: try #require(goldens["ycck"]), words: nil),
            HostilePicture(name: "odd bytes after the end", data: good + Data(count: 3000), words: nil),
            HostilePicture(
                name: "odd segment", data: good.prefix(2) + Data([0xFF, 0xEB, 0, 6, 1, 2, 3, 4]) + good.dropFirst(2),
                words: nil),
            HostilePicture(
                name: "odd length", data: good.prefix(2) + Data([0xFF, 0xE1, 0, 0]) + good.dropFirst(2), words: nil),
            HostilePicture(
                name: "odd fill bytes", data: good.prefix(2) + Data([0xFF, 0xFF, 0xFF]) + good.dropFirst(2), words: nil),
        ]
    }

    /// Exif that says nothing, or nonsense.
    private static func exif(_ turned: Data) throws -> [HostilePicture] {
        let start = try #require(turned.firstRange(of: Data("Exif\0\0".utf8))).upperBound
        func changed(_ name: String, _ offset: Int, _ bytes: [UInt8]) -> HostilePicture {
            var data = turned
            data.replaceSubrange(start + offset..<start + offset + bytes.count, with: bytes)
            return HostilePicture(name: "odd exif \(name)", data: data, words: nil)
        }
        return [
            changed("order", 0, [1, 2, 3, 4]), changed("offset", 4, [0xFF, 0xFF, 0xFF, 0x7F]),
            changed("circle", 4, [0, 0, 0, 0]), changed("count", 8, [0xFF, 0xFF]),
            changed("zeros", 0, [0, 0, 0, 0, 0, 0]),
        ]
    }
}

@Suite("Hostile JPEG files")
struct HostileJPEGTests {
    @Test("each of a corpus of broken files is refused with its name and the reason, and the odd ones are read")
    func corpus() throws {
        let folder = try TemporaryFolder()
        let corpus = try HostilePicture.corpus()
        #expect(corpus.count >= 50 && Set(corpus.map(\.name)).count == corpus.count)
        for file in corpus {
            try folder.add("pages/\(file.name)__x.jpg", file.data)
            let outcome = try CommandLineTool.run(
                ["export", "pages/\(file.name)__x.jpg", "--json", "--out", "o"], in: folder)
            guard let words = file.words else {
                #expect(outcome.code == 0, "\(file.name): \(outcome.errors)")
                continue
            }
            expectFailure(outcome, code: 65, naming: "\(file.name)__x.jpg")
            #expect(outcome.errors.contains(words), "\(file.name): \(outcome.errors)")
        }
        let broken = corpus.filter { $0.words != nil }
        let check = try CommandLineTool.run(["dataset", "check", "pages"], in: folder)
        expectFailure(check, code: 65, naming: "\(broken.count) of \(corpus.count) images cannot be read")
        let reduced = try CommandLineTool.run(["dataset", "reduce", "pages", "reduced"], in: folder)
        expectFailure(reduced, code: 65, naming: "\(broken.count) of \(corpus.count) screenshots")
        #expect(folder.files(below: "reduced").count == corpus.count - broken.count)
        #expect(reduced.errors.split(separator: "\n").count { $0.hasPrefix("skipped: ") } == broken.count)
    }
}
