import Foundation
import Hummingbird

/// One thread with something that must stay on it, and a queue of limited length in front.
///
/// A `LatentSpace` is for one thread at a time, and the machine has only so many cores: whoever finds the queue full is
/// told to come back. The stack is large, since layouts may be nested deeply.
final class Worker<State>: Sendable {
    private let queue: JobQueue<State>

    /// A thread that owns `state`: nobody else may use it from here on.
    ///
    /// - Parameter limit: requests that may wait or be at work.
    init(_ state: sending State, limit: Int) {
        let queue = JobQueue<State>(limit: limit)
        self.queue = queue
        let owned = Owned(value: state)
        let thread = Thread { queue.work(on: owned.value) }
        thread.stackSize = 64 << 20
        thread.name = "explorer"
        thread.start()
    }

    deinit { queue.close() }

    /// Does something with the state, after all that came before.
    ///
    /// - Throws: `Refusal` when too many wait already, else what `body` throws.
    func run<Result: Sendable>(_ body: @escaping @Sendable (State) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = queue.add { state in
                continuation.resume(with: Swift.Result { try body(state) })
            }
            if !isTaken { continuation.resume(throwing: Refusal.busy) }
        }
    }
}

/// Says that a value has changed hands.
private struct Owned<Value>: @unchecked Sendable {
    let value: Value
}

/// Work for one thread, in the order in which it came.
private final class JobQueue<State>: @unchecked Sendable {
    private let condition = NSCondition()
    private let limit: Int
    private var jobs: [@Sendable (State) -> Void] = []
    private var isWorking = false
    private var isClosed = false

    init(limit: Int) { self.limit = limit }

    func add(_ job: @escaping @Sendable (State) -> Void) -> Bool {
        condition.withLock {
            guard jobs.count + (isWorking ? 1 : 0) < limit, !isClosed else { return false }
            jobs.append(job)
            condition.signal()
            return true
        }
    }

    func close() {
        condition.withLock {
            isClosed = true
            condition.signal()
        }
    }

    /// Works until the queue is closed and empty.
    func work(on state: State) {
        while let job = next() {
            job(state)
            condition.withLock { isWorking = false }
        }
    }

    private func next() -> (@Sendable (State) -> Void)? {
        condition.withLock {
            while jobs.isEmpty, !isClosed { condition.wait() }
            guard !jobs.isEmpty else { return nil }
            isWorking = true
            return jobs.removeFirst()
        }
    }
}
