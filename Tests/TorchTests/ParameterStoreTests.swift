import Testing
import Torch

@Suite("Named parameters")
struct ParameterStoreTests {
    private func store() -> ParameterStore {
        let store = ParameterStore(seed: 1)
        _ = Linear(3, 2, at: store.root / "heads" / "mu")
        _ = GroupNorm(4, groups: 2, at: store.root / "stages" / 0)
        return store
    }

    @Test("names follow the layers' places, in the order in which they were made")
    func names() {
        let store = store()
        #expect(
            store.parameters.map(\.name) == ["heads.mu.weight", "heads.mu.bias", "stages.0.weight", "stages.0.bias"])
        #expect(store.count == 6 + 2 + 4 + 4)
    }

    @Test("a store that shares another's parameters sees them change, and has gradients of its own")
    func sharing() {
        let (store, generator) = (store(), Generator(seed: 5))
        let copy = ParameterStore(sharing: store)
        let layer = Linear(3, 2, at: copy.root / "heads" / "mu")
        #expect(layer.weight.floats == store.tensors[0].floats)
        withoutGradients { store.tensors[0].copy(from: .randn([2, 3], generator: generator)) }
        #expect(layer.weight.floats == store.tensors[0].floats)
        layer(.ones([1, 3])).sum().backward()
        #expect(layer.weight.grad?.floats == Array(repeating: 1, count: 6) && store.tensors[0].grad == nil)
    }

    @Test("gradients that stay in place are set to zero there, and added to")
    func gradientsInPlace() throws {
        let store = store()
        store.tensors[0].requiresGrad = false  // not trained
        let layer = Linear(2, 1, at: store.root / "last")
        layer(.ones([1, 2])).sum().backward()
        store.keepsGradientsInPlace = true
        #expect(store.tensors[0].grad == nil)
        #expect(store.tensors[1].grad?.floats == [0, 0])
        let kept = try #require(layer.weight.grad)
        #expect(kept.floats == [1, 1])
        store.zeroGradients()
        #expect(kept.floats == [0, 0])
        for _ in 0..<2 { layer(.ones([1, 2])).sum().backward() }
        #expect(kept.floats == [2, 2], "the very memory that there was")
        store.keepsGradientsInPlace = false
        store.zeroGradients()
        #expect(layer.weight.grad == nil)
    }

    @Test("loading overwrites every parameter in place, from any element type")
    func load() throws {
        let store = store()
        let before = store.dictionary
        try store.load(before.mapValues { ($0.detach() * 0 + 2).to(dtype: .float16) })
        for (name, tensor) in store.parameters {
            #expect(before[name]?.floats.allSatisfy { $0 == 2 } == true, "the layers hold this very tensor")
            #expect(tensor.requiresGrad)
            #expect(tensor.dtype == .float32)
        }
    }

    @Test(
        "a missing, misshapen or unknown tensor is named, and nothing has changed",
        arguments: [
            ("heads.mu.bias", nil, "the parameter heads.mu.bias is missing"),
            ("stages.0.weight", [5], "the parameter stages.0.weight has shape [5], the model needs [4]"),
            (
                "heads.mu.weight", [2, 3, 1],
                "the parameter heads.mu.weight has shape [2, 3, 1], the model needs [2, 3]"
            ),
            ("stranger", [1], "the model has no parameter stranger"),
        ] as [(String, [Int]?, String)])
    func refusal(_ name: String, _ shape: [Int]?, _ message: String) {
        let store = store()
        let before = store.tensors.map(\.floats)
        var tensors = store.dictionary.mapValues { $0.detach() + 1 }
        tensors[name] = shape.map { Tensor.zeros($0) }
        let error = #expect(throws: TorchError.self) { try store.load(tensors) }
        #expect(error?.kind == .content)
        #expect(error?.message == message)
        #expect(store.tensors.map(\.floats) == before)
    }
}
