import Foundation
import Torch

/// What the validation pages say of a model, batch by batch.
enum Validation {
    /// Sums over the images of one batch.
    static func measure(
        _ model: BetaVAE, _ objective: Objective, pages: Tensor, archetypes: [Int?]
    ) throws -> ValidationSums {
        let (B, _, H, W) = pages.shape4
        let posterior = model.encode(pages)
        let fromLatent = model.decode(posterior.mu, height: H, width: W)
        let withSkips =
            model.configuration.useSkipConnections
            ? model.decode(posterior.mu, height: H, width: W, skips: posterior.skips) : fromLatent
        let drawn = fromLatent.sigmoid()
        return ValidationSums(
            images: B,
            pixelFromLatent: objective.pixelTerm(fromLatent, pages).sum().item(),
            pixel: objective.pixelTerm(withSkips, pages).sum().item(),
            kl: objective.klTerm(posterior, archetypes: archetypes).sum().item(),
            ssimFromLatent: try ssim(drawn, pages).reduce(0, +),
            ssim: try ssim(withSkips.sigmoid(), pages).reduce(0, +),
            inkDrawn: (1 - drawn).sum().item(),
            ink: (1 - pages).sum().item())
    }
}

/// Sums over validation images.
struct ValidationSums {
    var images = 0
    var pixelFromLatent = 0.0
    var pixel = 0.0
    var kl = 0.0
    var ssimFromLatent = 0.0
    var ssim = 0.0
    var inkDrawn = 0.0
    var ink = 0.0

    mutating func add(_ other: ValidationSums) {
        images += other.images
        pixelFromLatent += other.pixelFromLatent
        pixel += other.pixel
        kl += other.kl
        ssimFromLatent += other.ssimFromLatent
        ssim += other.ssim
        inkDrawn += other.inkDrawn
        ink += other.ink
    }

    /// Nil when no page could be read.
    func means(betaKLD: Double) -> ValidationMeans? {
        guard images > 0 else { return nil }
        let n = Double(images)
        return ValidationMeans(
            score: (pixelFromLatent + betaKLD * kl) / n, pixelFromLatent: pixelFromLatent / n, pixel: pixel / n,
            kl: kl / n, ssimFromLatent: ssimFromLatent / n, ssim: ssim / n, inkRatio: inkDrawn / max(ink, 1e-9))
    }
}
