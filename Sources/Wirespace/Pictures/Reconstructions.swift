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
    /// The likeliest layout, drawn from the latent alone; nil for a model that draws none.
    public internal(set) var layout: GrayImage?

    /// SSIM of the page with what was drawn from the latent alone, as a layout from the latent alone, and with the skips.
    public func ssim() throws -> (fromLatent: Double, layout: Double?, withSkips: Double?) {
        func similarity(_ drawn: GrayImage) throws -> Double {
            try Wirespace.ssim(.batch([drawn], device: .cpu), .batch([page], device: .cpu))[0]
        }
        return (try similarity(fromLatent), try layout.map(similarity), try withSkips.map(similarity))
    }
}

extension BetaVAE {
    /// Reconstructs pages of any sizes, one by one, from z = μ.
    ///
    /// - Parameter refined: what is drawn in the place of μ, given μ and the page.
    func reconstruct(
        _ pages: [EncoderInput], refined: (_ mu: Tensor, _ page: Tensor) -> Tensor = { mu, _ in mu }
    ) -> [Reconstruction] {
        withoutGradients {
            pages.map { input in
                let page = input.image
                let posterior = encode([input])
                let z = refined(posterior.mu, .batch([page], device: parameters.device))
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
    ///
    /// - Throws: `UserError` when a layout decoder lies beside the model that is not its own.
    public func reconstruct(
        _ pages: [EncoderInput], refinement: CodeRefinement = CodeRefinement(steps: 0)
    ) throws -> [Reconstruction] {
        var codes: [Tensor] = []
        var reconstructions = model.reconstruct(pages) { mu, page in
            codes.append(refinement(mu, of: page, by: self))
            return codes[codes.count - 1]
        }
        guard drawsLayouts, !codes.isEmpty else { return reconstructions }
        let sizes = pages.map { PNG.Size(width: $0.image.width, height: $0.image.height) }
        let layouts = try layouts(of: .concatenate(codes, dim: 0), sizes: sizes, temperature: 0, candidates: 1)
        for (row, layout) in layouts.enumerated() {
            reconstructions[row].layout = WireframeRenderer().render(layout)
        }
        return reconstructions
    }
}

/// Reconstructions side by side, each column [target | from the latent | as a layout | with skips] from top to bottom.
public func reconstructionGrid(_ reconstructions: [Reconstruction]) -> RGBImage {
    contactSheet(reconstructions.map { [$0.page, $0.fromLatent] + [$0.layout, $0.withSkips].compactMap { $0 } })
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
