import Foundation
import Testing
import Torch

/// Ranks are threads here; the command line's tests have processes, and kill some.
@Suite("A process group")
struct ProcessGroupTests {
    /// Runs `body` once for each rank, each in a thread of its own.
    private func withRanks<Result: Sendable>(
        _ size: Int, _ body: @escaping @Sendable (ProcessGroup) throws -> Result
    ) throws -> [Result] {
        let first = try ProcessGroup(rank: 0, of: size, host: "127.0.0.1", port: 0, timeout: 60)
        let port = first.port
        let results = Results<Result>()
        let done = DispatchGroup()
        for rank in 0..<size {
            done.enter()
            // Given to its thread alone.
            nonisolated(unsafe) let mine = rank == 0 ? first : nil
            Thread.detachNewThread {
                results[rank] = Swift.Result {
                    let group =
                        try mine ?? ProcessGroup(rank: rank, of: size, host: "127.0.0.1", port: port, timeout: 60)
                    try group.connect()
                    let result = try body(group)
                    group.finish()
                    return result
                }
                done.leave()
            }
        }
        done.wait()
        return try (0..<size).map { try #require(results[$0]).get() }
    }

    private final class Results<Value>: @unchecked Sendable {
        private let lock = NSLock()
        private var values: [Int: Swift.Result<Value, any Error>] = [:]
        subscript(rank: Int) -> Swift.Result<Value, any Error>? {
            get { lock.withLock { values[rank] } }
            set { lock.withLock { values[rank] = newValue } }
        }
    }

    @Test("sums tensors of any shape and type, in buckets of any size", arguments: [1, 100, 1 << 20])
    func sum(bucketBytes: Int) throws {
        let sums = try withRanks(3) { group in
            let tensors = [
                Tensor.full([5, 7], Double(group.rank + 1)), Tensor((0..<4).map { Double($0) }, shape: [2, 2]),
                Tensor.full([], 2), Tensor.full([3, 2], Double(group.rank)).transposed(),
            ]
            try group.sum(tensors, bucketBytes: bucketBytes)
            return tensors.map(\.doubles)
        }
        for rank in 0..<3 {
            #expect(sums[rank][0] == Array(repeating: 6, count: 35))
            #expect(sums[rank][1] == [0, 3, 6, 9])
            #expect(sums[rank][2] == [6])
            #expect(sums[rank][3] == Array(repeating: 3, count: 6))
        }
    }

    @Test("every rank ends with the same bits of a sum that rounding makes depend on the order")
    func sameBits() throws {
        let sums = try withRanks(3) { group in
            let tensor = Tensor((0..<1001).map { Float(1 + $0) / Float(3 + 7 * group.rank) }, shape: [1001])
            try group.sum([tensor])
            return tensor.floats
        }
        #expect(sums[0] == sums[1] && sums[1] == sums[2])
    }

    @Test("gathers bytes of different numbers, and takes one rank's tensor over")
    func gather() throws {
        let results = try withRanks(3) { group in
            let tensor = Tensor.full([2], Double(group.rank))
            try group.broadcast(tensor, from: 1)
            let bytes = try group.gather(Array(repeating: UInt8(group.rank), count: group.rank * 2))
            return (bytes, tensor.doubles, try group.gather([]))
        }
        for (bytes, tensor, nothing) in results {
            #expect(bytes == [[], [1, 1], [2, 2, 2, 2]])
            #expect(tensor == [1, 1])
            #expect(nothing == [[], [], []])
        }
    }

    /// Three parameters of one bucket each, the last of which `backward` reaches first; `loss` uses some of them.
    private func parameters(_ rank: Int) -> [Tensor] {
        (1...3).map { place in
            let tensor = Tensor.full([4], Double(place * (rank + 1)))
            tensor.requiresGrad = true
            return tensor
        }
    }

    private func chain(_ parameters: [Tensor]) -> Tensor {
        parameters.dropFirst().reduce(parameters[0]) { $0 * $1 }.sum()
    }

    @Test("gradients leave during backward, in the order of the parameters, and their sums take their place")
    func gradientsLeave() throws {
        let results = try withRanks(2) { group in
            let parameters = parameters(group.rank)
            let sum = try GradientSum(of: parameters, over: group, bucketBytes: 16)
            try sum.leaving { chain(parameters).backward() }
            let early = sum.sent
            try sum.send()
            let message = try group.sum([1])
            try sum.receive()
            return (early, message, parameters.map { $0.grad?.doubles[0] })
        }
        // Of a product of 1, 2, 3 (rank 0) and of 2, 4, 6 (rank 1).
        for (early, message, gradients) in results {
            #expect(early == 3)
            #expect(message == [2])
            #expect(gradients == [30, 15, 10])  // 6 + 24, 3 + 12, 2 + 8
        }
    }

    @Test("a bucket waits for those before it, and a rank without a gradient, or without work, adds nothing")
    func gradientsWait() throws {
        let results = try withRanks(3) { group in
            let parameters = parameters(group.rank)
            let sum = try GradientSum(of: parameters, over: group, bucketBytes: 16)
            switch group.rank {
            case 0: try sum.leaving { chain(parameters).backward() }
            case 1: try sum.leaving { chain(Array(parameters[0...1])).backward() }  // all wait for the last
            default: break
            }
            let early = sum.sent
            try sum.send()
            try sum.receive()
            return (early, parameters.map { $0.grad?.doubles[0] })
        }
        #expect(results.map(\.0) == [3, 0, 0])
        for (_, gradients) in results { #expect(gradients == [10, 5, 2]) }
    }

    @Test("a second backward pass, whose gradients would be lost, is refused")
    func gradientsLeaveWhole() throws {
        let messages = try withRanks(2) { group in
            let parameters = parameters(group.rank)
            let sum = try GradientSum(of: parameters, over: group, bucketBytes: 16)
            let error = #expect(throws: TorchError.self) {
                try sum.leaving { try withTorchErrors { for _ in 0..<2 { chain(parameters).backward() } } }
            }
            try sum.send()
            try sum.receive()
            return error?.message ?? ""
        }
        for message in messages { #expect(message.contains("was added to")) }
    }

    @Test("what has left counts, though its gradients be computed again")
    func gradientsLeaveOnce() throws {
        struct Interrupted: Error {}
        let results = try withRanks(2) { group in
            let parameters = parameters(group.rank)
            let sum = try GradientSum(of: parameters, over: group, bucketBytes: 16)
            if group.rank == 0 {
                #expect(throws: Interrupted.self) {
                    try sum.leaving {
                        chain(Array(parameters[1...2])).backward()  // as in the whole product, whose first factor is 1
                        throw Interrupted()
                    }
                }
                #expect(sum.sent == 2)
                for parameter in parameters { parameter.grad = nil }
            }
            chain(parameters).backward()
            #expect(sum.sent == (group.rank == 0 ? 2 : 0))
            try sum.send()
            try sum.receive()
            return parameters.map { $0.grad?.doubles[0] }
        }
        for gradients in results { #expect(gradients == [30, 15, 10]) }
    }

    @Test("a rank that stops because of an error is named with its reason")
    func leaving() throws {
        let messages = try withRanks(2) { group in
            if group.rank == 1 {
                group.leave(because: "the disk is full")
                Thread.sleep(forTimeInterval: 6)
                return ""
            }
            do {
                return "\(try group.sum([1]))"
            } catch {
                return "\(error)"
            }
        }
        #expect(messages[0] == "rank 1 stopped: the disk is full")
    }

    @Test("a rank that never comes is named")
    func absent() throws {
        let group = try ProcessGroup(rank: 0, of: 3, host: "127.0.0.1", port: 0, timeout: 1)
        do {
            try group.connect()
            Issue.record("it connected to nobody")
        } catch let error as TorchError {
            #expect(error.message == "rank 1, rank 2 did not come within 1 s", "\(error)")
        }
    }
}
