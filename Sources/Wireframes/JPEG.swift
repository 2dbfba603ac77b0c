internal import CJPEG
internal import Foundation

/// One pass over a JPEG file (ITU-T T.81) by libjpeg-turbo: baseline or progressive, grey, colour or four inks, 8 bits.
///
/// Colours become luma as those of PNG files do (`PNG`). Inks are taken as Adobe's programs store them, inverted, where
/// their marker is in the file. Colour profiles are not applied.
final class JPEGReader: PictureReader {
    let stored: PNG.Size
    let orientation: Orientation
    let isCMYK: Bool
    private let handle: OpaquePointer
    private let name: String
    private let bytes: PinnedBytes?

    /// - Throws: `UserError`, as `PictureFile.read(_:)` does for what the header can tell.
    convenience init(file: URL) throws(UserError) {
        let name = file.path(percentEncoded: false)
        var errorNumber: Int32 = 0
        let opened = file.withUnsafeFileSystemRepresentation { path in
            path.flatMap { cjpeg_open_file($0, &errorNumber) }
        }
        guard let opened else { throw UserError(opening: name, errorNumber: errorNumber) }
        try self.init(handle: opened, name: name, bytes: nil)
    }

    /// - Throws: as `init(file:)`; `name` stands for the data.
    convenience init(data: Data, name: String) throws(UserError) {
        let bytes = PinnedBytes(data)
        guard let opened = cjpeg_open_bytes(bytes.buffer.baseAddress, bytes.buffer.count) else {
            throw UserError(.internal, "out of memory", at: name)
        }
        try self.init(handle: opened, name: name, bytes: bytes)
    }

    private init(handle: OpaquePointer, name: String, bytes: PinnedBytes?) throws(UserError) {
        self.handle = handle
        self.name = name
        self.bytes = bytes
        var header = cjpeg_header()
        let status = cjpeg_read_header(handle, &header)
        stored = PNG.Size(width: Int(header.width), height: Int(header.height))
        orientation = Orientation(exif: UnsafeBufferPointer(start: header.exif, count: header.exif_count))
        isCMYK = header.is_cmyk != 0
        guard status == 0 else { throw failure() }
        try PNG.check(width: stored.width, height: stored.height, name: name)
        // A block of 8×8 pixels takes a bit at least: what declares more is cut off, or made to fill the memory.
        let pixels = UInt64(stored.width * stored.height)
        if header.stored_bytes > 0, pixels / 512 > header.stored_bytes {
            throw UserError(
                .data, "\(stored.width)×\(stored.height) pixels cannot come from \(header.stored_bytes) bytes",
                at: name, remedy: "the file is cut off or damaged: replace or remove it")
        }
    }

    deinit { cjpeg_close(handle) }

    func grayPixels() throws(UserError) -> [Float] {
        try decoded(stored.width * stored.height) { cjpeg_read_gray(handle, $0) }
    }

    func colourPixels() throws(UserError) -> [UInt8] {
        try decoded(3 * stored.width * stored.height) { cjpeg_read_rgb(handle, $0) }
    }

    func failure() -> UserError {
        let message = String(cString: cjpeg_message(handle))
        if cjpeg_read_errno(handle) != 0 {
            return UserError(
                .io, "reading failed: \(message)", at: name, remedy: "check that it is a file, and its disk")
        }
        return UserError(
            .data, "not a readable JPEG file: \(message)", at: name, remedy: "replace or remove the file")
    }
}
