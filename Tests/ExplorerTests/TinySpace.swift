import Foundation
import Torch
import Wireframes
import Wirespace

/// A space around a small untrained network, with an index of six pages.
///
/// - Parameters:
///   - copies: whether each of them is there twice.
///   - layouts: whether it can draw layouts.
func tinySpace(in folder: URL, copies: Bool = false, layouts: Bool = false) throws -> LatentSpace {
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
    if layouts { try teachLayouts(space.trained, pages) }
    try space.prepareIndex(from: pages)
    return space
}

private func teachLayouts(_ trained: TrainedModel, _ pages: URL) throws {
    let configuration = try Configuration(
        yaml: trained.configuration.yaml(),
        overrides: [
            "data.directory=\(pages.path)", "data.splits.train=1", "data.splits.validation=0", "data.splits.test=0",
            "layouts.width=16", "layouts.layers=1", "layouts.heads=2", "layouts.epochs=1",
        ])
    _ = try LayoutTrainer(
        trained, configuration, pages: configuration.pageSource(), resume: false, console: Console(quiet: true)
    ).train()
}
