// The β-VAE of the source document (Kingma and Welling, ICLR 2014; Higgins et al., ICLR 2017), read from top to bottom
// in the order in which a page passes through it.
//
// Deviations on purpose from the usual convolutional VAE:
// - Pages of any size. Spatial pyramid pooling (He et al., ECCV 2014) makes the code's length independent of the page's;
//   the decoder is told the size to draw and draws it at full resolution, never a small picture stretched at the end.
// - U-Net skips (Ronneberger et al., MICCAI 2015) let a decoder ignore its code. So, per image in training, all skips are
//   at times replaced by learned null maps, and whatever is drawn from a code alone is drawn with the null maps.
// - A trained network can grow: each stage of both halves may have further blocks, which are identities at first.
public import Torch

/// A variational autoencoder of single-channel pages `[B, 1, H, W]`, 1 = paper, with `H, W ≥ 32`.
public final class BetaVAE {
    /// What the model is built from.
    public let configuration: ModelConfiguration
    /// All parameters, under the keys of a checkpoint.
    public let parameters: ParameterStore
    package let encoder: Encoder
    let heads: (mu: Linear, logVariance: Linear)
    package let frozenFeatures: FrozenFeatures?
    let decoder: Decoder

    /// A model with fresh parameters, determined by `seed`.
    ///
    /// - Throws: `UserError` if `model.features` asks for weights that are not there.
    public convenience init(_ configuration: ModelConfiguration, seed: UInt64, device: Device = .cpu) throws {
        let vgg = configuration.features == .none ? nil : try VGG16(device: device)
        self.init(configuration, ParameterStore(seed: seed, device: device), features: vgg)
    }

    /// A model with the parameters of another, in the same memory, and gradients of its own: for another thread.
    convenience init(sharing original: BetaVAE) {
        self.init(
            original.configuration, ParameterStore(sharing: original.parameters), features: original.frozenFeatures?.vgg
        )
    }

    private init(_ configuration: ModelConfiguration, _ parameters: ParameterStore, features: VGG16?) {
        self.configuration = configuration
        self.parameters = parameters
        let scale = ChannelScale(width: configuration.width)
        let root = parameters.root
        encoder = Encoder(configuration, scale: scale, at: root / "encoder")
        let pooled = spatialPyramidLength(channels: scale(512))
        heads = (
            Linear(pooled, configuration.latentDimension, at: root / "heads" / "mu"),
            Linear(pooled, configuration.latentDimension, at: root / "heads" / "logvar")
        )
        frozenFeatures = features.map {
            FrozenFeatures(
                $0, readsWords: configuration.features.readsWords, latent: configuration.latentDimension,
                at: root / "heads" / "archetype")
        }
        if configuration.frozenEncoder {
            for parameter in parameters.tensors { parameter.requiresGrad = false }
        }
        decoder = Decoder(configuration, scale: scale, at: root / "decoder")
    }

    /// q(z | x) = N(μ, diag σ²), and the maps that the skips carry.
    public struct Posterior {
        /// `[B, latent]`.
        public let mu: Tensor
        /// log σ², `[B, latent]`.
        public let logVariance: Tensor
        /// The encoder's maps at ÷16, ÷8, ÷4 and ÷2.
        public let skips: [Tensor]

        package init(mu: Tensor, logVariance: Tensor, skips: [Tensor]) {
            self.mu = mu
            self.logVariance = logVariance
            self.skips = skips
        }

        /// z = μ + σ ⊙ ε, through which gradients flow; `noise` is ε, `[B, latent]`.
        public func sample(_ noise: Tensor) -> Tensor { mu + (logVariance * 0.5).exp() * noise }
    }

    /// Ways from the codes of a batch's pages to others.
    public struct Way {
        /// Where they lead, `[B, latent]`.
        public let end: Tensor
        /// How far along a page is drawn, in [0, 1], `[B, 1]`.
        public let share: Tensor

        public init(end: Tensor, share: Tensor) {
            self.end = end
            self.share = share
        }
    }

    /// What is drawn on a way: it begins at what the batch's own output is drawn from, and has the same skips.
    public struct DrawnWay {
        /// How far along `between` is, `[B, 1]`.
        public let share: Tensor
        /// There, before the sigmoid, `[B, 1, H, W]`.
        public let between: Tensor
        /// At the way's end, before the sigmoid, `[B, 1, H, W]`; without a graph.
        public let end: Tensor

        package init(share: Tensor, between: Tensor, end: Tensor) {
            (self.share, self.between, self.end) = (share, between, end)
        }
    }

    /// What a training step needs of a batch.
    public struct Output {
        /// Before the sigmoid, `[B, 1, H, W]`.
        public let logits: Tensor
        /// q(z | x).
        public let posterior: Posterior
        /// What is drawn on the way to another code; nil if no way was asked for.
        public let way: DrawnWay?

        package init(logits: Tensor, posterior: Posterior, way: DrawnWay? = nil) {
            self.logits = logits
            self.posterior = posterior
            self.way = way
        }

        /// x̂ in [0, 1], `[B, 1, H, W]`.
        public var reconstruction: Tensor { logits.sigmoid() }
    }

    /// The posterior of each page of a batch, in fp32 whatever the network runs in.
    ///
    /// - Parameters:
    ///   - words: what is written on each, `[B, FrozenFeatures.vocabularySize]`, for a model that reads words; without, nothing is.
    ///   - told: what the features tell of the pages, where it is known already; see ``FrozenFeatures/codes(of:_:)``.
    ///   - checkpointing: keeps only what lies between two stages for the way back; see ``checkpointed(_:if:_:)``.
    public func encode(
        _ pages: Tensor, words: Tensor? = nil, told: Tensor? = nil, checkpointing: Bool = false
    ) -> Posterior {
        // A frozen encoder keeps nothing anyway, and must not be run again for gradients that nobody wants.
        let (top, skips) = encoder(pages, checkpointing: checkpointing && !configuration.frozenEncoder)
        return withAutocast(to: nil) {
            let pooled = spatialPyramid(top.to(dtype: .float32))
            let mu = heads.mu(pooled)
            return Posterior(
                mu: frozenFeatures.map { $0.joining(mu, with: told ?? $0.codes(of: pages, words)) } ?? mu,
                logVariance: heads.logVariance(pooled), skips: skips)
        }
    }

    /// Pages `[B, 1, height, width]` drawn from codes `[B, latent]`, before the sigmoid.
    ///
    /// - Parameters:
    ///   - skips: the encoder's maps; without them the null maps stand in, and the page is drawn from the code alone.
    ///   - dropped: which images use the null maps all the same, `[B]` of truth values.
    ///   - checkpointing: as in ``encode(_:words:told:checkpointing:)``.
    public func decode(
        _ z: Tensor, height: Int, width: Int, skips: [Tensor]? = nil, dropped: Tensor? = nil,
        checkpointing: Bool = false
    ) -> Tensor {
        decoder(z, height: height, width: width, skips: skips, dropped: dropped, checkpointing: checkpointing)
    }

    /// Pages `[B, 1, height, width]` from codes alone, B ≥ 1, in parts: however many there are, the network's maps take no more memory
    /// than those of one page, or of a batch of small ones.
    package func draw(_ z: Tensor, height: Int, width: Int) -> Tensor {
        let together = max(1, Self.pixelsTogether / (height * width))
        let parts = Array(0..<z.shape[0]).chunks(of: together)
        return .concatenate(parts.map { decode(z[rows: $0], height: height, width: width).sigmoid() }, dim: 0)
    }

    /// Pixels that ``draw(_:height:width:)`` draws at once: 42 pages of 128×192.
    private static let pixelsTogether = 1 << 20

    /// Encodes, samples and decodes a batch.
    ///
    /// - Parameters:
    ///   - told: what the features of a model that has any tell of the pages, as in ``encode(_:words:told:checkpointing:)``.
    ///   - noise: ε, `[B, latent]`; without it, and with a frozen encoder, z = μ, as in evaluation.
    ///   - dropped: which images lose their skips, `[B]` of truth values.
    ///   - way: where else to draw. That teaches the decoder alone.
    ///   - checkpointing: keeps only what lies between two stages of either half, and computes the rest again in `backward`.
    public func callAsFunction(
        _ pages: Tensor, told: Tensor? = nil, noise: Tensor? = nil, dropped: Tensor? = nil, way: Way? = nil,
        checkpointing: Bool = false
    ) -> Output {
        let (_, _, H, W) = pages.shape4
        let posterior = encode(pages, told: told, checkpointing: checkpointing)
        // Noise limits how much an encoder says. A frozen one learns nothing from it, and its decoder would only blur.
        let z = configuration.frozenEncoder ? posterior.mu : noise.map(posterior.sample) ?? posterior.mu
        let logits = decode(
            z, height: H, width: W, skips: posterior.skips, dropped: dropped, checkpointing: checkpointing)
        let drawn = way.map { way in
            let (start, skips) = (z.detach(), posterior.skips.map { $0.detach() })
            func page(_ code: Tensor) -> Tensor {
                decode(code, height: H, width: W, skips: skips, dropped: dropped, checkpointing: checkpointing)
            }
            return DrawnWay(
                share: way.share, between: page(start + (way.end - start) * way.share),
                end: withoutGradients { page(way.end) })
        }
        return Output(logits: logits, posterior: posterior, way: drawn)
    }
}

/// ⌈n / divisor⌉: every stride-2 stage rounds up, so that no size is refused for not being a multiple of 32.
func ceilDivide(_ n: Int, _ divisor: Int) -> Int { (n + divisor - 1) / divisor }

// MARK: - Encoder

/// Pages to maps at 1/32 of their size.
package struct Encoder {
    let stem: (conv: Conv2d, norm: GroupNorm)
    let stages: [(block: ResidualBlock, further: FurtherBlocks)]

    init(_ configuration: ModelConfiguration, scale: ChannelScale, at path: ParameterPath) {
        let place = path / "stem"
        stem = (
            Conv2d(1, scale(64), kernel: 7, stride: 2, padding: 3, bias: false, at: place / "conv"),
            GroupNorm(scale(64), groups: scale.groups(scale(64)), at: place / "norm")
        )
        stages = [(64, 128), (128, 256), (256, 512)].enumerated().map { index, channels in
            (
                ResidualBlock(
                    scale(channels.0), scale(channels.1), stride: 2, scale: scale, at: path / "stages" / index),
                FurtherBlocks(
                    configuration.furtherBlocks, channels: scale(channels.1), scale: scale, at: path / "further" / index
                )
            )
        }
    }

    /// The top map, and those at ÷16, ÷8, ÷4 and ÷2 that skips may carry.
    package func callAsFunction(_ x: Tensor, checkpointing: Bool = false) -> (top: Tensor, skips: [Tensor]) {
        func stage(_ index: Int, _ x: Tensor) -> Tensor {
            let (block, further) = stages[index]
            return further(checkpointed(x, if: checkpointing) { block($0) }, checkpointing: checkpointing)
        }
        let half = checkpointed(x, if: checkpointing) { stem.norm(stem.conv($0), relu: true) }  // [B,  64, H/2,  W/2]
        let quarter = half.maxPool2d(3, stride: 2, padding: 1)  // [B,  64, H/4,  W/4]
        let eighth = stage(0, quarter)  // [B, 128, H/8,  W/8]
        let sixteenth = stage(1, eighth)  // [B, 256, H/16, W/16]
        let top = stage(2, sixteenth)  // [B, 512, H/32, W/32]
        return (top, [sixteenth, eighth, quarter, half])
    }
}

// MARK: - Spatial pyramid pooling

private let pyramidLevels = [1, 2, 4]

/// Length of the pooled vector: C · (1 + 4 + 16), 10 752 for 512 channels.
func spatialPyramidLength(channels: Int) -> Int { channels * pyramidLevels.reduce(0) { $0 + $1 * $1 } }

/// Adaptive average pools over 1×1, 2×2 and 4×4 windows, joined: `[B, C, h, w]` of any size to `[B, 21 · C]`
/// (He et al., ECCV 2014, section 2.2, with means in the place of maxima).
package func spatialPyramid(_ x: Tensor) -> Tensor {
    let (B, C, _, _) = x.shape4
    let levels = pyramidLevels.map { x.adaptiveAvgPool2d($0, $0).reshape(B, C * $0 * $0) }
    return .concatenate(levels, dim: 1)
}

// MARK: - Decoder

/// Codes to pages of a requested size.
struct Decoder {
    /// The code becomes a 4×4 map first, as coarse as the finest level of the pyramid that it was read from.
    private static let seedSide = 4
    /// Pixels across a cell of the map that a sub-pixel convolution reads.
    private static let subpixels = 4

    let project: Linear
    /// The block of each stage brings the maps of the stage before, a skip and the coordinates together.
    let stages: [(block: ResidualBlock, further: FurtherBlocks)]
    /// Brings the skip at 1/2 to the cells at 1/4 that a sub-pixel convolution reads: without it, what is finer than a cell
    /// (letters, check marks) cannot be seen through the skips.
    let fineSkip: Conv2d?
    let output: Conv2d
    let nullSkips: [Tensor]?
    let configuration: ModelConfiguration

    init(_ configuration: ModelConfiguration, scale: ChannelScale, at path: ParameterPath) {
        self.configuration = configuration
        let latent = configuration.latentDimension
        project = Linear(latent, scale(512) * Self.seedSide * Self.seedSide, at: path / "project")

        // A map at 1/4 that 16 pixels of each cell are read from needs more channels than one that is refined further.
        let channels =
            switch configuration.upsampling {
            case .stages: [512, 256, 128, 64, 32, 32].map { scale($0) }
            case .subpixel: [512, 256, 128, 128].map { scale($0) }
            }
        let last = channels.count - 1
        let subpixel = configuration.upsampling == .subpixel
        let hasSkips = configuration.useSkipConnections
        let skipChannels = hasSkips ? [256, 128, 64, subpixel ? 128 : 64].map { scale($0) } : []
        nullSkips =
            hasSkips
            ? skipChannels.enumerated().map { (path / "null_skips").constant(String($0), [1, $1, 1, 1], 0) } : nil
        fineSkip =
            hasSkips && subpixel
            ? Conv2d(scale(64), scale(128), kernel: 3, stride: 2, padding: 1, at: path / "fine_skip") : nil

        let coordinateChannels = configuration.coordinates ? 4 : 0
        stages = (0..<last).map { stage in
            let skip = stage < skipChannels.count ? skipChannels[stage] : 0
            let (outputs, modulation) = (channels[stage + 1], configuration.modulation ? latent : nil)
            return (
                ResidualBlock(
                    channels[stage] + skip + coordinateChannels, outputs, modulatedBy: modulation, scale: scale,
                    at: path / "stages" / stage),
                FurtherBlocks(
                    configuration.furtherBlocks, channels: outputs, modulatedBy: modulation, scale: scale,
                    at: path / "further" / stage)
            )
        }
        let pixels = subpixel ? Self.subpixels * Self.subpixels : 1
        let outputChannels = channels[last] + (skipChannels.count > last ? skipChannels[last] : 0)
        output = Conv2d(outputChannels, pixels, kernel: 3, padding: 1, at: path / "output")
    }

    func callAsFunction(
        _ z: Tensor, height H: Int, width W: Int, skips: [Tensor]?, dropped: Tensor?, checkpointing: Bool = false
    ) -> Tensor {
        let B = z.shape[0]
        let seed = project(z).reshape(B, -1, Self.seedSide, Self.seedSide)
        var x = seed.interpolate(ceilDivide(H, 32), ceilDivide(W, 32), .bilinear)  // [B, 512, H/32, W/32]
        x = x.contiguous(channelsLast: x.prefersChannelsLast)
        for stage in stages.indices {
            // What has a graph is an input; `dropped` has none.
            let inputs = [x, z] + skip(stage, skips)
            x =
                checkpointed(inputs, outputs: 1, if: checkpointing) { inputs in
                    let skip = inputs.count > 2 ? inputs[2] : nil
                    return [refined(inputs[0], stage, z: inputs[1], skip: skip, dropped: dropped, height: H, width: W)]
                }[0]
            x = stages[stage].further(x, z: z, checkpointing: checkpointing)
        }
        let last = joined(x, skip(stages.count, skips).first, stages.count, dropped)
        return drawn(output(last), height: H, width: W)  // [B, 1, H, W]
    }

    /// The encoder's map that goes into a stage, or into the output, if one does.
    private func skip(_ index: Int, _ skips: [Tensor]?) -> [Tensor] {
        guard let skips, index < nullSkips?.count ?? 0 else { return [] }
        return [skips[index]]
    }

    /// The maps of one stage from those of the one before: doubled, joined with the skip, and refined.
    private func refined(
        _ x: Tensor, _ stage: Int, z: Tensor, skip: Tensor?, dropped: Tensor?, height H: Int, width W: Int
    ) -> Tensor {
        let stride = 16 >> stage
        let large = Self.doubled(x, height: ceilDivide(H, stride), width: ceilDivide(W, stride))
        let places =
            configuration.coordinates
            ? coordinates(H, W, stride: stride, device: x.device).unsqueezed(0)
                .contiguous(channelsLast: x.prefersChannelsLast) : nil
        return stages[stage].block(joined(large, skip, stage, dropped), sharedByBatch: places, z: z)
    }

    /// The page of what the last convolution gave: pixels, or cells of 4×4 pixels of which the last may reach beyond it.
    private func drawn(_ x: Tensor, height H: Int, width W: Int) -> Tensor {
        guard configuration.upsampling == .subpixel else { return x }
        return x.pixelShuffle(Self.subpixels).narrow(2, from: 0, length: H).narrow(3, from: 0, length: W)
    }

    /// Every cell becomes 2×2, and the last row or column is dropped where the wanted size is odd (Odena et al.,
    /// "Deconvolution and Checkerboard Artifacts", Distill 2016).
    private static func doubled(_ x: Tensor, height: Int, width: Int) -> Tensor {
        let (_, _, h, w) = x.shape4
        let large = x.interpolate(2 * h, 2 * w, .nearest)
        return large.narrow(2, from: 0, length: height).narrow(3, from: 0, length: width)
    }

    /// `x` and what it gets from a skip, if there is one: the encoder's map, the null map, or for each image one of the two.
    private func joined(_ x: Tensor, _ map: Tensor?, _ index: Int, _ dropped: Tensor?) -> Tensor {
        guard let nullSkips, index < nullSkips.count else { return x }
        let (B, _, H, W) = x.shape4
        let null = nullSkips[index].to(dtype: x.dtype).expand([B, -1, H, W])
        guard let map else {
            return .concatenate([x, null.contiguous(channelsLast: x.prefersChannelsLast)], dim: 1)
        }
        let skip = index == stages.count ? fineSkip?(map) ?? map : map
        let kept = dropped.map { $0.reshape(B, 1, 1, 1).select(null, else: skip) } ?? skip
        return .concatenate([x, kept], dim: 1)
    }
}

/// Where on the page each cell lies (CoordConv, Liu et al., NeurIPS 2018), `[4, H/stride, W/stride]`: across and down in
/// [−1, 1], and the distances from the top and from the bottom in page widths, because headers and footers keep their
/// height whatever the page's.
package func coordinates(_ H: Int, _ W: Int, stride: Int, device: Device = .cpu) -> Tensor {
    let (h, w) = (ceilDivide(H, stride), ceilDivide(W, stride))
    let across = (Tensor.arange(to: Double(w), device: device) + 0.5) * Double(stride)
    let down = (Tensor.arange(to: Double(h), device: device) + 0.5) * Double(stride)
    let columns = [across * (2 / Double(W)) - 1].map { $0.reshape(1, w).expand([h, w]) }
    let rows = [
        down * (2 / Double(H)) - 1, down / Double(W), (Double(H) - down) / Double(W),
    ].map { $0.reshape(h, 1).expand([h, w]) }
    return .stack(columns + rows)
}
