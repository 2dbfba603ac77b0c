internal import CTorch

/// libtorch's own source of random numbers, with a state that can be saved: the same as PyTorch's `torch.Generator`.
public final class Generator {
    let handle: CTGenerator

    /// A generator for tensors on `device`; the numbers are those of PyTorch's `manual_seed(seed)`.
    public init(seed: UInt64, device: Device = .cpu) {
        var out: CTGenerator?
        let status = ct_generator_new(&out, device.c, seed)
        guard status == CT_OK, let out else { fatalError("libtorch: " + String(cString: ct_last_error())) }
        handle = out
    }

    deinit { ct_generator_release(handle) }

    /// The complete state, as bytes.
    public var state: Tensor {
        withExtendedLifetime(self) { .result { ct_generator_state($0, handle) } }
    }

    /// Goes on from a saved state.
    ///
    /// - Throws: ``TorchError`` when the bytes are not a state of this kind of generator.
    public func restore(_ state: Tensor) throws {
        try withExtendedLifetime((self, state)) {
            try checkThrowing(ct_generator_set_state(handle, state.handle))
        }
    }
}

extension Tensor {
    /// Overwrites every value with one uniform in [`low`, `high`).
    public func fillUniform(_ low: Double, _ high: Double, generator: Generator) {
        withExtendedLifetime(generator) { perform { ct_uniform_($0, low, high, generator.handle) } }
    }
}
