internal import CTorch

/// A two-dimensional convolution of `[B, in, H, W]` to `[B, out, ⌊(H + 2p − k)/s⌋ + 1, …]`.
///
/// Weights and biases are uniform in ±1/√(in·k²), PyTorch's default: He et al. (2015) with a = √5.
public struct Conv2d {
    /// `[out, in, k, k]`.
    public let weight: Tensor
    /// `[out]`, or none.
    public let bias: Tensor?
    let stride: Int
    let padding: Int

    /// A layer with `<path>.weight` and, if asked, `<path>.bias`.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
        at path: ParameterPath
    ) {
        let bound = 1 / Double(inputs * kernel * kernel).squareRoot()
        weight = path.uniform("weight", [outputs, inputs, kernel, kernel], bound: bound)
        self.bias = bias ? path.uniform("bias", [outputs], bound: bound) : nil
        self.stride = stride
        self.padding = padding
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.conv2d(weight, bias: bias, stride: stride, padding: padding)
    }

    /// The convolution of `x` `[B, C, H, W]` joined along the channels with `shared` `[1, in − C, H, W]`, maps that are the
    /// same for every image.
    ///
    /// A convolution is linear in its input, so the shared maps are convolved once for the whole batch and nothing is
    /// copied to join them: `conv([x, s]) = conv(x) + conv(s)`, each with its part of the weight.
    public func callAsFunction(_ x: Tensor, sharedByBatch shared: Tensor?) -> Tensor {
        guard let shared else { return self(x) }
        let (own, common) = (x.shape4.1, shared.shape4.1)
        let first = x.conv2d(weight.narrow(1, from: 0, length: own), bias: bias, stride: stride, padding: padding)
        let second = shared.conv2d(
            weight.narrow(1, from: own, length: common), stride: stride, padding: padding)
        return first + second
    }
}

/// An affine map of the last dimension, `y = x · Wᵀ + b`: `[…, in]` to `[…, out]`.
///
/// Weights and biases are uniform in ±1/√in, PyTorch's default.
public struct Linear {
    /// `[out, in]`.
    public let weight: Tensor
    /// `[out]`.
    public let bias: Tensor

    /// How the weights and the bias start.
    public enum Initialisation: Sendable {
        /// Uniform in ±1/√in.
        case standard
        /// Zeros: the layer starts as if it were not there.
        case zeros
    }

    /// A layer with `<path>.weight` and `<path>.bias`.
    public init(_ inputs: Int, _ outputs: Int, _ initialisation: Initialisation = .standard, at path: ParameterPath) {
        let bound = initialisation == .standard ? 1 / Double(inputs).squareRoot() : 0
        weight = path.uniform("weight", [outputs, inputs], bound: bound)
        bias = path.uniform("bias", [outputs], bound: bound)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight, bias: bias) }
}

/// Vectors for numbers that stand for something: `[rows, n]` whole numbers to the sum of their vectors, `[rows, width]`.
///
/// The vectors are normal with a deviation of 0.1 at first.
public struct EmbeddingSum {
    /// `[count, width]`.
    public let weight: Tensor

    /// A table with `<path>.weight`.
    public init(_ count: Int, _ width: Int, at path: ParameterPath) {
        weight = path.normal("weight", [count, width], deviation: 0.1)
    }

    /// - Parameter indices: int64 `[rows, n]`.
    public func callAsFunction(_ indices: Tensor) -> Tensor { .result(weight, indices, ct_embedding_sum) }
}

/// Layer normalisation over the last dimension (Ba et al., arXiv:1607.06450, 2016).
public struct LayerNorm {
    /// `[width]`, ones at first.
    public let weight: Tensor
    /// `[width]`, zeros at first.
    public let bias: Tensor

    /// A layer with `<path>.weight` and `<path>.bias`.
    public init(_ width: Int, at path: ParameterPath) {
        weight = path.constant("weight", [width], 1)
        bias = path.constant("bias", [width], 0)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm(weight: weight, bias: bias) }
}

/// Group normalisation (Wu and He, ECCV 2018): each image's channels are normalised in groups, then scaled and shifted
/// channel by channel. It does not look at other images, so a batch of n is the same as n batches of one.
public struct GroupNorm {
    /// `[C]`, ones at first unless asked otherwise.
    public let weight: Tensor
    /// `[C]`, zeros at first.
    public let bias: Tensor
    let groups: Int

    /// A layer with `<path>.weight`, all of which `startsAt` that scale, and `<path>.bias`.
    ///
    /// - Precondition: `channels` is a multiple of `groups`.
    public init(_ channels: Int, groups: Int, startsAt scale: Double = 1, at path: ParameterPath) {
        precondition(channels % groups == 0, "\(channels) channels do not divide into \(groups) groups")
        weight = path.constant("weight", [channels], scale)
        bias = path.constant("bias", [channels], 0)
        self.groups = groups
    }

    /// The norm of `x` `[B, C, H, W]`, then the ReLU if wanted.
    ///
    /// - Parameter modulation: `[B, 2 · C]`, γ and δ of `GN(x) · (1 + γ) + δ` (FiLM, Perez et al., AAAI 2018).
    public func callAsFunction(_ x: Tensor, modulation: Tensor? = nil, relu: Bool = false) -> Tensor {
        let C = weight.shape[0]
        let film = modulation.map { ($0.narrow(1, from: 0, length: C) + 1, $0.narrow(1, from: C, length: C)) }
        guard x.fitsFusedPasses else {
            let h = x.groupNorm(groups: groups, weight: weight, bias: bias)
            let modulated = film.map { h * $0.reshape(-1, C, 1, 1) + $1.reshape(-1, C, 1, 1) } ?? h
            return relu ? modulated.relu() : modulated
        }
        let (scale, shift) = film.map { (weight * $0, bias * $0 + $1) } ?? (weight, bias)
        return x.normalised(groups: groups, scale: scale, shift: shift, relu: relu)
    }
}
