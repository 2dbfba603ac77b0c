import Foundation
import Torch
import Wireframes

/// What `wirespace layouts` adds to a model.
struct LayoutModel {
    let decoder: LayoutDecoder
    /// Where the training pages lie; files of before this was kept have none (`wirespace layouts --resume` adds it).
    let trainingPages: TrainingPages?

    /// What is known of the training pages of each archetype, or, under a standard prior, of all.
    struct TrainingPages {
        /// The aggregate posterior: where their codes lie.
        let codes: GaussianMixture
        /// The middle of their heights, each divided by its page's width, `[K]`; as above.
        let proportions: Tensor?
        /// How far from those Gaussians pages of the training usually lie (``LatentSpace/mahalanobisDistance(of:)``); infinite where they
        /// were fitted to other pages than the model's, nil where nobody has measured it.
        let usualDistance: Double?
    }
}

/// A layout decoder's weights, and where the codes of pages lie, beside the model that it draws for: `best.layouts.safetensors` beside
/// `best.safetensors`.
struct LayoutModelFile {
    let url: URL
    /// Where its training stands, while it lasts.
    var resume: URL { url.deletingPathExtension().appendingPathExtension("resume.safetensors") }

    static let format = "wirespace-layouts 1"
    private static let (means, factors, proportions) = ("codes.means", "codes.factors", "codes.proportions")
    private static let usualDistance = "codes.usual_distance"

    /// The file that belongs to a model's.
    init(beside model: URL) {
        url = model.deletingPathExtension().appendingPathExtension("layouts.safetensors")
    }

    var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Whether it is there and was trained for the model of this content hash.
    func belongs(to model: String) -> Bool {
        exists && (try? SafeTensors(contentsOf: url))?.metadata["model"] == model
    }

    /// Writes the weights in half precision; an older file stays whole until the new one is.
    func write(_ decoder: LayoutDecoder, _ configuration: LayoutConfiguration, model: String) throws {
        let metadata = [
            "format": Self.format, "model": model, "width": String(configuration.width),
            "layers": String(configuration.layers), "heads": String(configuration.heads),
        ]
        let tensors = decoder.parameters.dictionary.mapValues { $0.detach().to(.cpu, dtype: .float16) }
        try reading { try SafeTensors(tensors, metadata: metadata).write(to: url) }
    }

    /// The file as it is.
    private func tensorFile() throws -> SafeTensors {
        try reading(lessMemory: []) { try SafeTensors(contentsOf: url) }
    }

    /// Whether it says where the training pages lie.
    func hasTrainingPages() throws -> Bool {
        try tensorFile().tensors[Self.proportions] != nil
    }

    /// Adds where the training pages lie, their codes in half precision.
    func add(_ pages: LayoutModel.TrainingPages) throws {
        var file = try tensorFile()
        file.tensors[Self.means] = pages.codes.means.to(dtype: .float16)
        file.tensors[Self.factors] = pages.codes.factors.to(dtype: .float16)
        file.tensors[Self.proportions] = pages.proportions
        file.metadata[Self.usualDistance] = pages.usualDistance.map { "\($0)" }
        try reading { try file.write(to: url) }
    }

    /// Writes the same weights beside another file of the same model, with that one's content hash.
    func copy(beside other: URL, model: String) throws {
        var file = try tensorFile()
        file.metadata["model"] = model
        let copy = LayoutModelFile(beside: other).url
        try reading { try file.write(to: copy) }
    }

    /// What it holds, for the model of this content hash.
    ///
    /// - Throws: `UserError` naming the file: not a layout decoder, damaged, or of another model.
    func contents(for trained: TrainedModel, model: String) throws -> LayoutModel {
        var file = try tensorFile()
        func number(_ key: String, _ limits: ClosedRange<Int>) -> Int? {
            file.metadata[key].flatMap { Int($0) }.flatMap { limits.contains($0) ? $0 : nil }
        }
        guard file.metadata["format"] == Self.format, let width = number("width", 8...4096),
            let layers = number("layers", 1...64), let heads = number("heads", 1...64), width % heads == 0,
            // Before a decoder is made as large as the file says.
            (0..<layers).allSatisfy({ file.tensors["blocks.\($0).project.weight"]?.shape == [3 * width, width] })
        else {
            throw UserError(
                .data, "not a layout decoder of Wirespace", at: url.path,
                remedy: "make it again with `wirespace layouts`")
        }
        guard file.metadata["model"] == model else {
            throw UserError(
                .data, "this layout decoder was trained for another model than \(trained.file.lastPathComponent)",
                at: url.path, remedy: "train it again with `wirespace layouts`, or remove it")
        }
        var configuration = LayoutConfiguration()
        (configuration.width, configuration.layers, configuration.heads) = (width, layers, heads)
        let decoder = try reading(url.path, lessMemory: []) {
            try withTorchErrors {
                LayoutDecoder(
                    configuration, latent: trained.configuration.model.latentDimension, prior: trained.prior, seed: 0,
                    device: trained.model.parameters.device)
            }
        }
        let pages = [Self.means, Self.factors, Self.proportions].map { file.tensors.removeValue(forKey: $0) }
        try reading(url.path) { try decoder.parameters.load(file.tensors) }
        for parameter in decoder.parameters.tensors { parameter.requiresGrad = false }
        guard let means = pages[0], let factors = pages[1] else {
            return LayoutModel(decoder: decoder, trainingPages: nil)
        }
        let proportions = pages[2]
        let expected = trained.prior.mixture(dimension: trained.configuration.model.latentDimension).means.shape
        guard means.shape == expected, factors.shape == expected + [expected[1]],
            proportions.map({ $0.shape == [expected[0]] && $0.doubles.allSatisfy((0.01...100).contains) }) ?? true
        else {
            throw UserError(
                .data, "its \(Self.means), \(Self.factors) and \(Self.proportions) do not fit the model", at: url.path,
                remedy: "make it again with `wirespace layouts`")
        }
        let codes = try reading(url.path, lessMemory: []) {
            try withTorchErrors { GaussianMixture(means: means, factors: factors) }
        }
        return LayoutModel(
            decoder: decoder,
            trainingPages: .init(
                codes: codes, proportions: proportions,
                usualDistance: file.metadata[Self.usualDistance].flatMap(Double.init)))
    }
}
