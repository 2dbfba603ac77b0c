import Testing
import Torch

/// What is recorded can only be repeated by a GPU (`scripts/check-device`); a processor must say so.
@Suite("Recording a device's work")
struct RecordingTests {
    @Test("a processor records nothing, says so, and does not run what it was to record")
    func processor() {
        #expect(!Recording.isPossible(on: .cpu))
        var hasRun = false
        #expect(throws: TorchError.self) { try Recording(on: .cpu) { hasRun = true } }
        #expect(!hasRun)
    }

    @Test("a failure to record is not one of the work around it")
    func scopes() throws {
        let sum = try withTorchErrors {
            #expect(throws: TorchError.self) { try Recording(on: .cpu) {} }
            return Tensor.ones([3]).sum().item()
        }
        #expect(sum == 3)
    }
}
