public import Torch
internal import Wireframes

/// Classification by the majority of the k nearest training points (Cover and Hart, IEEE Trans. Inf. Theory 1967), as
/// scikit-learn's `KNeighborsClassifier`: Euclidean, equal votes, a tie goes to the smallest label.
public struct NearestNeighbourClassifier {
    private let points: Tensor
    private let labels: LabelIndex
    private let neighbours: Int

    /// Remembers the training points.
    ///
    /// - Parameters:
    ///   - x: training points, `[N, d]`, N ≥ 1.
    ///   - labels: their classes.
    ///   - neighbours: k; N if there are fewer points.
    /// - Throws: ``UserError`` `.data` when a row is not finite, there is none, or the labels do not match the rows.
    public init(_ x: Tensor, labels: [Int], neighbours: Int = 5) throws {
        points = try finiteRows(x, of: "k-NN classifier")
        try requireCount(labels.count, equals: points.shape[0], of: "k-NN classifier")
        guard !labels.isEmpty else { throw UserError(.data, "k-NN classifier: there are no training points") }
        self.labels = LabelIndex(labels)
        self.neighbours = min(max(neighbours, 1), labels.count)
    }

    /// The class of each point of `[M, d]`.
    ///
    /// - Throws: ``UserError`` `.data` when a row is not finite or of another width.
    public func predict(_ x: Tensor) throws -> [Int] {
        let queries = try finiteRows(x, of: "k-NN classifier")
        try requireSameWidth(queries, points, of: "k-NN classifier")
        var predictions: [Int] = []
        for block in rowBlocks(queries.shape[0], width: points.shape[0]) {
            let distances = queries[rows: block].distances(to: points)
            let nearest = distances.topK(neighbours, largest: false).indices.integers
            for start in stride(from: 0, to: nearest.count, by: neighbours) {
                predictions.append(majority(nearest[start..<(start + neighbours)]))
            }
        }
        return predictions
    }

    private func majority(_ rows: ArraySlice<Int>) -> Int {
        var votes = [Int](repeating: 0, count: labels.classes.count)
        for row in rows { votes[labels.indices[row]] += 1 }
        return labels.classes[firstMaximum(votes)]
    }
}

/// The first index of the largest value.
func firstMaximum<Value: Comparable>(_ values: [Value]) -> Int {
    var best = 0
    for index in values.indices where values[index] > values[best] { best = index }
    return best
}
