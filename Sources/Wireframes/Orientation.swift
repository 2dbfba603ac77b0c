/// How a stored picture must be turned to stand upright: the tag 0x0112 of Exif (CIPA DC-008, section 4.6.5.1).
public enum Orientation: Int, Sendable, CaseIterable {
    /// As it is.
    case upright = 1
    /// Left and right exchanged.
    case mirrored = 2
    /// By half a turn.
    case upsideDown = 3
    /// Top and bottom exchanged.
    case flipped = 4
    /// Rows and columns exchanged.
    case transposed = 5
    /// By a quarter turn clockwise.
    case clockwise = 6
    /// Rows and columns exchanged about the other diagonal.
    case transversed = 7
    /// By a quarter turn anticlockwise.
    case anticlockwise = 8

    /// Whether the upright picture is as wide as the stored one is high.
    public var exchangesSides: Bool { rawValue >= 5 }

    /// What Exif data, from their byte order on, say in their first directory; `upright` when they say nothing, or
    /// nonsense. Only that directory is read, so there is no chain to follow.
    public init(exif bytes: some RandomAccessCollection<UInt8>) {
        self = Exif(bytes: Array(bytes)).orientation ?? .upright
    }

    /// The pixels of the upright picture.
    ///
    /// - Parameters:
    ///   - pixels: `width · height` pixels of `channels` values each, as stored.
    func upright<Value>(_ pixels: [Value], width: Int, height: Int, channels: Int = 1) -> [Value] {
        guard self != .upright else { return pixels }
        let (start, across, down) = walk(width, height)
        let columns = exchangesSides ? height : width
        let rows = exchangesSides ? width : height
        return [Value](unsafeUninitializedCapacity: pixels.count) { target, count in
            for y in 0..<rows {
                for x in 0..<columns {
                    let source = (start + x * across + y * down) * channels
                    for channel in 0..<channels {
                        target.initializeElement(at: count, to: pixels[source + channel])
                        count += 1
                    }
                }
            }
        }
    }

    /// The stored pixel that becomes the upper left one, and how far its neighbours to the right and below are from it.
    private func walk(_ width: Int, _ height: Int) -> (start: Int, across: Int, down: Int) {
        let (right, bottom) = (width - 1, (height - 1) * width)
        return switch self {
        case .upright: (0, 1, width)
        case .mirrored: (right, -1, width)
        case .upsideDown: (bottom + right, -1, -width)
        case .flipped: (bottom, 1, -width)
        case .transposed: (0, width, 1)
        case .clockwise: (bottom, -width, 1)
        case .transversed: (bottom + right, -width, -1)
        case .anticlockwise: (right, width, -1)
        }
    }
}

/// Exif data: a TIFF header and a directory of tags (TIFF 6.0, section 2). Whatever lies outside of the bytes is nil.
private struct Exif {
    let bytes: [UInt8]

    var orientation: Orientation? {
        guard let start = number(at: 4, bytes: 4), start >= 8, let entries = number(at: start, bytes: 2) else {
            return nil
        }
        for entry in 0..<entries {
            let place = start + 2 + 12 * entry
            guard let tag = number(at: place, bytes: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            // One whole number of 16 bits, which stands in the entry itself.
            guard number(at: place + 2, bytes: 2) == 3, number(at: place + 4, bytes: 4) == 1 else { return nil }
            return number(at: place + 8, bytes: 2).flatMap(Orientation.init(rawValue:))
        }
        return nil
    }

    /// "II" and 42, or "MM" and 42: the lowest or the highest byte comes first.
    private var isBigEndian: Bool? {
        guard bytes.count >= 8 else { return nil }
        if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) { return false }
        return bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) ? true : nil
    }

    private func number(at place: Int, bytes count: Int) -> Int? {
        guard let isBigEndian, place >= 0, place <= bytes.count - count else { return nil }
        let digits = bytes[place..<place + count]
        return isBigEndian ? digits.reduce(0) { $0 << 8 | Int($1) } : digits.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
