import Wireframes

extension Group {
    /// The batches of one rank.
    ///
    /// All ranks together do every page once. Batches are cut until there is enough for each rank, and dealt out from the largest
    /// to the smallest, always to the rank that has the fewest pixels yet. It depends on the group alone, so every rank
    /// knows what the others do. One rank alone gets the batches as they are.
    ///
    /// - Parameter done: leaves out so many batches, which have been done before a run was resumed.
    public func batches(of rank: Int, among ranks: Int, after done: Int = 0) -> [[Sample]] {
        let left = Array(batches.dropFirst(done))
        guard ranks > 1 else { return left }
        let pages = left.reduce(0) { $0 + $1.count }
        let pieces = left.flatMap { $0.chunks(of: max(1, (pages + ranks - 1) / ranks)) }
        let costs = pieces.map { piece in piece.reduce(0) { $0 + $1.size.height * $1.size.width } }
        let order = pieces.indices.sorted { (costs[$1], $0) < (costs[$0], $1) }
        var loads = Array(repeating: 0, count: ranks)
        var mine: [Int] = []
        for piece in order {
            let next = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
            loads[next] += costs[piece]
            if next == rank { mine.append(piece) }
        }
        return mine.sorted().map { pieces[$0] }
    }
}
