import Foundation
import Testing
import Wirespace

@Suite("The best checkpoint")
struct BestCheckpointTests {
    /// Two steps an epoch that do nothing but multiply every weight by 1 − learning rate · decay: by −1.2 in the first epoch and the
    /// third, by −0.7 in the second. Codes become larger, smaller and larger again, and so does their KL, of which a hundredth of a
    /// nat weighs a thousand pixels.
    private static let keys = [
        "optimization.optimizer=adamw", "optimization.weight_decay=1e7", "optimization.lr=2.2e-7",
        "scheduler.params.eta_min=1.2e-7", "scheduler.params.T_0=2", "scheduler.params.T_mult=1",
        "data.generator.train_pages=8", "loss.beta_kld=1e5",
    ]

    @Test("is of the epoch with the lowest score, not the last: pixel term from the latent alone + β_max · KL")
    func lowestScore() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let outcome = try CommandLineTool.run(["train", "tiny.yaml", "--run", "run"] + Self.keys, in: folder)
        #expect(outcome.code == 0, "\(outcome)")

        let figures = try RunFolder(folder.url.appending(path: "run").path).records().compactMap(\.validation)
        for validation in figures {
            let score = validation.pixelFromLatent + 1e5 * validation.kl
            #expect(abs(validation.score - score) < 1e-10 * score)
            #expect(abs(validation.pixel - validation.pixelFromLatent) > 1e-8 * score, "the skips are seen")
        }
        let scores = figures.map(\.score)
        try #require(scores.count == 3 && scores[1] < scores[2] && scores[2] < scores[0], "\(scores)")

        let epochs = try ["best", "last"].map { name in
            try SafeTensorsFile(#require(folder.data("run/checkpoints/\(name).safetensors"))).metadata["epoch"]
        }
        #expect(epochs == ["2", "3"], "finished epochs")
    }
}
