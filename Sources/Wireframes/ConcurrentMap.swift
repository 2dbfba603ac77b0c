internal import Dispatch
internal import Foundation

/// `[body(0), … body(count − 1)]`, worked on by a few threads that each take the next index when they are free.
package func concurrentMap<Result: Sendable>(
    _ count: Int, threads: Int = 2, _ body: @Sendable (Int) -> Result
) -> [Result] {
    let work = SharedWork<Result>(count: count)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while let index = work.next() { work.finish(index, body(index)) }
    }
    return work.results
}

/// Everything in it is used under the lock.
private final class SharedWork<Result: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private let count: Int
    private var taken = 0
    private var finished: [Result?]

    init(count: Int) {
        self.count = count
        finished = Array(repeating: nil, count: count)
    }

    func next() -> Int? {
        lock.withLock {
            guard taken < count else { return nil }
            defer { taken += 1 }
            return taken
        }
    }

    func finish(_ index: Int, _ result: Result) {
        lock.withLock { finished[index] = result }
    }

    var results: [Result] {
        lock.withLock { finished.compactMap { $0 } }
    }
}
