import Foundation

/// A safetensors file taken apart, to be damaged: it shares no code with the reader that it is made for.
struct SafeTensorsFile {
    var header: [String: Any]
    var body: Data

    init(_ data: Data) throws {
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let json = try JSONSerialization.jsonObject(with: data.dropFirst(8).prefix(length))
        header = json as? [String: Any] ?? [:]
        body = Data(data.dropFirst(8 + length))
    }

    /// The names of the tensors, sorted.
    var names: [String] { header.keys.filter { $0 != "__metadata__" }.sorted() }

    /// The bytes of a tensor.
    func bytes(of name: String) -> Data? {
        guard let entry = header[name] as? [String: Any], let range = entry["data_offsets"] as? [Int] else {
            return nil
        }
        return body.dropFirst(range[0]).prefix(range[1] - range[0])
    }

    var metadata: [String: String] {
        get { header["__metadata__"] as? [String: String] ?? [:] }
        set { header["__metadata__"] = newValue }
    }

    /// What the metadata's JSON text `state` says, with a number changed.
    mutating func setState(_ key: String, to value: Int) throws {
        let text = metadata["state"] ?? "{}"
        var state = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        state[key] = value
        metadata["state"] = String(decoding: try JSONSerialization.data(withJSONObject: state), as: UTF8.self)
    }

    func data() throws -> Data {
        let json = try JSONSerialization.data(withJSONObject: header)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }) + json + body
    }
}
