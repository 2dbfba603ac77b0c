internal import Foundation
public import Torch
internal import Wireframes

/// Points laid out in the plane so that near ones stay near.
public struct TSNEEmbedding {
    /// Places, float32 `[N, 2]`, centred on 0.
    public let points: Tensor
    /// KL(P ‖ Q) of the layout, in nats, ≥ 0: what the iterations lower.
    public let divergence: Double
}

/// t-SNE (van der Maaten and Hinton, JMLR 2008) into two dimensions, with the exact gradient.
///
///     pⱼ|ᵢ ∝ exp(−‖xᵢ − xⱼ‖² / 2σᵢ²),  σᵢ such that the perplexity is met;   pᵢⱼ = (pⱼ|ᵢ + pᵢ|ⱼ) / 2N
///     qᵢⱼ ∝ 1 / (1 + ‖yᵢ − yⱼ‖²);   ∂KL/∂yᵢ = 4 Σⱼ (pᵢⱼ − qᵢⱼ)(yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²)
///
/// Points are first reduced to 50 dimensions by PCA. As in the paper: a start of 1e-4·N(0, I), per-coordinate gains,
/// momentum 0.5, then 0.8, from iteration 250 on. Unlike it, and as scikit-learn does: early exaggeration 12 for those
/// 250 iterations (the paper's 4 for 50 leaves large sets tangled) and the learning rate max(N/48, 50) (Belkina et al.,
/// Nat. Commun. 2019). Time and memory grow with N² (16 MB for 2,000 points, 400 MB for 10,000): give larger sets a
/// sample of their points.
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - perplexity: the number of neighbours that count; lowered to (N − 1)/3 for few points.
///   - iterations: of gradient descent.
///   - seed: of the start. The same seed on the same machine gives the same layout.
/// - Returns: N places; a single point lies at the origin.
/// - Throws: ``UserError`` `.data` when a row is not finite.
public func tsne(_ x: Tensor, perplexity: Double = 30, iterations: Int = 1000, seed: UInt64) throws -> TSNEEmbedding {
    try requireFinite(x, of: "t-SNE")
    let count = x.shape[0]
    guard count >= 2 else { return TSNEEmbedding(points: .zeros([count, 2]), divergence: 0) }
    let pca = try PCA(x, components: 50)
    // Nothing varies: any distances do, and zeros are a table that has a column.
    let reduced = pca.components.shape[0] > 0 ? pca.transform(x) : .zeros([count, 1])
    let reachable = min(max(perplexity, 1), max(1, Double(count - 1) / 3))
    let affinities = jointAffinities(reduced.to(dtype: .float64), perplexity: reachable)

    var generator = SeededGenerator(seed: seed)
    let start = (0..<(2 * count)).map { _ in 1e-4 * generator.normal() }
    let learningRate = max(Double(count) / 48, 50)
    let exaggerated = min(250, max(iterations, 0))
    var descent = Descent(places: Tensor(start, shape: [count, 2]), learningRate: learningRate)
    let stronger = affinities * 12
    for _ in 0..<exaggerated { descent.step(gradient(stronger, descent.places), momentum: 0.5) }
    // The objective changes here, so speed and gains start anew.
    descent = Descent(places: descent.places, learningRate: learningRate)
    for _ in exaggerated..<max(iterations, exaggerated) {
        descent.step(gradient(affinities, descent.places), momentum: 0.8)
    }
    return TSNEEmbedding(points: descent.places, divergence: divergence(affinities, descent.places))
}

/// The symmetric affinities pᵢⱼ, float32 `[N, N]`, adding up to 1.
private func jointAffinities(_ points: Tensor, perplexity: Double) -> Tensor {
    let count = points.shape[0]
    let rows = rowBlocks(count, width: count).map { block in
        conditionalAffinities(points, block, entropy: log(perplexity)).to(dtype: .float32)
    }
    let conditional = Tensor.concatenate(rows, dim: 0)
    return (conditional + conditional.transposed()) / Double(2 * count)
}

/// pⱼ|ᵢ for a block of points, all precisions 1/2σ² bisected together until each row has the wanted entropy.
private func conditionalAffinities(_ points: Tensor, _ block: Range<Int>, entropy: Double) -> Tensor {
    let distances = points[rows: block].distances(to: points).square()
    let columns = Tensor(Array(0..<points.shape[0]), shape: [1, points.shape[0]])
    let diagonal = Tensor(Array(block), shape: [block.count, 1]) .== columns
    let with = { (value: Double, table: Tensor) in diagonal.select(.full([1], value, dtype: .float64), else: table) }
    // Only differences between a row's distances matter; the nearest is 0 then, and nothing underflows altogether. In
    // units of the row's mean the wanted precision lies within a few powers of two of 1.
    let shifted = with(0, distances - with(.infinity, distances).amin(1, keepDims: true))
    let gaps = with(1e30, shifted / shifted.mean(1, keepDims: true).clamp(min: .leastNormalMagnitude))

    var low = Tensor.full([block.count, 1], -30, dtype: .float64)  // log₂ of the precision
    var high = Tensor.full([block.count, 1], 50, dtype: .float64)
    for _ in 0..<50 {
        let middle = (low + high) * 0.5
        let logits = -(gaps * (middle * log(2.0)).exp())
        let logShares = logits.logSoftmax(1)
        let reached = -(logShares.exp() * logShares.clamp(min: -700)).sum(1, keepDims: true)
        let tooWide = reached .> entropy
        low = tooWide.select(middle, else: low)
        high = tooWide.select(high, else: middle)
    }
    let shares = (-(gaps * (high * log(2.0)).exp())).logSoftmax(1).exp()
    return with(0, shares)
}

/// Gradient descent with momentum and a gain for each coordinate (Jacobs, Neural Networks 1988).
private struct Descent {
    var places: Tensor
    let learningRate: Double
    private var update: Tensor
    private var gains: Tensor

    init(places: Tensor, learningRate: Double) {
        self.places = places
        self.learningRate = learningRate
        update = .zeros(places.shape)
        gains = .ones(places.shape)
    }

    mutating func step(_ gradient: Tensor, momentum: Double) {
        let turned = (update * gradient) .< 0
        gains = turned.select(gains + 0.2, else: gains * 0.8).clamp(min: 0.01)
        update = update * momentum - gains * gradient * learningRate
        places = places + update
        places = places - places.mean(0)
    }
}

/// ∂KL/∂y, `[N, 2]`, block of rows by block of rows so that the passes stay near the processor's cache.
private func gradient(_ affinities: Tensor, _ places: Tensor) -> Tensor {
    let count = places.shape[0]
    let table = SimilarityTable(places)
    let extended = Tensor.concatenate([places, .ones([count, 1])], dim: 1)  // a product with it sums rows, too
    var attraction: [Tensor] = []
    var repulsion: [Tensor] = []
    var total = -Double(count)  // the diagonal
    for block in table.blocks {
        let similarities = table.rows(block)
        attraction.append((affinities[rows: block] * similarities).matmul(extended))
        let squares = similarities.square()
        repulsion.append(squares.matmul(extended))
        total += similarities.sum().item()
    }
    let force = Tensor.concatenate(attraction, dim: 0) - Tensor.concatenate(repulsion, dim: 0) / total  // [N, 3]
    return 4 * (places * force.narrow(1, from: 2, length: 1) - force.narrow(1, from: 0, length: 2))
}

/// Σ pᵢⱼ log(pᵢⱼ / qᵢⱼ).
private func divergence(_ affinities: Tensor, _ places: Tensor) -> Double {
    let table = SimilarityTable(places)
    var sum = 0.0
    var total = -Double(places.shape[0])
    for block in table.blocks {
        let similarities = table.rows(block).to(dtype: .float64)
        let shares = affinities[rows: block].to(dtype: .float64)
        total += similarities.sum().item()
        sum += (shares * (shares.clamp(min: 1e-300).log() - similarities.log())).sum().item()
    }
    return sum + log(total) * affinities.to(dtype: .float64).sum().item()
}

/// 1 / (1 + ‖yᵢ − yⱼ‖²) for blocks of rows i and all j.
private struct SimilarityTable {
    let blocks: [Range<Int>]
    private let left: Tensor
    private let right: Tensor

    init(_ places: Tensor) {
        let count = places.shape[0]
        let size = max(1, 1_000_000 / count)
        blocks = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        // 1 + ‖a − b‖² = [a, ‖a‖² + 1, 1] · [−2b, 1, ‖b‖²]: one product instead of four passes.
        let norms = places.square().sum(1, keepDims: true)
        let ones = Tensor.ones([count, 1])
        left = .concatenate([places, norms + 1, ones], dim: 1)
        right = Tensor.concatenate([places * -2, ones, norms], dim: 1).transposed().contiguous()
    }

    func rows(_ block: Range<Int>) -> Tensor {
        left[rows: block].matmul(right).clamp(min: 1).pow(-1)  // rounding may leave less than 1
    }
}
