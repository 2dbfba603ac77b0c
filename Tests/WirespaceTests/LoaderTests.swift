import Foundation
import Testing
import Wireframes
import Wirespace

/// Pages of three heights whose pixels tell their index; some cannot be read, and the threads are made to finish out of
/// order.
private struct TestSource: PageSource {
    var count = 23
    var unreadable: Set<Int> = []
    let loads = Counter()
    let archetypes = ["contact", "home"]

    func pages(in split: Split) -> [PageReference] {
        (0..<count).map { PageReference(split: split, index: $0, name: "page \($0)", archetype: $0 % 2) }
    }

    func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        loads.add()
        Thread.sleep(forTimeInterval: Double(page.index * 7 % 5) * 0.0004)
        if unreadable.contains(page.index) { throw UserError(.data, "damaged", at: page.name) }
        return GrayImage(width: 32, height: 32 * (1 + page.index % 3), filledWith: Float(page.index) / 100)
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var number = 0
    func add() { lock.withLock { number += 1 } }
    var value: Int { lock.withLock { number } }
}

private final class Reports: @unchecked Sendable {
    private let lock = NSLock()
    private var pages: [String] = []
    func add(_ name: String) { lock.withLock { pages.append(name) } }
    var names: [String] { lock.withLock { pages } }
}

private func configuration(workers: Int = 2, batchSize: Int = 2, groupSize: Int = 5) -> Configuration {
    var configuration = Configuration()
    configuration.seed = 11
    configuration.data.workers = workers
    configuration.data.batchSize = batchSize
    configuration.optimization.accumulationSteps = groupSize
    return configuration
}

private func groups(_ loader: Loader, epoch: Int, startingAt first: Int = 0) throws -> [Group] {
    let stream = loader.groups(epoch: epoch, startingAt: first)
    var groups: [Group] = []
    while let ahead = try stream.peek(), let group = try stream.next() {
        #expect(
            ahead.index == group.index && ahead.batches.joined().map(\.index) == group.batches.joined().map(\.index))
        groups.append(group)
    }
    #expect(try stream.next() == nil)
    return groups
}

@Suite("Loader", .timeLimit(.minutes(1)))
struct LoaderTests {
    @Test("any number of threads gives the same samples in the same order", arguments: [0, 1, 2, 4])
    func determinism(workers: Int) throws {
        let expected = try groups(
            Loader(TestSource(), split: .train, purpose: .training, configuration: configuration(workers: 1)), epoch: 3)
        let loader = Loader(
            TestSource(), split: .train, purpose: .training, configuration: configuration(workers: workers))
        #expect(try groups(loader, epoch: 3) == expected)
        #expect(try groups(loader, epoch: 4) != expected)
        #expect(expected.map(\.count) == [5, 5, 5, 5, 3])
        #expect(loader.groupCount == 5)
    }

    @Test("an epoch visits every page once, in an order of its own, and a label stays with its page")
    func order() throws {
        let loader = Loader(TestSource(), split: .train, purpose: .training, configuration: configuration())
        let orders = try (0..<3).map { epoch in
            try groups(loader, epoch: epoch).flatMap { $0.batches.flatMap { $0 } }
        }
        for samples in orders {
            #expect(samples.map(\.index).sorted() == Array(0..<23))
            #expect(samples.allSatisfy { $0.archetype == $0.index % 2 && $0.name == "page \($0.index)" })
        }
        #expect(Set(orders.map { $0.map(\.index) }).count == 3)
        #expect(loader.archetypes == ["contact", "home"])
    }

    @Test("starting in the middle gives the tail of the whole", arguments: [0, 1, 3, 4, 5])
    func resume(first: Int) throws {
        let whole = try groups(
            Loader(TestSource(), split: .train, purpose: .training, configuration: configuration()), epoch: 2)
        let loader = Loader(TestSource(), split: .train, purpose: .training, configuration: configuration())
        #expect(try groups(loader, epoch: 2, startingAt: first) == Array(whole.dropFirst(first)))
    }

    @Test("batches hold pages of one size, sizes in order of first appearance, at most batch_size in each")
    func batches() throws {
        let loader = Loader(
            TestSource(), split: .train, purpose: .training, configuration: configuration(batchSize: 2, groupSize: 9))
        let plan = loader.plan(epoch: 0)
        for group in try groups(loader, epoch: 0) {
            #expect(
                group.batches.allSatisfy { batch in Set(batch.map(\.target.height)).count == 1 && batch.count <= 2 })
            #expect(group.count == group.batches.map(\.count).reduce(0, +))
            let planned = plan.groups[group.index]
            var sizes: [Int] = []
            for page in planned where !sizes.contains(page % 3) { sizes.append(page % 3) }
            let expected = sizes.flatMap { size in planned.filter { $0 % 3 == size } }
            #expect(group.batches.flatMap { $0 }.map(\.index) == expected)
        }
    }

    @Test("buckets fill batches with pages of one size, lose none, and resume at any group", arguments: [0, 2])
    func buckets(workers: Int) throws {
        var settings = configuration(workers: workers, batchSize: 4, groupSize: 4)
        settings.data.bucketGroups = 3
        let loader = Loader(
            TestSource(count: 47, unreadable: [8]), split: .train, purpose: .training, configuration: settings)
        let all = try groups(loader, epoch: 1)
        #expect(all.map(\.index) == Array(0..<12) && loader.groupCount == 12)
        #expect(Set(all.flatMap { $0.batches.joined() }.map(\.index)) == Set(0..<47).subtracting([8]))
        #expect(all.flatMap(\.batches).count <= 12 + 2 * 4, "a bucket of three sizes cuts at most two groups")
        #expect(try groups(loader, epoch: 2) != all)
        for first in [1, 3, 7, 11, 12] {
            let resumed = Loader(
                TestSource(count: 47, unreadable: [8]), split: .train, purpose: .training, configuration: settings)
            #expect(try groups(resumed, epoch: 1, startingAt: first) == Array(all.dropFirst(first)), "from \(first)")
        }
    }

    @Test("evaluation keeps the pages' order and leaves them as they are")
    func evaluation() throws {
        let loader = Loader(
            TestSource(), split: .test, purpose: .evaluation, configuration: configuration(batchSize: 1, groupSize: 1))
        let samples = try groups(loader, epoch: 0).flatMap { $0.batches.flatMap { $0 } }
        #expect(samples.map(\.index) == Array(0..<23))
        #expect(samples.allSatisfy { $0.input == $0.target && $0.target[0, 0] == Float($0.index) / 100 })
    }

    @Test("a limit takes pages from all over the split, each with its own place in it")
    func limit() throws {
        let loader = Loader(
            TestSource(), split: .test, purpose: .evaluation, configuration: configuration(), limit: 4)
        let samples = try groups(loader, epoch: 0).flatMap { $0.batches.joined() }
        #expect(Set(samples.map(\.index)) == [0, 10, 11, 22])
        #expect(samples.allSatisfy { $0.target[0, 0] == Float($0.index) / 100 })
        // Every second page would be of one archetype only.
        let half = Loader(
            TestSource(count: 24), split: .test, purpose: .evaluation, configuration: configuration(), limit: 12)
        let chosen = try groups(half, epoch: 0).flatMap { $0.batches.joined() }
        #expect(chosen.count == 12 && chosen.count { $0.index % 2 == 0 } == 6)
    }

    @Test("an unreadable page is reported once and missing from its group, in every epoch and after a resume")
    func unreadable() throws {
        let reports = Reports()
        let loader = Loader(
            TestSource(unreadable: [4, 17]), split: .train, purpose: .training, configuration: configuration(),
            report: { page, _ in reports.add(page.name) })
        let first = try groups(loader, epoch: 0)
        _ = try groups(loader, epoch: 1)
        #expect(Set(reports.names) == ["page 4", "page 17"])
        #expect(reports.names.count == 2)
        #expect(Set(first.flatMap { $0.batches.flatMap { $0 } }.map(\.index)) == Set(0..<23).subtracting([4, 17]))
        for group in first {
            let readable = loader.plan(epoch: 0).groups[group.index].filter { $0 != 4 && $0 != 17 }
            #expect(group.count == readable.count)
        }
        let resumed = Loader(
            TestSource(unreadable: [4, 17]), split: .train, purpose: .training, configuration: configuration())
        #expect(try groups(resumed, epoch: 0, startingAt: 2) == Array(first.dropFirst(2)))
    }

    @Test("a group of which nothing can be read is empty, not missing")
    func emptyGroup() throws {
        let loader = Loader(
            TestSource(unreadable: [7]), split: .test, purpose: .evaluation,
            configuration: configuration(groupSize: 1))
        let all = try groups(loader, epoch: 0)
        #expect(all.count == 23)
        #expect(all[7].count == 0 && all[7].batches.isEmpty)
    }

    @Test("more than a tenth of unreadable pages ends the epoch with an error that says how many")
    func tooManyUnreadable() {
        let loader = Loader(
            TestSource(unreadable: [1, 2, 3]), split: .train, purpose: .training, configuration: configuration())
        #expect { try groups(loader, epoch: 0) } throws: { error in
            (error as? UserError)?.code == .data && (error as? UserError)?.message.hasPrefix("3 of 23 pages") == true
        }
    }

    @Test("an abandoned epoch stops loading", arguments: [1, 4])
    func abandonment(workers: Int) throws {
        let source = TestSource(count: 2000)
        let loader = Loader(
            source, split: .train, purpose: .training, configuration: configuration(workers: workers))
        do {
            let stream = loader.groups(epoch: 0)
            _ = try stream.next()
        }
        // One group taken, two ahead, and a page in each thread's hands.
        Thread.sleep(forTimeInterval: 0.1)
        let loads = source.loads.value
        #expect(loads <= 3 * 5 + workers)
        Thread.sleep(forTimeInterval: 0.1)
        #expect(source.loads.value == loads)
    }

    @Test("no more than two groups are loaded ahead of a slow reader")
    func bounded() throws {
        let source = TestSource(count: 200)
        let loader = Loader(source, split: .train, purpose: .training, configuration: configuration(workers: 4))
        let stream = loader.groups(epoch: 0)
        for taken in 1...3 {
            _ = try stream.next()
            Thread.sleep(forTimeInterval: 0.1)
            #expect(source.loads.value == (taken + 2) * 5)
        }
    }

    @Test("many short epochs and abandoned ones leave nothing waiting")
    func churn() throws {
        for round in 0..<40 {
            let loader = Loader(
                TestSource(count: 7), split: .train, purpose: .training,
                configuration: configuration(workers: 1 + round % 4, groupSize: 1 + round % 3))
            let stream = loader.groups(epoch: round)
            for _ in 0..<round % 4 { _ = try stream.next() }
        }
        #expect(
            try groups(
                Loader(
                    TestSource(count: 0), split: .train, purpose: .training, configuration: configuration()), epoch: 0
            ).isEmpty)
    }
}
