public import Torch

/// Channel counts at a given `model.width`: the source's are those at width 1.
public struct ChannelScale: Sendable {
    /// The factor on all channel counts.
    public let width: Double

    /// The channel counts at `model.width`.
    public init(width: Double) {
        self.width = width
    }

    /// The number of channels that stands for the source's `channels`: a multiple of 8, at least 8.
    public func callAsFunction(_ channels: Int) -> Int {
        max(8, Int((Double(channels) * width / 8).rounded()) * 8)
    }

    /// The number of groups of a norm over `channels`: 32 at width 1, the largest divisor up to its share otherwise.
    public func groups(_ channels: Int) -> Int {
        let most = max(1, Int((32 * width).rounded()))
        return (1...min(most, channels)).last { channels % $0 == 0 } ?? 1
    }
}

/// Convolutional block attention (Woo et al., ECCV 2018, equations 2 and 3; reduction 16): which channels matter, then
/// which places.
///
///     F' = F · σ(MLP(avg F) + MLP(max F)),   F″ = F' · σ(Conv7×7[mean_c F'; max_c F'])
public struct CBAM {
    let reduce: Linear
    let expand: Linear
    let spatial: Conv2d

    /// Attention over `channels` maps. Without a norm after the 7×7 convolution, which the paper's code adds.
    public init(_ channels: Int, at path: ParameterPath) {
        let hidden = max(1, channels / 16)
        reduce = Linear(channels, hidden, at: path / "channel" / "reduce")
        expand = Linear(hidden, channels, at: path / "channel" / "expand")
        spatial = Conv2d(2, 1, kernel: 7, padding: 3, bias: false, at: path / "spatial" / "conv")
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (B, C, _, _) = x.shape4
        let maps = weights(ofMaps: .concatenate([x.mean(2, 3), x.amax(2, 3)], dim: 0))
        let attended = x * maps.reshape(B, C, 1, 1)
        let places = Tensor.concatenate([attended.mean(1, keepDims: true), attended.amax(1, keepDims: true)], dim: 1)
        return attended * spatial(places).sigmoid()
    }

    /// `relu(CBAM(x) + residual)`, the end of a residual block.
    public func callAsFunction(_ x: Tensor, addedTo residual: Tensor) -> Tensor {
        guard x.fitsFusedPasses else { return (self(x) + residual).relu() }
        let maps = weights(ofMaps: x.pooledMaps().reshape(-1, x.shape4.1))
        // oneDNN is thrice as fast channels-last.
        let places = x.pooledPlaces(scaledBy: maps).contiguous(channelsLast: x.device == .cpu)
        return x.attended(maps: maps, places: spatial(places).sigmoid(), addedTo: residual)
    }

    /// The weight of each map, `[B, C]`, from the means and then the maxima `[2 · B, C]`: one pass through the MLP.
    private func weights(ofMaps pooled: Tensor) -> Tensor {
        let B = pooled.shape[0] / 2
        let scores = expand(reduce(pooled).relu())
        return (scores.narrow(0, from: 0, length: B) + scores.narrow(0, from: B, length: B)).sigmoid()
    }
}

/// The residual block of both halves (He et al., CVPR 2016, with group norm and attention):
///
///     ReLU( CBAM(GN(Conv3×3(ReLU(GN(Conv3×3,s(x)))))) + shortcut(x) ),   shortcut = GN(Conv1×1,s) when the shape changes
///
/// With a `modulation`, the latent code scales and shifts the output of both norms channel by channel (FiLM, Perez et
/// al., AAAI 2018): `GN(h) · (1 + γ(z)) + δ(z)`, with γ and δ zero at first.
public struct ResidualBlock {
    let conv1: Conv2d
    let norm1: GroupNorm
    let conv2: Conv2d
    let norm2: GroupNorm
    let attention: CBAM
    let shortcut: (conv: Conv2d, norm: GroupNorm)?
    let modulation: (first: Linear, second: Linear)?

    /// A block from `inputs` to `outputs` channels.
    ///
    /// - Parameters:
    ///   - hidden: channels between the two convolutions; as many as `outputs` by default.
    ///   - latent: the length of the code that modulates the block, if one does.
    ///   - startsAsIdentity: gives back what it gets until it has learned something, if that is nowhere negative and
    ///     of as many channels as `outputs`: the scale of its last norm is zero at first (Goyal et al., arXiv:1706.02677,
    ///     section 5.1).
    public init(
        _ inputs: Int, _ outputs: Int, hidden: Int? = nil, stride: Int = 1, modulatedBy latent: Int? = nil,
        startsAsIdentity: Bool = false, scale: ChannelScale, at path: ParameterPath
    ) {
        let hidden = hidden ?? outputs
        let groups = scale.groups(outputs)
        conv1 = Conv2d(inputs, hidden, kernel: 3, stride: stride, padding: 1, bias: false, at: path / "conv1")
        norm1 = GroupNorm(hidden, groups: scale.groups(hidden), at: path / "norm1")
        conv2 = Conv2d(hidden, outputs, kernel: 3, padding: 1, bias: false, at: path / "conv2")
        norm2 = GroupNorm(outputs, groups: groups, startsAt: startsAsIdentity ? 0 : 1, at: path / "norm2")
        attention = CBAM(outputs, at: path / "cbam")
        if stride != 1 || inputs != outputs {
            let place = path / "shortcut"
            shortcut = (
                Conv2d(inputs, outputs, kernel: 1, stride: stride, bias: false, at: place / "conv"),
                GroupNorm(outputs, groups: groups, at: place / "norm")
            )
        } else {
            shortcut = nil
        }
        modulation = latent.map { latent in
            (
                Linear(latent, 2 * hidden, .zeros, at: path / "modulation1"),
                Linear(latent, 2 * outputs, .zeros, at: path / "modulation2")
            )
        }
    }

    /// - Parameters:
    ///   - shared: maps `[1, c, H, W]` that every image's input ends with; `x` then has `c` channels less.
    ///   - z: the code `[B, latent]`; used if the block is modulated.
    public func callAsFunction(_ x: Tensor, sharedByBatch shared: Tensor? = nil, z: Tensor? = nil) -> Tensor {
        let (first, second) = (z.flatMap { modulation?.first($0) }, z.flatMap { modulation?.second($0) })
        let hidden = norm1(conv1(x, sharedByBatch: shared), modulation: first, relu: true)
        let output = norm2(conv2(hidden), modulation: second)
        return attention(output, addedTo: shortcut.map { $0.norm($0.conv(x, sharedByBatch: shared)) } ?? x)
    }
}

/// The blocks that refine the maps of one stage of either half after its own: twice as wide in the middle, and as if they were
/// not there until they have learned something.
struct FurtherBlocks {
    let blocks: [ResidualBlock]

    init(_ count: Int, channels: Int, modulatedBy latent: Int? = nil, scale: ChannelScale, at path: ParameterPath) {
        blocks = (0..<count).map { index in
            ResidualBlock(
                channels, channels, hidden: 2 * channels, modulatedBy: latent, startsAsIdentity: true, scale: scale,
                at: path / index)
        }
    }

    /// - Parameter checkpointing: keeps only what lies between two blocks for the way back.
    func callAsFunction(_ x: Tensor, z: Tensor? = nil, checkpointing: Bool) -> Tensor {
        blocks.reduce(x) { x, block in
            checkpointed([x] + (z.map { [$0] } ?? []), outputs: 1, if: checkpointing) { inputs in
                [block(inputs[0], z: inputs.count > 1 ? inputs[1] : nil)]
            }[0]
        }
    }
}
