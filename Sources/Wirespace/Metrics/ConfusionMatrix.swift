/// How often each class was taken for each: `[i][j]` counts the rows of class `i` that were predicted as `j`, `[classes][classes]`.
///
/// - Precondition: labels and predictions are in 0..<`classes`.
/// - Throws: ``UserError`` `.data` for lists of different lengths.
public func confusionMatrix(labels: [Int], predictions: [Int], classes: Int) throws -> [[Int]] {
    try requireCount(predictions.count, equals: labels.count, of: "confusion matrix")
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for (truth, prediction) in zip(labels, predictions) { counts[truth][prediction] += 1 }
    return counts
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
