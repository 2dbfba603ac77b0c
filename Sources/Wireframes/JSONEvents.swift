internal import CYAJL
internal import Foundation

/// What a JSON text says, piece by piece, in its order. A method that throws ends the reading.
protocol JSONEventReader: AnyObject {
    func beginObject() throws
    func key(_ name: UnsafeRawBufferPointer) throws
    func endObject() throws
    func beginArray() throws
    func endArray() throws
    func number(_ value: Double) throws
    func string(_ text: UnsafeRawBufferPointer) throws
    func bool(_ value: Bool) throws
    func null() throws
}

/// Reading JSON (RFC 8259) by YAJL: event by event, so that a text of many megabytes never stands in memory as a tree,
/// and with a stack of its own, so that no nesting overflows ours. Foundation's reader builds the tree and refuses 512
/// levels.
enum JSONEvents {
    /// Tells `reader` what is in `data`. Strings and keys are valid UTF-8.
    ///
    /// - Throws: what the reader threw, or `UserError` with code `.data` for a text that is not JSON, with its line.
    static func read(_ data: Data, into reader: any JSONEventReader) throws(UserError) {
        guard !data.isEmpty else { throw UserError(.data, "the file is empty", remedy: "export it again") }
        let isWide = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) || data.prefix(4).contains(0)
        guard !isWide else {
            throw UserError(.data, "UTF-16 or binary, not UTF-8 text", remedy: "save it as JSON in UTF-8")
        }
        let mark = data.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let parsing = Parsing(reader)
        let result = data.withUnsafeBytes { bytes in
            Result { () throws(UserError) in try parsing.run(UnsafeRawBufferPointer(rebasing: bytes[mark...])) }
        }
        try result.get()
    }
}

/// What YAJL's callbacks are given.
private final class Parsing {
    private let reader: any JSONEventReader
    private var error: UserError?

    init(_ reader: any JSONEventReader) {
        self.reader = reader
    }

    func run(_ bytes: UnsafeRawBufferPointer) throws(UserError) {
        guard var remaining = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            throw UserError(.data, "the file is empty", remedy: "export it again")
        }
        var callbacks = Self.callbacks
        guard let handle = yajl_alloc(&callbacks, nil, Unmanaged.passUnretained(self).toOpaque()) else {
            throw UserError(.internal, "out of memory")
        }
        defer { yajl_free(handle) }
        // In pieces: YAJL counts a long text's bytes in 32 bits here and there.
        var left = bytes.count
        while left > 0 {
            let count = min(left, 1 << 20)
            guard yajl_parse(handle, remaining, count) == yajl_status_ok else {
                let place = bytes.count - left + min(count, Int(yajl_get_bytes_consumed(handle)))
                throw failure(handle, bytes.prefix(place))
            }
            remaining += count
            left -= count
        }
        guard yajl_complete_parse(handle) == yajl_status_ok else { throw failure(handle, bytes[...]) }
    }

    private func failure(_ handle: OpaquePointer, _ read: Slice<UnsafeRawBufferPointer>) -> UserError {
        if let error { return error }
        let text = yajl_get_error(handle, 0, nil, 0)
        defer { yajl_free_error(handle, text) }
        let reason = text.map { String(cString: $0).trimmingCharacters(in: .whitespacesAndNewlines) } ?? "unknown"
        let line = read.count { $0 == UInt8(ascii: "\n") } + 1
        return UserError(
            .data, "not valid JSON: \(reason), at line \(line), byte \(read.count)",
            remedy: "the file is cut off or damaged: export it again")
    }

    /// Tells the reader what YAJL has found; 0, which stops YAJL, when the reader throws.
    private static func tell(
        _ context: UnsafeMutableRawPointer?, _ event: (any JSONEventReader) throws -> Void
    ) -> Int32 {
        guard let context else { return 0 }
        let parsing = Unmanaged<Parsing>.fromOpaque(context).takeUnretainedValue()
        do {
            try event(parsing.reader)
            return 1
        } catch {
            parsing.error = error as? UserError ?? UserError(.internal, "\(error)")
            return 0
        }
    }

    /// The number that `count` bytes spell; too large a one is infinite.
    private static func value(_ text: UnsafePointer<CChar>?, _ count: Int) -> Double {
        // More of the text follows the number: a copy ends in the zero that `strtod` needs.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { copy in
            guard let text, let start = copy.baseAddress else { return .nan }
            start.update(from: text, count: count)
            start[count] = 0
            return strtod(start, nil)
        }
    }

    private static let callbacks = yajl_callbacks(
        yajl_null: { Parsing.tell($0) { try $0.null() } },
        yajl_boolean: { context, value in Parsing.tell(context) { try $0.bool(value != 0) } },
        yajl_integer: nil,
        yajl_double: nil,
        yajl_number: { context, text, count in Parsing.tell(context) { try $0.number(Parsing.value(text, count)) } },
        yajl_string: { context, text, count in
            Parsing.tell(context) { try $0.string(UnsafeRawBufferPointer(start: text, count: count)) }
        },
        yajl_start_map: { Parsing.tell($0) { try $0.beginObject() } },
        yajl_map_key: { context, text, count in
            Parsing.tell(context) { try $0.key(UnsafeRawBufferPointer(start: text, count: count)) }
        },
        yajl_end_map: { Parsing.tell($0) { try $0.endObject() } },
        yajl_start_array: { Parsing.tell($0) { try $0.beginArray() } },
        yajl_end_array: { Parsing.tell($0) { try $0.endArray() } })
}
