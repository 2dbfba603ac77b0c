import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Searching a latent index")
struct LatentIndexTests {
    private func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).map { Double($0) - Double($1) }.map { $0 * $0 }.reduce(0, +).squareRoot()
    }

    @Test("neighbours are those of sorting all distances, and a page is at distance 0 from itself")
    func neighbours() {
        let codes = normalRows(300, 16)
        let found = makeIndex(codes).neighbours(of: Tensor(codes[7], shape: [1, 16]), count: 20)
        let sorted = codes.indices.sorted { distance(codes[$0], codes[7]) < distance(codes[$1], codes[7]) }
        #expect(found.map(\.page.id) == sorted.prefix(20).map { $0 + 1 })
        #expect(found[0].distance == 0)
        #expect(difference(found.map(\.distance), sorted.prefix(20).map { distance(codes[$0], codes[7]) }) < 1e-6)
    }

    @Test("rounding changes no order: far from the origin, and among many that are equally near")
    func exact() {
        let far = normalRows(500, 16).map { row in row.map { $0 * 0.01 + 100 } }
        let found = makeIndex(far).neighbours(of: Tensor(far[3], shape: [1, 16]), count: 9)
        let sorted = far.indices.sorted { distance(far[$0], far[3]) < distance(far[$1], far[3]) }
        #expect(found.map(\.page.id) == sorted.prefix(9).map { $0 + 1 } && found[0].distance == 0)
        let copies = Array(repeating: [1, 2] as [Float], count: 300)
        let equal = makeIndex(copies).neighbours(
            of: Tensor([1, 2] as [Float], shape: [1, 2]), count: 5, among: Array(291..<300))
        #expect(equal.count == 5 && equal.allSatisfy { $0.distance == 0 && $0.page.id > 291 })
    }

    @Test("a filter leaves pages out before they are counted; nothing wanted, nothing found")
    func filter() {
        let codes = normalRows(50, 4)
        let index = makeIndex(codes)
        let query = Tensor(codes[0], shape: [1, 4])
        let even = index.neighbours(of: query, count: 60, among: Array(stride(from: 2, to: 50, by: 2)))
        #expect(even.count == 24 && even.allSatisfy { $0.page.id % 2 == 1 && $0.page.id != 1 })
        #expect(index.neighbours(of: query, count: 5, among: []).isEmpty)
        #expect(index.neighbours(of: query, count: 99).count == 50)
    }

    @Test("a page is found by its path and by its number")
    func rows() {
        let index = makeIndex(normalRows(3, 2))
        #expect(index.row(of: "page-1.png") == 1 && index.row(of: "3") == 2)
        #expect(index.row(of: "4") == nil && index.row(of: "") == nil)
    }

    @Test("100,000 pages are searched in 20 ms, all of them or some; here with room for a busy machine")
    func speed() {
        let codes = Tensor.randn([100_000, 128], generator: Generator(seed: 1))
        let pages = (0..<100_000).map {
            LatentIndex.Page(
                id: $0, path: "\($0).png", archetype: "a\($0 % 15)", group: "",
                size: PNG.Size(width: 32, height: 32))
        }
        let index = LatentIndex(folder: URL(filePath: "/nowhere"), pages: pages, mu: codes, sigma: codes)
        let queries = Tensor.randn([60, 128], generator: Generator(seed: 2))
        for (kind, rows) in [("all", nil), ("an archetype", index.rows(ofArchetype: "a7"))] {
            var seconds = (0..<60).map { row in
                let start = Date()
                let query = queries.narrow(0, from: row, length: 1)
                #expect(index.neighbours(of: query, count: 10, among: rows).count == 10)
                return Date().timeIntervalSince(start)
            }
            seconds.sort()
            print(
                String(
                    format: "search of 100,000, %@: median %.1f ms, p95 %.1f ms", kind, 1e3 * seconds[30],
                    1e3 * seconds[56]))
            #expect(seconds[56] < 0.2)
        }
    }

    @Test("outliers have the k-NN distances of the metric, the largest first")
    func outliers() throws {
        let codes = normalRows(60, 3) + [[9, 9, 9]]
        let index = makeIndex(codes)
        let outliers = try index.outliers(neighbours: 4)
        #expect(outliers[0].page.id == 61)
        let expected = try #require(try neighbourDistances(index.mu, k: 4)).perPoint.sorted(by: >)
        #expect(difference(outliers.map(\.distance), expected) < 1e-6)
        #expect(throws: UserError.self) { try makeIndex([[1]]).outliers() }
    }

    @Test("duplicates are all pairs under the threshold, copies of copies too")
    func duplicates() throws {
        let codes = normalRows(40, 3) + Array(repeating: [2, 2, 2], count: 4)
        let pairs = try makeIndex(codes).duplicates(within: 0.5)
        let expected = codes.indices.flatMap { i in
            codes.indices.filter { $0 > i && distance(codes[i], codes[$0]) < 0.5 }.map { [i + 1, $0 + 1] }
        }
        #expect(Set(pairs.map { [$0.first.id, $0.second.id] }) == Set(expected))
        #expect(pairs.filter { $0.distance == 0 }.count == 6)
        #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.distance <= $1.distance })
        #expect(try makeIndex([[1]]).duplicates(within: 1).isEmpty)
    }

    @Test("archetypes lie at the means of their pages, with the deviations that they share")
    func regions() throws {
        let codes: [[Float]] = [[0, 1], [2, 1], [10, 5], [12, 5], [99, 99]]
        let regions = try makeIndex(codes, archetypes: ["contact", "contact", "faq", "faq", nil]).archetypeRegions()
        #expect(regions.names == ["contact", "faq"])
        #expect(regions.mixture.means.floats == [1, 1, 11, 5])
        // Within archetypes 4 / (4 − 2) and 0; σ² is 0.01; ten pages are made up of which it is 1.
        let expected = [sqrt(14.02 / 12), sqrt(10.02 / 12), sqrt(14.02 / 12), sqrt(10.02 / 12)]
        #expect(difference(regions.mixture.factors.doubles, expected) < 1e-6)
        #expect(try regions.mean(of: "FAQ").floats == [11, 5])
        let guess = regions.probabilities(of: Tensor([11, 5] as [Float], shape: [1, 2]))
        #expect(guess.first?.archetype == "faq" && guess.count == 2)
        #expect(throws: UserError.self) { try regions.mean(of: "nonsense") }
        #expect(throws: UserError.self) { try makeIndex(codes).archetypeRegions() }
    }
}
