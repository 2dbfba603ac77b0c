import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Training in half precision")
struct PrecisionTests {
    /// The losses of 15 steps on the same pages; steps that the scaler leaves out do not count.
    private func losses(_ products: DType?) throws -> (losses: [Double], scaler: GradientScaler) {
        var configuration = ModelConfiguration()
        configuration.width = 0.25
        configuration.latentDimension = 8
        let model = try BetaVAE(configuration, seed: 1)
        let objective = Objective(LossConfiguration(), prior: .standard, vgg: nil)
        var weights = LossWeights(objective.configuration, epoch: 100)
        weights.perceptual = 0
        let optimizer = Adam(model.parameters, learningRate: 1e-3)
        var scaler = GradientScaler(scale: products == .float16 ? 65536 : 1)
        let pages = (Tensor.rand([2, 1, 64, 48], generator: Generator(seed: 2)) .> 0.1).to(dtype: .float32)
        let noise = Tensor.randn([2, 8], generator: Generator(seed: 3))
        var losses: [Double] = []
        for _ in 0..<40 where losses.count < 15 {
            let output = withAutocast(to: products) { model(pages, noise: noise, dropped: Tensor([true, false])) }
            #expect(output.posterior.mu.dtype == .float32 && output.posterior.logVariance.dtype == .float32)
            #expect(output.logits.dtype == products ?? .float32)
            let loss = objective(output, target: pages, labels: Labels([nil, nil]), weights: weights)
            #expect([loss.total, loss.pixel, loss.kl].allSatisfy { $0.dtype == .float32 })
            (loss.total.mean() * Double(scaler.scale)).backward()
            if scaler.unscale(model.parameters.tensors) {
                losses.append(loss.total.mean().item())
                clipGradientNorm(model.parameters.tensors, to: 1)
                optimizer.step()
            }
            model.parameters.zeroGradients()
        }
        return (losses, scaler)
    }

    @Test("the loss falls as it does in fp32", arguments: [DType.bfloat16, .float16])
    func learns(_ products: DType) throws {
        let (exact, _) = try losses(nil)
        let (half, scaler) = try losses(products)
        let (first, last) = (try #require(exact.first), try #require(exact.last))
        #expect(last < 0.8 * first, "\(exact)")
        let drop = first - last
        #expect(half.count == exact.count)
        for (a, b) in zip(half, exact) { #expect(abs(a - b) < 0.1 * drop, "\(half) \(exact)") }
        #expect(products == .bfloat16 || scaler.scale < 65536, "nothing overflowed: the test tests little")
    }

    @Test("the precision is a word or true or false, and comes back from the file that it is written to")
    func configuration() throws {
        func read(_ word: String) throws -> Configuration {
            try Configuration(
                yaml: "data: {directory: pages}\noptimization: {mixed_precision: \(word)}", file: "test.yaml")
        }
        let words: [(String, MixedPrecision)] = [
            ("true", .on), ("yes", .on), ("false", .off), ("bf16", .bfloat16), ("fp16", .float16),
        ]
        for (word, precision) in words {
            let configuration = try read(word)
            #expect(configuration.optimization.mixedPrecision == precision)
            #expect(try Configuration(yaml: configuration.yaml(), file: "test.yaml") == configuration)
        }
        let error = #expect(throws: UserError.self) { try read("fp8") }
        #expect(error?.message.contains("false, true, bf16 or fp16") == true, "\(error?.message ?? "")")
    }

    @Test("GPUs' segments may grow unless the user says otherwise")
    func segments() {
        let environment = ProcessInfo.processInfo.environment
        let own = ["PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF"].compactMap { environment[$0] }
        #expect(own.contains { $0.contains("expandable_segments:True") } == Runtime.expandableSegments)
    }
}
