import Foundation
import Torch
import Wireframes

/// A layout decoder's weights beside the model that it draws for: `best.layouts.safetensors` beside `best.safetensors`.
struct LayoutModelFile {
    let url: URL
    /// Where its training stands, while it lasts.
    var resume: URL { url.deletingPathExtension().appendingPathExtension("resume.safetensors") }

    private static let format = "wirespace-layouts 1"

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

    /// Writes the same weights beside another file of the same model, with that one's content hash.
    func copy(beside other: URL, model: String) throws {
        var file = try reading(url.path) { try SafeTensors(contentsOf: url) }
        file.metadata["model"] = model
        let copy = LayoutModelFile(beside: other).url
        try reading { try file.write(to: copy) }
    }

    /// The decoder, for the model of this content hash.
    ///
    /// - Throws: `UserError` naming the file: not a layout decoder, damaged, or of another model.
    func decoder(for trained: TrainedModel, model: String) throws -> LayoutDecoder {
        let file = try reading(url.path) { try SafeTensors(contentsOf: url) }
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
        let decoder = LayoutDecoder(
            configuration, latent: trained.configuration.model.latentDimension, prior: trained.prior, seed: 0,
            device: trained.model.parameters.device)
        try reading(url.path) { try decoder.parameters.load(file.tensors) }
        for parameter in decoder.parameters.tensors { parameter.requiresGrad = false }
        return decoder
    }
}
