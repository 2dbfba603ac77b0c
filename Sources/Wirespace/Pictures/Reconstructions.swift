import Torch
public import Wireframes

/// A page, and what the model makes of it.
public struct Reconstruction: Sendable {
    /// The page as the encoder saw it.
    public let page: GrayImage
    /// Drawn from the latent alone.
    public let fromLatent: GrayImage
    /// Drawn with the skips; nil for a model without.
    public let withSkips: GrayImage?

    /// SSIM of the page with what was drawn from the latent alone, and with the skips.
    public func ssim() throws -> (fromLatent: Double, withSkips: Double?) {
        func similarity(_ drawn: GrayImage) throws -> Double {
            try Wirespace.ssim(.batch([drawn], device: .cpu), .batch([page], device: .cpu))[0]
        }
        return (try similarity(fromLatent), try withSkips.map(similarity))
    }
}

extension BetaVAE {
    /// Reconstructs pages of any sizes, one by one, from z = μ.
    ///
    /// - Parameter refined: what is drawn in the place of μ, given μ and the page.
    func reconstruct(
        _ pages: [GrayImage], refined: (_ mu: Tensor, _ page: Tensor) -> Tensor = { mu, _ in mu }
    ) -> [Reconstruction] {
        withoutGradients {
            pages.map { page in
                let batch = Tensor.batch([page], device: parameters.device)
                let posterior = encode(batch)
                let z = refined(posterior.mu, batch)
                func draw(_ skips: [Tensor]?) -> GrayImage {
                    decode(z, height: page.height, width: page.width, skips: skips).sigmoid().pages[0]
                }
                return Reconstruction(
                    page: page, fromLatent: draw(nil),
                    withSkips: configuration.useSkipConnections ? draw(posterior.skips) : nil)
            }
        }
    }
}

extension TrainedModel {
    /// Reconstructs pages of any sizes, one by one, from the means of their posteriors, refined if wanted.
    public func reconstruct(
        _ pages: [GrayImage], refinement: CodeRefinement = CodeRefinement(steps: 0)
    ) -> [Reconstruction] {
        model.reconstruct(pages) { mu, page in refinement(mu, of: page, by: self) }
    }
}

/// Reconstructions side by side, each column [target | from the latent | with skips] from top to bottom.
public func reconstructionGrid(_ reconstructions: [Reconstruction]) -> RGBImage {
    contactSheet(reconstructions.map { [$0.page, $0.fromLatent] + ($0.withSkips.map { [$0] } ?? []) })
}

/// Columns of pages on a grey ground, each row as high as its highest page.
public func contactSheet(_ columns: [[GrayImage]], gap: Int = 4) -> RGBImage {
    let rowCount = columns.map(\.count).max() ?? 0
    let widths = columns.map { $0.map(\.width).max() ?? 0 }
    let heights = (0..<rowCount).map { row in columns.map { row < $0.count ? $0[row].height : 0 }.max() ?? 0 }
    var sheet = RGBImage(
        width: gap + widths.reduce(0) { $0 + $1 + gap }, height: gap + heights.reduce(0) { $0 + $1 + gap },
        red: 128, green: 128, blue: 128)
    var left = gap
    for (column, width) in zip(columns, widths) {
        var top = gap
        for (page, height) in zip(column, heights) {
            sheet.draw(page, left: left, top: top)
            top += height + gap
        }
        left += width + gap
    }
    return sheet
}

/// Rows of pages on a grey ground, each row as high as its highest page.
public func rowsSheet(_ rows: [[GrayImage]], gap: Int = 4) -> RGBImage {
    let columnCount = rows.map(\.count).max() ?? 0
    return contactSheet(
        (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column] : GrayImage(width: 1, height: 1, filledWith: 0.5) }
        }, gap: gap)
}

extension RGBImage {
    /// Copies a grey page into the picture.
    mutating func draw(_ page: GrayImage, left: Int, top: Int) {
        for y in 0..<page.height {
            for x in 0..<page.width {
                let value = UInt8((min(max(page[x, y], 0), 1) * 255).rounded())
                let place = 3 * ((top + y) * width + left + x)
                for channel in 0..<3 { bytes[place + channel] = value }
            }
        }
    }
}
