internal import CTorch

extension Tensor {
    /// Whether operations on it are recorded for `backward`.
    public var requiresGrad: Bool {
        get { withExtendedLifetime(self) { ct_requires_grad(handle) } }
        set { perform { ct_set_requires_grad($0, newValue) } }
    }

    /// The gradient that `backward` has accumulated, if any.
    public var grad: Tensor? {
        get {
            var out: CTTensor?
            perform { ct_grad(&out, $0) }
            return out.map(Tensor.init(owning:))
        }
        set {
            withExtendedLifetime(newValue) { perform { ct_set_grad($0, newValue?.handle) } }
        }
    }

    /// The same values, cut off from the graph.
    public func detach() -> Tensor { .result(self, ct_detach) }

    /// Adds the gradient of this tensor to `grad` of every leaf it was computed from.
    ///
    /// - Parameter gradient: the upstream gradient; a tensor of one element needs none.
    public func backward(_ gradient: Tensor? = nil) {
        withExtendedLifetime(gradient) { perform { ct_backward($0, gradient?.handle) } }
    }
}

/// Runs `body` without recording operations for `backward`.
///
/// Grad mode belongs to the thread, so `body` is synchronous.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try recording(false, body)
}

/// Runs `body` recording operations for `backward`, inside ``withoutGradients(_:)`` too.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    try recording(true, body)
}

private func recording<Result>(_ enabled: Bool, _ body: () throws -> Result) rethrows -> Result {
    let before = ct_grad_enabled()
    ct_set_grad_enabled(enabled)
    defer { ct_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` with products (`linear`, `conv2d`, `matmul`) computed in `dtype`, `float16` or `bfloat16`, from operands of
/// whatever type; with nil or `float32` in the type of their operands.
///
/// Which operators may lose digits is our own list (after Micikevicius et al., "Mixed precision training", ICLR 2018): group norms,
/// sums, means, exponentials, logarithms, squares and roots of half-precision maps are computed in fp32, the norms' results
/// given back in half precision; all others take what they get. Scopes nest, the innermost counts, and belong to the thread, so
/// `body` is synchronous.
public func withAutocast<Result>(to dtype: DType?, _ body: () throws -> Result) rethrows -> Result {
    let outside = ct_autocast()
    check(ct_set_autocast((dtype ?? .float32).c))
    defer { check(ct_set_autocast(outside)) }
    return try body()
}
