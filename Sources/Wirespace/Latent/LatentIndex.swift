internal import Crypto
public import Foundation
public import Torch
public import Wireframes

/// The codes of a folder's pages, in memory, to be searched.
public struct LatentIndex {
    /// A page of the folder.
    public struct Page: Codable, Sendable, Equatable {
        /// Its number, which it keeps as long as it is in the index.
        public let id: Int
        /// Path below the folder.
        public let path: String
        /// The sub-folder that labels it, if one does.
        public let archetype: String?
        /// What it shares with its near-copies.
        public let group: String
        /// In pixels, as the model sees it.
        public let size: PNG.Size

        /// A page.
        public init(id: Int, path: String, archetype: String?, group: String, size: PNG.Size) {
            self.id = id
            self.path = path
            self.archetype = archetype
            self.group = group
            self.size = size
        }
    }

    /// A page and how far from the query it lies.
    public struct Neighbour: Codable, Sendable, Equatable {
        /// The page.
        public let page: Page
        /// Euclidean, between posterior means.
        public let distance: Double
    }

    /// The folder that the pages are in.
    public let folder: URL
    /// The pages by path; page `i` has row `i` of the tensors.
    public let pages: [Page]
    /// Posterior means, float32 `[N, latent]`, on the CPU.
    public let mu: Tensor
    /// Posterior standard deviations, of the same shape.
    public let sigma: Tensor
    /// The names of the archetypes that pages have, sorted.
    public let archetypes: [String]
    private let rows: [String: Int]
    private let rowsOfArchetype: [String: [Int]]
    private let rowsOfGroup: [String: [Int]]
    /// ‖μ‖² of each row, and the largest of them.
    private let squares: (all: Tensor, largest: Double)

    /// An index.
    ///
    /// - Precondition: the tensors have a row for each page.
    public init(folder: URL, pages: [Page], mu: Tensor, sigma: Tensor) {
        precondition(mu.shape == sigma.shape && mu.shape[0] == pages.count, "not a row for each page")
        self.folder = folder
        self.pages = pages
        self.mu = mu
        self.sigma = sigma
        let squares = mu.square().sum(1)
        self.squares = (squares, pages.isEmpty ? 0 : squares.amax().item())
        rowsOfArchetype = Dictionary(grouping: pages.indices.filter { pages[$0].archetype != nil }) {
            pages[$0].archetype ?? ""
        }
        rowsOfGroup = Dictionary(grouping: pages.indices) { pages[$0].group }
        archetypes = rowsOfArchetype.keys.sorted()
        let numbers = pages.enumerated().map { (String($1.id), $0) }
        let paths = pages.enumerated().map { ($1.path, $0) }
        rows = Dictionary(numbers + paths) { $1 }  // a page that is called "7" comes before page number 7
    }

    /// The same pages with other archetypes.
    func relabelled(_ archetype: (Page) -> String?) -> LatentIndex {
        let renamed = pages.map { page in
            Page(id: page.id, path: page.path, archetype: archetype(page), group: page.group, size: page.size)
        }
        return LatentIndex(folder: folder, pages: renamed, mu: mu, sigma: sigma)
    }

    /// Tells the pages of one folder from those of another, which have the same numbers.
    package var folderID: String { hexadecimal(SHA256.hash(data: Data(folder.path.utf8)).prefix(6)) }

    /// The row of the page with this path or this number.
    public func row(of name: String) -> Int? { rows[name] }

    /// The row of the page with this path, and no other name.
    func row(ofPath path: String) -> Int? {
        guard let row = rows[path], pages[row].path == path else { return nil }
        return row
    }

    /// The row of a page that is here, whether it was named by its file or not.
    public func row(of page: EncodedPage) -> Int? { page.row ?? row(ofFile: page.file) }

    /// The row of the page that lies in a file, through whatever links.
    public func row(ofFile file: URL) -> Int? {
        let (file, folder) = (file.resolvedComponents, folder.resolvedComponents)
        return file.starts(with: folder) ? row(ofPath: file.dropFirst(folder.count).joined(separator: "/")) : nil
    }

    /// Where a page lies.
    public func file(of page: Page) -> URL { folder.appending(path: page.path) }

    /// The rows of the pages of an archetype, in ascending order.
    public func rows(ofArchetype name: String) -> [Int] { rowsOfArchetype[name] ?? [] }

    /// The rows of the pages of a group, in ascending order.
    public func rows(ofGroup name: String) -> [Int] { rowsOfGroup[name] ?? [] }

    // MARK: Search

    /// The nearest pages to a code, nearest first, by their exact distances.
    ///
    /// - Parameters:
    ///   - z: a code, `[1, latent]`.
    ///   - count: how many; fewer when there are not as many pages.
    ///   - wanted: the rows that may be found, each once; nil for all.
    public func neighbours(of z: Tensor, count: Int, among wanted: [Int]? = nil) -> [Neighbour] {
        let available = wanted?.count ?? pages.count
        let found = min(count, available)
        guard found > 0 else { return [] }
        let walls = wanted.map { wanted in
            var walls = [Float](repeating: .infinity, count: pages.count)
            for row in wanted { walls[row] = 0 }
            return Tensor(walls, shape: [pages.count])
        }
        let candidates = candidates(near: z, count: found, of: available, behind: walls)
        let nearest: (values: Tensor, indices: Tensor)
        if let candidates {
            nearest = mu[rows: candidates].distances(to: z).reshape(-1).topK(found, dim: 0, largest: false)
        } else {
            let distances = mu.distances(to: z).reshape(-1)
            nearest = (walls.map { distances + $0 } ?? distances).topK(found, dim: 0, largest: false)
        }
        return zip(nearest.indices.integers, nearest.values.doubles).map { row, distance in
            Neighbour(page: pages[candidates?[row] ?? row], distance: distance)
        }
    }

    /// Rows among which the `count` nearest are for certain, found by one matrix product: ‖x‖² − 2 x·z is the squared
    /// distance less ‖z‖². It is several times as fast as the distances themselves, but errs by rounding; nil where so
    /// many rows are about equally near that this could matter.
    private func candidates(near z: Tensor, count: Int, of wanted: Int, behind walls: Tensor?) -> [Int]? {
        let scores = squares.all - mu.matmul(z.transposed()).reshape(-1) * 2
        let taken = min(count + 64, wanted)
        let best = (walls.map { scores + $0 } ?? scores).topK(taken, dim: 0, largest: false)
        let rows = best.indices.integers
        guard taken < wanted else { return rows }
        let farthest = mu[rows: Array(rows.prefix(count))].distances(to: z).amax().item()
        let square = z.square().sum().item()
        // The bound for a sum of d products in float32, with a margin.
        let error = 2e-7 * Double(mu.shape[1]) * (squares.largest + square)
        guard let limit = best.values.doubles.last else { return nil }
        return farthest * farthest < limit + square - error ? rows : nil
    }
}

// MARK: - Pages that stand out

extension LatentIndex {
    /// Two pages that may be copies of each other.
    public struct Pair: Codable, Sendable, Equatable {
        /// The first by path.
        public let first: Page
        /// The second.
        public let second: Page
        /// Euclidean, between posterior means.
        public let distance: Double
        /// Structural similarity of the pages themselves; nil when a file is gone or was not looked at.
        public var ssim: Double?
    }

    /// At most five, and no more than the other pages of a middle-sized archetype: a farther neighbour would belong to another
    /// archetype, and outliers would not stand out.
    public var usualNeighbours: Int {
        let counts = Dictionary(grouping: pages.compactMap(\.archetype), by: \.self).values.map(\.count).sorted()
        return counts.isEmpty ? 5 : max(1, min(5, counts[counts.count / 2] - 1))
    }

    /// All pages with their mean distance to their `k` nearest other pages, the most solitary first: d_kNN as an outlier
    /// score (Ramaswamy, Rastogi and Shim, SIGMOD 2000, with the mean of Angiulli and Pizzuti, PKDD 2002).
    ///
    /// - Parameter k: by default ``usualNeighbours``.
    /// - Throws: `UserError(.data)` for fewer than two pages; what `progress` throws, which ends the work.
    public func outliers(neighbours k: Int? = nil, progress: (Int) throws -> Void = { _ in }) throws -> [Neighbour] {
        guard pages.count > 1 else {
            throw UserError(
                .data, "an index of \(pages.count) pages has no outliers", at: folder.path, remedy: "encode more pages")
        }
        let count = min(k ?? usualNeighbours, pages.count - 1)
        var scores: [Double] = []
        for block in rowBlocks(pages.count, width: pages.count) {
            // The page itself adds a distance of 0.
            let nearest = mu[rows: block].distances(to: mu).topK(count + 1, largest: false).values
            scores += (nearest.sum(1) / Double(count)).doubles
            try progress(block.upperBound)
        }
        return zip(pages, scores).sorted { ($1.1, $0.0.path) < ($0.1, $1.0.path) }
            .map { Neighbour(page: $0, distance: $1) }
    }

    /// Half of the middle distance from a page to its nearest other page: what is nearer than that is unusually near.
    /// Of a large index some hundred pages, evenly spread, stand for all.
    public func usualDuplicateDistance() -> Double {
        guard pages.count > 1 else { return 0 }
        let sample = Array(stride(from: 0, to: pages.count, by: max(1, pages.count / 500)))
        let nearest = sample.map { row in
            mu[rows: [row]].distances(to: mu).topK(2, largest: false).values.doubles[1]
        }
        return nearest.sorted()[sample.count / 2] / 2
    }

    /// All pairs of pages nearer to each other than `threshold`, the nearest first.
    ///
    /// - Throws: `UserError(.usage)` when there are more than a million of them; what `progress` throws, which ends the work.
    public func duplicates(within threshold: Double, progress: (Int) throws -> Void = { _ in }) throws -> [Pair] {
        let mostPairs = 1_000_000
        var pairs: [Pair] = []
        for block in rowBlocks(pages.count, width: pages.count) {
            let distances = mu[rows: block].distances(to: mu).floats
            for (offset, row) in block.enumerated() {
                for other in (row + 1)..<max(pages.count, row + 1) {
                    let distance = Double(distances[offset * pages.count + other])
                    guard distance < threshold else { continue }
                    pairs.append(Pair(first: pages[row], second: pages[other], distance: distance))
                }
            }
            guard pairs.count <= mostPairs else {
                throw UserError(
                    .usage, "more than \(mostPairs) pairs are nearer than \(threshold)", at: "--threshold",
                    remedy: "choose a smaller one")
            }
            try progress(block.upperBound)
        }
        return pairs.sorted {
            ($0.distance, $0.first.path, $0.second.path) < ($1.distance, $1.first.path, $1.second.path)
        }
    }
}

extension LatentSpace {
    /// SSIM of two pages' files, the second brought to the size of the first; nil when one cannot be read any more.
    public func similarity(of pair: LatentIndex.Pair) throws -> Double? {
        let index = try index()
        guard let first = try? trained.page(at: index.file(of: pair.first)),
            let second = try? trained.page(at: index.file(of: pair.second))
        else { return nil }
        let resized = second.resized(width: first.width, height: first.height)
        return try ssim(.batch([first], device: .cpu), .batch([resized], device: .cpu)).first
    }
}
