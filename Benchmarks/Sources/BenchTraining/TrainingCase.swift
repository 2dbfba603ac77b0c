import Foundation
import Torch
import Wirespace

/// What both sides must know of a configuration. The weights are those after all warm-ups.
struct Settings: Codable {
    let configuration: String
    let width: Double
    let latentDimension: Int
    let useSkipConnections: Bool
    let skipDropout: Double
    let modulation: Bool
    let coordinates: Bool
    let furtherBlocks: Int
    let upsampling: String
    let archetypePrior: Bool
    let priorDistance: Double
    let pixel: String
    let ssimShare: Double
    let perceptualWeight: Double
    let klWeight: Double
    let pullWeight: Double
    let freeBits: Double
    let learningRate: Double
    let weightDecay: Double
    let decoupledWeightDecay: Bool
    let clipNorm: Double
    let mixedPrecision: Bool

    init(_ configuration: Configuration) throws {
        self.configuration = try configuration.yaml()
        width = configuration.model.width
        latentDimension = configuration.model.latentDimension
        useSkipConnections = configuration.model.useSkipConnections
        skipDropout = configuration.model.skipDropout
        modulation = configuration.model.modulation
        coordinates = configuration.model.coordinates
        furtherBlocks = configuration.model.furtherBlocks
        upsampling = configuration.model.upsampling.rawValue
        archetypePrior = configuration.model.prior == .archetypes
        priorDistance = configuration.model.priorDistance
        pixel = configuration.loss.pixel.rawValue
        let weights = configuration.finalWeights
        ssimShare = weights.ssimShare
        perceptualWeight = weights.perceptual
        klWeight = weights.kl
        pullWeight = weights.pull
        freeBits = configuration.loss.freeBits
        learningRate = configuration.optimization.learningRate
        weightDecay = configuration.optimization.weightDecay
        decoupledWeightDecay = configuration.optimization.optimizer == .adamw
        clipNorm = configuration.optimization.clipNorm
        mixedPrecision = configuration.optimization.mixedPrecision != .off
    }

    enum CodingKeys: String, CodingKey {
        case configuration, width, modulation, coordinates, upsampling, pixel
        case furtherBlocks = "further_blocks"
        case latentDimension = "latent_dim"
        case useSkipConnections = "use_skip_connections"
        case skipDropout = "skip_dropout"
        case archetypePrior = "archetype_prior"
        case priorDistance = "prior_distance"
        case perceptualWeight = "perceptual_weight"
        case klWeight = "kl_weight"
        case pullWeight = "pull_weight"
        case ssimShare = "ssim_share"
        case freeBits = "free_bits"
        case learningRate = "lr"
        case weightDecay = "weight_decay"
        case decoupledWeightDecay = "decoupled_weight_decay"
        case clipNorm = "clip_norm"
        case mixedPrecision = "mixed_precision"
    }
}

extension Configuration {
    /// The weights of the loss's terms after all warm-ups.
    var finalWeights: LossWeights { LossWeights(loss, epoch: .max) }
}

/// Pages, noise and initial parameters, as `PyTorch/cases.py` wrote them.
struct TrainingCase {
    /// What one forward pass sees.
    struct Batch {
        let input: Tensor
        let target: Tensor
        let noise: Tensor
        let dropped: Tensor?
        let archetypes: [Int?]
    }

    let configuration: Configuration
    let parameters: [String: Tensor]
    let means: Tensor?
    /// The batches of one step after the other; the steps go round them.
    let steps: [[Batch]]

    init(contentsOf url: URL) throws {
        let file = try SafeTensors(contentsOf: url)
        guard let yaml = file.metadata["configuration"] else { throw CaseError.notACase(url.path) }
        configuration = try Configuration(yaml: yaml)
        let prefix = "parameter."
        parameters = Dictionary(
            uniqueKeysWithValues: file.tensors.filter { $0.key.hasPrefix(prefix) }
                .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        means = file.tensors["means"]

        var steps: [[Batch]] = []
        while file.tensors["step.\(steps.count).0.input"] != nil {
            var batches: [Batch] = []
            while let batch = Self.batch("step.\(steps.count).\(batches.count).", of: file.tensors) {
                batches.append(batch)
            }
            steps.append(batches)
        }
        guard !steps.isEmpty else { throw CaseError.notACase(url.path) }
        self.steps = steps
    }

    private static func batch(_ place: String, of tensors: [String: Tensor]) -> Batch? {
        guard let input = tensors[place + "input"], let target = tensors[place + "target"],
            let noise = tensors[place + "noise"]
        else { return nil }
        let labels = tensors[place + "archetypes"]?.integers.map { $0 < 0 ? nil : $0 }
        return Batch(
            input: input, target: target, noise: noise, dropped: tensors[place + "dropped"],
            archetypes: labels ?? Array(repeating: nil, count: input.shape[0]))
    }
}

enum CaseError: Error, CustomStringConvertible {
    case notACase(String)

    var description: String {
        switch self {
        case .notACase(let path): "\(path) is not a case of Benchmarks/PyTorch/cases.py"
        }
    }
}
