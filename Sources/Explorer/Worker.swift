import Foundation
import Hummingbird

/// One thread with something that must stay on it, and a queue of limited length in front.
///
/// A `LatentSpace` is for one thread at a time, and the machine has only so many cores: whoever finds the queue full is
/// told to come back. The stack is large, since layouts may be nested deeply.
package final class Worker<State>: Sendable {
    private let queue: JobQueue<State>

    /// A thread that owns `state`: nobody else may use it from here on.
    ///
    /// - Parameter limit: requests that may wait or be at work.
    package init(_ state: sending State, limit: Int) {
        let queue = JobQueue<State>(limit: limit)
        self.queue = queue
        let owned = Owned(value: state)
        let thread = Thread { queue.work(on: owned.value) }
        thread.stackSize = 64 << 20
        thread.name = "explorer"
        thread.start()
    }

    deinit { queue.close() }

    /// Requests that wait or are at work, and those that were not done since their clients had gone.
    package var counts: (waiting: Int, left: Int) { queue.counts }

    /// Does something with the state, after all that came before.
    ///
    /// - Parameter client: who asks: what they do not wait for any more is not done.
    /// - Throws: `Refusal` when too many wait already or the client has gone, else what `body` throws.
    package func run<Result: Sendable>(
        for client: Client, _ body: @escaping @Sendable (State) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job<State>(client: client) { state in
                continuation.resume(with: Swift.Result { try body(try state()) })
            }
            if !queue.add(job) { continuation.resume(throwing: Refusal.busy) }
        }
    }
}

/// A piece of work that somebody waits for.
private struct Job<State>: Sendable {
    let client: Client
    /// Does the work, or fails as its argument does.
    let finish: @Sendable (() throws -> State) -> Void
}

/// Says that a value has changed hands.
private struct Owned<Value>: @unchecked Sendable {
    let value: Value
}

/// Work for one thread, in the order in which it came.
private final class JobQueue<State>: @unchecked Sendable {
    private let condition = NSCondition()
    private let limit: Int
    private var jobs: [Job<State>] = []
    private var isWorking = false
    private var left = 0
    private var isClosed = false

    init(limit: Int) { self.limit = limit }

    var counts: (waiting: Int, left: Int) {
        condition.withLock { (jobs.count + (isWorking ? 1 : 0), left) }
    }

    /// - Returns: whether there was room.
    func add(_ job: Job<State>) -> Bool {
        let (isTaken, left) = condition.withLock {
            var left: [Job<State>] = []
            // Each is asked once: clients go at any time, and every job is either kept or ended.
            jobs = jobs.filter { job in
                let isGone = job.client.isGone
                if isGone { left.append(job) }
                return !isGone
            }
            self.left += left.count
            guard jobs.count + (isWorking ? 1 : 0) < limit, !isClosed else { return (false, left) }
            jobs.append(job)
            condition.signal()
            return (true, left)
        }
        for job in left { job.finish { throw Refusal.gone } }
        return isTaken
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
            job.finish {
                if job.client.isGone { throw Refusal.gone }
                return state
            }
            condition.withLock { isWorking = false }
        }
    }

    private func next() -> Job<State>? {
        condition.withLock {
            while jobs.isEmpty, !isClosed { condition.wait() }
            guard !jobs.isEmpty else { return nil }
            isWorking = true
            if jobs[0].client.isGone { left += 1 }
            return jobs.removeFirst()
        }
    }
}
