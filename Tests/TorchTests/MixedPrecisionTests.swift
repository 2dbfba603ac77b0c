import Foundation
import TestSupport
import Testing
import Torch

@Suite("Mixed precision")
struct MixedPrecisionTests {
    @Test("scopes nest: the innermost counts, and each ends with what was before it")
    func nesting() {
        let x = Tensor.ones([4, 4])
        func product() -> DType { x.matmul(x).dtype }
        withAutocast(to: .bfloat16) {
            #expect(product() == .bfloat16)
            withAutocast(to: nil) {
                #expect(product() == .float32)
                withAutocast(to: .float16) { #expect(product() == .float16) }
                #expect(product() == .float32)
            }
            #expect(product() == .bfloat16)
        }
        #expect(product() == .float32)
    }

    @Test("only products lose digits: norms, means and exponentials of half-precision maps are computed in fp32")
    func policy() {
        let x = Tensor.randn([2, 8, 5, 5], generator: Generator(seed: 1)) * 30 + 100
        let low = x.to(dtype: .bfloat16)
        withAutocast(to: .bfloat16) {
            #expect(x.conv2d(.ones([4, 8, 1, 1])).dtype == .bfloat16)
            #expect(low.reshape(80, 5).linear(.ones([3, 5])).dtype == .bfloat16)
            #expect(
                [low.mean(2, 3), low.sum(), low.exp(), low.square(), low.logSumExp(1)].allSatisfy {
                    $0.dtype == .float32
                })
            #expect((low * 2).relu().dtype == .bfloat16)
            let norm = low.groupNorm(groups: 2, weight: .ones([8]), bias: .zeros([8]))
            #expect(norm.dtype == .bfloat16)
            // As near as the last rounding allows; statistics in bfloat16 would be off by a digit.
            let exact = low.to(dtype: .float32).groupNorm(groups: 2, weight: .ones([8]), bias: .zeros([8]))
            #expect(norm.floats == exact.to(dtype: .bfloat16).floats)
        }
    }

    private struct Sequence: Decodable {
        struct Step: Decodable {
            let gradients: [String]
            let scale: Float
            let unscaled: [Float]?
        }

        let init_scale: Float
        let growth_interval: Int
        let steps: [Step]
        let final_scale: Float
    }

    @Test(
        "the scaler scales, skips, backs off and grows as PyTorch's GradScaler does", arguments: ["usual", "largest"])
    func scaler(_ name: String) throws {
        let sequences: [String: Sequence] = try Goldens.settings("scaler")
        let sequence = try #require(sequences[name])
        var scaler = GradientScaler(scale: sequence.init_scale, growthInterval: sequence.growth_interval)
        let parameter = Tensor.zeros([2])
        for (number, step) in sequence.steps.enumerated() {
            #expect(scaler.scale == step.scale, "step \(number)")
            // Saved and read between any two steps, it goes on alike.
            scaler = try JSONDecoder().decode(GradientScaler.self, from: JSONEncoder().encode(scaler))
            parameter.grad = Tensor(step.gradients.map { Float($0) ?? .nan }, shape: [2])
            #expect(scaler.unscale([parameter]) == (step.unscaled != nil), "step \(number)")
            if let unscaled = step.unscaled { #expect(parameter.grad?.floats == unscaled, "step \(number)") }
        }
        #expect(scaler.scale == sequence.final_scale)
        #expect(GradientScaler().scale == 65536 && GradientScaler().growthInterval == 2000)
    }
}
