import Foundation
import Testing
import Wirespace

@Suite("What a training warns of")
struct TrainingWarningTests {
    private func validation(inkRatio: Double) throws -> ValidationMeans {
        let json = """
            {"score": 1, "pixel": 1, "kl": 1, "ssim": 1, "pixel_from_latent": 1, "ssim_from_latent": 1, "ink_ratio": \(inkRatio)}
            """
        return try JSONDecoder().decode(ValidationMeans.self, from: Data(json.utf8))
    }

    @Test(
        "blank pages, with the key that most probably makes them so",
        arguments: [
            ("{pixel: l1}", "loss.pixel=bce"), ("{pixel: bce}", "loss.beta_kld"),
            ("{pixel: l1, ssim_share: 1, ssim_warmup_epochs: 0}", "loss.ssim_warmup_epochs=10"),
            ("{pixel: bce, ssim_share: 0.84}", "loss.beta_kld"),
        ])
    func blankPages(loss: String, remedy: String) throws {
        let configuration = try Configuration(yaml: "data: {directory: pages}\nloss: \(loss)", file: "test.yaml")
        func warnings(_ inkRatio: Double) throws -> [String] {
            TrainingWarning.all(try validation(inkRatio: inkRatio), nil, configuration: configuration, warm: true)
        }
        #expect(try warnings(0.1).count == 1)
        #expect(try warnings(0.1).first?.contains(remedy) == true)
        #expect(try warnings(0.9).isEmpty)
    }

    @Test(
        "of a frozen encoder nothing is advised that only an encoder could learn from, nor what its parameters do not fit",
        arguments: [false, true],
        [("use_skip_connections: true", "skip_dropout"), ("use_skip_connections: false", "modulation=true")])
    func frozenEncoder(frozen: Bool, network: (keys: String, remedy: String)) throws {
        let model = network.keys + (frozen ? ", frozen_encoder: true, pretrained: other" : "")
        let configuration = try Configuration(
            yaml: "data: {directory: pages}\nmodel: {\(model)}\nloss: {pixel: bce}", file: "test.yaml")
        let health = try JSONDecoder().decode(
            LatentHealth.self,
            from: Data(
                """
                {"active_units": 0, "kl_per_dimension": [0], "l1": 1, "z_shuffle_delta": 0, "gradient_shares": {}}
                """.utf8))
        let warnings = TrainingWarning.all(
            try validation(inkRatio: 0.1), health, configuration: configuration, warm: true)
        #expect(warnings.count == 3)
        #expect(warnings.contains { $0.contains(network.remedy) })
        for warning in warnings {
            let advised = ["loss.beta_kld", "loss.free_bits", "use_skip_connections=false"]
            #expect(advised.contains { warning.contains($0) } != frozen, "\(warning)")
        }
    }
}
