/// The named parameters of a model, in the order in which its layers were made.
///
/// Names follow PyTorch's `state_dict` (`encoder.stem.conv.weight`), so weights travel both ways by safetensors. A layer
/// claims its parameters through a ``ParameterPath``, which is where a checkpoint's key can be read in the code.
public final class ParameterStore {
    /// All parameters, in order of creation.
    public private(set) var parameters: [(name: String, tensor: Tensor)] = []
    /// Where the parameters live.
    public let device: Device
    /// Draws the initial values.
    let generator: Generator
    /// Whose values are taken over.
    private let original: ParameterStore?

    /// An empty store; `seed` determines the initial values (on any device: they are drawn on the CPU).
    public init(seed: UInt64, device: Device = .cpu) {
        self.device = device
        generator = Generator(seed: seed)
        original = nil
    }

    /// An empty store whose parameters will be those of another, in the same memory, with gradients of their own.
    public init(sharing original: ParameterStore) {
        device = original.device
        generator = Generator(seed: 0)
        self.original = original
    }

    /// The path without a prefix.
    public var root: ParameterPath { ParameterPath(store: self, prefix: "") }

    /// Those that require gradients, and that an optimiser moves.
    public var trained: [(name: String, tensor: Tensor)] { parameters.filter(\.tensor.requiresGrad) }

    /// The parameters' tensors, in order.
    public var tensors: [Tensor] { parameters.map(\.tensor) }

    /// The parameters by name.
    public var dictionary: [String: Tensor] {
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
    }

    /// Number of values.
    public var count: Int { parameters.reduce(0) { $0 + $1.tensor.count } }

    func add(_ tensor: Tensor, named name: String) -> Tensor {
        precondition(!parameters.contains { $0.name == name }, "two parameters are named \(name)")
        let shared = original?.parameters[parameters.count]
        precondition(shared.map { $0.name == name && $0.tensor.shape == tensor.shape } ?? true, "no \(name) to share")
        let placed = shared?.tensor.detach() ?? tensor.to(device)
        placed.requiresGrad = true
        parameters.append((name, placed))
        return placed
    }

    /// Checks that there is a tensor of the right shape for every parameter, and no other.
    ///
    /// - Throws: ``TorchError`` naming the first parameter that is missing, of another shape or unknown.
    public func check(_ tensors: [String: Tensor]) throws {
        for (name, parameter) in parameters {
            guard let tensor = tensors[name] else { throw TorchError(.content, "the parameter \(name) is missing") }
            guard tensor.shape == parameter.shape else {
                throw TorchError(
                    .content, "the parameter \(name) has shape \(tensor.shape), the model needs \(parameter.shape)")
            }
        }
        let known = Set(parameters.map(\.name))
        if let stranger = tensors.keys.filter({ !known.contains($0) }).min() {
            throw TorchError(.content, "the model has no parameter \(stranger)")
        }
    }

    /// Overwrites every parameter with the tensor of its name.
    ///
    /// - Throws: as ``check(_:)``; the store is then unchanged.
    public func load(_ tensors: [String: Tensor]) throws {
        try check(tensors)
        withoutGradients {
            for (name, parameter) in parameters {
                if let tensor = tensors[name] { parameter.copy(from: tensor) }
            }
        }
    }

    /// Forgets all gradients, or sets them to zero where they stay.
    public func zeroGradients() {
        if keepsGradientsInPlace {
            trained.compactMap(\.tensor.grad).zeroInPlace()
        } else {
            for (_, tensor) in parameters { tensor.grad = nil }
        }
    }

    /// Whether every parameter that is trained has a gradient, zero where there was none yet, which stays where it is: a
    /// ``CUDAGraph`` adds to the memory that it has seen. To an optimiser a gradient of zero is a gradient.
    public var keepsGradientsInPlace = false {
        didSet {
            guard keepsGradientsInPlace else { return }
            for (_, tensor) in trained where tensor.grad == nil { tensor.grad = .zeros(tensor.shape, device: device) }
        }
    }
}

/// A place in a model's hierarchy of names: `path / "encoder" / "stem"`.
public struct ParameterPath {
    let store: ParameterStore
    let prefix: String

    /// The place one level deeper.
    public static func / (path: ParameterPath, name: String) -> ParameterPath {
        ParameterPath(store: path.store, prefix: path.prefix.isEmpty ? name : path.prefix + "." + name)
    }

    /// The place of the `index`-th of several.
    public static func / (path: ParameterPath, index: Int) -> ParameterPath { path / String(index) }

    /// A parameter with constant initial values.
    public func constant(_ name: String, _ shape: [Int], _ value: Double) -> Tensor {
        store.add(.full(shape, value), named: (self / name).prefix)
    }

    /// A parameter uniform in ±`bound`.
    public func uniform(_ name: String, _ shape: [Int], bound: Double) -> Tensor {
        let values = Tensor.zeros(shape)
        values.fillUniform(-bound, bound, generator: store.generator)
        return store.add(values, named: (self / name).prefix)
    }

    /// A parameter with normal initial values about 0.
    public func normal(_ name: String, _ shape: [Int], deviation: Double) -> Tensor {
        store.add(.randn(shape, generator: store.generator) * deviation, named: (self / name).prefix)
    }
}
