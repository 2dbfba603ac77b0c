public import Torch
internal import Wireframes

/// Principal component analysis (Pearson 1901; Jolliffe, "Principal Component Analysis", 2002).
///
/// The components are the eigenvectors of the covariance Σ(x − x̄)(x − x̄)ᵀ / (N − 1), by descending variance. With
/// more columns than rows (images) they come from the N×N matrix of inner products, block of columns by block of
/// columns, so that a few thousand images of a million pixels need no second copy in memory. All sums are float64.
/// Of the two possible signs each component has the one that makes its largest entry positive, as in scikit-learn.
public struct PCA {
    /// The mean row, `[d]`.
    public let mean: Tensor
    /// The directions, orthonormal rows: `[c, d]`; float64, or with more columns than rows the data's own type.
    public let components: Tensor
    /// The variance along each component, descending.
    public let explainedVariance: [Double]
    /// Each component's share of the total variance (of all dimensions, not only of those kept), in [0, 1]; all 0 when
    /// nothing varies.
    public let explainedVarianceRatio: [Double]

    /// Fits the components of `x`.
    ///
    /// - Parameters:
    ///   - x: rows, `[N, d]`.
    ///   - limit: the largest number of components to keep; without, min(N, d). With more columns than rows,
    ///     directions without variance are left out, since they are arbitrary.
    /// - Throws: ``UserError`` `.data` when a row is not finite or there are fewer than two rows.
    public init(_ x: Tensor, components limit: Int? = nil) throws {
        try requireFinite(x, of: "PCA")
        let (rows, columns) = (x.shape[0], x.shape[1])
        guard rows >= 2 else { throw UserError(.data, "PCA: \(rows) rows have no variance; at least 2 are needed") }
        let kept = min(max(limit ?? .max, 0), rows, columns)
        let parts = columns > rows ? Self.fitWide(x, kept) : Self.fitTall(x.to(.cpu, dtype: .float64), kept)
        mean = parts.mean
        components = Self.withFixedSigns(parts.components)
        explainedVariance = parts.variances.map { max(0, $0) }
        explainedVarianceRatio = explainedVariance.map { parts.total > 0 ? $0 / parts.total : 0 }
    }

    /// The coordinates of rows `[N, d]` along the components: `[N, c]`, in the type of the components.
    public func transform(_ x: Tensor) -> Tensor {
        (x.to(.cpu, dtype: components.dtype) - mean).matmul(components.transposed())
    }

    /// The rows `[N, d]` that coordinates `[N, c]` stand for.
    public func inverseTransform(_ z: Tensor) -> Tensor {
        z.to(.cpu, dtype: components.dtype).matmul(components) + mean
    }

    private typealias Parts = (mean: Tensor, components: Tensor, variances: [Double], total: Double)

    /// Through the d×d covariance.
    private static func fitTall(_ x: Tensor, _ kept: Int) -> Parts {
        let mean = x.mean(0)
        let centred = x - mean
        let (values, vectors) = (centred.transposed().matmul(centred) / Double(x.shape[0] - 1)).eigh()
        let variances = Array(values.doubles.reversed())
        let order = Array((0..<variances.count).reversed().prefix(kept))
        let components = vectors.indexSelect(1, Tensor(order)).transposed().contiguous()
        return (mean, components, Array(variances.prefix(kept)), variances.reduce(0, +))
    }

    /// Through the N×N inner products G = U Λ Uᵀ; the components are Λ^(−½) Uᵀ (x − x̄).
    private static func fitWide(_ x: Tensor, _ kept: Int) -> Parts {
        let (rows, columns) = (x.shape[0], x.shape[1])
        let blocks = rowBlocks(columns, width: rows)
        let centred = { (block: Range<Int>) -> Tensor in
            let part = x.narrow(1, from: block.lowerBound, length: block.count).to(.cpu, dtype: .float64)
            return part - part.mean(0)
        }
        let products = Tensor.zeros([rows, rows], dtype: .float64)
        for block in blocks {
            let part = centred(block)
            products.add(inPlace: part.matmul(part.transposed()))
        }
        let (values, vectors) = products.eigh()
        let squares = Array(values.doubles.reversed())
        let floor = max(squares.first ?? 0, 0) * 1e-12
        let used = squares.prefix(kept).filter { $0 > floor }
        let order = Array((0..<rows).reversed().prefix(used.count))
        let scale = Tensor(used.map { 1 / $0.squareRoot() }, shape: [used.count, 1])
        let weights = vectors.indexSelect(1, Tensor(order)).transposed() * scale  // [c, N]
        let components = blocks.map { weights.matmul(centred($0)).to(dtype: x.dtype) }
        let mean = blocks.map { block in
            x.narrow(1, from: block.lowerBound, length: block.count).to(.cpu, dtype: .float64).mean(0).to(
                dtype: x.dtype)
        }
        let freedom = Double(rows - 1)
        return (
            .concatenate(mean, dim: 0), .concatenate(components, dim: 1), used.map { $0 / freedom },
            squares.reduce(0, +) / freedom
        )
    }

    private static func withFixedSigns(_ components: Tensor) -> Tensor {
        guard components.shape[0] > 0 else { return components }
        let largest = components.abs().argmax(1).unsqueezed(1)
        return components * components.gather(1, largest).sign()
    }
}

/// The number of principal components that together hold `share` of the variance.
///
/// - Parameters:
///   - x: points, `[N, d]`.
///   - share: in (0, 1]. All components are looked at, however small.
/// - Returns: 0...min(N, d); 0 when nothing varies, `nil` for fewer than two points.
/// - Throws: ``UserError`` `.data` when a row is not finite.
public func effectiveDimensionality(_ x: Tensor, share: Double = 0.95) throws -> Int? {
    try requireFinite(x, of: "effective dimensionality")
    guard x.shape[0] >= 2 else { return nil }
    let pca = try PCA(x)
    guard let largest = pca.explainedVariance.first, largest > 0 else { return 0 }
    var sum = 0.0
    for (index, ratio) in pca.explainedVarianceRatio.enumerated() {
        sum += ratio
        if sum >= share { return index + 1 }
    }
    return pca.explainedVarianceRatio.count  // rounding left the sum short of 1
}
