import Wireframes

/// Which pages each step of an epoch uses. It depends on nothing but the seed, the epoch and the number of pages, so a
/// run that is resumed in the middle goes on with the very pages that it would have seen.
public struct EpochPlan: Sendable, Equatable {
    /// Indices of pages, in groups of one optimiser step each; the last group may be smaller.
    public let groups: [[Int]]

    /// The plan of an epoch of training: all pages in random order.
    ///
    /// - Precondition: `groupSize > 0`.
    public init(pages: Int, groupSize: Int, seed: UInt64, epoch: Int) {
        var random = RandomStream.order.generator(seed: seed, epoch)
        var order = Array(0..<pages)
        // Fisher and Yates, written out: the standard library's shuffle may differ from one Swift to the next.
        for i in order.indices.dropFirst().reversed() {
            order.swapAt(i, random.integer(below: i + 1))
        }
        groups = Self.groups(order, size: groupSize)
    }

    /// The plan of an evaluation: all pages as they come.
    ///
    /// - Precondition: `groupSize > 0`.
    public init(pages: Int, groupSize: Int) {
        groups = Self.groups(Array(0..<pages), size: groupSize)
    }

    private static func groups(_ order: [Int], size: Int) -> [[Int]] {
        stride(from: 0, to: order.count, by: size).map { Array(order[$0..<min($0 + size, order.count)]) }
    }
}

/// The samples of one optimiser step, in batches of one size each.
public struct Group: Sendable, Equatable {
    /// Its place in the epoch, from 0.
    public let index: Int
    /// Samples of equal size, sizes in the order of their first appearance; at most `data.batch_size` in each.
    public let batches: [[Sample]]
    /// Samples in all: the number that the step's gradient is a mean over. Less than planned when a page could not be
    /// read, 0 when none could.
    public let count: Int

    /// Batches the samples of a group.
    ///
    /// - Precondition: `batchSize > 0`.
    public init(index: Int, samples: [Sample], batchSize: Int) {
        var sizes: [[Int]] = []
        var samplesOfSize: [[Int]: [Sample]] = [:]
        for sample in samples {
            let size = [sample.target.height, sample.target.width]
            if samplesOfSize[size] == nil { sizes.append(size) }
            samplesOfSize[size, default: []].append(sample)
        }
        self.index = index
        count = samples.count
        batches = sizes.flatMap { size -> [[Sample]] in
            let equal = samplesOfSize[size] ?? []
            return stride(from: 0, to: equal.count, by: batchSize).map {
                Array(equal[$0..<min($0 + batchSize, equal.count)])
            }
        }
    }
}
