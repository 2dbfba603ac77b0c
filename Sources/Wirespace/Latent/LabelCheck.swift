public import Foundation
public import Torch
public import Wireframes

/// Pages that are probably under a wrong label: those whose nearest neighbours, pages of other groups, carry another one.
///
/// The k nearest labelled pages of other groups vote, Euclidean between posterior means. A label is doubted when at most
/// `mostOwn` of 10 votes are for it and at least `leastOther` for one other. That is the idea of confident learning
/// (Northcutt, Jiang and Chuang, JAIR 2021), with neighbours' shares for probabilities and fixed thresholds for those of
/// each class: with few pages a class its own thresholds are noise. Pages of the same group have no vote: they are near-copies,
/// and share the mistake.
public enum LabelDoubts {
    /// Neighbours that vote; fewer where there are not as many pages.
    public static let neighbours = 10
    /// Largest share of votes for a doubted label.
    public static let mostOwn = 0.2
    /// Smallest share of votes for the label instead.
    public static let leastOther = 0.6
    /// Pages of its own label, in other groups, that a page must have to be judged: the rare cannot have the votes.
    public static let leastPages = 5

    /// Judges the labels of pages.
    ///
    /// - Parameters:
    ///   - mu: codes, `[N, latent]`, on the CPU.
    ///   - entries: the N pages; those without a label neither vote nor are judged.
    ///   - model: what to call the space.
    public static func check(_ mu: Tensor, of entries: [ImageEntry], model: String) -> DatasetReport.LabelCheck {
        precondition(mu.shape[0] == entries.count, "\(entries.count) pages for \(mu.shape[0]) codes")
        let votes = Votes(entries)
        var judged = 0
        var agreeing = 0
        var doubts: [(sureness: Double, nearness: Double, doubt: DatasetReport.LabelCheck.Doubt)] = []
        for block in rowBlocks(entries.count, width: entries.count) {
            let distances = mu[rows: block].distances(to: mu).floats
            for (offset, row) in block.enumerated() where votes.canJudge(row) {
                let start = offset * entries.count
                let nearest = votes.nearest(to: row, distances[start..<(start + entries.count)])
                guard let archetype = entries[row].archetype, nearest.count >= leastPages else { continue }
                let names = nearest.compactMap { entries[$0.row].archetype }
                let shares = Dictionary(names.map { ($0, 1 / Double(names.count)) }, uniquingKeysWith: +)
                let own = shares[archetype] ?? 0
                judged += 1
                agreeing += shares.values.allSatisfy { $0 <= own + 1e-9 } ? 1 : 0
                let other = shares.filter { $0.key != archetype }.max { ($0.value, $1.key) < ($1.value, $0.key) }
                guard let other, own <= mostOwn + 1e-9, other.value >= leastOther - 1e-9 else { continue }
                let doubt = DatasetReport.LabelCheck.Doubt(
                    file: entries[row].relativePath, archetype: archetype, suggested: other.key, ownShare: own,
                    suggestedShare: other.value,
                    neighbours: nearest.map {
                        .init(
                            file: entries[$0.row].relativePath, archetype: entries[$0.row].archetype ?? "",
                            distance: Double($0.distance))
                    })
                doubts.append((other.value - own, doubt.neighbours.map(\.distance).reduce(0, +), doubt))
            }
        }
        let sorted = doubts.sorted {
            ($1.sureness, $0.nearness, $0.doubt.file) < ($0.sureness, $1.nearness, $1.doubt.file)
        }
        return DatasetReport.LabelCheck(
            model: model, neighbours: neighbours, judged: judged,
            agreement: judged == 0 ? 0 : Double(agreeing) / Double(judged), doubts: sorted.map(\.doubt))
    }
}

/// Who may vote on whom.
private struct Votes {
    private let archetypes: [Int?]
    private let groups: [Int]
    private let pagesOfArchetype: [Int: Int]
    private let pagesOfBoth: [SIMD2<Int>: Int]

    init(_ entries: [ImageEntry]) {
        func numbers(_ names: some Sequence<String>) -> [String: Int] {
            Dictionary(Set(names).enumerated().map { ($1, $0) }) { one, _ in one }
        }
        let archetypeNumbers = numbers(entries.compactMap(\.archetype))
        let groupNumbers = numbers(entries.map(\.groupKey))
        archetypes = entries.map { $0.archetype.flatMap { archetypeNumbers[$0] } }
        groups = entries.map { groupNumbers[$0.groupKey] ?? 0 }
        pagesOfArchetype = Dictionary(archetypes.compactMap { $0.map { ($0, 1) } }, uniquingKeysWith: +)
        let both = zip(archetypes, groups).compactMap { archetype, group in archetype.map { (SIMD2($0, group), 1) } }
        pagesOfBoth = Dictionary(both, uniquingKeysWith: +)
    }

    /// Whether enough pages of its label are in other groups.
    func canJudge(_ row: Int) -> Bool {
        guard let archetype = archetypes[row] else { return false }
        let own = pagesOfBoth[SIMD2(archetype, groups[row])] ?? 0
        return (pagesOfArchetype[archetype] ?? 0) - own >= LabelDoubts.leastPages
    }

    /// The nearest labelled pages of other groups, nearest first.
    func nearest(to row: Int, _ distances: ArraySlice<Float>) -> [(row: Int, distance: Float)] {
        var nearest: [(row: Int, distance: Float)] = []
        for (other, distance) in distances.enumerated() {
            let isFull = nearest.count == LabelDoubts.neighbours
            if isFull, distance >= nearest[nearest.count - 1].distance { continue }
            guard archetypes[other] != nil, groups[other] != groups[row], distance.isFinite else { continue }
            if isFull { nearest.removeLast() }
            let place = nearest.lastIndex { $0.distance <= distance }.map { $0 + 1 } ?? 0
            nearest.insert((other, distance), at: place)
        }
        return nearest
    }
}

extension LatentSpace {
    /// Whether there is an index, and of this folder.
    public func hasIndex(of folder: URL) -> Bool {
        guard hasIndex, let source = try? LatentIndexFile(indexFile).source() else { return false }
        return source.folder == folder.standardizedFileURL.path
    }

    /// Judges the labels of a folder's pages (`LabelDoubts`); the index is brought up to date with the folder first.
    ///
    /// - Parameters:
    ///   - entries: pages of the folder with the labels and groups that count.
    ///   - model: what to call the space.
    /// - Throws: `UserError` naming the folder or the index.
    public func labelCheck(
        of entries: [ImageEntry], in folder: URL, model: String, console: Console = Console(quiet: true)
    ) throws -> DatasetReport.LabelCheck {
        _ = try updateIndex(from: folder, console: console)
        let index = try index()
        let known = entries.compactMap { entry in index.row(ofPath: entry.relativePath).map { (entry, $0) } }
        return LabelDoubts.check(index.mu[rows: known.map(\.1)], of: known.map(\.0), model: model)
    }
}
