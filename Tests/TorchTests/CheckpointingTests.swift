import TestSupport
import Testing
import Torch

@Suite("Activation checkpointing")
struct CheckpointingTests {
    private static func leaf(_ shape: [Int], seed: UInt64) -> Tensor {
        let tensor = Tensor.randn(shape, generator: Generator(seed: seed))
        tensor.requiresGrad = true
        return tensor
    }

    /// A network with what is hard: an input with several consumers inside and outside of segments, two outputs, one of which
    /// also goes on, parameters that two segments share, a page without a gradient.
    private static func gradients(checkpointing: Bool) -> [[Float]] {
        let (x, w, v) = (leaf([4, 6], seed: 1), leaf([6, 6], seed: 2), leaf([6], seed: 3))
        let constant = Tensor.randn([4, 6], generator: Generator(seed: 4))
        let first = checkpointed([constant, x], outputs: 2, if: checkpointing) { inputs in
            let hidden = inputs[1].linear(w, bias: v).tanh() * inputs[0]
            return [hidden, hidden.sum(1)]
        }
        let second = checkpointed([first[0], x, first[1]], outputs: 1, if: checkpointing) { inputs in
            [(inputs[0].matmul(w) + inputs[1]).sigmoid() * inputs[2].reshape(4, 1)]
        }[0]
        let noise = Tensor.rand([4, 6], generator: Generator(seed: 5))
        (second * noise + first[0].square() + x.exp() * 0.1).sum().backward()
        return [x, w, v].map { $0.grad?.floats ?? [] }
    }

    @Test("gradients are those of the plain pass, bit for bit")
    func gradients() {
        let plain = Self.gradients(checkpointing: false)
        #expect(plain.allSatisfy { !$0.isEmpty })
        #expect(Self.gradients(checkpointing: true) == plain)
    }

    @Test("a segment runs a second time, once, in backward; without gradients it runs like any function")
    func runs() {
        final class Count { var runs = 0 }
        let count = Count()
        let x = Self.leaf([3], seed: 1)
        func segment() -> [Tensor] {
            checkpointed([x], outputs: 2) { inputs in
                count.runs += 1
                return [inputs[0] * 2, inputs[0] * 3]
            }
        }
        #expect(!withoutGradients { segment() }[0].requiresGrad)
        #expect(count.runs == 1)
        let results = segment()
        #expect(count.runs == 2)
        results[0].sum().backward()  // the other output gets no gradient
        #expect(count.runs == 3)
        #expect(x.grad?.floats == [2, 2, 2])
    }

    @Test("the second run computes in the same half precision, though backward is outside of autocast")
    func autocast() {
        final class Types { var seen: [DType] = [] }
        let types = Types()
        let (x, w) = (Self.leaf([2, 3], seed: 1), Self.leaf([4, 3], seed: 2))
        let y = withAutocast(to: .bfloat16) {
            checkpointed(x) { x in
                let product = x.linear(w)
                types.seen.append(product.dtype)
                return product
            }
        }
        y.to(dtype: .float32).sum().backward()
        #expect(types.seen == [.bfloat16, .bfloat16])
        #expect(x.matmul(w.transposed()).dtype == .float32, "backward has left no autocast behind")
        #expect(w.grad?.shape == [4, 3])
    }

    @Test(
        "a failure in the second run is the caller's, of its own kind, and the thread works on",
        arguments: [false, true])
    func failure(memory: Bool) throws {
        final class Count { var runs = 0 }
        let count = Count()
        let x = Self.leaf([3], seed: 1)
        let error = #expect(throws: TorchError.self) {
            try withTorchErrors {
                checkpointed(x) { x in
                    count.runs += 1
                    guard count.runs > 1 else { return x * 2 }
                    return memory ? x * Tensor.zeros([1 << 50]) : x * Tensor.zeros([7])
                }.sum().backward()
            }
        }
        #expect(count.runs == 2)
        #expect(error?.kind == (memory ? .outOfMemory : .operation))
        #expect(Self.gradients(checkpointing: true) == Self.gradients(checkpointing: false))
    }

    #if compiler(>=6.2)
        @Test("nothing outlives the backward pass, nor a graph that is never gone through, nor a failure")
        func leak() async {
            // Its own process: other tests make tensors at the same time.
            await #expect(processExitsWith: .success) {
                func work() {
                    _ = CheckpointingTests.gradients(checkpointing: true)
                    let x = CheckpointingTests.leaf([3], seed: 1)
                    _ = checkpointed(x) { $0 * 2 }
                    _ = try? withTorchErrors { checkpointed(x) { $0 * Tensor.zeros([7]) }.sum().item() }
                }
                work()
                let before = Tensor.liveCount
                for _ in 0..<50 { work() }
                #expect(Tensor.liveCount == before)
            }
        }
    #endif
}
