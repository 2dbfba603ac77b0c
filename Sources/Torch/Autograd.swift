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
    let before = ct_grad_enabled()
    ct_set_grad_enabled(false)
    defer { ct_set_grad_enabled(before) }
    return try body()
}

/// Runs `body` with matrix products and convolutions in `dtype` on `device`, everything else as libtorch's autocast
/// policy says. With `nil` it runs `body` as it stands.
public func withAutocast<Result>(to dtype: DType?, on device: Device, _ body: () throws -> Result) rethrows -> Result {
    guard let dtype else { return try body() }
    check(ct_set_autocast(device.c.kind, true, dtype.c))
    defer { check(ct_set_autocast(device.c.kind, false, dtype.c)) }
    return try body()
}
