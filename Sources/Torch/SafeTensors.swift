internal import CTorch
internal import Crypto
public import Foundation

/// A file of named tensors in the safetensors format: an 8-byte little-endian length, a JSON header with the type,
/// shape and byte range of each tensor, then the bytes. It holds no code, and any framework reads it.
///
/// Ours have a checksum of the bytes in their metadata, so that a file which a disk or a copy has changed is refused.
public struct SafeTensors {
    /// The tensors by name.
    public var tensors: [String: Tensor]
    /// Free text beside them.
    public var metadata: [String: String]

    /// A set of tensors to be written.
    public init(_ tensors: [String: Tensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    // MARK: Reading

    /// Reads a file.
    ///
    /// - Throws: ``TorchError`` `.file` when it cannot be opened, `.content` when it is not a sound safetensors file:
    ///   truncated, a foreign format, ranges that overlap, do not fit their shape or leave the file, bytes that are not those of
    ///   its checksum.
    public init(contentsOf url: URL) throws {
        let data: Data
        do {
            data = try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw TorchError(.file, "\(url.path): cannot be read: \(error.localizedDescription)")
        }
        do {
            try self.init(data)
        } catch let error as TorchError {
            throw TorchError(error.kind, "\(url.path): \(error.message)")
        }
    }

    /// Reads a file's bytes.
    public init(_ data: Data) throws {
        guard data.count >= 8 else { throw Self.broken("it has only \(data.count) bytes") }
        let headerLength = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard headerLength <= UInt64(min(data.count - 8, 100_000_000)) else {
            throw Self.broken("its header claims \(headerLength) bytes and the file has \(data.count)")
        }
        let start = data.startIndex + 8 + Int(headerLength)
        guard let header = try? JSONSerialization.jsonObject(with: data[(data.startIndex + 8)..<start]),
            let entries = header as? [String: Any]
        else { throw Self.broken("its header is not a JSON object") }

        let body = data[start...]
        guard let metadata = (entries["__metadata__"] ?? [:]) as? [String: String] else {
            throw Self.broken("its metadata is not text under names")
        }
        self.metadata = metadata
        let checksum = self.metadata.removeValue(forKey: Self.checksumKey)
        tensors = [:]
        var ranges: [Range<Int>] = []
        for (name, entry) in entries where name != "__metadata__" {
            let range = try Self.range(of: name, entry, in: body.count)
            ranges.append(range.bytes)
            let bytes = body[(start + range.bytes.lowerBound)..<(start + range.bytes.upperBound)]
            tensors[name] = try withTorchErrors {
                bytes.withUnsafeBytes { Tensor(bytes: $0, shape: range.shape, dtype: range.dtype) }
            }
        }
        try Self.check(ranges, cover: body.count)
        if let checksum, checksum != Self.checksum(of: body) {
            throw Self.broken("its bytes are not those that were written: copy it again")
        }
    }

    /// The format wants every byte to belong to exactly one tensor.
    private static func check(_ ranges: [Range<Int>], cover byteCount: Int) throws {
        var end = 0
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard range.lowerBound == end else { throw broken("its tensors overlap or leave a gap at byte \(end)") }
            end = range.upperBound
        }
        guard end == byteCount else { throw broken("its tensors cover \(end) of \(byteCount) bytes") }
    }

    private static func range(
        of name: String, _ entry: Any, in byteCount: Int
    ) throws -> (dtype: DType, shape: [Int], bytes: Range<Int>) {
        guard let entry = entry as? [String: Any], let code = entry["dtype"] as? String,
            let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2
        else { throw broken("the entry of \(name) lacks dtype, shape or data_offsets") }
        guard let dtype = codes.first(where: { $0.code == code })?.dtype else {
            throw broken("\(name) has the type \(code), which is not supported")
        }
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= byteCount else {
            throw broken("\(name) lies at bytes \(offsets[0])..<\(offsets[1]) of \(byteCount): truncated?")
        }
        let expected = try byteSize(of: shape, dtype, name)
        guard expected == offsets[1] - offsets[0] else {
            throw broken("\(name) of shape \(shape) needs \(expected) bytes and has \(offsets[1] - offsets[0])")
        }
        return (dtype, shape, offsets[0]..<offsets[1])
    }

    private static func byteSize(of shape: [Int], _ dtype: DType, _ name: String) throws -> Int {
        var stride = dtype.byteCount  // a dimension of length 0 does not make up for others that overflow
        for length in shape {
            let (product, overflow) = stride.multipliedReportingOverflow(by: max(length, 1))
            guard length >= 0, !overflow else { throw broken("\(name) has the impossible shape \(shape)") }
            stride = product
        }
        return shape.contains(0) ? 0 : stride
    }

    private static let checksumKey = "sha256"

    private static func checksum(of body: Data) -> String {
        SHA256.hash(data: body).map { String(format: "%02x", $0) }.joined()
    }

    private static func broken(_ reason: String) -> TorchError {
        TorchError(.content, "not a sound safetensors file: \(reason)")
    }

    private static let codes: [(code: String, dtype: DType)] = [
        ("F32", .float32), ("F64", .float64), ("F16", .float16), ("BF16", .bfloat16), ("I64", .int64), ("I32", .int32),
        ("U8", .uint8), ("BOOL", .bool),
    ]

    // MARK: Writing

    /// The file's bytes. The same tensors always give the same bytes.
    public func encoded() throws -> Data {
        var header: [String: Any] = [:]
        var body = Data()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let dtype = tensor.dtype
            let start = body.count
            body.append(tensor.bytes)
            let code = Self.codes.first { $0.dtype == dtype }?.code ?? ""
            header[name] = ["dtype": code, "shape": tensor.shape, "data_offsets": [start, body.count]]
        }
        header["__metadata__"] = metadata.merging([Self.checksumKey: Self.checksum(of: body)]) { $1 }
        var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
        json.append(Data(repeating: 0x20, count: (8 - json.count % 8) % 8))  // tensors start at multiples of 8
        var file = Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) })
        file.append(json)
        file.append(body)
        return file
    }

    /// Writes a file under a temporary name and renames it, so that a file of this name is always whole, also after a loss of power.
    ///
    /// The temporary name is always the same: what a process that was killed has left is overwritten by the next one.
    ///
    /// - Throws: ``TorchError`` `.file` when the disk is full or the folder read-only; an older file then stays as it was.
    public func write(to url: URL) throws {
        let bytes = try encoded()
        let temporary = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).tmp")
        do {
            try bytes.write(to: temporary)
            // Else the new name may reach the disk before the content.
            let handle = try FileHandle(forUpdating: temporary)
            defer { try? handle.close() }
            try handle.synchronize()
            guard rename(temporary.path, url.path) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw TorchError(.file, "\(url.path): cannot be written: \(error.localizedDescription)")
        }
    }
}

extension Tensor {
    /// The elements' memory, row by row, in the machine's (little-endian) order.
    var bytes: Data {
        var data = Data(count: count * dtype.byteCount)
        let dtype = dtype
        data.withUnsafeMutableBytes { bytes in
            perform { ct_copy_bytes(bytes.baseAddress, bytes.count, $0, dtype.c) }
        }
        return data
    }
}
