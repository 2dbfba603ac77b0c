public import Torch
internal import Wireframes

/// The disentanglement score of FactorVAE (Kim and Mnih, ICML 2018).
///
/// A vote draws a factor and rows that share one value of it; the latent dimension that varies least among them, in
/// units of its variance over all rows, is the vote's dimension. The classifier answers each dimension with the factor
/// that most votes of the first half gave it; the score is its accuracy on the second half. Dimensions whose variance
/// is at most `inactive` do not vote (0.05 as in Locatello et al., ICML 2019), else a collapsed dimension would win all.
///
/// - Parameters:
///   - codes: latents, `[N, d]`.
///   - factors: for each factor its discrete value of every row. Values with fewer than two rows are not drawn.
///   - votes: of each half.
///   - batch: rows of a vote, drawn with replacement.
///   - seed: the same seed draws the same rows.
/// - Returns: a value in [0, 1], 1/K by chance; 0 when no dimension is active, `nil` when no vote can be drawn.
/// - Throws: ``UserError`` `.data` when a row is not finite or a factor does not have one value a row.
public func factorVAEScore(
    _ codes: Tensor, factors: [[Int]], votes: Int = 800, batch: Int = 64, inactive: Double = 0.05, seed: UInt64
) throws -> Double? {
    let codes = try finiteRows(codes, of: "FactorVAE score")
    for factor in factors { try requireCount(factor.count, equals: codes.shape[0], of: "FactorVAE score") }
    let groups = factors.map(rowsByValue)
    let drawable = groups.indices.filter { !groups[$0].isEmpty }
    guard !drawable.isEmpty, votes > 0 else { return nil }

    let scaled = normalisedActiveDimensions(codes, above: inactive)
    guard let scaled else { return 0 }
    var generator = SeededGenerator(seed: seed)
    let draws = (0..<(2 * votes)).map { _ in
        let factor = drawable[generator.integer(below: drawable.count)]
        let group = groups[factor][generator.integer(below: groups[factor].count)]
        let rows = (0..<max(batch, 2)).map { _ in group[generator.integer(below: group.count)] }
        return (dimension: leastVaryingDimension(scaled[rows: rows]), factor: factor)
    }
    return majorityVoteAccuracy(train: Array(draws.prefix(votes)), test: Array(draws.dropFirst(votes)))
}

/// The accuracy, in [0, 1], of answering each dimension with the factor that has most of its training votes (the first
/// among equals). A dimension without training votes is answered with factor 0.
///
/// - Parameters:
///   - train: votes to count; factors are numbered from 0.
///   - test: votes to score; 0 without any.
public func majorityVoteAccuracy(
    train: [(dimension: Int, factor: Int)], test: [(dimension: Int, factor: Int)]
) -> Double {
    guard !test.isEmpty else { return 0 }
    let factors = (train + test).map(\.factor).max() ?? 0
    var counts: [Int: [Int]] = [:]
    for vote in train {
        counts[vote.dimension, default: [Int](repeating: 0, count: factors + 1)][vote.factor] += 1
    }
    let answers = counts.mapValues { firstMaximum($0) }
    return Double(test.count { answers[$0.dimension, default: 0] == $0.factor }) / Double(test.count)
}

/// The rows of each value that at least two rows have.
private func rowsByValue(_ factor: [Int]) -> [[Int]] {
    let groups = Dictionary(grouping: factor.indices) { factor[$0] }
    return groups.sorted { $0.key < $1.key }.map(\.value).filter { $0.count >= 2 }
}

/// Columns with more variance than `threshold`, brought to variance 1; `nil` when there is none.
private func normalisedActiveDimensions(_ codes: Tensor, above threshold: Double) -> Tensor? {
    let variances = (codes - codes.mean(0)).square().mean(0)
    let active = variances.doubles.enumerated().filter { $0.element > threshold }.map(\.offset)
    guard !active.isEmpty else { return nil }
    let columns = Tensor(active)
    return codes.indexSelect(1, columns) / variances.indexSelect(0, columns).sqrt()
}

private func leastVaryingDimension(_ rows: Tensor) -> Int {
    (-(rows - rows.mean(0)).square().mean(0)).argmax(0).integers[0]
}
