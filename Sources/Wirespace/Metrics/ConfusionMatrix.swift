/// How often each class was taken for each.
public struct ConfusionMatrix: Sendable, Equatable {
    /// All labels that occur as truth or prediction, ascending.
    public let classes: [Int]
    /// `counts[i][j]`: rows of class `classes[i]` predicted as `classes[j]`.
    public let counts: [[Int]]

    /// Counts predictions.
    ///
    /// - Throws: ``UserError`` `.data` for lists of different lengths.
    public init(labels: [Int], predictions: [Int]) throws {
        try requireCount(predictions.count, equals: labels.count, of: "confusion matrix")
        let index = LabelIndex(labels + predictions)
        classes = index.classes
        var counts = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
        for (truth, prediction) in zip(index.indices, index.indices.dropFirst(labels.count)) {
            counts[truth][prediction] += 1
        }
        self.counts = counts
    }

    /// The share of rows on the diagonal, in [0, 1]; `nil` without rows.
    public var accuracy: Double? {
        let total = counts.joined().reduce(0, +)
        return total == 0 ? nil : Double(classes.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
    }
}

/// The share of predictions that are right, in [0, 1]; `nil` without any.
///
/// - Throws: ``UserError`` `.data` for lists of different lengths.
public func accuracy(_ predictions: [Int], labels: [Int]) throws -> Double? {
    try requireCount(labels.count, equals: predictions.count, of: "accuracy")
    guard !labels.isEmpty else { return nil }
    return Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
}

/// The accuracy of always answering the class that is most frequent in training, the smallest label among equals: what
/// any probe has to beat.
///
/// - Returns: a value in [0, 1]; `nil` when either list is empty.
public func majorityClassAccuracy(train: [Int], test: [Int]) -> Double? {
    guard !train.isEmpty, !test.isEmpty else { return nil }
    let index = LabelIndex(train)
    let majority = index.classes[firstMaximum(index.counts)]
    return Double(test.count { $0 == majority }) / Double(test.count)
}
