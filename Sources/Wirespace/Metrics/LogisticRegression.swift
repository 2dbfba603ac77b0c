public import Torch
internal import Wireframes

/// Multinomial logistic regression with an L2 penalty, the linear probe of representations (Alain and Bengio, ICLR
/// Workshop 2017).
///
///     minimise  ½‖W‖² + C · Σᵢ −log softmax(W xᵢ + b)[yᵢ]      (b is free)
///
/// This is what scikit-learn's `LogisticRegression(C=1)` minimises. For two classes scikit-learn penalises the one
/// vector w = w₁ − w₀ of the binary model; here w₁ = −w₀ = w/2, and the penalty is doubled so that it is the same ½‖w‖².
/// The optimum is found by Newton steps from conjugate gradients (Lin, Weng and Keerthi, JMLR 2008) to a gradient of
/// 1e-9 of the first one; ½‖W‖² is 1-strongly convex, so W is then as near to the optimum as the gradient is small.
public struct LogisticRegression {
    /// The distinct training labels, ascending; column k of the probabilities belongs to `classes[k]`.
    public let classes: [Int]
    /// W, float64 `[K, d]`, for standardised features if `standardise` was asked for.
    public let weight: Tensor
    /// b, float64 `[K]`, adding up to 0.
    public let bias: Tensor
    private let centre: Tensor
    private let scale: Tensor

    /// Fits the weights.
    ///
    /// - Parameters:
    ///   - x: training points, `[N, d]`, N ≥ 1.
    ///   - labels: their classes. With only one class every point is given probability 1 for it.
    ///   - inverseRegularisation: C > 0.
    ///   - standardise: whether features are first brought to mean 0 and variance 1 (constant ones to 0).
    /// - Throws: ``UserError`` `.data` when a row is not finite, there is none, or the labels do not match the rows.
    public init(
        _ x: Tensor, labels: [Int], inverseRegularisation: Double = 1, standardise: Bool = false
    ) throws {
        let points = try finiteRows(x, of: "logistic regression")
        try requireCount(labels.count, equals: points.shape[0], of: "logistic regression")
        guard !labels.isEmpty else { throw UserError(.data, "logistic regression: there are no training points") }
        (centre, scale) = standardise ? standardisation(of: points) : identity(width: points.shape[1])
        let index = LabelIndex(labels)
        classes = index.classes

        let objective = SoftmaxObjective(
            features: (points - centre) / scale, targets: index.membership,
            penalty: classes.count == 2 ? 2 : 1, lossWeight: inverseRegularisation)
        let solution = objective.minimised()  // [d + 1, K]
        let width = points.shape[1]
        weight = solution[rows: 0..<width].transposed().contiguous()
        let free = solution[rows: width..<(width + 1)].reshape(classes.count)
        bias = free - free.mean()  // softmax does not see what all biases share
    }

    /// The probability of each class, float64 `[M, K]`.
    ///
    /// - Throws: ``UserError`` `.data` when a row is not finite or of another width.
    public func probabilities(_ x: Tensor) throws -> Tensor {
        let points = try finiteRows(x, of: "logistic regression")
        try requireSameWidth(points, weight, of: "logistic regression")
        return ((points - centre) / scale).linear(weight, bias: bias).logSoftmax(1).exp()
    }

    /// The most probable class of each point.
    ///
    /// - Throws: as ``probabilities(_:)``.
    public func predict(_ x: Tensor) throws -> [Int] {
        try requireFinite(x, of: "logistic regression")
        guard x.shape[0] > 0 else { return [] }
        return try probabilities(x).argmax(1).integers.map { classes[$0] }
    }
}

/// The mean and the standard deviation (divided by N) of each column, `[1, d]`; 1 for columns that do not vary.
func standardisation(of points: Tensor) -> (centre: Tensor, scale: Tensor) {
    let centre = points.mean(0, keepDims: true)
    let deviation = (points - centre).square().mean(0, keepDims: true).sqrt()
    // A constant column's rounding error must not be blown up to unit variance.
    let varies = deviation .> (centre.abs() * 1e-13)
    return (centre, varies.select(deviation, else: .ones(deviation.shape, dtype: .float64)))
}

private func identity(width: Int) -> (centre: Tensor, scale: Tensor) {
    (.zeros([1, width], dtype: .float64), .ones([1, width], dtype: .float64))
}

/// penalty/2 · ‖W‖² + lossWeight · Σ cross-entropy as a function of V = [W; b], `[d + 1, K]`.
private struct SoftmaxObjective {
    let design: Tensor  // [N, d + 1]; the last column is 1
    let targets: Tensor  // [N, K]
    let penalty: Tensor  // [d + 1, 1]; the last is 0
    let lossWeight: Double

    init(features: Tensor, targets: Tensor, penalty: Double, lossWeight: Double) {
        let (count, width) = (features.shape[0], features.shape[1])
        design = .concatenate([features, .ones([count, 1], dtype: .float64)], dim: 1)
        self.targets = targets
        self.penalty = Tensor([Double](repeating: penalty, count: width) + [0], shape: [width + 1, 1])
        self.lossWeight = lossWeight
    }

    func value(_ v: Tensor) -> Double {
        let crossEntropy = -(targets * design.matmul(v).logSoftmax(1)).sum().item()
        return lossWeight * crossEntropy + 0.5 * (penalty * v.square()).sum().item()
    }

    func minimised() -> Tensor {
        var v = Tensor.zeros([design.shape[1], targets.shape[1]], dtype: .float64)
        var firstNorm: Double?
        for _ in 0..<100 {
            let probabilities = design.matmul(v).logSoftmax(1).exp()
            let gradient = design.transposed().matmul(probabilities - targets) * lossWeight + penalty * v
            let norm = gradient.norm().item()
            let start = firstNorm ?? norm
            firstNorm = start
            if norm <= 1e-9 * max(1, start) { break }
            let direction = newtonDirection(probabilities, gradient, accuracy: min(0.1, norm / start))
            guard let next = step(from: v, along: direction, slope: (gradient * direction).sum().item()) else { break }
            v = next
        }
        return v
    }

    /// The first of v + p, v + p/2, … that lowers the objective enough (Armijo), or changes it within rounding.
    private func step(from v: Tensor, along direction: Tensor, slope: Double) -> Tensor? {
        let current = value(v)
        var length = 1.0
        for _ in 0..<30 {
            let candidate = v + direction * length
            if value(candidate) <= current + 1e-4 * length * slope + 1e-13 * abs(current) { return candidate }
            length /= 2
        }
        return nil
    }

    /// p with H p ≈ −g, by conjugate gradients with a diagonal preconditioner.
    private func newtonDirection(_ probabilities: Tensor, _ gradient: Tensor, accuracy: Double) -> Tensor {
        let curvature =
            design.square().transposed().matmul(probabilities * (1 - probabilities)) * lossWeight + penalty + 1e-12
        let direction = Tensor.zeros(gradient.shape, dtype: .float64)
        let residual = -gradient
        var search = residual / curvature
        var product = (residual * search).sum().item()
        let goal = accuracy * gradient.norm().item()
        for _ in 0..<500 {
            if residual.norm().item() <= goal { break }
            let image = hessian(probabilities, times: search)
            let bend = (search * image).sum().item()
            guard bend > 0 else { break }
            direction.add(inPlace: search, scaledBy: product / bend)
            residual.add(inPlace: image, scaledBy: -product / bend)
            let preconditioned = residual / curvature
            let next = (residual * preconditioned).sum().item()
            search = preconditioned + search * (next / product)
            product = next
        }
        return direction
    }

    private func hessian(_ probabilities: Tensor, times v: Tensor) -> Tensor {
        let change = probabilities * design.matmul(v)
        let logits = change - probabilities * change.sum(1, keepDims: true)
        return design.transposed().matmul(logits) * lossWeight + penalty * v
    }
}
