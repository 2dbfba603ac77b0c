import Dispatch
import Testing
import Torch

@Suite("Lanes")
struct LanesTests {
    @Test("work at the same time, again and again, and give their results in order")
    func together() throws {
        let lanes = Lanes(3)
        for round in 0..<100 {
            // Each waits for the next one, which none could if they came one after the other.
            let arrived = (0..<3).map { _ in DispatchSemaphore(value: 0) }
            let results = try lanes.map { lane in
                arrived[lane].signal()
                arrived[(lane + 1) % 3].wait()
                return Tensor.full([2], Double(lane + round)).sum().item()
            }
            #expect(results == [0, 1, 2].map { Double(2 * ($0 + round)) })
        }
    }

    @Test("have modes of their own, and share out the threads; others keep theirs")
    func own() throws {
        let before = Runtime.threads
        let threads = try Lanes(3, threads: 8).map { lane in
            lane == 0 ? withoutGradients { Runtime.threads } : Runtime.threads
        }
        #expect(threads == [3, 3, 2] && Runtime.threads == before)
        #expect(try Lanes(2).map { _ in Runtime.threads } == [1, 1])
        #expect(try Lanes(2, threads: 1).map { _ in Runtime.threads } == [1, 1])
    }

    @Test("record gradients where their caller does")
    func gradients() throws {
        let parameter = Tensor.ones([2])
        parameter.requiresGrad = true
        let lanes = Lanes(2)
        for records in [true, false, true] {
            let recorded = try (records ? withGradients : withoutGradients) {
                try lanes.map { _ in (parameter * 2).requiresGrad }
            }
            #expect(recorded == [records, records])
        }
    }

    @Test("side by side every element is done once, and the results are in order", arguments: [nil, 2, 5])
    func elements(lanes: Int?) throws {
        let lanes = lanes.map { Lanes($0) }
        for count in [0, 1, 3, 20] {
            let results = try sideBySide(Array(0..<count), in: lanes) { Tensor.full([2], Double($0)).sum().item() }
            #expect(results == (0..<count).map { Double(2 * $0) })
        }
        let error = #expect(throws: TorchError.self) {
            try sideBySide([2, 3, 2], in: lanes) { Tensor.ones([2]).matmul(.ones([$0])).item() }
        }
        #expect(error?.kind == .operation)
    }

    @Test("lanes with different numbers of threads give the same bytes again and again")
    func sameBytes() throws {
        let lanes = Lanes(2, threads: 3)
        let values = Tensor.randn([1 << 20], generator: Generator(seed: 1))
        let sums = try (0..<20).map { _ in
            try sideBySide(Array(0..<5), in: lanes) { (values * Double($0 + 1)).exp().sum().item() }
        }
        #expect(sums.allSatisfy { $0 == sums[0] })
    }

    @Test("an error of one is thrown when all have ended, libtorch's too; they go on working")
    func errors() throws {
        struct Mistake: Error {}
        let lanes = Lanes(2)
        #expect(throws: Mistake.self) { try lanes.map { if $0 == 1 { throw Mistake() } } }
        let error = #expect(throws: TorchError.self) {
            try lanes.map { lane in Tensor.ones([2, 3]).matmul(.ones([lane + 3, 1])).sum().item() }
        }
        #expect(error?.kind == .operation)
        #expect(try lanes.map { $0 } == [0, 1])
    }

    @Test("jobs are dealt out evenly, each once", arguments: [1, 2, 3, 7])
    func dealing(workers: Int) {
        let costs = [5, 1, 9, 9, 3, 2, 8]
        let shares = dealt(costs, among: workers)
        #expect(shares.count == workers && shares.joined().sorted() == Array(costs.indices))
        let loads = shares.map { $0.reduce(0) { $0 + costs[$1] } }
        #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 9)
        #expect(dealt([], among: workers) == Array(repeating: [], count: workers))
    }
}
