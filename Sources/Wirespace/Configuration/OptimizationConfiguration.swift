import Torch

/// The optimiser and the number of epochs.
public struct OptimizationConfiguration: ConfigurationSection {
    /// Passes over the training pages.
    public var epochs = 100
    /// The learning rate at the start of each cycle.
    public var learningRate = 3e-4
    /// The rule that turns gradients into steps.
    public var optimizer = OptimizerKind.adam
    /// L2 penalty of Adam, decoupled decay of the others.
    public var weightDecay = 1e-4
    /// Images per step of the optimiser.
    public var accumulationSteps = 64
    /// Greatest norm of the whole gradient.
    public var clipNorm = 1.0
    /// Half precision in the network.
    public var mixedPrecision = MixedPrecision.on
    /// Whether activations are computed again in the backward pass, not kept.
    public var activationCheckpointing = ActivationCheckpointing.auto
    /// Threads that compute; null leaves the choice to libtorch. On a processor as many of them as a batch, and a process's part of
    /// a group, has pages work on different pages, and each holds its pages' maps.
    public var threads: Int?

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("epochs", \.epochs, .between(1, 1_000_000)),
        .number("lr", \.learningRate, .positive),
        .choice("optimizer", \.optimizer),
        .number("weight_decay", \.weightDecay, .atLeast(0)),
        .number("accumulation_steps", \.accumulationSteps, .between(1, 1e6)),
        .number("clip_norm", \.clipNorm, .positive),
        .value("mixed_precision", \.mixedPrecision),
        .value("activation_checkpointing", \.activationCheckpointing),
        .number("threads", \.threads, .between(1, 4096)),
    ]
}

/// The rule that turns gradients into steps.
public enum OptimizerKind: String, CaseIterable, Sendable {
    /// Kingma and Ba, ICLR 2015, with L2 weight decay.
    case adam
    /// Loshchilov and Hutter, ICLR 2019.
    case adamw
    /// Jordan et al., 2024, for the matrices, and AdamW for the rest: learns a code from half of the pages.
    case muon
}

/// What the network's products are computed in. The loss, the KL, the norms' statistics and every metric are fp32 in any case.
public enum MixedPrecision: String, CaseIterable, Sendable, ConfigurationSwitch {
    /// fp32.
    case off = "false"
    /// bf16 where the GPU has it fast, fp16 on an older one, fp32 on a processor, where half precision is no faster.
    case on = "true"
    /// bf16, on whatever device.
    case bfloat16 = "bf16"
    /// fp16 with a gradient scaler, on whatever device.
    case float16 = "fp16"
}

/// Whether the forward pass keeps its activations for the backward pass or computes them again, segment by segment (Chen et al.,
/// arXiv:1604.06174, 2016): the same gradients from less memory in more time.
public enum ActivationCheckpointing: String, CaseIterable, Sendable, ConfigurationSwitch {
    /// Keeps everything.
    case off = "false"
    /// Computes again.
    case on = "true"
    /// Keeps everything until the memory runs out; repeats that step, and goes on, computing again.
    case auto
}

extension OptimizationConfiguration {
    /// The optimiser that the keys describe.
    func rule(over parameters: ParameterStore, lanes: Lanes? = nil) -> any Optimizer {
        switch optimizer {
        case .adam: Adam(parameters, learningRate: learningRate, weightDecay: weightDecay)
        case .adamw:
            Adam(parameters, learningRate: learningRate, weightDecay: weightDecay, decoupledWeightDecay: true)
        case .muon: Muon(parameters, learningRate: learningRate, weightDecay: weightDecay, lanes: lanes)
        }
    }
}

/// The learning rate over the epochs.
public struct SchedulerConfiguration: ConfigurationSection {
    /// The curve.
    public var name = SchedulerKind.cosineAnnealingWarmRestarts
    /// The curve's numbers.
    public var params = SchedulerParameters()

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .choice("name", \.name),
        .section("params", \.params),
    ]
}

/// The curve of the learning rate.
public enum SchedulerKind: String, CaseIterable, Sendable {
    /// Cosine from `lr` to `eta_min`, again and again, over longer and longer cycles (Loshchilov and Hutter, ICLR 2017).
    case cosineAnnealingWarmRestarts = "CosineAnnealingWarmRestarts"
}

/// The numbers of cosine annealing with warm restarts, under PyTorch's names.
public struct SchedulerParameters: ConfigurationSection {
    /// `T_0`: epochs of the first cycle.
    public var firstCycle = 10
    /// `T_mult`: each cycle is this many times as long as the one before.
    public var cycleGrowth = 2
    /// `eta_min`: the learning rate at the end of a cycle.
    public var minimum = 3e-5

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("T_0", \.firstCycle, .between(1, 1_000_000)),
        .number("T_mult", \.cycleGrowth, .between(1, 1_000_000)),
        .number("eta_min", \.minimum, .atLeast(0)),
    ]
}

/// What is written while training, and how often.
public struct LoggingConfiguration: ConfigurationSection {
    /// The figures and the picture of the latent space.
    public var latentVisualization = LatentVisualizationConfiguration()
    /// Epochs between two grids of pages and their reconstructions.
    public var reconstructionsEvery = 5
    /// Minutes between two checkpoints inside an epoch; one is written after every epoch anyway.
    public var checkpointMinutes = 10.0

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .section("latent_visualization", \.latentVisualization),
        .number("reconstructions_every", \.reconstructionsEvery, .atLeast(1)),
        .number("checkpoint_minutes", \.checkpointMinutes, .positive),
    ]
}

/// The figures and the picture of the latent space.
public struct LatentVisualizationConfiguration: ConfigurationSection {
    /// Epochs between two of them.
    public var frequency = 10

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("frequency", \.frequency, .atLeast(1))
    ]
}
