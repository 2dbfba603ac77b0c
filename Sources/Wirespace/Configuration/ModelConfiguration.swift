/// The network and its prior.
public struct ModelConfiguration: ConfigurationSection {
    /// Dimensions of the latent space.
    public var latentDimension = 128
    /// Scales all channel counts; 1 is the source's 64 to 512.
    public var width = 1.0
    /// Gives the decoder the encoder's maps (U-Net).
    public var useSkipConnections = true
    /// Probability, per image in training, that all its skips are replaced by the learned null maps.
    public var skipDropout = 0.5
    /// Lets z scale and shift every norm of the decoder (FiLM: Perez et al., AAAI 2018).
    public var modulation = false
    /// Adds four channels of coordinates to the decoder's stages (CoordConv: Liu et al., NeurIPS 2018).
    public var coordinates = false
    /// Residual blocks that each stage of encoder and decoder has after its own, twice as wide in the middle: six in all for
    /// each (eight with `upsampling: stages`), which about double the network. They start as if they were not there, so
    /// that a trained model (`pretrained`) can be given some, and go on.
    public var furtherBlocks = 0
    /// A model file or run folder whose parameters the training starts with, for a set of pages that is small; the keys
    /// that shape the network must be the same, but for what it has to learn yet: further blocks, modulation, features. Null
    /// starts from chance.
    public var pretrained: String?
    /// Leaves the encoder as `pretrained` has it, and trains the decoder alone, to draw pages from the means of their codes, without noise: a
    /// page that is read in the same way keeps its code, and the layout decoder is taken over. Indexes and directions name the model's file, and
    /// are to be made again. A page takes two thirds of the time.
    public var frozenEncoder = false
    /// What the archetype's part of the code is read from.
    public var features = FeatureKind.none
    /// How the decoder gets from 1/4 of the page's size to the page.
    public var upsampling = UpsamplingKind.stages
    /// The distribution that the latents are pulled to.
    public var prior = PriorKind.standard
    /// Distance between two archetypes' means, in standard deviations of the prior.
    public var priorDistance = 20.0

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("latent_dim", \.latentDimension, .between(1, 65536)),
        .number("width", \.width, .between(0.01, 16)),
        .value("use_skip_connections", \.useSkipConnections),
        .number("skip_dropout", \.skipDropout, .fraction),
        .value("modulation", \.modulation),
        .value("coordinates", \.coordinates),
        .number("further_blocks", \.furtherBlocks, .between(0, 64)),
        .value("pretrained", \.pretrained),
        .value("frozen_encoder", \.frozenEncoder),
        .choice("features", \.features),
        .choice("upsampling", \.upsampling),
        .choice("prior", \.prior),
        .number("prior_distance", \.priorDistance, .atLeast(0)),
    ]
}

/// What the archetype's part of the code is read from.
public enum FeatureKind: String, CaseIterable, Sendable {
    /// The encoder, as all of it, as in the source.
    case none
    /// Features of a frozen VGG16, for sets of some hundred projects: they know more of a new project's page than so few
    /// pages can teach an encoder. Needs `prior: archetypes`. Encoding then takes several times as long.
    case vgg16
    /// The same, and the words on the page, which Tesseract reads: where there are words, they say more of what a page is for than
    /// its shapes. Only for pages in a folder. Reading takes about a quarter of a second a page, once (`data.cache`).
    case vgg16Words = "vgg16_words"

    /// Whether the words on pages are read.
    package var readsWords: Bool { self == .vgg16Words }
}

/// How the decoder gets from 1/4 of the page's size to the page.
public enum UpsamplingKind: String, CaseIterable, Sendable {
    /// Two more ×2 stages, the source's.
    case stages
    /// One sub-pixel convolution, 16 channels for 4×4 pixels (Shi et al., CVPR 2016): every pixel is still drawn by weights
    /// of its own. The whole model takes a third of the time on a processor (measured at width 0.5).
    case subpixel
}

/// The distribution that the latents are pulled to.
public enum PriorKind: String, CaseIterable, Sendable {
    /// N(0, I), the source's.
    case standard
    /// N(m_y, I) with one mean per archetype, and their mixture.
    case archetypes
}

/// The terms of the loss and their warm-ups. A warm-up of 0 epochs gives the full weight from the start.
public struct LossConfiguration: ConfigurationSection {
    /// How a drawn pixel is compared with the page's.
    public var pixel = PixelLossKind.l1
    /// How much of the pixel term is 1 − SSIM in the end, from 0 to 1: it has a line drawn where it probably is, not as grey
    /// wherever it might be (Zhao et al., IEEE TCI 2017).
    public var ssimShare = 0.0
    /// Epochs over which that share rises from 0: by itself 1 − SSIM hardly leaves the blank page.
    public var ssimWarmupEpochs = 10
    /// β_max, the weight of the KL term after its warm-up (Higgins et al., ICLR 2017).
    public var betaKLD = 1.0
    /// Epochs over which β rises from 0.
    public var warmupEpochs = 20
    /// α_max, the weight of the VGG term after its warm-up (Johnson et al., ECCV 2016).
    public var perceptualWeight = 0.08
    /// α_min, its weight at the start. With both at 0 no VGG is needed.
    public var perceptualWeightMin = 0.01
    /// Epochs over which α rises.
    public var perceptualWarmupEpochs = 30
    /// Weight of the pull towards the archetype's mean, inside the span of the means only.
    public var priorPull = 0.0
    /// Epochs over which that pull rises from 0.
    public var priorPullWarmupEpochs = 10
    /// Weight of how far the ways from a page's code to codes of the prior are from geodesics: straight lines of the code shall change the page
    /// evenly and without detours (after Chen et al., "Learning Flat Latent Manifolds with VAEs", ICML 2020). It teaches the decoder
    /// alone. With a frozen encoder half as many pages a second are seen.
    public var geodesic = 0.0
    /// Nats per dimension below which the KL costs nothing (Kingma et al., NeurIPS 2016).
    public var freeBits = 0.0

    /// Epochs until the KL term, and the perceptual one if there is any, have all of their weight.
    package var longestWarmup: Int { max(warmupEpochs, perceptualWeight > 0 ? perceptualWarmupEpochs : 0) }

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .choice("pixel", \.pixel),
        .number("ssim_share", \.ssimShare, .between(0, 1)),
        .number("ssim_warmup_epochs", \.ssimWarmupEpochs, .atLeast(0)),
        .number("beta_kld", \.betaKLD, .atLeast(0)),
        .number("warmup_epochs", \.warmupEpochs, .atLeast(0)),
        .number("perceptual_weight", \.perceptualWeight, .atLeast(0)),
        .number("perceptual_weight_min", \.perceptualWeightMin, .atLeast(0)),
        .number("perceptual_warmup_epochs", \.perceptualWarmupEpochs, .atLeast(0)),
        .number("prior_pull", \.priorPull, .atLeast(0)),
        .number("prior_pull_warmup_epochs", \.priorPullWarmupEpochs, .atLeast(0)),
        .number("geodesic", \.geodesic, .atLeast(0)),
        .number("free_bits", \.freeBits, .atLeast(0)),
    ]
}

/// How a drawn pixel is compared with the page's; either way summed over the image.
public enum PixelLossKind: String, CaseIterable, Sendable {
    /// Absolute difference, the source's.
    case l1
    /// Binary cross-entropy, which leaves the blank page sooner.
    case bce
}
