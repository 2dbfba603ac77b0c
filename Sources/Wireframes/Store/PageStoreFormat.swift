internal import CPNG
internal import Crypto
internal import Foundation

/// The bytes of a page store's two files. All numbers are little-endian; `Docs/formats.md` has the table.
enum PageStoreFormat {
    static let version: UInt32 = 1
    /// Length of both files' headers and of an entry of the index.
    static let block = 128
    /// Where a page may begin: a multiple of a cache line.
    static let alignment = 64
    static let magic = Array("WSPAGES\n".utf8)

    /// What both files of a store begin with. They belong together when `pairing` is the same.
    struct Header: Equatable {
        /// SHA-256 of the settings that decide the pixels, and of the folder.
        let identity: [UInt8]
        /// Drawn at random when the two files are made.
        let pairing: [UInt8]

        var bytes: [UInt8] {
            sealed(magic + PageStoreFormat.version.littleEndianBytes + identity + pairing)
        }

        init(identity: [UInt8], pairing: [UInt8]) {
            self.identity = identity
            self.pairing = pairing
        }

        /// Nil for another version, another program's file or a damaged one.
        init?(_ bytes: [UInt8]) {
            guard isSealed(bytes), Array(bytes[0..<8]) == magic,
                UInt32(littleEndianBytes: bytes[8..<12]) == PageStoreFormat.version
            else { return nil }
            identity = Array(bytes[12..<44])
            pairing = Array(bytes[44..<60])
        }
    }

    /// SHA-256 of a page file's content.
    typealias Content = SIMD4<UInt64>
    /// First half of the SHA-256 of a file's path.
    typealias Path = SIMD2<UInt64>

    /// A page of the store and one file that shows it.
    struct Entry: Equatable {
        var content: Content
        var path: Path
        /// What the file looked like from outside.
        var stamp: FileStamp
        var place: Place

        var bytes: [UInt8] {
            sealed(
                (0..<4).flatMap { content[$0].littleEndianBytes } + (0..<2).flatMap { path[$0].littleEndianBytes }
                    + stamp.size.littleEndianBytes + stamp.modified.littleEndianBytes
                    + stamp.changed.littleEndianBytes + place.offset.littleEndianBytes + place.width.littleEndianBytes
                    + place.height.littleEndianBytes + place.checksum.littleEndianBytes)
        }

        init(content: Content, path: Path, stamp: FileStamp, place: Place) {
            self.content = content
            self.path = path
            self.stamp = stamp
            self.place = place
        }

        /// Nil for a damaged entry.
        init?(_ bytes: ArraySlice<UInt8>) {
            let bytes = Array(bytes)
            guard isSealed(bytes) else { return nil }
            content = Content(words(bytes[0..<32]))
            path = Path(words(bytes[32..<48]))
            stamp = FileStamp(
                size: Int64(littleEndianBytes: bytes[48..<56]), modified: Int64(littleEndianBytes: bytes[56..<64]),
                changed: Int64(littleEndianBytes: bytes[64..<72]))
            place = Place(
                offset: UInt64(littleEndianBytes: bytes[72..<80]), width: UInt32(littleEndianBytes: bytes[80..<84]),
                height: UInt32(littleEndianBytes: bytes[84..<88]), checksum: UInt32(littleEndianBytes: bytes[88..<92]))
            guard place.isPossible else { return nil }
        }
    }

    /// Where a page's levels lie.
    struct Place: Equatable {
        let offset: UInt64
        let width: UInt32
        let height: UInt32
        /// CRC-32 of the levels.
        let checksum: UInt32

        var count: Int { Int(width) * Int(height) }

        var isPossible: Bool {
            (1...UInt32(PNG.maximumSide)).contains(width) && (1...UInt32(PNG.maximumSide)).contains(height)
                && offset >= UInt64(PageStoreFormat.block) && offset < 1 << 60
        }
    }

    /// Fills a block with zeros and ends it with its CRC-32.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let body = bytes + [UInt8](repeating: 0, count: block - 4 - bytes.count)
        return body + checksum(body[...]).littleEndianBytes
    }

    private static func isSealed(_ bytes: [UInt8]) -> Bool {
        bytes.count == block && UInt32(littleEndianBytes: bytes[(block - 4)...]) == checksum(bytes[..<(block - 4)])
    }

    /// CRC-32, as in PNG files.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { cpng_checksum($0.baseAddress, $0.count) }
    }

    /// SHA-256 of a text.
    static func hash(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Data(text.utf8))) }

    /// What stands for a path.
    static func path(_ path: String) -> Path { Path(words(hash(path)[..<16])) }

    /// The number that hexadecimal digits of a SHA-256 write.
    static func content(_ digits: String) -> Content {
        let values = digits.utf8.map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
        let bytes = stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
        return Content(words(bytes[...]))
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 8).map {
            UInt64(littleEndianBytes: bytes[$0..<($0 + 8)])
        }
    }
}

/// What tells a changed file without reading it.
package struct FileStamp: Equatable {
    let size: Int64
    /// Time of the last change of the content, nanoseconds since 1970.
    let modified: Int64
    /// Time of the last change of the content or of what the system knows of the file, which nobody can set back;
    /// 0 when the file was too fresh for times to tell.
    let changed: Int64

    init(size: Int64, modified: Int64, changed: Int64) {
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// The stamp of the file at `path` now; nil when there is no regular file.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
        #if canImport(Darwin)
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        self.init(size: Int64(status.st_size), modified: nanoseconds(modified), changed: nanoseconds(changed))
    }

    /// The stamp to remember. File systems count time in steps, so that a file of this moment may change again and keep its
    /// times: such a stamp is made to match none, and the file is hashed the next time.
    var lasting: FileStamp {
        let age = Date().timeIntervalSince1970 - Double(changed) * 1e-9
        return age > 2 ? self : FileStamp(size: size, modified: modified, changed: 0)
    }
}

extension FixedWidthInteger {
    fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }

    fileprivate init(littleEndianBytes bytes: some Sequence<UInt8>) {
        var shift = 0
        self = bytes.reduce(0) { value, byte in
            defer { shift += 8 }
            return value | Self(truncatingIfNeeded: UInt64(byte) << UInt64(shift))
        }
    }
}
