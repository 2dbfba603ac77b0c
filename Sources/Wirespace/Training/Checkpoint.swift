public import Foundation
public import Torch
import Wireframes

/// The weights of a model with what is needed to use them: `last.safetensors`, `best.safetensors`, a released model.
///
/// The tensors are the parameters under PyTorch's names; the metadata holds the configuration and the archetypes, so the
/// file stands alone.
public struct ModelFile {
    /// What the model was trained with.
    public let configuration: Configuration
    /// Names of the archetypes; label `i` is `archetypes[i]`.
    public let archetypes: [String]
    /// Finished epochs of training.
    public let epoch: Int
    /// The parameters.
    public let parameters: [String: Tensor]
    /// The temperature at which p(y | z) is right as often as it says; nil where it was not measured.
    public var guessTemperature: Double?

    private static let format = "wirespace-model 1"

    /// Describes a model.
    public init(
        configuration: Configuration, archetypes: [String], epoch: Int, parameters: [String: Tensor],
        guessTemperature: Double? = nil
    ) {
        self.configuration = configuration
        self.archetypes = archetypes
        self.epoch = epoch
        self.parameters = parameters
        self.guessTemperature = guessTemperature
    }

    /// Reads a file.
    ///
    /// - Throws: `UserError` naming the file: absent, truncated, or not a model of ours.
    public init(contentsOf url: URL) throws {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw UserError(
                .missingInput, "there is no trained model", at: url.path, remedy: "train one with `wirespace train`")
        }
        let file = try reading { try SafeTensors(contentsOf: url) }
        guard file.metadata["format"] == Self.format, let yaml = file.metadata["configuration"],
            let names = file.metadata["archetypes"], let epoch = file.metadata["epoch"].flatMap({ Int($0) })
        else {
            let isDecoder = file.metadata["format"] == LayoutModelFile.format
            throw UserError(
                .data, isDecoder ? "a layout decoder, not a model" : "a safetensors file, but not a model of Wirespace",
                at: url.path,
                remedy: isDecoder
                    ? "name the model beside it, without `.layouts`" : "name a file that `wirespace train` wrote")
        }
        configuration = try Configuration(yaml: yaml, file: url.path)
        guard let archetypes = try? JSONDecoder().decode([String].self, from: Data(names.utf8)),
            configuration.model.prior != .archetypes || archetypes.count <= configuration.model.latentDimension
        else {
            throw UserError(
                .data, "its archetypes are not a list that fits the model", at: url.path,
                remedy: "name a file that `wirespace train` wrote")
        }
        self.archetypes = archetypes
        self.epoch = epoch
        parameters = file.tensors
        guessTemperature = file.metadata["guess_temperature"].flatMap { Double($0) }
            .flatMap { (1...1e6).contains($0) ? $0 : nil }
    }

    /// The same model for passing on: its parameters in half precision, half the size, and no word of the model that its training began
    /// with, which is a path of this machine, nor of what was taken from it as it was.
    public func released() -> ModelFile {
        var configuration = configuration
        configuration.model.pretrained = nil
        configuration.model.frozenEncoder = false
        configuration.layouts.pretrained = nil
        return ModelFile(
            configuration: configuration, archetypes: archetypes, epoch: epoch,
            parameters: parameters.mapValues { $0.detach().to(dtype: .float16) }, guessTemperature: guessTemperature)
    }

    /// Writes the file; an older one stays whole until the new one is.
    public func write(to url: URL) throws {
        var metadata = [
            "format": Self.format, "configuration": try configuration.yaml(), "epoch": String(epoch),
            "archetypes": String(decoding: try JSONEncoder().encode(archetypes), as: UTF8.self),
        ]
        metadata["guess_temperature"] = guessTemperature.map { String($0) }
        try reading { try SafeTensors(parameters, metadata: metadata).write(to: url) }
    }
}

/// Where a training stands, between any two batches: `resume.safetensors`.
///
/// Together with the pages and the configuration it determines the rest of the training bit by bit (on the CPU with the
/// same number of threads): order, augmentation and noise depend on seed, epoch and page alone.
struct TrainingState: Codable, Equatable {
    /// Finished epochs.
    var epoch = 0
    /// Finished groups, that is optimiser steps, of this epoch.
    var group = 0
    /// Batches of the next group whose gradients are already accumulated.
    var batch = 0
    /// The loss terms of this epoch so far.
    var sums = LossSums()
    /// How long this epoch has taken so far, in a state that was saved within one.
    var seconds: Double?
    /// The lowest validation score so far.
    var bestScore: Double?
    /// Identifies the list of training pages.
    var pages = ""
    /// Of a training in fp16. The accumulated gradients are scaled by it.
    var scaler: GradientScaler?

    /// Whether nothing has been learned yet.
    var isAtStart: Bool { epoch == 0 && group == 0 && batch == 0 }

    private static let format = "wirespace-resume 1"

    /// Writes the state, the parameters, the optimiser's moments and the accumulated gradients.
    func write(to url: URL, parameters: ParameterStore, optimizer: any Optimizer) throws {
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in parameters.parameters {
            tensors["model." + name] = tensor
            if batch > 0, let gradient = tensor.grad { tensors["gradient." + name] = gradient }
        }
        for (name, tensor) in optimizer.state { tensors["optimizer." + name] = tensor }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state, the same bytes
        let state = String(decoding: try encoder.encode(self), as: UTF8.self)
        try reading {
            try SafeTensors(tensors, metadata: ["format": Self.format, "state": state]).write(to: url)
        }
    }

    /// Reads a state and puts everything in its place.
    ///
    /// - Throws: `UserError` naming the file; nothing is changed before all of it has been checked.
    static func restore(from url: URL, parameters: ParameterStore, optimizer: any Optimizer) throws -> TrainingState {
        let file = try reading { try SafeTensors(contentsOf: url) }
        let state = try TrainingState(file, at: url)
        func part(_ prefix: String) -> [String: Tensor] {
            Dictionary(
                uniqueKeysWithValues: file.tensors.filter { $0.key.hasPrefix(prefix) }
                    .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        let gradients = part("gradient.")
        try reading(url.path) {
            for (name, tensor) in parameters.parameters {
                guard let gradient = gradients[name], gradient.shape != tensor.shape else { continue }
                throw TorchError(.content, "the gradient \(name) has shape \(gradient.shape), not \(tensor.shape)")
            }
            try parameters.check(part("model."))
            try optimizer.restore(part("optimizer."))
            try parameters.load(part("model."))
        }
        for (name, tensor) in parameters.parameters {
            tensor.grad = gradients[name]?.to(parameters.device)
        }
        return state
    }
}

extension TrainingState {
    /// Reads a state alone.
    ///
    /// - Throws: `UserError` naming the file.
    init(contentsOf url: URL) throws {
        try self.init(try reading { try SafeTensors(contentsOf: url) }, at: url)
    }

    private init(_ file: SafeTensors, at url: URL) throws {
        guard file.metadata["format"] == Self.format, let json = file.metadata["state"],
            let state = try? JSONDecoder().decode(TrainingState.self, from: Data(json.utf8)),
            min(state.epoch, state.group, state.batch) >= 0
        else {
            throw UserError(
                .data, "not a training state of Wirespace", at: url.path,
                remedy: "put back a copy of the file, or remove it and train anew")
        }
        self = state
    }
}

/// Runs `body` and turns what libtorch says into the user's terms.
///
/// - Parameter lessMemory: the keys that would help where the memory runs out.
func reading<Result>(
    _ place: String? = nil,
    lessMemory: @autoclosure () -> [String] = ["data.batch_size=1", "a smaller data.max_height", "model.width"],
    _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch let error as TorchError {
        switch error.kind {
        case .file: throw UserError(.io, error.message, at: place, remedy: "check the disk's space and the rights")
        case .content: throw UserError(.data, error.message, at: place, remedy: "use a whole file of the same model")
        case .operation: throw UserError(.internal, error.message, at: place)
        case .outOfMemory:
            let keys = lessMemory()
            let ways = [keys.dropLast().joined(separator: ", "), keys.last ?? ""].filter { !$0.isEmpty }
            throw UserError(
                .internal, "out of memory: \(error.message)", at: place,
                remedy: ways.isEmpty ? "free some of it" : "set " + ways.joined(separator: " or "))
        }
    }
}

extension Configuration {
    /// The keys that make a training step smaller, those first that change the result least.
    ///
    /// - Parameters:
    ///   - checkpointing: whether the activations are already computed again.
    ///   - lanes: how many batches are worked on at the same time.
    func lessMemory(checkpointing: Bool = false, lanes: Int? = nil) -> [String] {
        let keys = [
            checkpointing ? nil : "optimization.activation_checkpointing=true",
            lanes ?? 1 > 1 ? "optimization.threads=1" : nil,
            data.batchSize > 1 ? "data.batch_size=\(data.batchSize / 2)" : nil,
            "data.max_height=\(max(32, data.maxHeight / 2))",
            data.width.map { "data.width=\(max(32, $0 / 2))" }, "model.width=\(model.width / 2)",
        ].compactMap { $0 }
        return Array(keys.prefix(3))
    }
}
