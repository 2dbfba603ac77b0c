import Foundation
import Testing
import Wireframes

@Suite("Animated PNG")
struct AnimatedPNGTests {
    private func frames() -> [GrayImage] {
        (0..<3).map { frame in
            GrayImage(width: 5, height: 4, pixels: (0..<20).map { Float(($0 * 12 + 40 * frame) % 256) / 255 })
        }
    }

    /// The chunks of a file, read by the book: length, type, data, and a CRC-32 computed bit by bit.
    private func chunks(_ file: Data) throws -> [(type: String, data: [UInt8])] {
        var bytes = Array(file)[8...]
        var found: [(type: String, data: [UInt8])] = []
        while !bytes.isEmpty {
            let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            try #require(bytes.count >= 12 + length)
            let body = bytes.dropFirst(4).prefix(4 + length)
            var crc: UInt32 = 0xFFFF_FFFF
            for byte in body {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            }
            #expect(bytes.dropFirst(8 + length).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } == ~crc)
            found.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
            bytes = bytes.dropFirst(12 + length)
        }
        return found
    }

    @Test("every frame is in the file: numbered, timed, with the pixels of a PNG of its own")
    func structure() throws {
        let frames = frames()
        let file = try PNG.animation(frames, milliseconds: 80)
        let chunks = try chunks(file)
        #expect(chunks.map(\.type) == ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"])
        #expect(chunks[1].data == [0, 0, 0, 3, 0, 0, 0, 0])
        let numbered = chunks.filter { ["fcTL", "fdAT"].contains($0.type) }.map { $0.data[3] }
        #expect(numbered == [0, 1, 2, 3, 4])
        for control in chunks.filter({ $0.type == "fcTL" }) {
            #expect(
                Array(control.data[4...]) == [0, 0, 0, 5, 0, 0, 0, 4] + Array(repeating: 0, count: 8) + [
                    0, 80, 3, 232, 0, 0,
                ])
        }
        for (frame, chunk) in zip(frames.dropFirst(), chunks.filter({ $0.type == "fdAT" })) {
            let alone = try self.chunks(PNG.encode(frame)).first { $0.type == "IDAT" }
            #expect(Array(chunk.data.dropFirst(4)) == alone?.data)
        }
        // A reader that knows no animations sees the first frame.
        #expect(try PNG.decode(file) == PNG.decode(PNG.encode(frames[0])))
    }

    @Test("no frames, and frames of different sizes, are refused")
    func refusals() {
        #expect(throws: UserError.self) { try PNG.animation([], milliseconds: 80) }
        let sizes = [GrayImage(width: 3, height: 3), GrayImage(width: 3, height: 4)]
        #expect(throws: UserError.self) { try PNG.animation(sizes, milliseconds: 80) }
    }
}
