import Torch
import Wireframes

/// Figures of each test page's reconstruction.
struct ReconstructionMeasurements {
    /// SSIM, ink F1 and mean absolute error of one way to draw the pages.
    struct Quality {
        let ssim: [Double]
        let inkF1: [Double]
        let l1: [Double]
    }

    /// Drawn from the latent alone.
    let fromLatent: Quality
    /// Drawn with the skips; the same for a model without.
    let withSkips: Quality
    /// Mean absolute error with the latent of another page: from the latent alone …
    let shuffledFromLatent: [Double]
    /// … and with the page's own skips.
    let shuffled: [Double]
}

extension ReconstructionMeasurements {
    /// Draws pages of one size, `[B, 1, H, W]`.
    ///
    /// - Parameters:
    ///   - codes: of the pages.
    ///   - strangers: of other pages, one for each.
    init(of pages: Tensor, codes: Tensor, strangers: Tensor, by model: BetaVAE) throws {
        let (_, _, H, W) = pages.shape4
        func draw(_ z: Tensor, _ skips: [Tensor]?) -> Tensor {
            model.decode(z, height: H, width: W, skips: skips).sigmoid()
        }
        func error(_ drawn: Tensor) -> [Double] { (drawn - pages).abs().mean(1, 2, 3).doubles }

        let fromLatent = try Quality(of: draw(codes, nil), pages)
        let shuffledFromLatent = error(draw(strangers, nil))
        guard model.configuration.useSkipConnections else {
            self.init(
                fromLatent: fromLatent, withSkips: fromLatent, shuffledFromLatent: shuffledFromLatent,
                shuffled: shuffledFromLatent)
            return
        }
        let skips = model.encode(pages, told: codes).skips
        self.init(
            fromLatent: fromLatent, withSkips: try Quality(of: draw(codes, skips), pages),
            shuffledFromLatent: shuffledFromLatent, shuffled: error(draw(strangers, skips)))
    }
}

extension ReconstructionMeasurements.Quality {
    /// Of drawn pages against the pages, both `[B, 1, H, W]`.
    init(of drawn: Tensor, _ pages: Tensor) throws {
        self.init(
            ssim: try Wirespace.ssim(drawn, pages), inkF1: try Wirespace.inkF1(drawn, pages),
            l1: (drawn - pages).abs().mean(1, 2, 3).doubles)
    }
}

extension [ReconstructionMeasurements] {
    /// The figures of all pages.
    func joined() -> ReconstructionMeasurements {
        ReconstructionMeasurements(
            fromLatent: map(\.fromLatent).joined(), withSkips: map(\.withSkips).joined(),
            shuffledFromLatent: flatMap(\.shuffledFromLatent), shuffled: flatMap(\.shuffled))
    }
}

extension [ReconstructionMeasurements.Quality] {
    /// The figures of all pages.
    func joined() -> ReconstructionMeasurements.Quality {
        ReconstructionMeasurements.Quality(ssim: flatMap(\.ssim), inkF1: flatMap(\.inkF1), l1: flatMap(\.l1))
    }
}
