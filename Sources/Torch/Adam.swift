internal import CTorch

/// Adam (Kingma and Ba, ICLR 2015) and AdamW (Loshchilov and Hutter, ICLR 2019), by libtorch's fused kernels.
///
///     m ← β₁m + (1−β₁)g        v ← β₂v + (1−β₂)g²
///     θ ← θ − lr · m̂ / (√v̂ + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
///
/// Weight decay is added to the gradient (L2, PyTorch's `Adam`) or, decoupled, taken off the weights (`AdamW`).
public final class Adam: Optimizer {
    /// The learning rate of the next step.
    public var learningRate: Double
    private let parameters: [(name: String, tensor: Tensor)]
    private let betas: (Double, Double)
    private let epsilon: Double
    private let weightDecay: Double
    private let decoupledWeightDecay: Bool
    private var moments: [Moments]

    /// What is remembered of one parameter.
    private struct Moments {
        let first: Tensor
        let second: Tensor
        let step: Tensor
    }

    /// An optimiser over those parameters of `store` that require gradients now.
    public convenience init(
        _ store: ParameterStore, learningRate: Double, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: Double = 0, decoupledWeightDecay: Bool = false
    ) {
        self.init(
            store.trained, learningRate: learningRate, betas: betas, epsilon: epsilon, weightDecay: weightDecay,
            decoupledWeightDecay: decoupledWeightDecay)
    }

    /// An optimiser over some leaves, each under a name of its own.
    public init(
        _ parameters: [(name: String, tensor: Tensor)], learningRate: Double, betas: (Double, Double) = (0.9, 0.999),
        epsilon: Double = 1e-8, weightDecay: Double = 0, decoupledWeightDecay: Bool = false
    ) {
        self.learningRate = learningRate
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.decoupledWeightDecay = decoupledWeightDecay
        self.parameters = parameters
        moments = parameters.map { _, tensor in
            Moments(
                first: .zeros(tensor.shape, device: tensor.device), second: .zeros(tensor.shape, device: tensor.device),
                step: .zeros([], device: tensor.device))
        }
    }

    /// Moves every parameter that has a gradient.
    public func step() {
        let active = zip(parameters, moments).compactMap { parameter, moments in
            parameter.tensor.grad.map { (parameter.tensor, $0, moments) }
        }
        guard !active.isEmpty else { return }
        let settings = CTAdam(
            learning_rate: learningRate, beta1: betas.0, beta2: betas.1, epsilon: epsilon, weight_decay: weightDecay,
            decoupled_weight_decay: decoupledWeightDecay)
        active.map(\.0).withCList { parameters in
            active.map(\.1).withCList { gradients in
                active.map(\.2.first).withCList { first in
                    active.map(\.2.second).withCList { second in
                        active.map(\.2.step).withCList { steps in
                            check(ct_adam_step(parameters, gradients, first, second, steps, settings))
                        }
                    }
                }
            }
        }
    }

    /// Both moments and the number of steps of every parameter, by name.
    public var state: [String: Tensor] {
        var state: [String: Tensor] = [:]
        for ((name, _), moments) in zip(parameters, moments) {
            state[name + ".exp_avg"] = moments.first
            state[name + ".exp_avg_sq"] = moments.second
            state[name + ".step"] = moments.step
        }
        return state
    }
}

/// The Euclidean norm of all gradients taken together, before any clipping.
///
/// Gradients longer than `limit` are shortened to it, all by the same factor (Pascanu et al., ICML 2013), as PyTorch's
/// `clip_grad_norm_` does.
@discardableResult
public func clipGradientNorm(_ parameters: [Tensor], to limit: Double?) -> Double {
    let gradients = parameters.compactMap(\.grad)
    guard !gradients.isEmpty else { return 0 }
    let norm = Tensor.result { out in gradients.withCList { ct_global_norm(out, $0) } }.item()
    if let limit, norm.isFinite, norm > limit {
        gradients.multiplyInPlace(limit / (norm + 1e-6))
    }
    return norm
}
