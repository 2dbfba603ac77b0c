internal import CPNG
public import Foundation

/// Colour pixels for reports, row by row from the top.
public struct RGBImage: Sendable, Equatable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height · width` triples: red, green and blue of the pixel at column `x` of row `y` start at `3 (y width + x)`.
    public var bytes: [UInt8]

    /// An image over existing pixels.
    ///
    /// - Precondition: `bytes.count == 3 * width * height`.
    public init(width: Int, height: Int, bytes: [UInt8]) {
        precondition(bytes.count == 3 * width * height, "\(bytes.count) bytes do not fill \(width)×\(height) in colour")
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// A sheet of one colour, white by default.
    public init(width: Int, height: Int, red: UInt8 = 255, green: UInt8 = 255, blue: UInt8 = 255) {
        var bytes = [UInt8](repeating: red, count: 3 * width * height)
        if green != red || blue != red {
            for pixel in 0..<width * height {
                bytes[3 * pixel + 1] = green
                bytes[3 * pixel + 2] = blue
            }
        }
        self.init(width: width, height: height, bytes: bytes)
    }
}

/// Reading and writing PNG files (W3C, "Portable Network Graphics", third edition) by libpng.
///
/// A value is what the file stores, sample / (2^bits − 1): gamma, colour profiles and significant bits are not applied,
/// since a page of black lines on white has no use for them. Colours become luma by Rec. 601 on the stored values, and
/// transparent pixels show white paper. A picture that Exif data (`eXIf`) turn is stood upright.
public enum PNG {
    /// Pixels per side beyond which an image is refused.
    public static let maximumSide = 20_000
    /// Pixels beyond which an image is refused.
    public static let maximumPixels = 100_000_000

    /// Width and height of an image, in pixels.
    public struct Size: Sendable, Hashable, Codable {
        /// Pixels per row.
        public let width: Int
        /// Rows.
        public let height: Int

        /// Creates a size.
        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        /// The size at another width: the height is rounded, and at least 1.
        public func rescaled(toWidth width: Int) -> Size {
            Size(width: width, height: max(1, (2 * height * width + self.width) / (2 * self.width)))
        }

        /// - Throws: `UserError(.data)` when no picture may be of this size.
        package func requirePicture() throws(UserError) { try PNG.check(width: width, height: height, name: nil) }
    }

    /// Bits of each grey sample in a written file.
    public enum Depth: Int32, Sendable {
        /// 256 levels.
        case eight = 8
        /// 65,536 levels.
        case sixteen = 16
    }

    /// The size of the image in `file`, from the file's header alone.
    ///
    /// - Throws: `UserError`, as `read(_:)` does for what the header can tell.
    public static func size(of file: URL) throws(UserError) -> Size {
        try PNGReader(file: file).size
    }

    /// The image in `file`, of any bit depth and colour type, interlaced or not.
    ///
    /// - Throws: `UserError` naming the file: `.missingInput` when it is not there, `.io` when it cannot be read, `.data`
    ///   when it is not a PNG file, is cut off or damaged, has no pixels or more than the limits above, or declares more
    ///   than its bytes could hold.
    public static func read(_ file: URL) throws(UserError) -> GrayImage {
        try PNGReader(file: file).image()
    }

    /// The size of the image in the PNG file `data`, from its header alone; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` with code `.data`, as `read(_:)` does for what the header can tell.
    public static func size(of data: Data, name: String = "PNG data") throws(UserError) -> Size {
        try PNGReader(data: data, name: name).size
    }

    /// The image in the PNG file `data`; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` with code `.data`, as `read(_:)`.
    public static func decode(_ data: Data, name: String = "PNG data") throws(UserError) -> GrayImage {
        try PNGReader(data: data, name: name).image()
    }

    /// `image` as a grey PNG file: values are clamped to [0, 1] and rounded to the nearest level.
    ///
    /// - Throws: `UserError` with code `.data` when a side is 0 or beyond the limits.
    public static func encode(_ image: GrayImage, depth: Depth = .eight) throws(UserError) -> Data {
        try encode(width: image.width, height: image.height) { width, height, output in
            image.pixels.withUnsafeBufferPointer {
                cpng_encode_gray($0.baseAddress, width, height, depth.rawValue, &output)
            }
        }
    }

    /// `image` as an 8-bit colour PNG file.
    ///
    /// - Throws: `UserError` with code `.data` when a side is 0 or beyond the limits.
    public static func encode(_ image: RGBImage) throws(UserError) -> Data {
        try encode(width: image.width, height: image.height) { width, height, output in
            image.bytes.withUnsafeBufferPointer { cpng_encode_rgb($0.baseAddress, width, height, &output) }
        }
    }

    /// Writes `image` to `file` as grey; a reader sees the old file or the whole new one, never a part.
    ///
    /// - Throws: `UserError`: `.io` when the file cannot be written, `.data` as `encode(_:depth:)`.
    public static func write(_ image: GrayImage, to file: URL, depth: Depth = .eight) throws(UserError) {
        try AtomicFile.write(encode(image, depth: depth), to: file)
    }

    /// Writes `image` to `file` in colour; a reader sees the old file or the whole new one, never a part.
    ///
    /// - Throws: `UserError`: `.io` when the file cannot be written, `.data` as `encode(_:)`.
    public static func write(_ image: RGBImage, to file: URL) throws(UserError) {
        try AtomicFile.write(encode(image), to: file)
    }

    private static func encode(
        width: Int, height: Int, with encoder: (UInt32, UInt32, inout cpng_output) -> Int32
    ) throws(UserError) -> Data {
        try check(width: width, height: height, name: nil)
        var output = cpng_output()
        defer { cpng_release(&output) }
        guard encoder(UInt32(width), UInt32(height), &output) == 0 else {
            let message = withUnsafeBytes(of: output.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw UserError(.internal, "cannot encode an image of \(width)×\(height) pixels: \(message)")
        }
        return Data(bytes: output.bytes, count: output.count)
    }

    static func check(width: Int, height: Int, name: String?) throws(UserError) {
        guard width > 0, height > 0 else {
            throw UserError(
                .data, "an image of \(width)×\(height) pixels is empty", at: name, remedy: "replace it or remove it")
        }
        guard width <= maximumSide, height <= maximumSide, width * height <= maximumPixels else {
            throw UserError(
                .data, "an image of \(width)×\(height) pixels is too large", at: name,
                remedy: "the limits are \(maximumSide) pixels a side and \(maximumPixels / 1_000_000) megapixels")
        }
    }
}

/// One pass over a PNG file or its bytes: header, checks, pixels.
final class PNGReader: PictureReader {
    let stored: PNG.Size
    let orientation: Orientation
    let isCMYK = false
    private let handle: OpaquePointer
    private let name: String
    private let bytes: PinnedBytes?

    convenience init(file: URL) throws(UserError) {
        let name = file.path(percentEncoded: false)
        var errorNumber: Int32 = 0
        let opened = file.withUnsafeFileSystemRepresentation { path in
            path.flatMap { cpng_open_file($0, &errorNumber) }
        }
        guard let opened else { throw UserError(opening: name, errorNumber: errorNumber) }
        try self.init(handle: opened, name: name, bytes: nil)
    }

    convenience init(data: Data, name: String) throws(UserError) {
        guard !data.isEmpty else { throw UserError(.data, "the PNG data are empty", at: name) }
        let bytes = PinnedBytes(data)
        guard let opened = cpng_open_bytes(bytes.buffer.baseAddress, bytes.buffer.count) else {
            throw UserError(.internal, "out of memory", at: name)
        }
        try self.init(handle: opened, name: name, bytes: bytes)
    }

    private init(handle: OpaquePointer, name: String, bytes: PinnedBytes?) throws(UserError) {
        self.handle = handle
        self.name = name
        self.bytes = bytes
        var header = cpng_header()
        let status = cpng_read_header(handle, &header)
        stored = PNG.Size(width: Int(header.width), height: Int(header.height))
        orientation = Orientation(exif: UnsafeBufferPointer(start: header.exif, count: header.exif_count))
        guard status == 0 else { throw failure() }
        try PNG.check(width: stored.width, height: stored.height, name: name)
        // Deflate shrinks by a factor of 1,032 at most: what declares more is cut off, or made to fill the memory.
        if header.stored_bytes > 0, header.raw_bytes / 1032 > header.stored_bytes {
            throw UserError(
                .data, "\(stored.width)×\(stored.height) pixels cannot come from \(header.stored_bytes) bytes",
                at: name, remedy: "the file is cut off or damaged: replace or remove it")
        }
    }

    deinit { cpng_close(handle) }

    func grayPixels() throws(UserError) -> [Float] {
        try decoded(stored.width * stored.height) { cpng_read_gray(handle, $0) }
    }

    func colourPixels() throws(UserError) -> [UInt8] {
        try decoded(3 * stored.width * stored.height) { cpng_read_rgb(handle, $0) }
    }

    func failure() -> UserError {
        let message = String(cString: cpng_message(handle))
        if cpng_read_errno(handle) != 0 {
            return UserError(
                .io, "reading failed: \(message)", at: name, remedy: "check that it is a file, and its disk")
        }
        return UserError(
            .data, "not a readable PNG file: \(message)", at: name, remedy: "replace or remove the file")
    }
}
