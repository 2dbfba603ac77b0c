public import Foundation

/// Reading pictures of pages: PNG or JPEG, told by the first bytes and not by the file's name, stood upright as Exif says.
public enum PictureFile {
    /// Kinds of files that are read.
    public enum Format: String, Sendable {
        case png = "PNG"
        case jpeg = "JPEG"

        /// What a file that begins so is; nil for none of them.
        public init?(prefix: some Sequence<UInt8>) {
            let bytes = Array(prefix.prefix(4))
            if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
                self = .png
            } else if bytes.starts(with: [0xFF, 0xD8]) {
                self = .jpeg
            } else {
                return nil
            }
        }
    }

    /// Endings, in lower case, of the files that a folder of pages is searched for.
    public static let endings: Set = ["png", "jpg", "jpeg", "jpe", "jfif"]

    /// The picture in `file`, as grey.
    ///
    /// - Throws: `UserError` naming the file: `.missingInput` when it is not there, `.io` when it cannot be read, `.data`
    ///   when it is no picture of these kinds, is cut off or damaged, or has no pixels or more than `PNG`'s limits.
    public static func read(_ file: URL) throws(UserError) -> GrayImage { try reader(of: file).image() }

    /// The picture in `file`, in colour.
    ///
    /// - Throws: as `read(_:)`.
    public static func readColours(_ file: URL) throws(UserError) -> RGBImage { try reader(of: file).colours() }

    /// The picture in the file `data`, as grey; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` with code `.data`, as `read(_:)`.
    public static func decode(_ data: Data, name: String = "the picture") throws(UserError) -> GrayImage {
        try reader(of: data, name: name).image()
    }

    /// The picture in the file `data`, in colour; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` with code `.data`, as `read(_:)`.
    public static func decodeColours(_ data: Data, name: String = "the picture") throws(UserError) -> RGBImage {
        try reader(of: data, name: name).colours()
    }

    /// Width and height of the upright picture in the file `data`, from its header alone; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` with code `.data`, as `read(_:)` does for what the header can tell.
    public static func size(of data: Data, name: String = "the picture") throws(UserError) -> PNG.Size {
        try reader(of: data, name: name).size
    }

    /// Reads the header of `file`. A pipe is read to its end, since it can be read only once.
    static func reader(of file: URL) throws(UserError) -> any PictureReader {
        let name = file.path(percentEncoded: false)
        let descriptor = file.withUnsafeFileSystemRepresentation { path in path.map { open($0, O_RDONLY) } ?? -1 }
        guard descriptor >= 0 else { throw UserError(opening: name, errorNumber: errno) }
        defer { close(descriptor) }
        var status = stat()
        let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
        guard kind != S_IFDIR else {
            throw UserError(.data, "a folder, not a picture", at: name, remedy: "name a PNG or JPEG file in it")
        }
        let isFile = kind == S_IFREG
        let start = try bytes(from: descriptor, upTo: isFile ? 16 : mostPipedBytes, name: name)
        guard isFile else { return try reader(of: Data(start), name: name) }
        switch try format(of: start, name: name) {
        case .png: return try PNGReader(file: file)
        case .jpeg: return try JPEGReader(file: file)
        }
    }

    private static func reader(of data: Data, name: String) throws(UserError) -> any PictureReader {
        switch try format(of: Array(data.prefix(16)), name: name) {
        case .png: return try PNGReader(data: data, name: name)
        case .jpeg: return try JPEGReader(data: data, name: name)
        }
    }

    /// More than any picture within the limits has.
    private static let mostPipedBytes = 1 << 30

    private static func bytes(from descriptor: Int32, upTo limit: Int, name: String) throws(UserError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(limit, 1 << 16))
        while bytes.count < limit {
            let count = Foundation.read(descriptor, &piece, min(piece.count, limit - bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw UserError(
                    .io, "reading failed: \(String(cString: strerror(errno)))", at: name,
                    remedy: "check that it is a file, and its disk")
            }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    private static func format(of start: [UInt8], name: String) throws(UserError) -> Format {
        if let format = Format(prefix: start) { return format }
        guard !start.isEmpty else {
            throw UserError(.data, "the file is empty", at: name, remedy: "replace or remove it")
        }
        let looks = others.first { other in start.dropFirst(other.offset).starts(with: other.mark.utf8) }
        throw UserError(
            .data, "neither a PNG nor a JPEG file" + (looks.map { ", but \($0.kind)" } ?? ""), at: name,
            remedy: looks == nil ? "only these can be read" : "convert it to PNG")
    }

    /// What people have instead, and how it begins.
    private static let others: [(mark: String, offset: Int, kind: String)] = [
        ("GIF8", 0, "GIF"), ("WEBP", 8, "WebP"), ("ftypavif", 4, "AVIF"), ("ftyp", 4, "HEIC or a film"),
        ("BM", 0, "BMP"), ("II*\0", 0, "TIFF"), ("MM\0*", 0, "TIFF"), ("%PDF", 0, "PDF"), ("<svg", 0, "SVG"),
        ("<?xml", 0, "XML"), ("<!DOCTYPE", 0, "HTML"), ("<html", 0, "HTML"),
    ]
}

/// One pass over a file or a buffer: its header has been read and is within the limits, its pixels have not.
protocol PictureReader {
    /// The size as stored.
    var stored: PNG.Size { get }
    /// What Exif says.
    var orientation: Orientation { get }
    /// Whether four inks are stored instead of three colours.
    var isCMYK: Bool { get }

    /// The pixels as stored, as grey.
    func grayPixels() throws(UserError) -> [Float]
    /// The pixels as stored, red, green and blue by turns.
    func colourPixels() throws(UserError) -> [UInt8]
    /// Why the last call in C failed.
    func failure() -> UserError
}

extension PictureReader {
    /// The size of the upright picture.
    var size: PNG.Size {
        orientation.exchangesSides ? PNG.Size(width: stored.height, height: stored.width) : stored
    }

    /// `count` values that a function in C fills in, which answers 0 or fails.
    func decoded<Value>(
        _ count: Int, by decode: (UnsafeMutablePointer<Value>?) -> Int32
    ) throws(UserError) -> [Value] {
        var status: Int32 = 0
        let values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = decode(buffer.baseAddress)
            initialized = status == 0 ? count : 0
        }
        guard status == 0 else { throw failure() }
        return values
    }

    func image() throws(UserError) -> GrayImage {
        let pixels = orientation.upright(try grayPixels(), width: stored.width, height: stored.height)
        return GrayImage(width: size.width, height: size.height, pixels: pixels)
    }

    func colours() throws(UserError) -> RGBImage {
        let bytes = orientation.upright(try colourPixels(), width: stored.width, height: stored.height, channels: 3)
        return RGBImage(width: size.width, height: size.height, bytes: bytes)
    }
}

/// Bytes at a place that stays the same, for a reader in C.
final class PinnedBytes {
    let buffer: UnsafeMutableBufferPointer<UInt8>

    init(_ data: Data) {
        buffer = .allocate(capacity: data.count)
        _ = buffer.initialize(from: data)
    }

    deinit { buffer.deallocate() }
}
