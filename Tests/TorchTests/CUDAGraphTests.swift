import Testing
import Torch

/// Only a GPU captures and replays (`scripts/check-device`); a processor must say that it cannot.
@Suite("CUDA graphs")
struct CUDAGraphTests {
    @Test("a processor captures nothing, says so, and does not run what it was to capture")
    func processor() {
        #expect(!CUDAGraph.isAvailable(on: .cpu))
        var hasRun = false
        #expect(throws: TorchError.self) { try CUDAGraph(on: .cpu) { hasRun = true } }
        #expect(!hasRun)
    }

    @Test("a failure to capture is not one of the work around it")
    func scopes() throws {
        let sum = try withTorchErrors {
            #expect(throws: TorchError.self) { try CUDAGraph(on: .cpu) {} }
            return Tensor.ones([3]).sum().item()
        }
        #expect(sum == 3)
    }
}
