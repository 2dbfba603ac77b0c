import Foundation

/// One line of `metrics.jsonl`: what an epoch did.
public struct EpochRecord: Codable, Sendable, Equatable {
    /// The epoch, counted from 0.
    public var epoch: Int
    /// The learning rate of its steps.
    public var learningRate: Double
    /// α, the weight of the perceptual term.
    public var alpha: Double
    /// β, the weight of the KL term.
    public var beta: Double
    /// The weight of the pull towards the archetype's mean.
    public var pullWeight: Double
    /// How much of the pixel term was 1 − SSIM; nil in runs that are older than it.
    public var ssimShare: Double?
    /// Means over the training images of the epoch.
    public var train: LossMeans
    /// Mean norm of the gradient before clipping.
    public var gradientNorm: Double
    /// Means over the validation images, drawn from μ; nil without any.
    public var validation: ValidationMeans?
    /// The state of the latent space, every `logging.latent_visualization.frequency` epochs.
    public var latent: LatentHealth?
    /// Training images of the epoch.
    public var images: Int
    /// Its duration, in the session that finished it.
    public var seconds: Double

    enum CodingKeys: String, CodingKey {
        case epoch, alpha, beta, train, validation, latent, images, seconds
        case learningRate = "learning_rate"
        case pullWeight = "pull_weight"
        case ssimShare = "ssim_share"
        case gradientNorm = "gradient_norm"
    }
}

/// Mean loss terms per image, unweighted but for the total.
public struct LossMeans: Codable, Sendable, Equatable {
    /// The weighted sum.
    public var total: Double
    /// The pixel term.
    public var pixel: Double
    /// The VGG term, if it was on.
    public var perceptual: Double?
    /// The KL divergence to the prior, nats.
    public var kl: Double
    /// The pull towards the archetype's mean, if it was on.
    public var pull: Double?
    /// The deviation from geodesics, if it was on.
    public var geodesic: Double?
}

/// What the validation images say.
public struct ValidationMeans: Codable, Sendable, Equatable {
    /// Pixel term from the latent alone + β_max · KL: what chooses the best checkpoint. It has the same weights in every
    /// epoch.
    public var score: Double
    /// Pixel term drawn from the latent alone.
    public var pixelFromLatent: Double
    /// Pixel term with the skips; the same without any.
    public var pixel: Double
    /// KL divergence to the prior, nats.
    public var kl: Double
    /// Mean SSIM drawn from the latent alone.
    public var ssimFromLatent: Double
    /// Mean SSIM with the skips.
    public var ssim: Double
    /// Mean ink (1 − value) of what is drawn from the latent, over that of the pages: near 0 while the decoder still
    /// draws blank pages.
    public var inkRatio: Double

    enum CodingKeys: String, CodingKey {
        case score, pixel, kl, ssim
        case pixelFromLatent = "pixel_from_latent"
        case ssimFromLatent = "ssim_from_latent"
        case inkRatio = "ink_ratio"
    }
}

/// Sums of loss terms over the images of an epoch so far.
struct LossSums: Codable, Equatable {
    var images = 0
    var total = 0.0
    var pixel = 0.0
    var perceptual: Double?
    var kl = 0.0
    var pull: Double?
    var geodesic: Double?
    var steps = 0
    var gradientNorm = 0.0

    var means: LossMeans {
        let n = Double(max(images, 1))
        return LossMeans(
            total: total / n, pixel: pixel / n, perceptual: perceptual.map { $0 / n }, kl: kl / n,
            pull: pull.map { $0 / n }, geodesic: geodesic.map { $0 / n })
    }

    var meanGradientNorm: Double { gradientNorm / Double(max(steps, 1)) }

    /// Adds the images of `more`.
    static func += (sums: inout LossSums, more: LossSums) {
        sums.images += more.images
        sums.total += more.total
        sums.pixel += more.pixel
        sums.kl += more.kl
        if let term = more.perceptual { sums.perceptual = (sums.perceptual ?? 0) + term }
        if let term = more.pull { sums.pull = (sums.pull ?? 0) + term }
        if let term = more.geodesic { sums.geodesic = (sums.geodesic ?? 0) + term }
    }

    /// The sums over images as a list, for adding those of several processes.
    var terms: [Double] {
        get {
            [
                Double(images), total, pixel, kl, perceptual ?? 0, perceptual == nil ? 0 : 1, pull ?? 0,
                pull == nil ? 0 : 1, geodesic ?? 0, geodesic == nil ? 0 : 1,
            ]
        }
        set {
            images = Int(newValue[0].rounded())
            (total, pixel, kl) = (newValue[1], newValue[2], newValue[3])
            perceptual = newValue[5] > 0 ? newValue[4] : nil
            pull = newValue[7] > 0 ? newValue[6] : nil
            geodesic = newValue[9] > 0 ? newValue[8] : nil
        }
    }
}
