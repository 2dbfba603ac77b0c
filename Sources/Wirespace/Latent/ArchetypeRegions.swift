import Foundation
public import Torch
import Wireframes

/// Where in the space each archetype lies: one Gaussian each.
public struct ArchetypeRegions {
    /// An archetype and how probable it is.
    public struct Probability: Codable, Sendable, Equatable {
        /// The archetype.
        public let archetype: String
        /// From 0 to 1.
        public let probability: Double
    }

    /// Names of the archetypes.
    public let names: [String]
    /// Component `i` is that of `names[i]`.
    public let mixture: GaussianMixture
    /// What log densities are divided by where an archetype is guessed (``calibratingTemperature(_:labels:)``); measured for the prior's
    /// Gaussians alone.
    var temperature = 1.0

    /// The label of the archetype that a person calls `name`: as in `names`, or any name of a built-in archetype.
    ///
    /// - Throws: `UserError(.usage)` listing the names.
    public func label(of name: String) throws -> Int { try Self.label(of: name, among: names) }

    /// The same where names are all that is known.
    package static func label(of name: String, among names: [String]) throws -> Int {
        if let label = knownLabel(of: name, among: names) { return label }
        let understood = names.compactMap(Archetype.init(name:)).flatMap(\.names)
        throw UserError(
            .usage, "there is no archetype '\(name.prefix(80))'",
            remedy: names.isEmpty ? "no page has one" : suggestion(for: name, among: names, understood: understood))
    }

    private static func knownLabel(of name: String, among names: [String]) -> Int? {
        if let label = names.firstIndex(of: name) { return label }
        guard let archetype = Archetype(name: name) else { return nil }
        return names.firstIndex { Archetype(name: $0) == archetype }
    }

    /// These, and those archetypes of others that have no name here; all of diagonal covariances.
    fileprivate func adding(_ others: ArchetypeRegions) -> ArchetypeRegions {
        let new = others.names.indices.filter { Self.knownLabel(of: others.names[$0], among: names) == nil }
        let mixture = GaussianMixture(
            means: .concatenate([mixture.means, others.mixture.means[rows: new]], dim: 0),
            deviations: .concatenate([mixture.factors, others.mixture.factors[rows: new]], dim: 0))
        return ArchetypeRegions(names: names + new.map { others.names[$0] }, mixture: mixture)
    }

    /// The middle of an archetype, `[1, latent]`.
    ///
    /// - Throws: as ``label(of:)``.
    public func mean(of name: String) throws -> Tensor { mixture.means[rows: [try label(of: name)]] }

    /// p(y | z) of a code `[1, latent]`, the most probable first.
    public func probabilities(of z: Tensor) -> [Probability] {
        let probabilities = mixture.probabilities(of: z, temperature: temperature).doubles
        return zip(names, probabilities).map(Probability.init(archetype:probability:))
            .sorted { ($1.probability, $0.archetype) < ($0.probability, $1.archetype) }
    }
}

extension LatentSpace {
    /// Where each archetype lies, to go there: where the labelled pages of the index have come to lie, and for archetypes that none of them has, what
    /// the model was trained to.
    ///
    /// - Throws: `UserError` when neither the prior nor the pages of an index know archetypes.
    public func archetypeRegions() throws -> ArchetypeRegions {
        let known = try [regionsOfPages(), regionsOfPrior()].compactMap { $0 }
        guard let first = known.first else {
            throw UserError(
                .missingInput, "the model's prior knows no archetypes, and there is no index of labelled pages",
                at: indexFile.path, remedy: "make one with `wirespace encode RUN FOLDER`")
        }
        return known.dropFirst().reduce(first) { $0.adding($1) }
    }

    /// p(y | z) of a code `[1, latent]`, the most probable first: by the prior, if it knows archetypes, else by the index's labelled pages;
    /// empty when neither does. Pages that are labelled would tell of themselves what their own labels say. Names are those of
    /// ``archetypeRegions()``.
    ///
    /// - Throws: as ``index()``.
    public func probabilities(of z: Tensor) throws -> [ArchetypeRegions.Probability] {
        guard let regions = try regionsOfPrior() ?? regionsOfPages() else { return [] }
        let names = try archetypeRegions().names
        return try regions.probabilities(of: z).map {
            .init(
                archetype: names[try ArchetypeRegions.label(of: $0.archetype, among: names)],
                probability: $0.probability)
        }
    }

    private func regionsOfPages() throws -> ArchetypeRegions? {
        guard hasIndex, try !index().archetypes.isEmpty else { return nil }
        if let knownRegions { return knownRegions }
        let regions = try index().archetypeRegions()
        knownRegions = regions
        return regions
    }

    private func regionsOfPrior() -> ArchetypeRegions? {
        guard trained.prior.means != nil else { return nil }
        return ArchetypeRegions(
            names: trained.archetypes, mixture: trained.prior.mixture(dimension: dimension),
            temperature: trained.guessTemperature)
    }
}

extension LatentIndex {
    /// The labelled pages' Gaussians: means of their own, and the standard deviations that archetypes share.
    ///
    /// The deviation of a dimension is that of the aggregate posterior (Hoffman and Johnson, 2016): within archetypes the
    /// variance of μ, unbiased, and the mean of σ². Few pages say little of it, so it is drawn to the prior's, 1, as by ten pages more (a
    /// scaled inverse-χ² prior of ten degrees of freedom: Gelman et al., "Bayesian data analysis", section 2.6).
    ///
    /// - Throws: `UserError(.data)` when no page is labelled.
    public func archetypeRegions() throws -> ArchetypeRegions {
        let names = archetypes
        let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let rows = pages.indices.filter { pages[$0].archetype != nil }
        guard !rows.isEmpty else {
            throw UserError(
                .data, "no page of the index has an archetype", at: folder.path,
                remedy: "encode a folder with one sub-folder an archetype")
        }
        let clusters = LabelIndex(rows.compactMap { row in pages[row].archetype.flatMap { labels[$0] } })
        let points = mu[rows: rows].to(dtype: .float64)
        let means = clusterMeans(points, clusters)
        let residual = (points - means[rows: clusters.indices]).square().sum(0)
        let noise = sigma[rows: rows].to(dtype: .float64).square().mean(0)
        let (freedom, priorFreedom) = (Double(rows.count - names.count), 10.0)
        let deviations = ((residual + noise * freedom + priorFreedom) / (freedom + priorFreedom)).sqrt().unsqueezed(0)
        return ArchetypeRegions(names: names, mixture: GaussianMixture(means: means, deviations: deviations))
    }
}
