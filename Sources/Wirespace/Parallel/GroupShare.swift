import Torch
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
        return ranks > 1 ? left.dealt(among: ranks)[rank] : left
    }
}

extension [[Sample]] {
    /// All pages once, in batches for each of so many workers: see ``Group/batches(of:among:after:)``.
    func dealt(among workers: Int) -> [[[Sample]]] {
        let pages = reduce(0) { $0 + $1.count }
        let pieces = flatMap { $0.chunks(of: Swift.max(1, (pages + workers - 1) / workers)) }
        let costs = pieces.map { piece in piece.reduce(0) { $0 + $1.size.height * $1.size.width } }
        return Torch.dealt(costs, among: workers).map { mine in mine.map { pieces[$0] } }
    }
}
