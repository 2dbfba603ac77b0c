public import Wireframes

/// Pages drawn by the built-in generator, as `data.generator` describes them.
///
/// Archetypes take turns, so each split holds as many of every one. A page's own seed comes from the run's seed (in
/// validation and test, from `data.splits.seed`), its split, its index and, with `fresh_pages`, the epoch of training: no site of one split is drawn in another.
public struct GeneratorSource: PageSource {
    /// Names of the generator's archetypes, sorted.
    public let archetypes: [String]

    private let generator: PageGenerator
    private let kinds: [Archetype]
    private let counts: [Split: Int]
    private let isFresh: Bool
    private let seed: UInt64
    /// Of the pages that are measured on, which runs of several seeds may share.
    private let measuringSeed: UInt64

    /// A source of generated pages.
    ///
    /// - Throws: `UserError(.data)` when `data.generator` is not set.
    public init(_ configuration: Configuration) throws {
        guard let settings = configuration.data.generator else {
            throw UserError(.data, "data.generator is not set", remedy: "set data.generator={}")
        }
        generator = PageGenerator(width: settings.width, heightMultiple: settings.heightMultiple)
        kinds = Archetype.allCases.sorted { $0.rawValue < $1.rawValue }
        archetypes = kinds.map(\.rawValue)
        counts = [.train: settings.trainPages, .validation: settings.validationPages, .test: settings.testPages]
        isFresh = settings.freshPages
        seed = configuration.seed
        measuringSeed = configuration.data.splits.seed ?? configuration.seed
    }

    /// The pages of a split: archetype after archetype, again and again.
    public func pages(in split: Split) -> [PageReference] {
        (0..<(counts[split] ?? 0)).map { index in
            let kind = index % kinds.count
            return PageReference(
                split: split, index: index, name: "\(split.rawValue)/\(archetypes[kind])-\(index)", archetype: kind)
        }
    }

    /// Draws the page; one of training anew in each epoch, if asked.
    ///
    /// - Throws: `UserError(.internal)` for a page of another source.
    public func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        try generated(page, epoch: epoch).render()
    }

    /// The tree that the page is drawn from.
    public func layout(of page: PageReference, epoch: Int) throws -> LayoutNode? {
        try generated(page, epoch: epoch).tree
    }

    private func generated(_ page: PageReference, epoch: Int) throws -> GeneratedPage {
        guard let kind = page.archetype, kinds.indices.contains(kind) else {
            throw UserError(.internal, "the generator has no such page", at: page.name)
        }
        let split = Split.allCases.firstIndex(of: page.split) ?? 0
        let edition = isFresh && page.split == .train ? epoch : 0
        let seed = page.split == .train ? seed : measuringSeed
        var random = SeededGenerator(seed: seed, stream: RandomStream.page.rawValue, split, edition, page.index)
        return generator.page(kinds[kind], seed: random.next())
    }

    /// The factors that every one of some pages has, each as one discrete value a page: categories numbered in
    /// alphabetical order, numbers by size or, if there are more than ten, cut into ten bins. Factors that never vary are left out.
    func sharedFactors(of pages: [PageReference]) throws -> [[Int]] {
        let factors = try pages.map { try generated($0, epoch: 0).factors }
        let names = factors.dropFirst().reduce(Set(factors.first?.keys.map { $0 } ?? [])) { $0.intersection($1.keys) }
        return names.sorted().map { name in discrete(factors.compactMap { $0[name] }) }.filter { Set($0).count > 1 }
    }

    private func discrete(_ values: [FactorValue]) -> [Int] {
        let categories = Set(values.map { value in if case .category(let name) = value { name } else { "" } }).sorted()
        let numbers = values.map { value in if case .number(let number) = value { number } else { Double.nan } }
        guard numbers.allSatisfy(\.isFinite) else {
            return values.map { value in
                if case .category(let name) = value { categories.firstIndex(of: name) ?? 0 } else { 0 }
            }
        }
        let distinct = Set(numbers).sorted()
        return distinct.count <= 10 ? numbers.map { distinct.firstIndex(of: $0) ?? 0 } : binned(numbers, into: 10)
    }
}
