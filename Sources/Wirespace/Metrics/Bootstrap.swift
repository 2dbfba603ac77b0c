internal import Wireframes

/// A range that holds a quantity with a stated confidence.
public struct Interval: Sendable, Equatable, Codable {
    /// The lower end.
    public let low: Double
    /// The upper end.
    public let high: Double

    /// An interval.
    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }
}

/// The 95 % bootstrap interval of a statistic by the percentile method (Efron, Ann. Stat. 1979; Efron and Tibshirani,
/// "An Introduction to the Bootstrap", 1993, ch. 13): the statistic of `resamples` draws of `count` rows with
/// replacement, and the range from its 2.5 % to its 97.5 % quantile.
///
/// What costs much for each resample is better bootstrapped over its per-point values
/// (``bootstrapInterval(ofMean:resamples:seed:)`` of silhouettes, of hits of a classifier): that describes the sampling
/// of the scored points with clusters and fitted probes taken as they are.
///
/// - Parameters:
///   - count: rows of the sample.
///   - resamples: how many samples are drawn.
///   - seed: the same seed draws the same rows.
///   - statistic: the statistic of the rows with the given indices, which repeat. Values that are not finite (a
///     statistic undefined for a resample) are left out.
/// - Returns: `nil` without rows or when no resample has a finite statistic.
public func bootstrapInterval(
    count: Int, resamples: Int = 1000, seed: UInt64, statistic: ([Int]) throws -> Double
) rethrows -> Interval? {
    percentileInterval(try bootstrap(count, resamples: resamples, seed: seed, statistic))
}

/// The statistic of each resample: of as many rows as there are, drawn with repetition; nothing of no rows.
func bootstrap<Statistic>(
    _ count: Int, resamples: Int, seed: UInt64, _ statistic: ([Int]) throws -> Statistic
) rethrows -> [Statistic] {
    guard count > 0 else { return [] }
    var generator = SeededGenerator(seed: seed)
    return try (0..<max(resamples, 0)).map { _ in
        try statistic((0..<count).map { _ in generator.integer(below: count) })
    }
}

/// The 95 % bootstrap interval of the mean of per-image (or per-point) values.
///
/// - Returns: `nil` without values; the value itself twice for one value.
/// - Throws: ``UserError`` `.data` naming the first value that is not finite.
public func bootstrapInterval(ofMean values: [Double], resamples: Int = 1000, seed: UInt64) throws -> Interval? {
    if let row = values.firstIndex(where: { !$0.isFinite }) {
        throw UserError(.data, "bootstrap: value \(row) of \(values.count) is not finite")
    }
    guard !values.isEmpty else { return nil }
    var generator = SeededGenerator(seed: seed)
    let means = (0..<max(resamples, 0)).map { _ in
        var sum = 0.0
        for _ in values.indices { sum += values[generator.integer(below: values.count)] }
        return sum / Double(values.count)
    }
    return percentileInterval(means)
}

/// The 2.5 % and 97.5 % quantiles of the finite values.
func percentileInterval(_ values: [Double]) -> Interval? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    return Interval(low: quantile(sorted, 0.025), high: quantile(sorted, 0.975))
}

/// The quantile of an ascending list, linear between neighbours, as NumPy's default.
private func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
}
