import Foundation
import TestSupport
import Testing
import Torch

@Suite("Random numbers")
struct RandomTests {
    private struct Seeds: Decodable {
        let seeds: [UInt64]
        let first_seed: UInt64
    }

    @Test("a seed gives the numbers that it gives in PyTorch, one draw after the other")
    func sameAsPyTorch() throws {
        let goldens = try Goldens("random")
        let settings: Seeds = try Goldens.settings("random")
        #expect(settings.seeds.count == 3)
        for seed in settings.seeds {
            let generator = Generator(seed: seed)
            #expect(difference(.randn([5], generator: generator), try goldens["\(seed).randn_5"]) < 1e-6)
            #expect(difference(.randn([3, 11], generator: generator), try goldens["\(seed).randn_3x11"]) < 1e-6)
            #expect(difference(.rand([7], generator: generator), try goldens["\(seed).rand_7"]) == 0)
            let uniform = Tensor.zeros([20])
            uniform.fillUniform(-2, 3, generator: generator)
            #expect(difference(uniform, try goldens["\(seed).uniform_20"]) < 1e-6)
            #expect(try generator.state.integers == goldens["\(seed).state"].integers)
        }
    }

    @Test("a generator goes on from a state, its own or one that PyTorch saved")
    func restore() throws {
        let generator = Generator(seed: 1)
        _ = Tensor.randn([3], generator: generator)
        let state = generator.state
        let wanted = Tensor.randn([40], generator: generator).floats
        try generator.restore(state)
        #expect(Tensor.randn([40], generator: generator).floats == wanted)

        let goldens = try Goldens("random")
        try generator.restore(goldens["42.state"])
        #expect(difference(.randn([4], generator: generator), try goldens["42.after_state"]) < 1e-6)
    }

    @Test("bytes that are no state are refused, and the generator works on")
    func foreignState() {
        let (generator, other) = (Generator(seed: 5), Generator(seed: 5))
        for foreign in [Tensor([1, 2, 3]).to(dtype: .uint8), .zeros([10]), .zeros([0], dtype: .uint8)] {
            #expect(throws: TorchError.self) { try generator.restore(foreign) }
        }
        #expect(Tensor.randn([9], generator: generator).floats == Tensor.randn([9], generator: other).floats)
    }

    @Test("layers start with PyTorch's first weights under the same seed")
    func firstWeights() throws {
        let goldens = try Goldens("random")
        let settings: Seeds = try Goldens.settings("random")
        let store = ParameterStore(seed: settings.first_seed)
        _ = Conv2d(3, 5, kernel: 3, at: store.root / "convolution")
        _ = Linear(6, 4, at: store.root / "linear")
        let expected = goldens.under("first")
        #expect(Set(store.dictionary.keys) == Set(expected.keys))
        for (name, tensor) in store.parameters {
            #expect(difference(tensor, try #require(expected[name])) < 1e-6, "\(name)")
        }
    }

    @Test("weights are uniform in ±1/√fan-in; norms start as ones and zeros, a layer asked for zeros as zeros")
    func bounds() throws {
        let store = ParameterStore(seed: 3)
        let convolution = Conv2d(16, 32, kernel: 3, at: store.root / "convolution")
        let linear = Linear(400, 50, at: store.root / "linear")
        for (weight, fanIn) in [(convolution.weight, 144.0), (linear.weight, 400.0)] {
            let (values, bound) = (weight.doubles, 1 / fanIn.squareRoot())
            #expect(values.allSatisfy { abs($0) <= bound })
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
            #expect(abs(mean) < 5 * bound / (3 * Double(values.count)).squareRoot(), "five standard errors")
            #expect(abs(variance / (bound * bound / 3) - 1) < 0.06)
        }
        let norm = GroupNorm(8, groups: 4, at: store.root / "norm")
        #expect(norm.weight.floats == [Float](repeating: 1, count: 8))
        #expect(norm.bias.floats == [Float](repeating: 0, count: 8))
        let still = Linear(3, 2, .zeros, at: store.root / "still")
        #expect(still.weight.floats + still.bias.floats == [Float](repeating: 0, count: 8))
        #expect(store.tensors.allSatisfy { $0.requiresGrad })
        #expect(Conv2d(1, 1, kernel: 1, bias: false, at: store.root / "bare").bias == nil)
    }
}
