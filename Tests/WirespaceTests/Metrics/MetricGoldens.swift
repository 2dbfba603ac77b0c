import Foundation
import TestSupport
import Testing
import Torch

/// The numbers of scikit-learn, scikit-image, SciPy and NumPy that the metrics are held against.
///
/// `metrics.safetensors` and `goldens.json` come from `metric_goldens.py`, `evaluation_metrics.safetensors` from
/// `make_metric_goldens.py`.
struct MetricGoldens {
    private let tensors: [String: Tensor]
    private let report: [String: Any]

    init() throws {
        let (first, second) = (try Goldens("metrics"), try Goldens("evaluation_metrics"))
        tensors = first.tensors.merging(second.tensors) { first, _ in first }
        let data = try Data(contentsOf: Goldens.folder.appending(path: "goldens.json"))
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        report = try #require(all["metrics"] as? [String: Any])
    }

    func tensor(_ name: String) throws -> Tensor { try #require(tensors[name], "no golden \(name)") }

    func doubles(_ name: String) throws -> [Double] { try tensor(name).doubles }

    func labels(_ name: String) throws -> [Int] { try tensor(name).integers }

    /// A number of `goldens.json` under `metrics`.
    func number(_ path: String...) throws -> Double {
        try #require(path.reduce(report as Any?) { ($0 as? [String: Any])?[$1] } as? NSNumber).doubleValue
    }

    /// A list of numbers of `goldens.json` under `metrics`.
    func numbers(_ path: String...) throws -> [Double] {
        try #require(path.reduce(report as Any?) { ($0 as? [String: Any])?[$1] } as? [NSNumber]).map(\.doubleValue)
    }
}

/// The largest absolute difference; infinite for lists of different lengths and where a value is not a number.
func absoluteDifference(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { abs($0 - $1) }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
}

/// Expects agreement within `tolerance` and, with METRIC_DIFFERENCES set, prints how near the values are.
func expect(
    _ name: String, _ values: [Double], near expected: [Double], tolerance: Double,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let largest = absoluteDifference(values, expected)
    if ProcessInfo.processInfo.environment["METRIC_DIFFERENCES"] != nil { print("difference | \(name) | \(largest)") }
    #expect(largest <= tolerance, "\(name) differs by \(largest)", sourceLocation: sourceLocation)
}

/// Points around centres that are `distance` apart along the axes, `perCluster` each, with unit deviation.
func blobs(_ clusters: Int, perCluster: Int, dimensions: Int, distance: Double, seed: UInt64) -> (Tensor, [Int]) {
    let labels = (0..<(clusters * perCluster)).map { $0 % clusters }
    let centres = Tensor.eye(dimensions).narrow(0, from: 0, length: clusters) * distance
    let noise = Tensor.randn([labels.count, dimensions], generator: Generator(seed: seed))
    return (noise + centres.indexSelect(0, Tensor(labels)), labels)
}
