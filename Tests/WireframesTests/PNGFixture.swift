import Foundation

/// A PNG file of any kind, written from the specification and without libpng, so that the reader is checked against
/// something else than itself. Deflate is used in its stored form.
struct PNGFixture {
    enum ColorType: UInt8 {
        case gray = 0
        case rgb = 2
        case palette = 3
        case grayAlpha = 4
        case rgba = 6

        var channels: Int { [.gray: 1, .rgb: 3, .palette: 1, .grayAlpha: 2, .rgba: 4][self] ?? 0 }
    }

    var width: Int
    var height: Int
    var bitDepth = 8
    var colorType = ColorType.gray
    var palette: [UInt8] = []
    var transparency: [UInt8] = []
    var interlaced = false
    /// What stands in `eXIf`; nothing is written when it is empty.
    var exif: [UInt8] = []
    /// The sample of a channel at a column and a row.
    var sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int = { _, _, _ in 0 }

    /// The first 33 bytes: signature and IHDR.
    var header: Data {
        let size = bigEndian(UInt32(width)) + bigEndian(UInt32(height))
        return Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            + chunk("IHDR", size + [UInt8(bitDepth), colorType.rawValue, 0, 0, interlaced ? 1 : 0])
    }

    /// This header, followed by the pixels of a 1×1 image.
    var lyingHeader: Data {
        header + PNGFixture(width: 1, height: 1).data.dropFirst(33)
    }

    /// The whole file.
    var data: Data {
        var file = header
        // A gamma that must not be applied.
        file += chunk("gAMA", bigEndian(100_000))
        if !exif.isEmpty { file += chunk("eXIf", exif) }
        if !palette.isEmpty { file += chunk("PLTE", palette) }
        if !transparency.isEmpty { file += chunk("tRNS", transparency) }
        file += chunk("IDAT", zlib(rows))
        return file + chunk("IEND", [])
    }

    private var rows: [UInt8] {
        // Adam7: first column and row, and the steps, of each pass.
        let adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        let passes = interlaced ? adam7 : [(0, 0, 1, 1)]
        var bytes: [UInt8] = []
        for (startX, startY, stepX, stepY) in passes where startX < width {
            for y in stride(from: startY, to: height, by: stepY) {
                bytes.append(0)
                bytes += row(y, columns: stride(from: startX, to: width, by: stepX))
            }
        }
        return bytes
    }

    private func row(_ y: Int, columns: StrideTo<Int>) -> [UInt8] {
        var bits: [UInt8] = []
        for x in columns {
            for channel in 0..<colorType.channels {
                let value = sample(x, y, channel)
                for bit in (0..<bitDepth).reversed() { bits.append(UInt8(value >> bit & 1)) }
            }
        }
        while bits.count % 8 != 0 { bits.append(0) }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
        }
    }

    private func chunk(_ name: String, _ content: [UInt8]) -> Data {
        let body = Array(name.utf8) + content
        return Data(bigEndian(UInt32(content.count)) + body + bigEndian(crc32(body)))
    }

    private func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            result.append(rest.isEmpty ? 1 : 0)
            for word in [length, ~length] { result += [UInt8(word & 255), UInt8(word >> 8)] }
            result += block
        } while !rest.isEmpty
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return result + bigEndian(b << 16 | a)
    }

    private func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
        }
    }

    private func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

/// A folder of its own that is removed with its owner.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "wireframes-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// Writes a file, making its folders.
    @discardableResult
    func add(_ path: String, _ data: Data) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
        return file
    }

    @discardableResult
    func add(_ path: String, _ fixture: PNGFixture) throws -> URL {
        try add(path, fixture.data)
    }

    var contents: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false)).sorted() }
    }
}
