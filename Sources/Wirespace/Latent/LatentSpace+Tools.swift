public import Torch
public import Wireframes

extension LatentSpace {
    /// What new pages of an archetype are drawn from: its name as the model or the index has it; the codes, its part of
    /// `TrainedModel.codeDistribution()`, or, where the prior does not know it, where the index has pages of it; and the size that
    /// is usual for it.
    ///
    /// - Throws: as `TrainedModel.codeDistribution()` and ``archetypeRegions()``.
    public func source(
        of archetype: String
    ) throws -> (archetype: String, codes: GaussianMixture, size: PNG.Size) {
        if trained.prior.means != nil, let label = try? ArchetypeRegions.label(of: archetype, among: trained.archetypes)
        {
            let size = try trained.usualProportion(of: label).map(size)
            return (trained.archetypes[label], try trained.codeDistribution()[label], size ?? usualSize())
        }
        let regions = try archetypeRegions()
        let label = try regions.label(of: archetype)
        let name = regions.names[label]
        let size = try middleSize(of: index().pages.filter { $0.archetype == name })
        return (name, regions.mixture[label], size ?? usualSize())
    }

    /// Codes of new pages, `[count, latent]`, the same for the same seed.
    ///
    /// - Parameter diverse: draws eight times as many and keeps those that lie far from each other.
    public func sample(
        _ count: Int, from distribution: GaussianMixture, temperature: Double = 1, seed: UInt64,
        diverse: Bool = false
    ) -> Tensor {
        let generator = Generator(seed: seed)
        guard diverse else { return distribution.sample(count, temperature: temperature, generator: generator) }
        let candidates = distribution.sample(8 * count, temperature: temperature, generator: generator)
        return candidates[rows: farthestPoints(candidates, count: count)]
    }

    /// A code moved along a direction, `[amounts.count, latent]`.
    ///
    /// - Parameters:
    ///   - z: `[1, latent]`.
    ///   - direction: `[1, latent]`.
    ///   - amounts: how many times the direction is added for each row.
    public func moved(_ z: Tensor, along direction: Tensor, by amounts: [Double]) -> Tensor {
        z + Tensor(amounts.map(Float.init), shape: [amounts.count, 1]) * direction
    }

    /// A step along one dimension: the standard deviation of the index's pages in it, else of the prior, 1.
    ///
    /// - Throws: `UserError(.usage)` when there is no such dimension.
    public func axis(_ dimension: Int) throws -> Tensor {
        guard (0..<self.dimension).contains(dimension) else {
            throw UserError(
                .usage, "there is no dimension \(dimension)", at: "--dimension",
                remedy: "they go from 0 to \(self.dimension - 1)")
        }
        let axis = Tensor.eye(self.dimension)[rows: [dimension]]
        guard hasIndex, let codes = try? index().mu, codes.shape[0] > 1 else { return axis }
        return axis * (codes - codes.mean(0, keepDims: true)).square().mean(0, keepDims: true).sqrt()
    }

    /// The dimensions of which a page says most, those of the smallest σ.
    public func informativeDimensions(of page: EncodedPage, count: Int) -> [Int] {
        let sigma = page.sigma.doubles
        return Array(sigma.indices.sorted { (sigma[$0], $0) < (sigma[$1], $1) }.prefix(count))
    }

    /// What the index says that a page is: one that is there and has a label.
    public func label(of page: EncodedPage) -> String? {
        guard hasIndex, let index = try? index(), let row = index.row(of: page) else { return nil }
        return index.pages[row].archetype
    }

    /// z − m(minus) + m(plus), where m is the middle of an archetype: a page with the place of one archetype exchanged for another's
    /// (attribute vectors: Larsen et al., ICML 2016, section 4.2).
    ///
    /// - Parameters:
    ///   - minus: by default the archetype that the page most probably is.
    ///   - strength: how much of the step is made.
    /// - Returns: the code, `[1, latent]`, and the archetype that was taken away.
    public func edited(
        _ z: Tensor, minus: String? = nil, plus: String, strength: Double = 1
    ) throws -> (z: Tensor, minus: String) {
        let regions = try archetypeRegions()
        let start = regions.names[try regions.label(of: minus ?? probabilities(of: z)[0].archetype)]
        guard try regions.label(of: plus) != regions.label(of: start) else {
            throw UserError(
                .usage, "'\(start)' would be exchanged for itself",
                remedy: "name another archetype to add, or what to take away")
        }
        let step = try regions.mean(of: plus) - regions.mean(of: start)
        return (moved(z, along: step, by: [strength]), start)
    }
}
