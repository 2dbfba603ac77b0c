import Foundation
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
    /// The layout that both decoders agree on, from the latent alone; nil for a model that draws none.
    public internal(set) var layout: GrayImage?

    /// The page and what was drawn of it, and what each is called.
    public var pictures: [(name: String, picture: GrayImage)] {
        let all = [
            ("the page", page), ("from the latent", fromLatent), ("as a layout", layout), ("with skips", withSkips),
        ]
        return all.compactMap { name, picture in picture.map { (name, $0) } }
    }

    /// How large the names are on a ``reconstructionGrid(_:named:)``.
    public static let captionSize = Caption.size(of: ["from the latent"])

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
    /// - Throws: `TorchError`.
    func reconstruct(
        _ pages: [EncoderInput], refined: (_ mu: Tensor, _ page: Tensor) -> Tensor = { mu, _ in mu }
    ) throws -> [Reconstruction] {
        try withoutGradients {
            try pages.map { input in
                let page = input.image
                let (z, skips) = try withTorchErrors {
                    let posterior = encode([input])
                    return (refined(posterior.mu, .batch([page], device: parameters.device)), posterior.skips)
                }
                func draw(_ skips: [Tensor]?) throws -> GrayImage {
                    try withTorchErrors {
                        decode(z, height: page.height, width: page.width, skips: skips).sigmoid()
                    }.pages[0]
                }
                return Reconstruction(
                    page: page, fromLatent: try draw(nil),
                    withSkips: configuration.useSkipConnections ? try draw(skips) : nil)
            }
        }
    }
}

extension TrainedModel {
    /// Reconstructs pages of any sizes, one by one, from the means of their posteriors, refined if wanted.
    ///
    /// - Throws: `UserError` when a layout decoder lies beside the model that is not its own, or the memory does not suffice.
    public func reconstruct(
        _ pages: [EncoderInput], refinement: CodeRefinement = CodeRefinement(steps: 0)
    ) throws -> [Reconstruction] {
        var codes: [Tensor] = []
        var reconstructions = try reading(file.path, lessMemory: ["OMP_NUM_THREADS=1", "a smaller page"]) {
            try model.reconstruct(pages) { mu, page in
                codes.append(refinement(mu, of: page, by: self))
                return codes[codes.count - 1]
            }
        }
        guard drawsLayouts, !codes.isEmpty else { return reconstructions }
        let sizes = pages.map { PNG.Size(width: $0.image.width, height: $0.image.height) }
        let layouts = try pageLayouts(of: .concatenate(codes, dim: 0), sizes: sizes)
        for (row, layout) in layouts.enumerated() {
            reconstructions[row].layout = WireframeRenderer().render(layout)
        }
        return reconstructions
    }
}

/// Reconstructions side by side, each column [target | from the latent | as a layout | with skips] from top to bottom.
///
/// - Parameter named: whether the names of the rows stand before them.
public func reconstructionGrid(_ reconstructions: [Reconstruction], named: Bool = false) -> RGBImage {
    let names = (named ? reconstructions.first : nil)?.pictures.map {
        Caption.drawn($0.name, Reconstruction.captionSize)
    }
    return contactSheet((names.map { [$0] } ?? []) + reconstructions.map { $0.pictures.map(\.picture) })
}
