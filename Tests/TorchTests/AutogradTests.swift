import Foundation
import TestSupport
import Testing
import Torch

@Suite("Autograd")
struct AutogradTests {
    private struct OwnError: Error {}

    private func leaf(_ values: [Float]) -> Tensor {
        let tensor = Tensor(values, shape: [values.count])
        tensor.requiresGrad = true
        return tensor
    }

    @Test("gradients of two backward passes add up until they are forgotten")
    func accumulation() throws {
        let store = ParameterStore(seed: 0)
        let x = store.root.constant("x", [2], 3)
        x.square().sum().backward()
        #expect(x.grad?.floats == [6, 6])
        (x * 4).sum().backward()
        #expect(x.grad?.floats == [10, 10])
        store.zeroGradients()
        #expect(x.grad == nil)
    }

    @Test("a vector's backward takes the upstream gradient")
    func upstream() {
        let x = leaf([1, 2, 3])
        x.square().backward(Tensor([1, 10, 100] as [Float], shape: [3]))
        #expect(x.grad?.floats == [2, 40, 600])
    }

    @Test("without gradients nothing is recorded, and recording comes back after a throw, nested or not")
    func gradMode() {
        let x = leaf([1])
        #expect(!withoutGradients { x * 2 }.requiresGrad)
        #expect((x * 2).requiresGrad)
        #expect(throws: OwnError.self) { try withoutGradients { throw OwnError() } }
        #expect((x * 2).requiresGrad)
        withoutGradients {
            #expect(throws: OwnError.self) { try withoutGradients { throw OwnError() } }
            #expect(!(x * 2).requiresGrad, "the outer scope still holds")
        }
        #expect((x * 2).requiresGrad)
        #expect(!x.detach().requiresGrad)
    }

    @Test("autocast computes products in the given type, ends with its scope, and a throw ends it too")
    func autocast() {
        let x = Tensor.ones([4, 4])
        #expect(withAutocast(to: .bfloat16) { x.matmul(x) }.dtype == .bfloat16)
        #expect(x.matmul(x).dtype == .float32)
        #expect(throws: OwnError.self) { try withAutocast(to: .bfloat16) { throw OwnError() } }
        #expect(x.matmul(x).dtype == .float32)
        #expect(withAutocast(to: nil) { x.matmul(x) }.dtype == .float32)
    }

    @Test(
        "derivatives of the element-by-element functions are those of central differences",
        arguments: [
            "exp", "log", "sqrt", "abs", "square", "pow", "sigmoid", "tanh", "inverse", "clamp",
            "logSumExp", "logSoftmax",
        ])
    func derivatives(_ name: String) throws {
        let functions: [String: (Tensor) -> Tensor] = [
            "exp": { $0.exp() }, "log": { $0.log() }, "sqrt": { $0.sqrt() }, "abs": { $0.abs() },
            "square": { $0.square() }, "pow": { $0.pow(1.7) }, "sigmoid": { $0.sigmoid() }, "tanh": { $0.tanh() },
            "inverse": { 2 / $0 }, "clamp": { $0.clamp(min: 0.5, max: 1.2) },
            "logSumExp": { $0.logSumExp(0) }, "logSoftmax": { $0.logSoftmax(0) },
        ]
        let function = try #require(functions[name])
        let values = [0.3, 0.9, 1.1, 2.4]
        let weights = Tensor([0.7, -1.3, 2, 0.4], shape: [4])
        func loss(_ x: Tensor) -> Tensor { (function(x) * weights).sum() }
        let x = Tensor(values, shape: [4])
        x.requiresGrad = true
        loss(x).backward()
        let step = 1e-6
        let numeric = values.indices.map { index in
            func moved(by distance: Double) -> Double {
                var moved = values
                moved[index] += distance
                return loss(Tensor(moved, shape: [4])).item()
            }
            return (moved(by: step) - moved(by: -step)) / (2 * step)
        }
        #expect(difference(try #require(x.grad).doubles, numeric) < 1e-7)
    }

    #if compiler(>=6.2)
        @Test("no tensor outlives its last use, after backward and after failures alike")
        func liveTensors() async {
            // Its own process: other tests make tensors at the same time.
            await #expect(processExitsWith: .success) {
                func work() throws {
                    let x = Tensor.ones([8])
                    x.requiresGrad = true
                    let (q, _) = Tensor.ones([3, 3]).qr()
                    ((x * 2).exp().sum() + q.sum()).backward()
                    _ = x.grad?.norm().item()
                    _ = try? withTorchErrors { (x + Tensor.ones([3])).matmul(x) }
                    _ = Tensor.concatenate([x, x], dim: 0).narrow(0, from: 2, length: 3)
                    _ = try SafeTensors(SafeTensors(["x": x]).encoded())
                }
                try work()
                let before = Tensor.liveCount
                for _ in 0..<50 { try work() }
                #expect(Tensor.liveCount == before)
                let kept = Tensor.ones([1])
                #expect(Tensor.liveCount == before + 1, "the counter counts")
                withExtendedLifetime(kept) {}
            }
        }
    #endif
}
