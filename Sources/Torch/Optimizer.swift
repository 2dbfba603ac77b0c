/// A rule that turns accumulated gradients into steps of the parameters.
public protocol Optimizer: AnyObject {
    /// The learning rate of the next step.
    var learningRate: Double { get set }

    /// Moves every parameter that has a gradient.
    ///
    /// - Throws: ``TorchError`` when the memory does not suffice in a thread other than the caller's.
    func step() throws

    /// Everything that is remembered from step to step, by name: the tensors themselves, not copies.
    var state: [String: Tensor] { get }
}

extension Optimizer {
    /// Goes on from a saved state.
    ///
    /// - Throws: ``TorchError`` naming what is missing or of another shape; the optimiser is then unchanged.
    public func restore(_ saved: [String: Tensor]) throws {
        let current = state
        for (name, tensor) in current {
            guard let value = saved[name] else { throw TorchError(.content, "the optimiser state \(name) is missing") }
            guard value.shape == tensor.shape else {
                throw TorchError(.content, "the optimiser state \(name) has shape \(value.shape), not \(tensor.shape)")
            }
        }
        for (name, tensor) in current {
            if let value = saved[name] { tensor.copy(from: value) }
        }
    }
}
