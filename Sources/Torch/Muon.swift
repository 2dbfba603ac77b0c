import Foundation

/// Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) for all weights that are
/// matrices, kernels of convolutions among them as `[out, in · kh · kw]`; AdamW for all other parameters.
///
///     M ← μM + (1−μ)G        U = orthogonal((1−μ)G + μM)        W ← W − lr · 0.2 · √max(m, n) · U
///
/// The step has singular values near 1 in every direction that the gradient has at all: directions that plain
/// gradients hardly touch learn as fast as the dominant ones. The factor gives its elements the size of AdamW's, so one
/// learning rate serves both (Liu et al., "Muon is scalable for LLM training", 2025, equation 4).
public final class Muon: Optimizer {
    /// The learning rate of the next step.
    public var learningRate: Double {
        get { adam.learningRate }
        set { adam.learningRate = newValue }
    }

    /// A parameter that moves by this rule.
    private struct Matrix {
        let name: String
        let weight: Tensor
        let momentum: Tensor
    }

    private let matrices: [Matrix]
    private let adam: Adam
    private let momentum: Double
    private let weightDecay: Double
    private let lanes: Lanes?
    /// Which matrices each lane moves; all of them without lanes.
    private let shares: [[Int]]

    /// An optimiser over those parameters of `store` that require gradients now; `weightDecay` is decoupled.
    ///
    /// - Parameter lanes: move the matrices side by side. Each is moved alone, so the result is the same but for rounding.
    public init(
        _ store: ParameterStore, learningRate: Double, momentum: Double = 0.95, weightDecay: Double = 0,
        lanes: Lanes? = nil
    ) {
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.lanes = lanes
        matrices = store.trained.filter { Self.isMatrix($0.tensor) }.map { name, tensor in
            Matrix(name: name, weight: tensor, momentum: .zeros(tensor.shape, device: tensor.device))
        }
        shares = dealt(matrices.map { Self.cost($0.weight) }, among: lanes?.count ?? 1)
        adam = Adam(
            store.trained.filter { !Self.isMatrix($0.tensor) }, learningRate: learningRate,
            weightDecay: weightDecay, decoupledWeightDecay: true)
    }

    /// Rows and columns both: a single output, a null map or a bias has no directions to balance.
    private static func isMatrix(_ tensor: Tensor) -> Bool {
        tensor.shape.count >= 2 && tensor.shape[0] > 1 && tensor.count > tensor.shape[0]
    }

    /// In multiplications, about: a long product forth and back, and some twenty of the square Gram matrix.
    private static func cost(_ weight: Tensor) -> Int {
        let (rows, columns) = (weight.shape[0], weight.count / weight.shape[0])
        let short = min(rows, columns)
        return short * short * (2 * max(rows, columns) + 20 * short)
    }

    /// Moves every parameter that has a gradient.
    public func step() throws {
        adam.step()
        if let lanes {
            _ = try lanes.map { move(shares[$0]) }
        } else {
            move(shares[0])
        }
    }

    private func move(_ numbers: [Int]) {
        withoutGradients { for number in numbers { move(matrices[number]) } }
    }

    private func move(_ matrix: Matrix) {
        let (weight, average) = (matrix.weight, matrix.momentum)
        guard let gradient = weight.grad else { return }
        average.lerp(inPlace: gradient, 1 - momentum)
        let lookahead = gradient.lerp(average, momentum).reshape(weight.shape[0], -1)
        let size = Double(lookahead.shape.max() ?? 1).squareRoot()
        if weightDecay > 0 { weight.multiply(inPlace: 1 - learningRate * weightDecay) }
        weight.add(inPlace: orthogonalized(lookahead).reshape(weight.shape), scaledBy: -0.2 * size * learningRate)
    }

    /// The momentum of every matrix and the state of AdamW.
    public var state: [String: Tensor] {
        matrices.reduce(into: adam.state) { $0[$1.name + ".momentum"] = $1.momentum }
    }
}

/// About U·Vᵀ of a matrix G = U·S·Vᵀ: its singular values brought to between 0.7 and 1.2 by five Newton–Schulz iterations
/// X ← (a + bXXᵀ + c(XXᵀ)²)·X with Jordan's coefficients.
///
/// All of them are polynomials in the one Gram matrix A = GGᵀ of the shorter side, so only that small square matrix is
/// iterated, and the long one multiplied twice in all. Its trace is the square of the norm by which G is scaled first, so
/// that no singular value is above 1.
package func orthogonalized(_ matrix: Tensor) -> Tensor {
    let (a, b, c) = (3.4445, -4.7750, 2.0315)
    let isTall = matrix.shape[0] > matrix.shape[1]
    let wide = isTall ? matrix.transposed() : matrix
    var gram = wide.matmul(wide.transposed())
    let identity = Tensor.eye(gram.shape[0], device: gram.device)
    let norm = (gram * identity).sum().sqrt() + 1e-7
    gram = gram / (norm * norm)
    var product: Tensor?
    for step in 0..<5 {
        let polynomial = identity * a + gram * b + gram.matmul(gram) * c
        product = product.map { polynomial.matmul($0) } ?? polynomial / norm
        if step < 4 { gram = polynomial.matmul(polynomial.matmul(gram)) }
    }
    let result = (product ?? identity).matmul(wide)
    return isTall ? result.transposed() : result
}
