import Foundation
public import Wireframes

/// Loads the pages of a split ahead of their use and hands them out in the order of the epoch's plan, whatever the
/// number of threads.
///
///     let groups = loader.groups(epoch: epoch, startingAt: step)
///     while let group = try groups.next() {
///         for batch in group.batches { … }
///     }
public final class Loader: Sendable {
    /// What a loader is for.
    public enum Purpose: Sendable {
        /// Random order, random crops, augmentation.
        case training
        /// Pages as they come, centred crops, nothing random.
        case evaluation
    }

    /// A size of groups for evaluation: enough pages to fill batches of one size, and to be shared out among threads.
    static let evaluatedTogether = 32

    /// The pages of the split.
    public let pages: [PageReference]
    /// Names of the archetypes; a sample's label is an index into them.
    public let archetypes: [String]

    private let source: any PageSource
    private let preparation: PagePreparation
    private let purpose: Purpose
    private let seed: UInt64
    private let groupSize: Int
    private let groupsPerBucket: Int
    private let batchSize: Int
    private let workers: Int
    private let unreadable: UnreadablePages

    /// A loader of one split.
    ///
    /// - Parameters:
    ///   - limit: Only so many pages of the split, evenly spaced among those of each archetype.
    ///   - groupSize: Pages of a group; by default `optimization.accumulation_steps`.
    ///   - report: Told once of each page that cannot be read, on the thread that takes the groups. The page is then
    ///     left out of its group, in this epoch and the later ones.
    ///   - isWanted: Leaves out the other pages of the split.
    public init(
        _ source: any PageSource, split: Split, purpose: Purpose, configuration: Configuration, limit: Int = .max,
        groupSize: Int? = nil,
        report: @escaping @Sendable (_ page: PageReference, _ error: any Error) -> Void = { _, _ in },
        where isWanted: (PageReference) -> Bool = { _ in true }
    ) {
        self.source = source
        self.purpose = purpose
        pages = Self.some(limit, of: source.pages(in: split).filter(isWanted))
        archetypes = source.archetypes
        preparation = PagePreparation(configuration, training: purpose == .training)
        seed = configuration.seed
        self.groupSize = max(1, groupSize ?? configuration.optimization.accumulationSteps)
        groupsPerBucket = purpose == .training ? configuration.data.bucketGroups : 1
        batchSize = configuration.data.batchSize
        workers = configuration.data.workers
        unreadable = UnreadablePages(total: pages.count, report: report)
    }

    /// Evenly spaced over all pages, archetypes that take turns, as the generator's do, could be missed altogether.
    private static func some(_ limit: Int, of pages: [PageReference]) -> [PageReference] {
        let byArchetype = pages.indices.sorted { (pages[$0].archetype ?? -1, $0) < (pages[$1].archetype ?? -1, $1) }
        return byArchetype.evenlySpaced(limit).sorted().map { pages[$0] }
    }

    /// Groups of an epoch.
    public var groupCount: Int { (pages.count + groupSize - 1) / groupSize }

    /// What is loaded together, in the order of an epoch: groups, or buckets of several.
    public func plan(epoch: Int) -> EpochPlan {
        let size = groupSize * groupsPerBucket
        switch purpose {
        case .training: return EpochPlan(pages: pages.count, groupSize: size, seed: seed, epoch: epoch)
        case .evaluation: return EpochPlan(pages: pages.count, groupSize: size)
        }
    }

    /// The groups of an epoch from one of them on, loaded ahead by `data.workers` threads, which stop when the stream
    /// is released.
    public func groups(epoch: Int, startingAt first: Int = 0) -> GroupStream {
        let (pages, source, preparation) = (pages, source, preparation)
        let plan = plan(epoch: epoch)
        let queue = LoadingQueue(groups: plan.groups, startingAt: first / groupsPerBucket) { index in
            Result {
                let page = pages[index]
                return try preparation.sample(
                    of: source.load(page, epoch: epoch), words: source.words(on: page), page, epoch: epoch)
            }
        }
        return GroupStream(queue, workers: workers, skipping: first % groupsPerBucket) { [self] loaded in
            try groups(of: loaded, planned: plan.groups[loaded.index].count, epoch: epoch)
        }
    }

    /// The groups that a loaded bucket is divided into. With pages of one size next to each other batches fill; the
    /// groups are then mixed again, so that an epoch does not go from short pages to tall ones.
    private func groups(of loaded: LoadingQueue.Loaded, planned: Int, epoch: Int) throws -> [Group] {
        var samples: [Sample] = []
        for (page, result) in loaded.results {
            switch result {
            case .success(let sample): samples.append(sample)
            case .failure(let error): try unreadable.add(pages[page], error)
            }
        }
        var parts = [samples]
        if groupsPerBucket > 1 {
            let ordered = samples.enumerated().sorted {
                ($0.element.size.height, $0.element.size.width, $0.offset)
                    < ($1.element.size.height, $1.element.size.width, $1.offset)
            }
            var random = RandomStream.order.generator(seed: seed, epoch, loaded.index + 1)
            parts = shuffled(ordered.map(\.element).chunks(of: groupSize), using: &random)
            // Pages that could not be read leave empty groups, so that every group keeps its number.
            let missing = (planned + groupSize - 1) / groupSize - parts.count
            parts += Array(repeating: [], count: missing)
        }
        return parts.enumerated().map { offset, samples in
            Group(index: loaded.index * groupsPerBucket + offset, samples: samples, batchSize: batchSize)
        }
    }
}

/// The groups of an epoch, one after the other. For one thread at a time.
public final class GroupStream {
    private let queue: LoadingQueue
    private let workers: Int
    private let divide: (LoadingQueue.Loaded) throws -> [Group]
    private var toSkip: Int
    private var ready: ArraySlice<Group> = []

    init(
        _ queue: LoadingQueue, workers: Int, skipping first: Int,
        divide: @escaping (LoadingQueue.Loaded) throws -> [Group]
    ) {
        self.queue = queue
        self.workers = workers
        self.divide = divide
        toSkip = first
        for number in 0..<workers {
            // The threads hold the queue, not the stream: releasing the stream ends them.
            let thread = Thread { queue.work() }
            thread.name = "wirespace.loader.\(number)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    deinit { queue.stop() }

    /// The next group, or nothing at the end of the epoch. Waits until it is loaded.
    ///
    /// - Throws: `UserError(.data)` when more than a tenth of the pages, and more than two, or all of them cannot be
    ///   read.
    public func next() throws -> Group? {
        _ = try peek()
        return ready.popFirst()
    }

    /// The group that `next` will give.
    ///
    /// - Throws: as ``next()``.
    public func peek() throws -> Group? {
        while ready.isEmpty {
            if workers == 0 { queue.loadNextGroup() }
            guard let loaded = queue.take() else { return nil }
            ready = try divide(loaded).dropFirst(toSkip)
            toSkip = 0
        }
        return ready.first
    }
}

/// Counts the pages that cannot be read, and tells of each once.
private final class UnreadablePages: @unchecked Sendable {
    private let lock = NSLock()
    private let total: Int
    private let report: @Sendable (PageReference, any Error) -> Void
    /// Guarded by the lock.
    private var indices: Set<Int> = []

    init(total: Int, report: @escaping @Sendable (PageReference, any Error) -> Void) {
        self.total = total
        self.report = report
    }

    func add(_ page: PageReference, _ error: any Error) throws {
        let (isNew, count) = lock.withLock { (indices.insert(page.index).inserted, indices.count) }
        if isNew { report(page, error) }
        // A page or two are not worth a run, however small the split.
        guard count == total || count > max(2, total / 10) else { return }
        throw UserError(
            .data, "\(count) of \(total) pages cannot be read, the last because: \(error)", at: page.name,
            remedy: "run `wirespace dataset check` on the folder")
    }
}
