import TestSupport
import Testing
import Torch

@Suite("Failures of libtorch")
struct ErrorTests {
    private struct OwnError: Error {}

    /// What a scope around `body` throws, if anything.
    private func failure<Result>(_ body: () throws -> Result) -> TorchError? {
        do {
            _ = try withTorchErrors(body)
            return nil
        } catch {
            return error as? TorchError
        }
    }

    private let three = Tensor.ones([3])
    private let four = Tensor.ones([4])

    @Test("shapes that do not fit are thrown in libtorch's words")
    func mismatch() {
        let error = failure { three + four }
        #expect(error?.kind == .operation)
        #expect(error?.message.contains("must match the size of tensor b (4)") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("frame #") == false, "no stack trace")
    }

    @Test("the first failure is the one that is thrown, whatever follows from it")
    func first() {
        let error = failure {
            let broken = three + four
            let worse = broken.matmul(three).conv2d(four)
            return (worse + broken).sum().item()
        }
        #expect(error?.message.contains("must match the size of tensor b (4)") == true)
    }

    @Test("after a failure there is no backward pass, whose gradients could leave for other processes")
    func noBackward() {
        let parameter = Tensor.ones([1])
        parameter.requiresGrad = true
        let error = failure {
            let broken = three + four  // stands for no elements, which one element is broadcast to
            (parameter * parameter + broken).sum().backward()
        }
        #expect(error?.message.contains("must match the size of tensor b (4)") == true)
        #expect(parameter.grad == nil)
    }

    @Test("the thread works on after a failure, inside a new scope and outside any")
    func afterwards() throws {
        #expect(failure { three + four } != nil)
        #expect((three + three).floats == [2, 2, 2])
        #expect(try withTorchErrors { (three * 3).floats } == [3, 3, 3])
    }

    @Test("a failure inside an inner scope belongs to it alone")
    func nested() throws {
        let value = try withTorchErrors {
            #expect(failure { three + four } != nil)
            return (three + three).sum().item()
        }
        #expect(value == 6)
    }

    @Test("an inner scope that succeeds does not hide the outer one's failure")
    func outer() {
        let error = failure {
            _ = three + four
            #expect(failure { three.sum().item() } == nil)
            #expect(failure { three.reshape(7) }?.message.contains("invalid for input of size 3") == true)
        }
        #expect(error?.message.contains("must match the size of tensor b (4)") == true)
    }

    @Test("an error of the body passes through, and the scope is closed")
    func bodyThrows() {
        #expect(throws: OwnError.self) { try withTorchErrors { throw OwnError() } }
        #expect((four * 2).floats == [2, 2, 2, 2])
    }

    @Test("a request for more memory than there is has its own kind")
    func outOfMemory() {
        let error = failure { Tensor.zeros([1 << 50]) }
        #expect(error?.kind == .outOfMemory, "\(error?.message ?? "")")
        #expect(Tensor.zeros([2]).floats == [0, 0])
    }

    @Test("a device that is not there is an error", .enabled(if: !Runtime.devices.contains(.cuda(0))))
    func missingDevice() {
        #expect(failure { three.to(.cuda(0)) }?.kind == .operation)
    }
}
