import Torch
import Wireframes

/// What a pass over the validation pages collects.
struct ValidationPages {
    /// Posterior means and log variances, `[N, latent]`, on the CPU.
    private(set) var mu = Tensor.zeros([0, 0])
    private(set) var logVariance = Tensor.zeros([0, 0])
    private(set) var archetypes: [Int?] = []
    /// Size of the first page.
    private(set) var height = 0
    private(set) var width = 0
    /// Sums over pages, in the order of `Figure`.
    private var sums = Array(repeating: 0.0, count: Figure.allCases.count)

    private enum Figure: Int, CaseIterable {
        case pixelFromLatent, pixel, kl, ssimFromLatent, ssim, inkDrawn, ink, absoluteError, shuffledAbsoluteError
    }

    private subscript(figure: Figure) -> Double { sums[figure.rawValue] }

    /// Number of pages.
    var count: Int { archetypes.count }
    /// Mean absolute error as the model draws pages: with the skips, if it has any.
    var l1: Double { self[.absoluteError] / Double(max(count, 1)) }
    /// The same with the code of the next page of the batch.
    var shuffledL1: Double { self[.shuffledAbsoluteError] / Double(max(count, 1)) }

    /// Passes over the pages of a loader, drawing each from μ with the skips and without.
    ///
    /// The ranks of a team take turns with the batches, and all get the whole; the batches of a rank and group are shared out among the
    /// lanes. The sums are made in the order of the batches, so they do not depend on the number of either.
    init(
        _ loader: Loader, _ model: BetaVAE, _ objective: Objective, told: FrozenCodes, team: Team = .alone,
        lanes: Lanes? = nil
    ) throws {
        var mine: [BatchFigures] = []
        var counts: [Int] = []
        var indices: [Int] = []
        let groups = loader.groups(epoch: 0)
        try withoutGradients {
            while let group = try groups.next() {
                if counts.isEmpty, let first = group.batches.first?.first { (height, width) = first.size }
                let own = group.batches.indices.filter { (counts.count + $0) % team.size == team.rank }
                for batch in own { _ = try told(group.batches[batch], by: model) }
                mine += try sideBySide(own, in: lanes) { try Self.figures(group.batches[$0], model, objective, told) }
                counts += group.batches.map(\.count)
                indices += group.batches.joined().map(\.index)
                archetypes += group.batches.joined().map(\.archetype)
            }
        }
        guard try team.gather(indices).allSatisfy({ $0 == indices }) else {
            throw UserError(
                .data, "not every rank could read the same validation pages", at: "validation",
                remedy: "look for `skipped:` above, and at the folder on every machine")
        }
        try collect(mine, counts: counts, latent: model.configuration.latentDimension, team: team)
    }

    /// What one batch says.
    private struct BatchFigures {
        /// Sums over its pages, in the order of `Figure`.
        let sums: [Double]
        let mu: [Float]
        let logVariance: [Float]
    }

    /// Puts the batches of all ranks in order.
    private mutating func collect(_ mine: [BatchFigures], counts: [Int], latent: Int, team: Team) throws {
        let figures = try team.gather(mine.map(\.sums))
        var mus = try team.gather(mine.flatMap(\.mu)).map { ArraySlice($0) }
        var logVariances = try team.gather(mine.flatMap(\.logVariance)).map { ArraySlice($0) }
        var (allMu, allLogVariance): ([Float], [Float]) = ([], [])
        for (batch, count) in counts.enumerated() {
            let rank = batch % team.size
            for (index, value) in figures[rank][batch / team.size].enumerated() { sums[index] += value }
            allMu += mus[rank].prefix(count * latent)
            allLogVariance += logVariances[rank].prefix(count * latent)
            mus[rank] = mus[rank].dropFirst(count * latent)
            logVariances[rank] = logVariances[rank].dropFirst(count * latent)
        }
        mu = Tensor(allMu, shape: [archetypes.count, latent])
        logVariance = Tensor(allLogVariance, shape: [archetypes.count, latent])
    }

    private static func figures(
        _ samples: [Sample], _ model: BetaVAE, _ objective: Objective, _ told: FrozenCodes
    ) throws -> BatchFigures {
        let pages = Tensor.batch(samples.map(\.target), device: model.parameters.device)
        let (B, _, H, W) = pages.shape4
        let labels = samples.map(\.archetype)
        let posterior = model.encode(pages, told: try told(samples, by: model))
        let skips = model.configuration.useSkipConnections ? posterior.skips : nil
        let fromLatent = model.decode(posterior.mu, height: H, width: W).to(dtype: .float32)
        let whole =
            skips == nil
            ? fromLatent : model.decode(posterior.mu, height: H, width: W, skips: skips).to(dtype: .float32)
        // Every page gets the code of the next one of its batch, the last that of the first; a batch of one the next
        // batch's is not worth the wait: it gets the mean of the prior, which is as strange to it.
        let strangers =
            B > 1
            ? posterior.mu.indexSelect(0, Tensor((0..<B).map { ($0 + 1) % B }, device: pages.device))
            : objective.prior.means(of: [nil], like: posterior.mu)
        let strange = model.decode(strangers, height: H, width: W, skips: skips).to(dtype: .float32).sigmoid()

        let (drawn, drawnWhole) = (fromLatent.sigmoid(), whole.sigmoid())
        func sum(of figure: Figure) -> Double {
            switch figure {
            case .pixelFromLatent: objective.pixelTerm(fromLatent, pages).sum().item()
            case .pixel: objective.pixelTerm(whole, pages).sum().item()
            case .kl: objective.klTerm(posterior, labels: Labels(labels, device: pages.device)).sum().item()
            case .ssimFromLatent: structuralSimilarity(drawn, pages).sum().item()
            case .ssim: structuralSimilarity(drawnWhole, pages).sum().item()
            case .inkDrawn: (1 - drawn).sum().item()
            case .ink: (1 - pages).sum().item()
            case .absoluteError: (drawnWhole - pages).abs().mean(1, 2, 3).sum().item()
            case .shuffledAbsoluteError: (strange - pages).abs().mean(1, 2, 3).sum().item()
            }
        }
        return BatchFigures(
            sums: Figure.allCases.map(sum), mu: posterior.mu.floats, logVariance: posterior.logVariance.floats)
    }

    /// Nil when no page could be read.
    func means(betaKLD: Double) -> ValidationMeans? {
        guard count > 0 else { return nil }
        let n = Double(count)
        return ValidationMeans(
            score: (self[.pixelFromLatent] + betaKLD * self[.kl]) / n, pixelFromLatent: self[.pixelFromLatent] / n,
            pixel: self[.pixel] / n, kl: self[.kl] / n, ssimFromLatent: self[.ssimFromLatent] / n,
            ssim: self[.ssim] / n, inkRatio: self[.inkDrawn] / max(self[.ink], 1e-9))
    }
}
