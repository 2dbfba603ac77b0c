import Foundation
import Torch
import Wireframes
import Wirespace

/// A space around a small untrained network, with an index of six pages.
///
/// - Parameter copies: whether each of them is there twice.
func tinySpace(in folder: URL, copies: Bool = false) throws -> LatentSpace {
    let yaml = """
        data: {directory: pages, width: 48}
        model: {width: 0.125, latent_dim: 8}
        """
    let configuration = try Configuration(yaml: yaml, file: "test.yaml")
    let parameters = try BetaVAE(configuration.model, seed: 3).parameters.dictionary
    let file = folder.appending(path: "model.safetensors")
    try ModelFile(configuration: configuration, archetypes: ["contact", "faq"], epoch: 1, parameters: parameters)
        .write(to: file)
    let pages = folder.appending(path: "pages")
    try PageGenerator(width: 64).write(6, of: [.contact, .faq], firstSeed: 5, into: pages)
    if copies {
        for entry in try ImageFolder(scanning: pages).entries {
            let copy = entry.url.deletingPathExtension().path + "-copy.png"
            try FileManager.default.copyItem(atPath: entry.url.path, toPath: copy)
        }
    }
    let space = try LatentSpace(file.path, device: .cpu)
    try space.prepareIndex(from: pages)
    return space
}
