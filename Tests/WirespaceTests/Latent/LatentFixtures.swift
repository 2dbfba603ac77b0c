import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

/// A space of 8 dimensions around a small untrained network.
func tinySpace(
    in folder: URL, named name: String = "model", seed: UInt64 = 3, prior: String = "standard"
) throws -> LatentSpace {
    let yaml = """
        data: {directory: pages, width: 48}
        model: {width: 0.125, latent_dim: 8, prior: \(prior), prior_distance: 6}
        """
    let configuration = try Configuration(yaml: yaml, file: "test.yaml")
    let parameters = try BetaVAE(configuration.model, seed: seed).parameters.dictionary
    let file = folder.appending(path: "\(name).safetensors")
    try ModelFile(configuration: configuration, archetypes: ["contact", "faq"], epoch: 1, parameters: parameters)
        .write(to: file)
    return try LatentSpace(file.path, device: .cpu)
}

/// Pages of two archetypes with sidecars, in `pages` below a folder.
func writePages(_ count: Int, in folder: URL) throws -> URL {
    let pages = folder.appending(path: "pages")
    try PageGenerator(width: 64).write(count, of: [.contact, .faq], firstSeed: 5, into: pages)
    return pages
}

/// An index in memory with a code a row, and σ = 0.1.
func makeIndex(_ codes: [[Float]], archetypes: [String?]? = nil) -> LatentIndex {
    let pages = codes.indices.map { row in
        LatentIndex.Page(
            id: row + 1, path: "page-\(row).png", archetype: archetypes?[row], group: "site-\(row / 2)",
            size: PNG.Size(width: 48, height: 64))
    }
    let mu = Tensor(codes.flatMap { $0 }, shape: [codes.count, codes[0].count])
    return LatentIndex(folder: URL(filePath: "/nowhere"), pages: pages, mu: mu, sigma: .full(mu.shape, 0.1))
}

/// Normal numbers, the same each time.
func normalRows(_ count: Int, _ width: Int, seed: UInt64 = 1) -> [[Float]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in (0..<width).map { _ in random.normal() } }
}
