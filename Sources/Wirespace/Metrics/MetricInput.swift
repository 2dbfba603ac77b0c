internal import Torch
internal import Wireframes

/// `x` on the CPU in double precision, known to be a table of finite numbers.
///
/// - Parameter dimensions: how many dimensions it must have; the first one counts rows (points, images).
/// - Throws: ``UserError`` `.data` naming the metric and the first row that holds a NaN or an infinity.
func finiteRows(_ x: Tensor, of metric: String, dimensions: Int = 2) throws -> Tensor {
    try requireFinite(x, of: metric, dimensions: dimensions)
    return x.to(.cpu, dtype: .float64)
}

/// Refuses tensors with rows that are not finite, by name.
func requireFinite(_ x: Tensor, of metric: String, dimensions: Int = 2) throws {
    let shape = x.shape
    guard shape.count == dimensions, shape.dropFirst().allSatisfy({ $0 > 0 }) else {
        throw UserError(.data, "\(metric): a tensor of shape \(shape) is not a table of \(dimensions) dimensions")
    }
    guard shape[0] > 0 else { return }
    let sound = x.isFinite().to(dtype: .uint8).reshape(shape[0], -1).amin(1).integers
    if let row = sound.firstIndex(of: 0) {
        throw UserError(
            .data, "\(metric): row \(row) of \(shape[0]) holds a value that is not finite",
            remedy: "if a model gave it, its training has diverged: train again with a lower optimization.lr")
    }
}

/// Refuses lists that do not have one entry a row.
func requireCount(_ count: Int, equals rows: Int, of metric: String) throws {
    guard count == rows else { throw UserError(.data, "\(metric): \(count) labels for \(rows) rows") }
}

/// Refuses two tables whose rows have different lengths.
func requireSameWidth(_ x: Tensor, _ y: Tensor, of metric: String) throws {
    guard x.shape.dropFirst() == y.shape.dropFirst() else {
        throw UserError(.data, "\(metric): rows of shapes \(x.shape) and \(y.shape) cannot be compared")
    }
}

/// Row ranges such that a block of `width` numbers a row holds about two million of them (16 MB), so that no table of
/// all pairs is ever in memory.
func rowBlocks(_ count: Int, width: Int) -> [Range<Int>] {
    let size = max(1, 2_000_000 / max(width, 1))
    return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}

extension Tensor {
    /// Consecutive rows, without a copy.
    subscript(rows rows: Range<Int>) -> Tensor { narrow(0, from: rows.lowerBound, length: rows.count) }

    /// The rows at `indices`.
    subscript(rows indices: [Int]) -> Tensor { indexSelect(0, Tensor(indices, device: device)) }
}

/// Labels as numbers 0..<K in the order of their values.
struct LabelIndex {
    /// The distinct labels, ascending.
    let classes: [Int]
    /// For each row the place of its label in `classes`.
    let indices: [Int]
    /// Rows of each class.
    let counts: [Int]

    init(_ labels: [Int]) {
        classes = Set(labels).sorted()
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
        indices = labels.map { places[$0] ?? 0 }
        var counts = [Int](repeating: 0, count: classes.count)
        for index in indices { counts[index] += 1 }
        self.counts = counts
    }

    /// 1 where a row belongs to a class, else 0: float64 `[N, K]`.
    var membership: Tensor { oneHot(indices, classes: classes.count) }
}

/// 1 in the column that each row names, else 0: float64 `[N, K]`.
func oneHot(_ indices: [Int], classes: Int) -> Tensor {
    let columns = Tensor(Array(0..<classes), shape: [1, classes])
    return (Tensor(indices, shape: [indices.count, 1]) .== columns).to(dtype: .float64)
}
