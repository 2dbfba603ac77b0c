public import Foundation

/// CRC-32C (Castagnoli's polynomial 0x1EDC6F41; RFC 3720, appendix B.4), the checksum of TensorBoard's records.
public enum CRC32C {
    /// The checksum of `data`; that of the ASCII digits "123456789" is 0xE3069283.
    public static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(~UInt32(0)) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    }

    /// The checksum as records hold it: rotated and shifted, since a checksum of data with checksums in it would be weak
    /// (TensorFlow, `core/lib/hash/crc32c.h`).
    public static func masked(_ data: Data) -> UInt32 {
        let crc = checksum(data)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }

    /// The effect of each byte, for the polynomial with its bits reversed.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }
}
