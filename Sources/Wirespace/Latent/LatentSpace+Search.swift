public import Torch
import Wireframes

/// The answer to a search.
public struct SearchResult: Codable, Sendable, Equatable {
    /// What was searched for.
    public let query: String
    /// p(y | z) of the query, the most probable first; empty when the pages have no archetypes.
    public let archetypes: [ArchetypeRegions.Probability]
    /// Pages, the nearest first.
    public let neighbours: [LatentIndex.Neighbour]
}

/// Which pages may be found.
public struct SearchFilter: Sendable {
    /// Only pages of this archetype.
    public var archetype: String?
    /// Only pages of this group.
    public var group: String?
    /// Not this row of the index: the page that is searched with.
    public var excludedRow: Int?

    /// A filter.
    public init(archetype: String? = nil, group: String? = nil, excludedRow: Int? = nil) {
        self.archetype = archetype
        self.group = group
        self.excludedRow = excludedRow
    }
}

extension LatentSpace {
    /// The pages of the index nearest to a code, and what it most probably is.
    ///
    /// - Parameters:
    ///   - z: `[1, latent]`.
    ///   - query: what to call it in the answer.
    /// - Throws: `UserError` when there is no usable index, or the filter names what it does not have.
    public func search(
        near z: Tensor, named query: String, count: Int = 10, filter: SearchFilter = SearchFilter()
    ) throws -> SearchResult {
        let index = try index()
        let archetype = try filter.archetype.map { name in
            let regions = try index.archetypeRegions()
            return regions.names[try regions.label(of: name)]
        }
        if let group = filter.group, !index.pages.contains(where: { $0.group == group }) {
            throw UserError(
                .usage, "the index has no group '\(group)'", at: "--group",
                remedy: "a group is the part of a file's name before `__`")
        }
        let isOpen = archetype == nil && filter.group == nil && filter.excludedRow == nil
        let neighbours = index.neighbours(
            of: z, count: count,
            where: isOpen
                ? nil
                : { row in
                    let page = index.pages[row]
                    return row != filter.excludedRow && (archetype == nil || page.archetype == archetype)
                        && (filter.group == nil || page.group == filter.group)
                })
        let hasArchetypes = trained.prior.means != nil || index.pages.contains { $0.archetype != nil }
        return SearchResult(
            query: query,
            archetypes: hasArchetypes ? try archetypeRegions(accordingTo: .prior).probabilities(of: z) : [],
            neighbours: neighbours)
    }
}
