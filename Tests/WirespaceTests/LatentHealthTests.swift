import Foundation
import TestSupport
import Testing
import Wireframes
import Wirespace

/// Pages whose upper and lower halves are ink by turns.
private struct Halves: PageSource {
    let archetypes: [String] = []

    func pages(in split: Split) -> [PageReference] {
        (0..<24).map { PageReference(split: split, index: $0, name: "\(split.rawValue) \($0)") }
    }

    func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        let ink = [Float](repeating: 0, count: 16 * 32)
        let paper = [Float](repeating: 1, count: 16 * 32)
        return GrayImage(width: 32, height: 32, pixels: page.index % 2 == 0 ? ink + paper : paper + ink)
    }
}

@Suite("The state of the latent space in training")
struct LatentHealthTests {
    @Test(
        "where nothing but the code tells a page from the next, the other's code costs much, and the delta is above 0")
    func shuffled() throws {
        try withTemporaryFolder { folder in
            let configuration = try Configuration(
                yaml: """
                    device: cpu
                    data: {directory: none, batch_size: 8, workers: 1}
                    model: {latent_dim: 4, width: 0.0625, use_skip_connections: false}
                    loss: {pixel: bce, perceptual_weight: 0, perceptual_weight_min: 0, beta_kld: 0}
                    augmentation: {enabled: false}
                    optimization: {epochs: 8, accumulation_steps: 4, lr: 3.0e-3}
                    """, file: "test.yaml")
            let run = RunFolder(folder.path(percentEncoded: false))
            #expect(try !run.prepare(for: configuration, resume: false))
            let trainer = try Trainer(
                configuration, pages: Halves(), run: run, resume: false, console: Console(quiet: true))
            #expect(try trainer.train() == .finished)
            let health = try #require(try run.records().last?.latent)
            // A page whose halves are swapped is wrong by 1 everywhere.
            #expect(health.l1 < 0.3 && health.zShuffleDelta > 0.3, "\(health)")
        }
    }
}
