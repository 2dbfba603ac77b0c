import Foundation
import Testing
import Wirespace

@Suite("A training with the perceptual term")
struct PerceptualTrainingTests {
    @Test("adds it to the others, weighted with α, and tells how strongly it pulls")
    func weighted() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(
            ["train", "tiny.yaml", "--run", "run", "optimization.epochs=1", "data.generator.train_pages=4"]
                + ["loss.perceptual_weight=0.08", "loss.perceptual_warmup_epochs=0", "loss.warmup_epochs=0"],
            in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        let record = try #require(RunFolder(folder.url.appending(path: "run").path).records().first)
        #expect(record.alpha == 0.08 && record.beta == 1 && record.images == 4)
        let (perceptual, geodesic) = (try #require(record.train.perceptual), try #require(record.train.geodesic))
        #expect(perceptual > 0)
        let sum = record.train.pixel + 0.08 * perceptual + record.train.kl + 0.5 * geodesic
        #expect(abs(record.train.total - sum) < 1e-5 * sum)
        #expect(try #require(record.latent?.gradientShares["perceptual"]) > 0)
    }
}
