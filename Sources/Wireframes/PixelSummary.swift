internal import Crypto
internal import Foundation

/// What `DatasetCheck` remembers of an image's pixels.
struct PixelSummary: Sendable {
    /// Mean of 1 − value.
    let inkShare: Double
    /// One flat tone: less than two of 256 levels from the lightest to the darkest.
    let isBlank: Bool
    /// More than half of the pixels are darker than middle grey.
    let hasDarkGround: Bool
    /// Equal for equal pixels, whatever the depth and colour type of the files that they come from.
    let hash: String

    init(_ image: GrayImage) {
        // An image of 256 levels, as nearly all are, is four times as fast to go through in bytes.
        let summary = GrayBytes(exactly: image).map(Self.init(levels:)) ?? Self(values: image)
        self = summary
    }

    private init(levels page: GrayBytes) {
        var (sum, lowest, highest, dark) = (0, UInt8.max, UInt8.min, 0)
        page.levels.withUnsafeBufferPointer { levels in
            // Pieces whose sums fit into 32 bits.
            for start in stride(from: 0, to: levels.count, by: 1 << 16) {
                var (partSum, partDark) = (UInt32(0), UInt32(0))
                for level in levels[start..<min(start + 1 << 16, levels.count)] {
                    partSum &+= UInt32(level)
                    partDark &+= UInt32(level >> 7)
                    lowest = min(lowest, level)
                    highest = max(highest, level)
                }
                sum += Int(partSum)
                dark += Int(partDark)
            }
        }
        let count = page.levels.count
        dark = count - dark
        self.init(
            inkShare: 1 - Double(sum) / 255 / Double(count), isBlank: Int(highest) - Int(lowest) < 2,
            hasDarkGround: 2 * dark > count,
            hash: page.levels.withUnsafeBytes { Self.hash("\(page.width) \(page.height) levels ", $0) })
    }

    private init(values image: GrayImage) {
        var (sum, lowest, highest, dark) = (0.0, Float.infinity, -Float.infinity, 0)
        for value in image.pixels {
            sum += Double(value)
            lowest = min(lowest, value)
            highest = max(highest, value)
            dark += value < 0.5 ? 1 : 0
        }
        self.init(
            inkShare: 1 - sum / Double(image.pixels.count), isBlank: highest - lowest < 2 / 255,
            hasDarkGround: 2 * dark > image.pixels.count,
            hash: image.pixels.withUnsafeBytes { Self.hash("\(image.width) \(image.height) ", $0) })
    }

    private init(inkShare: Double, isBlank: Bool, hasDarkGround: Bool, hash: String) {
        self.inkShare = inkShare
        self.isBlank = isBlank
        self.hasDarkGround = hasDarkGround
        self.hash = hash
    }

    private static func hash(_ kind: String, _ bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(data: Data(kind.utf8))
        hash.update(bufferPointer: bytes)
        return hexadecimal(hash.finalize())
    }
}
