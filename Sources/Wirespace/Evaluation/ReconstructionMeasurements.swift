import Torch
import Wireframes

/// Figures of each test page's reconstruction.
struct ReconstructionMeasurements {
    /// SSIM, ink F1 and mean absolute error of one way to draw the pages.
    struct Quality {
        var ssim: [Double] = []
        var inkF1: [Double] = []
        var l1: [Double] = []

        mutating func add(_ drawn: Tensor, _ pages: Tensor) throws {
            ssim += try Wirespace.ssim(drawn, pages)
            inkF1 += try Wirespace.inkF1(drawn, pages)
            l1 += (drawn - pages).abs().mean(1, 2, 3).doubles
        }
    }

    /// Drawn from the latent alone.
    var fromLatent = Quality()
    /// Drawn with the skips; the same for a model without.
    var withSkips = Quality()
    /// Mean absolute error with the latent of another page: from the latent alone …
    var shuffledFromLatent: [Double] = []
    /// … and with the page's own skips.
    var shuffled: [Double] = []

    /// Draws a batch of equal-sized pages and adds its figures.
    ///
    /// - Parameters:
    ///   - codes: of the pages.
    ///   - strangers: of other pages, one for each.
    mutating func add(_ pages: Tensor, codes: Tensor, strangers: Tensor, by model: BetaVAE) throws {
        let (_, _, H, W) = pages.shape4
        func draw(_ z: Tensor, _ skips: [Tensor]?) -> Tensor {
            model.decode(z, height: H, width: W, skips: skips).sigmoid()
        }
        func error(_ drawn: Tensor) -> [Double] { (drawn - pages).abs().mean(1, 2, 3).doubles }

        let latentOnly = draw(codes, nil)
        let strangeLatentOnly = error(draw(strangers, nil))
        try fromLatent.add(latentOnly, pages)
        shuffledFromLatent += strangeLatentOnly
        if model.configuration.useSkipConnections {
            let skips = model.encode(pages).skips
            try withSkips.add(draw(codes, skips), pages)
            shuffled += error(draw(strangers, skips))
        } else {
            try withSkips.add(latentOnly, pages)
            shuffled += strangeLatentOnly
        }
    }
}
