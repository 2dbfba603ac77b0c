internal import CPNG
public import Foundation

extension PNG {
    /// Frames of one size as an animated PNG file (W3C, "Portable Network Graphics", third edition, section 4.9) that
    /// repeats for ever; a viewer that knows no animations shows the first frame.
    ///
    /// - Parameters:
    ///   - frames: grey pages of equal width and height.
    ///   - milliseconds: how long each is shown, 1 to 65,535.
    /// - Throws: `UserError` with code `.data` without frames, for frames of different sizes or beyond the limits.
    public static func animation(_ frames: [GrayImage], milliseconds: Int) throws(UserError) -> Data {
        guard let first = frames.first, frames.allSatisfy({ $0.width == first.width && $0.height == first.height })
        else { throw UserError(.data, "an animation needs frames, all of one size") }
        var file = Data()
        var sequence: UInt32 = 0
        for (index, frame) in frames.enumerated() {
            for chunk in chunks(of: try encode(frame)) {
                switch chunk.type {
                case "IHDR" where index == 0:
                    file += signature + encoded("IHDR", chunk.data)
                    file += encoded("acTL", bigEndian(UInt32(frames.count)) + bigEndian(UInt32(0)))
                case "IDAT":
                    if chunk.isFirstOfItsType {
                        file += encoded("fcTL", frameControl(sequence, frame, milliseconds: milliseconds))
                        sequence += 1
                    }
                    // The first frame is also the picture for viewers that know no animations.
                    if index == 0 {
                        file += encoded("IDAT", chunk.data)
                    } else {
                        file += encoded("fdAT", bigEndian(sequence) + chunk.data)
                        sequence += 1
                    }
                default: break
                }
            }
        }
        return file + encoded("IEND", Data())
    }

    private static let signature = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])

    /// Sequence number, size, place, delay as a fraction of a second, and how a frame replaces the one before.
    private static func frameControl(_ sequence: UInt32, _ frame: GrayImage, milliseconds: Int) -> Data {
        let numbers = [sequence, UInt32(frame.width), UInt32(frame.height), 0, 0].map(bigEndian).reduce(Data(), +)
        let delay = [UInt16(clamping: milliseconds), 1000].map(bigEndian).reduce(Data(), +)
        return numbers + delay + Data([0, 0])
    }

    /// The chunks of a sound file that we have just encoded.
    private static func chunks(of file: Data) -> [(type: String, data: Data, isFirstOfItsType: Bool)] {
        var chunks: [(type: String, data: Data, isFirstOfItsType: Bool)] = []
        var rest = file.dropFirst(signature.count)
        while rest.count >= 12 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            let type = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
            chunks.append((type, Data(rest.dropFirst(8).prefix(length)), !chunks.contains { $0.type == type }))
            rest = rest.dropFirst(12 + length)
        }
        return chunks
    }

    private static func encoded(_ type: String, _ data: Data) -> Data {
        let body = Data(type.utf8) + data
        let checksum = body.withUnsafeBytes { cpng_checksum($0.bindMemory(to: UInt8.self).baseAddress, body.count) }
        return bigEndian(UInt32(data.count)) + body + bigEndian(checksum)
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> Data {
        withUnsafeBytes(of: number.bigEndian) { Data($0) }
    }
}
