import Foundation

/// The work of one epoch's loader: threads claim pages in the order of the plan and put their samples in place; the
/// training takes whole groups. At most two groups are loaded or under way at a time, which bounds the memory.
final class LoadingQueue: @unchecked Sendable {
    /// A page's index and its sample, or why there is none.
    typealias Slot = (page: Int, result: Result<Sample, any Error>)
    /// A group of the plan, all its pages in the plan's order.
    typealias Loaded = (index: Int, results: [Slot])

    private static let groupsAhead = 2

    private let groups: [[Int]]
    private let load: @Sendable (Int) -> Result<Sample, any Error>

    /// Guards everything below; signalled at each change that somebody may wait for.
    private let condition = NSCondition()
    private var loaded: [Int: [Int: Slot]] = [:]
    private var nextToClaim: (group: Int, position: Int)
    private var nextToTake: Int
    private var isStopped = false

    /// A queue over the groups of a plan, from one of them on.
    init(
        groups: [[Int]], startingAt first: Int, load: @escaping @Sendable (Int) -> Result<Sample, any Error>
    ) {
        self.groups = groups
        self.load = load
        nextToClaim = (max(0, first), 0)
        nextToTake = max(0, first)
    }

    /// A thread's life: load page after page until the epoch is over or nobody wants it any more.
    func work() {
        while let claim = claim(waiting: true) { load(claim) }
    }

    /// Loads the group that is taken next, in the caller's own thread.
    func loadNextGroup() {
        let group = condition.withLock { nextToTake }
        while condition.withLock({ nextToClaim.group == group }), let claim = claim(waiting: false) { load(claim) }
    }

    /// The next group, all its pages in the order of the plan; nothing at the end of the epoch.
    func take() -> Loaded? {
        condition.withLock {
            let index = nextToTake
            guard index < groups.count else { return nil }
            while loaded[index]?.count != groups[index].count { condition.wait() }
            let slots = loaded.removeValue(forKey: index) ?? [:]
            nextToTake += 1
            condition.broadcast()
            return (index, slots.sorted { $0.key < $1.key }.map(\.value))
        }
    }

    /// Ends the threads, each after the page that it is at.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.broadcast()
        }
    }

    private func claim(waiting: Bool) -> (group: Int, position: Int)? {
        condition.withLock {
            while !isStopped, nextToClaim.group < groups.count {
                if nextToClaim.group < nextToTake + Self.groupsAhead {
                    let claimed = nextToClaim
                    let isLast = claimed.position + 1 == groups[claimed.group].count
                    nextToClaim = isLast ? (claimed.group + 1, 0) : (claimed.group, claimed.position + 1)
                    return claimed
                }
                guard waiting else { return nil }
                condition.wait()
            }
            return nil
        }
    }

    private func load(_ claim: (group: Int, position: Int)) {
        let page = groups[claim.group][claim.position]
        let result = load(page)
        condition.withLock {
            loaded[claim.group, default: [:]][claim.position] = (page, result)
            condition.broadcast()
        }
    }
}
