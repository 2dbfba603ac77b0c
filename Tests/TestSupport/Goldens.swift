// What the tests of several modules share: the numbers that PyTorch computed, and how close a result comes to them.
public import Foundation
public import Torch

/// The root of the checkout.
public let repositoryRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// One of the files that `Tests/Goldens/make_goldens.py` writes.
public struct Goldens {
    /// The folder of all of them.
    public static let folder = repositoryRoot.appending(path: "Tests/Goldens")

    /// Where the file is.
    public let url: URL
    /// Its tensors, named `case.role`.
    public let tensors: [String: Tensor]

    /// Reads `<name>.safetensors`.
    public init(_ name: String) throws {
        url = Self.folder.appending(path: name + ".safetensors")
        tensors = try SafeTensors(contentsOf: url).tensors
    }

    /// The tensor of that name.
    public subscript(_ name: String) -> Tensor {
        get throws {
            guard let tensor = tensors[name] else { throw MissingGolden(name: "\(url.lastPathComponent): \(name)") }
            return tensor
        }
    }

    /// All tensors whose names start with `prefix.`, by the rest of their names.
    public func under(_ prefix: String) -> [String: Tensor] {
        var found: [String: Tensor] = [:]
        for (name, tensor) in tensors where name.hasPrefix(prefix + ".") {
            found[String(name.dropFirst(prefix.count + 1))] = tensor
        }
        return found
    }

    /// Images, stored as bytes, in [0, 1].
    public func image(_ name: String) throws -> Tensor {
        try self[name].to(dtype: .float32) / Tensor([255] as [Float], shape: [1])
    }

    /// What a JSON file of the folder says under `key`.
    public static func settings<Settings: Decodable>(
        _ key: String, in file: String = "goldens.json", as type: Settings.Type = Settings.self
    ) throws -> Settings {
        let data = try Data(contentsOf: folder.appending(path: file))
        guard let section = try JSONSerialization.jsonObject(with: data) as? [String: Any], let value = section[key]
        else {
            throw MissingGolden(name: "\(file): \(key)")
        }
        return try JSONDecoder().decode(
            Settings.self, from: JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed))
    }
}

/// A golden that a test asks for and the script does not make.
public struct MissingGolden: Error {
    let name: String
}

/// The largest difference between two tensors' elements, relative to the largest element of `expected`; infinite when
/// the shapes differ or a value is not finite.
public func difference(_ value: Tensor?, _ expected: Tensor) -> Double {
    guard let value, value.shape == expected.shape else { return .infinity }
    return difference(value.doubles, expected.doubles)
}

/// The largest difference between two lists' elements, relative to the largest element of `expected`.
public func difference(_ values: [Double], _ expected: [Double]) -> Double {
    guard values.count == expected.count else { return .infinity }
    let differences = zip(values, expected).map { abs($0 - $1) }
    guard differences.allSatisfy(\.isFinite) else { return .infinity }
    let scale = expected.map(abs).max() ?? 0
    let largest = differences.max() ?? 0
    return scale == 0 ? largest : largest / scale
}
