internal import Foundation
public import Torch
internal import Wireframes

/// Disentanglement, completeness and informativeness of latents about known factors (Eastwood and Williams, ICLR 2018).
public struct DCI: Sendable, Equatable {
    /// Whether each latent dimension matters for one factor only: Σ_d ρ_d (1 − H_K(row d)), in [0, 1].
    public let disentanglement: Double
    /// Whether each factor is held by one dimension only: Σ_k ρ_k (1 − H_D(column k)), in [0, 1].
    public let completeness: Double
    /// How well the factors can be read off the latents: the accuracy on test rows, averaged over factors; `nil` when
    /// only importances were given.
    public let informativeness: Double?

    /// The scores of given importances.
    ///
    /// Rows and columns are turned into probabilities, their entropies have base K and D, and ρ is a row's or column's
    /// share of all importance: the weighting of Locatello et al. (ICML 2019).
    ///
    /// - Parameters:
    ///   - importance: `importance[d][k]` ≥ 0, of dimension d for factor k. A row or column of zeros has weight 0; all
    ///     zeros score 0.
    ///   - informativeness: passed through.
    public init(importance: [[Double]], informativeness: Double? = nil) {
        let columns = (importance.first ?? []).indices.map { k in importance.map { $0[k] } }
        disentanglement = Self.weightedPurity(importance)
        completeness = Self.weightedPurity(columns)
        self.informativeness = informativeness
    }

    private static func weightedPurity(_ rows: [[Double]]) -> Double {
        let sums = rows.map { $0.reduce(0, +) }
        let total = sums.reduce(0, +)
        guard total > 0 else { return 0 }
        return zip(rows, sums).reduce(0) { score, row in
            row.1 > 0 ? score + row.1 / total * purity(row.0.map { $0 / row.1 }) : score
        }
    }

    /// 1 − the entropy of a distribution, in units of its largest possible entropy; 1 for a single entry.
    private static func purity(_ shares: [Double]) -> Double {
        guard shares.count > 1 else { return 1 }
        let entropy = shares.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        return 1 - entropy / log(Double(shares.count))
    }
}

/// DCI of latents, with the importances of an L1-penalised multinomial logistic regression of each factor.
///
/// The regressor is the paper's lasso, made for classes: latents are standardised on the training rows, (1/N) Σ
/// cross-entropy + `penalty`·Σ|W| is minimised by FISTA (Beck and Teboulle, SIAM J. Imaging Sci. 2009), and the
/// importance of dimension d for a factor is Σ over its values of |W_d|. scikit-learn's gradient boosting, which
/// Locatello et al. use, finds relations that are not linear and this does not: the numbers are not comparable.
///
/// - Parameters:
///   - train: latents to fit on, `[N, d]`.
///   - trainFactors: for each factor its discrete value of every training row.
///   - test: latents to score on, `[M, d]`.
///   - testFactors: the same for the test rows.
///   - penalty: of the absolute weights, ≥ 0.
/// - Returns: `nil` when no factor varies in training or there are no test rows.
/// - Throws: ``UserError`` `.data` when a row is not finite or a factor does not have one value a row.
public func dci(
    train: Tensor, trainFactors: [[Int]], test: Tensor, testFactors: [[Int]], penalty: Double = 0.01
) throws -> DCI? {
    let train = try finiteRows(train, of: "DCI, train")
    let test = try finiteRows(test, of: "DCI, test")
    try requireSameWidth(train, test, of: "DCI")
    guard trainFactors.count == testFactors.count else {
        throw UserError(.data, "DCI: \(trainFactors.count) factors in training and \(testFactors.count) in the test")
    }
    for factor in trainFactors { try requireCount(factor.count, equals: train.shape[0], of: "DCI, train") }
    for factor in testFactors { try requireCount(factor.count, equals: test.shape[0], of: "DCI, test") }
    let varying = zip(trainFactors, testFactors).filter { Set($0.0).count > 1 }
    guard !varying.isEmpty, test.shape[0] > 0 else { return nil }

    let (centre, scale) = standardisation(of: train)
    let features = (train - centre) / scale
    let queries = (test - centre) / scale
    var importances: [[Double]] = []  // [K][d]
    var accuracies: [Double] = []
    for (values, expected) in varying {
        let index = LabelIndex(values)
        let (weight, bias) = sparseSoftmax(features, index.membership, penalty: penalty)
        importances.append(weight.abs().sum(1).doubles)
        let predictions = (queries.matmul(weight) + bias).argmax(1).integers
        let hits = zip(predictions, expected).count { index.classes[$0] == $1 }
        accuracies.append(Double(hits) / Double(expected.count))
    }
    let byDimension = (0..<train.shape[1]).map { d in importances.map { $0[d] } }
    return DCI(importance: byDimension, informativeness: accuracies.reduce(0, +) / Double(accuracies.count))
}

/// The minimum of (1/N) Σ cross-entropy + penalty·Σ|W|, `W` `[d, K]`, `b` `[1, K]` free.
private func sparseSoftmax(_ x: Tensor, _ targets: Tensor, penalty: Double) -> (weight: Tensor, bias: Tensor) {
    let (count, width) = (x.shape[0], x.shape[1])
    let design = Tensor.concatenate([x, .ones([count, 1], dtype: .float64)], dim: 1)
    // Böhning (1992): the softmax's curvature is at most ½, so ½·λmax(XᵀX)/N bounds the objective's.
    let largest = design.transposed().matmul(design).eigh().values.amax().item()
    let stepLength = 2 * Double(count) / max(largest, .leastNormalMagnitude)
    let threshold = Tensor([Double](repeating: penalty * stepLength, count: width) + [0], shape: [width + 1, 1])

    var current = Tensor.zeros([width + 1, targets.shape[1]], dtype: .float64)
    var ahead = current
    var momentum = 1.0
    for _ in 0..<2000 {
        let error = design.matmul(ahead).logSoftmax(1).exp() - targets
        let moved = ahead - design.transposed().matmul(error) * (stepLength / Double(count))
        let next = moved.sign() * (moved.abs() - threshold).relu()
        let change = next - current
        // O'Donoghue and Candès (2015): start the momentum anew when it points uphill.
        let uphill = ((ahead - next) * change).sum().item() > 0
        let nextMomentum = uphill ? 1 : (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
        ahead = uphill ? next : next + change * ((momentum - 1) / nextMomentum)
        (current, momentum) = (next, nextMomentum)
        if change.abs().amax().item() < 1e-7 { break }
    }
    return (current[rows: 0..<width], current[rows: width..<(width + 1)])
}
