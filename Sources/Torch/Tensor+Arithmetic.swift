internal import CTorch

infix operator .& : LogicalConjunctionPrecedence

extension Tensor {
    // MARK: Element by element, with broadcasting

    public static func + (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_add) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_sub) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_mul) }
    public static func / (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_div) }
    public static prefix func - (a: Tensor) -> Tensor { result(a, ct_neg) }

    public static func + (a: Tensor, b: Double) -> Tensor { result(a) { ct_add_scalar($0, $1, b) } }
    public static func - (a: Tensor, b: Double) -> Tensor { a + (-b) }
    public static func * (a: Tensor, b: Double) -> Tensor { result(a) { ct_mul_scalar($0, $1, b) } }
    public static func / (a: Tensor, b: Double) -> Tensor { a * (1 / b) }
    public static func + (a: Double, b: Tensor) -> Tensor { b + a }
    public static func - (a: Double, b: Tensor) -> Tensor { -b + a }
    public static func * (a: Double, b: Tensor) -> Tensor { b * a }
    public static func / (a: Double, b: Tensor) -> Tensor { b.pow(-1) * a }

    /// eˣ.
    public func exp() -> Tensor { .result(self, ct_exp) }
    /// The natural logarithm.
    public func log() -> Tensor { .result(self, ct_log) }
    /// √x.
    public func sqrt() -> Tensor { .result(self, ct_sqrt) }
    /// |x|.
    public func abs() -> Tensor { .result(self, ct_abs) }
    /// x².
    public func square() -> Tensor { .result(self, ct_square) }
    /// xⁿ.
    public func pow(_ n: Double) -> Tensor { .result(self) { ct_pow_scalar($0, $1, n) } }
    /// 1 / (1 + e⁻ˣ).
    public func sigmoid() -> Tensor { .result(self, ct_sigmoid) }
    /// max(x, 0).
    public func relu() -> Tensor { .result(self, ct_relu) }
    /// x · Φ(x), Φ being the normal distribution's function (Hendrycks and Gimpel, arXiv:1606.08415, 2016).
    public func gelu() -> Tensor { .result(self, ct_gelu) }
    /// The hyperbolic tangent.
    public func tanh() -> Tensor { .result(self, ct_tanh) }
    /// −1, 0 or 1.
    public func sign() -> Tensor { .result(self, ct_sign) }
    /// The larger of two, element by element.
    public func maximum(_ other: Tensor) -> Tensor { .result(self, other, ct_maximum) }
    /// The smaller of two, element by element.
    public func minimum(_ other: Tensor) -> Tensor { .result(self, other, ct_minimum) }

    /// Values below `low` raised to it, values above `high` lowered to it.
    public func clamp(min low: Double? = nil, max high: Double? = nil) -> Tensor {
        var clamped = self
        if let low { clamped = .result(clamped) { ct_clamp_min($0, $1, low) } }
        if let high { clamped = .result(clamped) { ct_clamp_max($0, $1, high) } }
        return clamped
    }

    // MARK: Comparisons, giving truth values

    public static func .> (a: Tensor, b: Double) -> Tensor { result(a) { ct_gt_scalar($0, $1, b) } }
    public static func .< (a: Tensor, b: Double) -> Tensor { result(a) { ct_lt_scalar($0, $1, b) } }
    public static func .== (a: Tensor, b: Double) -> Tensor { result(a) { ct_eq_scalar($0, $1, b) } }
    public static func .> (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_gt) }
    public static func .< (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_lt) }
    public static func .== (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_eq) }
    public static func .& (a: Tensor, b: Tensor) -> Tensor { result(a, b, ct_logical_and) }

    /// Neither infinite nor NaN.
    public func isFinite() -> Tensor { .result(self, ct_isfinite) }

    /// `a` where the receiver is true, else `b`.
    public func select(_ a: Tensor, else b: Tensor) -> Tensor { .result(self, a, b, ct_where) }

    /// `(1 − weight) · self + weight · other`.
    public func lerp(_ other: Tensor, _ weight: Double) -> Tensor {
        .result(self, other) { ct_lerp($0, $1, $2, weight) }
    }

    // MARK: In place

    /// Adds `scale · other` to the receiver.
    public func add(inPlace other: Tensor, scaledBy scale: Double = 1) {
        perform(other) { ct_add_($0, $1, scale) }
    }

    /// Adds the product of two matrices to the receiver, without a third matrix for it.
    public func add(inPlaceProductOf a: Tensor, _ b: Tensor) {
        withExtendedLifetime(b) { perform(a) { ct_addmm_($0, $1, b.handle) } }
    }

    /// Moves the receiver's values toward `other`'s by a share of the way.
    public func lerp(inPlace other: Tensor, _ weight: Double) { perform(other) { ct_lerp_($0, $1, weight) } }

    /// Multiplies the receiver by a number.
    public func multiply(inPlace factor: Double) { perform { ct_mul_scalar_($0, factor) } }

    /// Overwrites the receiver's values with `other`'s, converted to its type and device.
    public func copy(from other: Tensor) { perform(other, ct_copy_) }

    /// Overwrites every value.
    public func fill(_ value: Double) { perform { ct_fill_($0, value) } }

    // MARK: Reductions; without dimensions, over all of them

    /// The sum.
    public func sum(_ dims: Int..., keepDims: Bool = false) -> Tensor { reduce(dims, keepDims, ct_sum) }
    /// The mean.
    public func mean(_ dims: Int..., keepDims: Bool = false) -> Tensor { reduce(dims, keepDims, ct_mean) }
    /// The largest value.
    public func amax(_ dims: Int..., keepDims: Bool = false) -> Tensor { reduce(dims, keepDims, ct_amax) }
    /// The smallest value.
    public func amin(_ dims: Int..., keepDims: Bool = false) -> Tensor { reduce(dims, keepDims, ct_amin) }
    /// log Σ eˣ, without overflow.
    public func logSumExp(_ dims: Int..., keepDims: Bool = false) -> Tensor { reduce(dims, keepDims, ct_logsumexp) }
    /// The Euclidean norm of all elements.
    public func norm() -> Tensor { .result(self, ct_norm) }
    /// The index of the largest value along a dimension.
    public func argmax(_ dim: Int) -> Tensor { .result(self) { ct_argmax($0, $1, Int64(dim)) } }
    /// The running sum along a dimension.
    public func cumsum(_ dim: Int) -> Tensor { .result(self) { ct_cumsum($0, $1, Int64(dim)) } }
    /// log(eˣ / Σ eˣ) along a dimension.
    public func logSoftmax(_ dim: Int) -> Tensor { .result(self) { ct_log_softmax($0, $1, Int64(dim)) } }

    private func reduce(
        _ dims: [Int], _ keep: Bool, _ call: (UnsafeMutablePointer<CTTensor?>?, CTTensor?, CTInts, Bool) -> CTStatus
    ) -> Tensor {
        .result(self) { out, handle in dims.withCInts { call(out, handle, $0, keep) } }
    }

    // MARK: Shape

    /// The same values in another shape; one length may be −1.
    public func reshape(_ shape: [Int]) -> Tensor {
        .result(self) { out, handle in shape.withCInts { ct_reshape(out, handle, $0) } }
    }

    /// The same values in another shape; one length may be −1.
    public func reshape(_ shape: Int...) -> Tensor { reshape(shape) }

    /// The dimensions in another order.
    public func permute(_ dims: Int...) -> Tensor {
        .result(self) { out, handle in dims.withCInts { ct_permute(out, handle, $0) } }
    }

    /// A matrix's transpose.
    public func transposed() -> Tensor { permute(1, 0) }

    /// Dimensions of length 1 repeated without a copy; −1 keeps a length.
    public func expand(_ shape: [Int]) -> Tensor {
        .result(self) { out, handle in shape.withCInts { ct_expand(out, handle, $0) } }
    }

    /// With a dimension of length 1 put in at `dim`.
    public func unsqueezed(_ dim: Int) -> Tensor {
        var shape = shape
        shape.insert(1, at: dim)
        return reshape(shape)
    }

    /// `length` consecutive entries of a dimension, without a copy.
    public func narrow(_ dim: Int, from start: Int, length: Int) -> Tensor {
        // All of them: no operation, whose gradient would be copied into zeros of the same shape.
        if start == 0 && dim >= 0 && dim < shape.count && length == shape[dim] { return self }
        return .result(self) { ct_narrow($0, $1, Int64(dim), Int64(start), Int64(length)) }
    }

    /// The entries of a dimension at `indices`, an `int64` vector.
    public func indexSelect(_ dim: Int, _ indices: Tensor) -> Tensor {
        .result(self, indices) { ct_index_select($0, $1, Int64(dim), $2) }
    }

    /// One entry per row along a dimension, chosen by `indices` (PyTorch's `gather`).
    public func gather(_ dim: Int, _ indices: Tensor) -> Tensor {
        .result(self, indices) { ct_gather($0, $1, Int64(dim), $2) }
    }

    /// Constant padding; `widths` in PyTorch's order: last dimension first, before and after.
    public func pad(_ widths: [Int], value: Double = 0) -> Tensor {
        .result(self) { out, handle in widths.withCInts { ct_pad(out, handle, $0, value) } }
    }

    /// Tensors joined along an existing dimension.
    public static func concatenate(_ tensors: [Tensor], dim: Int) -> Tensor {
        result { out in tensors.withCList { ct_cat(out, $0, Int64(dim)) } }
    }

    /// Tensors joined along a new dimension.
    public static func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
        result { out in tensors.withCList { ct_stack(out, $0, Int64(dim)) } }
    }

    // MARK: Linear algebra and ordering

    /// The matrix product, batched over leading dimensions.
    public func matmul(_ other: Tensor) -> Tensor { .result(self, other, ct_matmul) }

    /// Euclidean distances between the rows of `[n, d]` and `[m, d]`: `[n, m]`, exact for equal rows.
    public func distances(to other: Tensor) -> Tensor { .result(self, other, ct_cdist) }

    /// The reduced QR decomposition.
    public func qr() -> (q: Tensor, r: Tensor) { Tensor.results(self, ct_qr) }

    /// The reduced singular value decomposition `U · diag(S) · Vᵀ`, singular values descending.
    public func svd() -> (u: Tensor, s: Tensor, vt: Tensor) {
        var s: CTTensor?
        let (u, vt) = Tensor.results(self) { ct_svd($0, &s, $1, $2) }
        return (u, s.map(Tensor.init(owning:)) ?? u, vt)
    }

    /// Eigenvalues, ascending, and eigenvectors, as columns, of a symmetric matrix.
    public func eigh() -> (values: Tensor, vectors: Tensor) { Tensor.results(self, ct_eigh) }

    /// The solution `x` of `self · x = b`.
    public func solve(_ b: Tensor) -> Tensor { .result(self, b, ct_solve) }

    /// The `k` largest (or smallest) entries along a dimension, in order, and their indices.
    public func topK(_ k: Int, dim: Int = -1, largest: Bool = true) -> (values: Tensor, indices: Tensor) {
        Tensor.results(self) { ct_topk($0, $1, $2, Int64(k), Int64(dim), largest) }
    }

    /// The entries along a dimension in order (stable) and their former indices.
    public func sorted(dim: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        Tensor.results(self) { ct_sort($0, $1, $2, Int64(dim), descending) }
    }
}

extension [Tensor] {
    /// Multiplies all elements of all tensors, in as few passes as the device needs.
    func multiplyInPlace(_ factor: Double) { withCList { check(ct_scale_all($0, factor)) } }

    /// Sets all elements of all tensors to zero.
    func zeroInPlace() { withCList { check(ct_zero_all($0)) } }
}
