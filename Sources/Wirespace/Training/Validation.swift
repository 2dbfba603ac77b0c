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
    /// Sums over pages.
    private var pixelFromLatent = 0.0
    private var pixel = 0.0
    private var kl = 0.0
    private var ssimFromLatent = 0.0
    private var ssim = 0.0
    private var inkDrawn = 0.0
    private var ink = 0.0
    private var absoluteError = 0.0
    private var shuffledAbsoluteError = 0.0
    private var muRows = RowCollector()
    private var logVarianceRows = RowCollector()

    /// Number of pages.
    var count: Int { archetypes.count }
    /// Mean absolute error as the model draws pages: with the skips, if it has any.
    var l1: Double { absoluteError / Double(max(count, 1)) }
    /// The same with the code of the next page of the batch.
    var shuffledL1: Double { shuffledAbsoluteError / Double(max(count, 1)) }

    /// Passes over the pages of a loader, drawing each from μ with the skips and without.
    init(_ loader: Loader, _ model: BetaVAE, _ objective: Objective) throws {
        let groups = loader.groups(epoch: 0)
        try withoutGradients {
            while let group = try groups.next() {
                for samples in group.batches { add(samples, model, objective) }
            }
        }
        mu = muRows.joined(width: 0)
        logVariance = logVarianceRows.joined(width: 0)
    }

    private mutating func add(_ samples: [Sample], _ model: BetaVAE, _ objective: Objective) {
        let pages = Tensor.batch(samples.map(\.target), device: model.parameters.device)
        let (B, _, H, W) = pages.shape4
        if archetypes.isEmpty { (height, width) = (H, W) }
        let labels = samples.map(\.archetype)
        archetypes += labels

        let posterior = model.encode(pages)
        muRows.add(posterior.mu.to(dtype: .float32))
        logVarianceRows.add(posterior.logVariance.to(dtype: .float32))
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
        pixelFromLatent += objective.pixelTerm(fromLatent, pages).sum().item()
        pixel += objective.pixelTerm(whole, pages).sum().item()
        kl += objective.klTerm(posterior, archetypes: labels).sum().item()
        ssimFromLatent += structuralSimilarity(drawn, pages).sum().item()
        ssim += structuralSimilarity(drawnWhole, pages).sum().item()
        inkDrawn += (1 - drawn).sum().item()
        ink += (1 - pages).sum().item()
        absoluteError += (drawnWhole - pages).abs().mean(1, 2, 3).sum().item()
        shuffledAbsoluteError += (strange - pages).abs().mean(1, 2, 3).sum().item()
    }

    /// Nil when no page could be read.
    func means(betaKLD: Double) -> ValidationMeans? {
        guard count > 0 else { return nil }
        let n = Double(count)
        return ValidationMeans(
            score: (pixelFromLatent + betaKLD * kl) / n, pixelFromLatent: pixelFromLatent / n, pixel: pixel / n,
            kl: kl / n, ssimFromLatent: ssimFromLatent / n, ssim: ssim / n, inkRatio: inkDrawn / max(ink, 1e-9))
    }
}
