public import Torch

/// The mutual information gap (Chen et al., NeurIPS 2018): how much more the best latent dimension knows about each
/// factor than the second best, as a share of the factor's entropy, averaged over factors.
///
///     MIG = 1/K · Σₖ ( I(z₍₁₎; vₖ) − I(z₍₂₎; vₖ) ) / H(vₖ)
///
/// Latents are cut into `bins` equal parts of their range and information is counted from frequencies, as Locatello et
/// al. (ICML 2019) do.
///
/// - Parameters:
///   - codes: latents, `[N, d]`.
///   - factors: for each factor its discrete value of every row (see ``binned(_:into:)`` for continuous ones).
/// - Returns: a value in [0, 1]; factors that never vary are left out, and `nil` when none is left. With d = 1 the second
///   best knows nothing.
/// - Throws: ``UserError`` `.data` when a row is not finite or a factor does not have one value a row.
public func mutualInformationGap(_ codes: Tensor, factors: [[Int]], bins: Int = 20) throws -> Double? {
    let columns = try finiteRows(codes, of: "MIG").transposed()
    let (width, count) = (columns.shape[0], columns.shape[1])
    for factor in factors { try requireCount(factor.count, equals: count, of: "MIG") }
    let latents = (0..<width).map { LabelIndex(binned(columns[rows: $0..<($0 + 1)].doubles, into: bins)) }
    let gaps = factors.map { LabelIndex($0) }.filter { $0.classes.count > 1 }.map { factor in
        let information = latents.map { mutualInformation($0, factor) }.sorted(by: >)
        return (information[0] - (information.count > 1 ? information[1] : 0)) / entropy(factor.counts)
    }
    return gaps.isEmpty ? nil : gaps.reduce(0, +) / Double(gaps.count)
}

/// Continuous values as bins 0..<`count` of equal width between the smallest and the largest value; the largest is in
/// the last bin. Values that are all equal are in bin 0.
///
/// - Precondition: values are finite.
public func binned(_ values: [Double], into count: Int) -> [Int] {
    guard count > 1, let low = values.min(), let high = values.max(), high > low else { return values.map { _ in 0 } }
    let step = (high - low) / Double(count)
    return values.map { value in
        // The edges are low + i·step, rounded as NumPy's are; the division may land one beside.
        var bin = min(max(Int((value - low) / step), 0), count - 1)
        if bin + 1 < count && value >= Double(bin + 1) * step + low { bin += 1 }
        if bin > 0 && value < Double(bin) * step + low { bin -= 1 }
        return bin
    }
}
