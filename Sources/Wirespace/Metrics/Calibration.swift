import Foundation
public import Torch

/// The temperature T at which p(k | n) ∝ exp(l(n, k) / T) makes the true classes most probable: a classifier's scores, softened until its
/// guesses are right as often as they say (temperature scaling: Guo et al., "On calibration of modern neural networks", ICML 2017,
/// section 4.2). What is guessed stays the same.
///
/// The likelihood is that of a logistic regression with the one weight 1 / T, so it has a single maximum.
///
/// - Parameters:
///   - scores: l, log probabilities up to a constant of each row, `[N, K]`; of rows that they were not learned from.
///   - labels: the true classes.
/// - Returns: from 1, for a classifier is never made surer than it is, to 10⁶; nil without rows.
/// - Throws: ``UserError`` `.data` when a score is not finite, or the labels do not fit.
public func calibratingTemperature(_ scores: Tensor, labels: [Int]) throws -> Double? {
    let scores = try finiteRows(scores, of: "calibration")
    let (N, K) = (scores.shape[0], scores.shape[1])
    try requireCount(labels.count, equals: N, of: "calibration")
    guard N > 0 else { return nil }
    precondition(labels.allSatisfy((0..<K).contains), "labels beyond \(K) classes")
    let margins = scores - scores.gather(1, Tensor(labels).reshape(N, 1))
    /// Whether the likelihood still rises with T: the score that is expected is higher than that of the true class.
    func isTooSure(_ temperature: Double) -> Bool {
        ((margins / temperature).logSoftmax(1).exp() * margins).sum().item() > 0
    }
    guard isTooSure(1) else { return 1 }
    var (low, high) = (0.0, log(1e6))
    for _ in 0..<50 {
        let middle = (low + high) / 2
        if isTooSure(exp(middle)) { low = middle } else { high = middle }
    }
    return exp((low + high) / 2)
}

/// How far a classifier's guesses are from being right as often as they say: rows sorted into bins of equal width by the
/// probability of their guess, and the mean over rows of their bin's |share right − mean probability| (the expected calibration error:
/// Naeini, Cooper and Hauskrecht, AAAI 2015). Few rows a bin make it larger than it is.
///
/// - Parameters:
///   - confidences: of each row, the probability of its guess, from 0 to 1.
///   - isRight: of each row, whether the guess is right.
/// - Returns: from 0 to 1; nil without rows.
public func expectedCalibrationError(_ confidences: [Double], isRight: [Bool], bins: Int = 10) -> Double? {
    precondition(confidences.count == isRight.count, "\(isRight.count) truths for \(confidences.count) guesses")
    guard !confidences.isEmpty else { return nil }
    var surplus = Array(repeating: 0.0, count: bins)
    for (probability, isRight) in zip(confidences, isRight) {
        surplus[min(bins - 1, Int(probability * Double(bins)))] += (isRight ? 1 : 0) - probability
    }
    return surplus.reduce(0) { $0 + abs($1) } / Double(confidences.count)
}
