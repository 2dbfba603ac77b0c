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
        groups = shuffled(Array(0..<pages), using: &random).chunks(of: groupSize)
    }

    /// The plan of an evaluation: all pages as they come.
    ///
    /// - Precondition: `groupSize > 0`.
    public init(pages: Int, groupSize: Int) {
        groups = Array(0..<pages).chunks(of: groupSize)
    }
}

/// Fisher and Yates, written out: the standard library's shuffle may differ from one Swift to the next.
func shuffled<Element>(_ elements: [Element], using random: inout SeededGenerator) -> [Element] {
    var order = elements
    for i in order.indices.dropFirst().reversed() {
        order.swapAt(i, random.integer(below: i + 1))
    }
    return order
}

extension Array {
    /// Pieces of `size` elements; the last may be smaller.
    package func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }

    /// At most `limit` elements, taken at even distances.
    func evenlySpaced(_ limit: Int) -> [Element] {
        limit >= count ? self : (0..<limit).map { self[$0 * count / limit] }
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
            let size = [sample.size.height, sample.size.width]
            if samplesOfSize[size] == nil { sizes.append(size) }
            samplesOfSize[size, default: []].append(sample)
        }
        self.index = index
        count = samples.count
        batches = sizes.flatMap { size -> [[Sample]] in
            (samplesOfSize[size] ?? []).chunks(of: batchSize)
        }
    }
}
