import Foundation
import Torch
import Wireframes

extension LatentSpace {
    /// The direction in which codes change with a generating factor: the least-squares slope of z on the factor, on
    /// pages of the index with sidecars. Pages are compared within their archetypes, whose own places in the space
    /// would otherwise count as an effect of the factor.
    ///
    /// - Parameters:
    ///   - factor: its name in the sidecars.
    ///   - value: for a factor that is a choice, the one to go towards; by default `yes`.
    /// - Throws: `UserError` when fewer than three pages have it, or it does not vary within archetypes.
    public func direction(ofFactor factor: String, value: String? = nil) throws -> LatentDirection {
        try direction(ofFactor: factor, value: value, in: try FactorTable(index()))
    }

    /// The directions of all generating factors that the space knows of, those that it knows best first: numbers, and
    /// choices of which a fifth of the pages or more have a value.
    ///
    /// - Parameters:
    ///   - least: the least `LatentDirection.explained`, and of how many pages.
    ///   - pages: how many pages of the index, evenly spread, are looked at.
    /// - Throws: `UserError` when there is no index.
    public func directionsOfFactors(
        explaining least: (share: Double, of: Int) = (0.2, 15), pages: Int = 2000
    ) throws -> [LatentDirection] {
        let table = try FactorTable(index(), most: pages)
        let asked = table.names.filter { table.rows(with: $0).count >= least.of }
            .flatMap { name in table.directions(of: name).map { (name, $0) } }
        // A factor that does not vary within archetypes has no direction.
        let found = asked.compactMap { name, value in try? direction(ofFactor: name, value: value, in: table) }
        return found.filter { $0.explained >= least.share }
            .sorted { ($1.explained, $0.name) < ($0.explained, $1.name) }
    }

    private func direction(ofFactor factor: String, value: String?, in table: FactorTable) throws -> LatentDirection {
        let index = try index()
        let rows = table.rows(with: factor)
        guard rows.count >= 3 else {
            throw UserError(
                .data, "only \(rows.count) pages of the index have a factor '\(factor)' in their sidecars",
                at: index.folder.path,
                remedy: table.names.isEmpty
                    ? "encode a folder made by `wirespace dataset generate`"
                    : suggestion(for: factor, among: table.names.filter { $0 != factor }))
        }
        let name = value.map { "\(factor)=\($0)" } ?? factor
        return try direction(
            named: name, index.mu[rows: rows], attribute: try table.numbers(of: factor, towards: value),
            groups: index.labels(of: rows))
    }
}

/// The generating factors of an index's pages, as far as they have sidecars.
private struct FactorTable {
    private let rows: [Int]
    private let factors: [[String: FactorValue]]
    /// Sorted.
    let names: [String]

    /// Reads the sidecars of at most `most` pages, evenly spread.
    init(_ index: LatentIndex, most: Int = .max) {
        rows = Array(index.pages.indices).evenlySpaced(most)
        factors = rows.map { index.factors(of: index.pages[$0]) }
        names = Set(factors.flatMap(\.keys)).sorted()
    }

    /// Rows of the index whose pages have a factor.
    func rows(with factor: String) -> [Int] {
        zip(rows, factors).filter { $1[factor] != nil }.map(\.0)
    }

    private func values(of factor: String) -> [FactorValue] { factors.compactMap { $0[factor] } }

    private func choices(of factor: String) -> [String: Int] {
        values(of: factor).reduce(into: [:]) { counts, value in
            if case .category(let name) = value { counts[name, default: 0] += 1 }
        }
    }

    /// What one may go towards: nil is more of a number, or `yes`.
    func directions(of factor: String) -> [String?] {
        let choices = choices(of: factor)
        guard !choices.isEmpty, Set(choices.keys) != ["yes", "no"] else { return [nil] }
        return choices.filter { 5 * $1 >= values(of: factor).count }.keys.sorted()
    }

    /// A factor's values as numbers: a choice becomes 1 where it is `wanted`, else 0.
    func numbers(of factor: String, towards wanted: String?) throws -> [Double] {
        let choices = choices(of: factor)
        guard wanted == nil || !choices.isEmpty else {
            throw UserError(
                .usage, "the factor '\(factor)' is a number, of which more is gone towards", at: "--value",
                remedy: "leave it away")
        }
        let choice = wanted ?? "yes"
        guard choices.isEmpty || choices[choice] != nil else {
            throw UserError(
                .usage, "the factor '\(factor)' is a choice, and never '\(choice)'",
                remedy: "give --value as one of \(choices.keys.sorted().joined(separator: ", "))")
        }
        return values(of: factor).map { value in
            switch value {
            case .number(let number): number
            case .category(let name): name == choice ? 1 : 0
            }
        }
    }
}

extension LatentIndex {
    /// The generating factors in a page's sidecar; none without one.
    fileprivate func factors(of page: Page) -> [String: FactorValue] {
        let sidecar = file(of: page).deletingPathExtension().appendingPathExtension("json")
        guard let data = FileManager.default.contents(atPath: sidecar.path) else { return [:] }
        return (try? GeneratedPage(sidecar: data))?.factors ?? [:]
    }
}
