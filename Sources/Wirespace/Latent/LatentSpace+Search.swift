public import Torch
import Wireframes

/// The answer to a search.
public struct SearchResult: Codable, Sendable, Equatable {
    /// What was searched for.
    public let query: String
    /// p(y | z) of the query, the most probable first; empty when nothing knows archetypes.
    public let archetypes: [ArchetypeRegions.Probability]
    /// How far the query lies from the nearest archetype's Gaussian that was fitted to the codes of training pages
    /// (``GaussianMixture/mahalanobisDistances(of:)``; Lee et al., "A simple unified framework for detecting out-of-distribution samples",
    /// NeurIPS 2018): from 0, 1 is usual. Nil for a model without such Gaussians (`wirespace layouts` fits them).
    public let mahalanobisDistance: Double?
    /// Whether that is beyond what `wirespace layouts` has found usual, or ``greatestUsualDistance(latent:)``: the query is unlike the
    /// pages that the model was trained on, so that what it says of it is worth little.
    public let isOutOfDistribution: Bool
    /// Pages, the nearest first.
    public let neighbours: [LatentIndex.Neighbour]

    /// 1.3 for 128 numbers: of generated pages one in a hundred lies beyond it from what the released model has learned; of real ones,
    /// which it has never seen, most do (Docs/results.md). Fewer numbers stray further: the distance of a Gaussian's own draws has a
    /// standard deviation of about 1 / √(2 · latent).
    static func greatestUsualDistance(latent: Int) -> Double { 1 + 4.8 / (2 * Double(latent)).squareRoot() }
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
        // One more than asked for costs less than a filter that leaves one page out.
        let excluded = filter.excludedRow.map { index.pages[$0].id }
        let nearest = index.neighbours(
            of: z, count: min(count, index.pages.count) + (excluded == nil ? 0 : 1), among: try filter.rows(of: index))
        let distance = mahalanobisDistance(of: z)
        return SearchResult(
            query: query,
            archetypes: try probabilities(of: z),
            mahalanobisDistance: distance,
            isOutOfDistribution: distance.map(isOutOfDistribution) ?? false,
            neighbours: Array(nearest.filter { $0.page.id != excluded }.prefix(count)))
    }

    /// ``SearchResult/mahalanobisDistance`` of a code `[1, latent]`, in standard deviations; nil also for a layout decoder that cannot be
    /// used, which is no reason not to search or to draw.
    public func mahalanobisDistance(of z: Tensor) -> Double? {
        (try? trained.aggregatePosterior())?.mahalanobisDistances(of: z).amin().item()
    }

    /// How many of some codes `[N, latent]` are unlike the pages that the model was trained on (``isOutOfDistribution(_:)``).
    public func countOutOfDistribution(_ z: Tensor) -> Int {
        let distances = (try? trained.aggregatePosterior())?.mahalanobisDistances(of: z).amin(1).doubles ?? []
        return distances.count(where: isOutOfDistribution)
    }

    /// Whether a page of this ``mahalanobisDistance(of:)`` is unlike the pages that the model was trained on
    /// (``SearchResult/isOutOfDistribution``).
    public func isOutOfDistribution(_ distance: Double) -> Bool {
        distance > (trained.usualDistance ?? SearchResult.greatestUsualDistance(latent: dimension))
    }
}

extension SearchFilter {
    /// The rows that the archetype and the group leave over; nil for all.
    ///
    /// - Throws: `UserError(.usage)` when the index has no such archetype or group.
    fileprivate func rows(of index: LatentIndex) throws -> [Int]? {
        let ofArchetype = try archetype.map { name in
            index.rows(ofArchetype: index.archetypes[try ArchetypeRegions.label(of: name, among: index.archetypes)])
        }
        guard let group else { return ofArchetype }
        let ofGroup = index.rows(ofGroup: group)
        guard !ofGroup.isEmpty else {
            throw UserError(
                .usage, "the index has no group '\(group)'", at: "--group",
                remedy: "a group is the part of a file's name before `__`")
        }
        return ofArchetype.map { Array(Set($0).intersection(ofGroup)) } ?? ofGroup
    }
}
