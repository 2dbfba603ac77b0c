public import Foundation
internal import SwiftProtobuf

/// Why an event file could not be written.
public struct EventFileError: Error, Sendable, CustomStringConvertible {
    /// The file, or the folder in which none could be created.
    public let path: String
    /// What failed, in one sentence.
    public let message: String

    /// `path: message`.
    public var description: String { "\(path): \(message)" }
}

/// Writes what a run measures to a file that TensorBoard reads, while it grows or later.
///
/// The file is `events.out.tfevents.SECONDS.HOST`: records of a length, its checksum, a protocol buffer message and its
/// checksum (TensorFlow, `core/lib/io/record_writer.h`). The messages are in `Docs/protos/tensorboard_events.proto`.
///
/// Events gather in memory and reach the file at `flush()`, at `close()` and whenever 64 KiB have come together. A
/// failure on the way is kept and thrown by the next `flush()` or `close()`, so that training does not stop in the
/// middle of a step because a disk is full. Not for use from two threads at a time.
public final class EventWriter {
    /// The file that is written.
    public let url: URL
    private var handle: FileHandle?
    private var pending = Data()
    /// Bytes of whole records in the file.
    private var written: UInt64 = 0
    private var failure: EventFileError?

    private static let bufferSize = 1 << 16

    /// Starts a new file in `directory`, which is created where it is missing.
    ///
    /// - Parameters:
    ///   - directory: The run's folder. Files of the same run that are already in it are left as they are.
    ///   - resumingAtStep: For a run that goes on from a checkpoint, the first step that it will write: TensorBoard then
    ///     drops what the earlier files hold at this step and later.
    /// - Throws: `EventFileError` when the folder or the file cannot be created or written.
    public init(directory: URL, resumingAtStep: Int? = nil) throws {
        url = try Self.createFile(in: directory)
        do {
            handle = try FileHandle(forWritingTo: url)
        } catch {
            throw EventFileError(path: url.path(percentEncoded: false), message: error.localizedDescription)
        }
        append(step: 0) { $0.fileVersion = "brain.Event:2" }
        if let resumingAtStep { append(step: resumingAtStep) { $0.sessionLog.status = .start } }
        try flush()
    }

    deinit {
        try? close()
    }

    /// Adds the point (`step`, `value`) to the curve `tag`; slashes in the tag make sections. Stored as a 32-bit float,
    /// not-a-number and infinities included.
    public func scalar(_ tag: String, _ value: Double, step: Int) {
        append(tag: tag, step: step) { $0.simpleValue = Float(value) }
    }

    /// Adds a picture to the series `tag`.
    ///
    /// - Parameter png: A PNG file of `width` × `height` pixels.
    public func image(_ tag: String, png: Data, width: Int, height: Int, step: Int) {
        append(tag: tag, step: step) { value in
            value.image.encodedImageString = png
            value.image.width = Int32(clamping: width)
            value.image.height = Int32(clamping: height)
            value.image.colorspace = Self.channels(ofPNG: png)
        }
    }

    /// Adds a text, shown as Markdown, to the series `tag`: the configuration of a run, say.
    public func text(_ tag: String, _ text: String, step: Int) {
        append(tag: tag, step: step) { value in
            value.metadata.pluginData.pluginName = "text"
            value.tensor.dtype = .dtString
            value.tensor.tensorShape = Tensorboard_TensorShapeProto()
            value.tensor.stringVal = [Data(text.utf8)]
        }
    }

    /// Hands all events to the operating system, where TensorBoard sees them.
    ///
    /// - Throws: `EventFileError` when this or an earlier write failed, or the writer is closed and events are waiting;
    ///   each failure is thrown once.
    public func flush() throws {
        write()
        if let failure {
            self.failure = nil
            throw failure
        }
    }

    /// Flushes and closes the file. Closing twice does nothing.
    ///
    /// - Throws: `EventFileError`, as `flush()`.
    public func close() throws {
        guard let handle else { return }
        defer { self.handle = nil }
        defer { try? handle.close() }
        try flush()
    }

    private func append(tag: String, step: Int, _ fill: (inout Tensorboard_Summary.Value) -> Void) {
        var value = Tensorboard_Summary.Value()
        value.tag = tag
        fill(&value)
        append(step: step) { $0.summary.value = [value] }
    }

    private func append(step: Int, _ fill: (inout Tensorboard_Event) -> Void) {
        var event = Tensorboard_Event()
        event.wallTime = Date().timeIntervalSince1970
        event.step = Int64(step)
        fill(&event)
        do {
            pending.append(Self.record(try event.serializedData()))
        } catch {
            fail("cannot encode an event: \(error)")
        }
        if pending.count >= Self.bufferSize { write() }
    }

    private static func record(_ message: Data) -> Data {
        let length = littleEndian(UInt64(message.count))
        return length + littleEndian(CRC32C.masked(length)) + message + littleEndian(CRC32C.masked(message))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }

    private func write() {
        guard !pending.isEmpty else { return }
        // What could not be written is dropped, so that memory does not fill instead of the disk.
        defer { pending.removeAll(keepingCapacity: true) }
        guard let handle else { return fail("the event file is closed") }
        do {
            try handle.write(contentsOf: pending)
            written += UInt64(pending.count)
        } catch {
            // Half a record would hide all that follows, should there be space again later.
            try? handle.truncate(atOffset: written)
            fail("cannot write events: \(error.localizedDescription)")
        }
    }

    private func fail(_ message: String) {
        failure = failure ?? EventFileError(path: url.path(percentEncoded: false), message: message)
    }

    /// The colour type in a PNG file's header, as a number of channels.
    private static func channels(ofPNG png: Data) -> Int32 {
        switch png.dropFirst(25).first {
        case 0: 1
        case 4: 2
        case 6: 4
        default: 3
        }
    }
}

extension EventWriter {
    private static let prefix = "events.out.tfevents."

    /// An empty file under a name of its own. TensorBoard reads the files of a run in the order of their names, so the
    /// time in the name is later than in those that are there already, whatever this machine's clock says.
    private static func createFile(in directory: URL) throws -> URL {
        let place = directory.path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let names = try FileManager.default.contentsOfDirectory(atPath: place)
            let latest = names.filter { $0.hasPrefix(prefix) }
                .compactMap { Int($0.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber }) }
                .max()
            var seconds = max(Int(Date().timeIntervalSince1970), (latest ?? 0) + 1)
            while true {
                let file = directory.appending(path: "\(prefix)\(seconds).\(host)")
                do {
                    // Two processes that start in the same second do not get the same file.
                    try Data().write(to: file, options: .withoutOverwriting)
                    return file
                } catch CocoaError.fileWriteFileExists {
                    seconds += 1
                }
            }
        } catch {
            throw EventFileError(path: place, message: "cannot create an event file: \(error.localizedDescription)")
        }
    }

    private static var host: String {
        var name = [UInt8](repeating: 0, count: 256)
        let status = name.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { gethostname($0, 255) } }
        }
        let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        return status == 0 && !text.isEmpty ? text.replacing("/", with: "-") : "localhost"
    }
}
