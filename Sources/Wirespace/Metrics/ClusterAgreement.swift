internal import Foundation
internal import Wireframes

/// Normalised mutual information of two labellings (Strehl and Ghosh, JMLR 2002), as scikit-learn's
/// `normalized_mutual_info_score` with its arithmetic mean.
///
///     NMI = I(a; b) / ((H(a) + H(b)) / 2)
///
/// - Returns: a value in [0, 1]; 1 when both labellings put all points into one cluster (or there are no points), 0
///   when only one of them does.
/// - Throws: ``UserError`` `.data` for lists of different lengths.
public func normalizedMutualInformation(_ a: [Int], _ b: [Int]) throws -> Double {
    try requireCount(b.count, equals: a.count, of: "NMI")
    let first = LabelIndex(a)
    let second = LabelIndex(b)
    if first.classes.count <= 1 && second.classes.count <= 1 { return 1 }
    let shared = mutualInformation(first, second)
    guard shared > .ulpOfOne else { return 0 }
    return min(1, shared / ((entropy(first.counts) + entropy(second.counts)) / 2))
}

/// The Rand index of two labellings, adjusted for chance (Hubert and Arabie, J. Classification 1985), as
/// scikit-learn's `adjusted_rand_score`.
///
///     ARI = (RI − E[RI]) / (max RI − E[RI])    over all pairs of points
///
/// - Returns: a value in [−0.5, 1]: 1 for equal partitions, 0 on average for random ones; 1 for fewer than two points.
/// - Throws: ``UserError`` `.data` for lists of different lengths.
public func adjustedRandIndex(_ a: [Int], _ b: [Int]) throws -> Double {
    try requireCount(b.count, equals: a.count, of: "ARI")
    let first = LabelIndex(a)
    let second = LabelIndex(b)
    let sumOfSquares = { (counts: [Int]) in counts.reduce(0.0) { $0 + Double($1) * Double($1) } }
    let count = Double(a.count)
    let together = sumOfSquares(contingency(first, second).map(\.count))
    // Ordered pairs that are together in both, in a only, in b only, in neither.
    let both = together - count
    let onlyFirst = sumOfSquares(first.counts) - together
    let onlySecond = sumOfSquares(second.counts) - together
    let neither = count * count - onlyFirst - onlySecond - together
    if onlyFirst == 0 && onlySecond == 0 { return 1 }
    let agreement = 2 * (both * neither - onlyFirst * onlySecond)
    return agreement / ((both + onlyFirst) * (onlyFirst + neither) + (both + onlySecond) * (onlySecond + neither))
}

/// I(a; b) in nats, from relative frequencies.
func mutualInformation(_ a: LabelIndex, _ b: LabelIndex) -> Double {
    let total = Double(a.indices.count)
    return contingency(a, b).reduce(0) { sum, cell in
        let count = Double(cell.count)
        let expected = Double(a.counts[cell.first]) * Double(b.counts[cell.second])
        return sum + count / total * log(count * total / expected)
    }
}

/// The entropy of relative frequencies, in nats.
func entropy(_ counts: [Int]) -> Double {
    let total = Double(counts.reduce(0, +))
    return counts.reduce(0) { $1 == 0 ? $0 : $0 - Double($1) / total * log(Double($1) / total) }
}

/// The pairs of classes that occur together, and how often.
private func contingency(_ a: LabelIndex, _ b: LabelIndex) -> [(first: Int, second: Int, count: Int)] {
    let width = b.classes.count
    var cells: [(first: Int, second: Int, count: Int)] = []
    for key in zip(a.indices, b.indices).map({ $0 * width + $1 }).sorted() {
        if let last = cells.last, last.first * width + last.second == key {
            cells[cells.count - 1].count += 1
        } else {
            cells.append((key / width, key % width, 1))
        }
    }
    return cells
}
