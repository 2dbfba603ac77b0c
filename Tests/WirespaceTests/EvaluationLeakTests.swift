import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("What an evaluation learns from")
struct EvaluationLeakTests {
    /// Pages of each look in each split: a vote of five among them is one of a single look.
    private static let pages = 6

    @Test("probes and baselines know the training pages alone: what those say wrongly of test pages they repeat")
    func leak() throws {
        try withTemporaryFolder { folder in
            let model = try model(ofPagesIn: folder)
            let result = try Evaluator(model, run: "leak", console: Console(quiet: true)).evaluate().result
            #expect(result.subject.pages == ["train": 12, "validation": 0, "test": 12])
            let components = try #require(result.baselines["pixel_pca_128"])
            // Fitted on the test pages, the probes would be right about all of them …
            for figures in [result.metrics, components] {
                #expect(try #require(figures["knn_accuracy"]).value < 0.1)
                #expect(try #require(figures["linear_probe_accuracy"]).value < 0.1)
            }
            #expect(result.confusion[0][0] + result.confusion[1][1] <= 1, "\(result.confusion)")
            // … and the components would draw each without a fault: twelve pages lie on eleven of them.
            #expect(try #require(components["l1_from_latent"]).value > 0.01)
        }
    }

    /// An untrained model of two archetypes. Pages look in one of two ways, dark above or dark below, which tells their
    /// archetype in training, and the other one in test. On each lie faint blots of its own.
    private func model(ofPagesIn folder: URL) throws -> TrainedModel {
        let archetypes = ["contact", "home"]
        let blots = normalRows(4 * Self.pages, 80)
        var table = "file,split\n"
        for (number, blots) in blots.enumerated() {
            let (split, look) = (number % 2 == 0 ? Split.train : .test, number / 2 % 2)
            let file = "\(archetypes[split == .train ? look : 1 - look])/site\(number)__page.png"
            table += "\(file),\(split.rawValue)\n"
            let url = folder.appending(path: "pages/\(file)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try PNG.write(page(isDarkAbove: look == 0, blots: blots), to: url)
        }
        let splits = folder.appending(path: "splits.csv")
        try Data(table.utf8).write(to: splits)

        let yaml = """
            data:
              directory: "\(folder.appending(path: "pages").path)"
              cache: null
              batch_size: 6
              splits: {file: "\(splits.path)"}
            model: {width: 0.125, latent_dim: 8, upsampling: subpixel}
            """
        let configuration = try Configuration(yaml: yaml, file: "test.yaml")
        let file = folder.appending(path: "model.safetensors")
        try ModelFile(
            configuration: configuration, archetypes: archetypes, epoch: 1,
            parameters: try BetaVAE(configuration.model, seed: 3).parameters.dictionary
        ).write(to: file)
        return try TrainedModel(file.path, device: .cpu)
    }

    /// A page of 8×10 cells of 4×4 pixels, each half of one grey but for the blots.
    private func page(isDarkAbove: Bool, blots: [Float]) -> GrayImage {
        var page = GrayImage(width: 32, height: 40)
        for y in 0..<40 {
            for x in 0..<32 {
                page[x, y] = ((y < 20) == isDarkAbove ? 0.2 : 0.8) + 0.03 * blots[y / 4 * 8 + x / 4]
            }
        }
        return page
    }
}
