import Foundation
public import Torch
public import Wireframes

extension TrainedModel {
    /// Layouts that are drawn of each code where nothing else is said.
    public static let usualLayoutCandidates = 4
    /// The temperature of new pages where nothing else is said, of their codes as of their layouts. A little below 1 fewer are spoiled
    /// by their rarest choices, and they cover real pages no worse (Docs/experiments.md, "New pages from where pages lie").
    public static let usualTemperature = 0.8

    /// New layouts drawn from codes alone, `[N, latent]`, each for a page of its own size. The same seed gives the same ones.
    ///
    /// - Parameters:
    ///   - temperature: 1 draws from the distribution of layouts, less from the likelier ones; 0 takes the likeliest part
    ///     each time.
    ///   - candidates: how many are drawn of each code. Of those whose parts cross the least the one is kept that the
    ///     encoder would most probably give this code.
    ///   - progress: told how many are done.
    ///   - checkpoint: called after every part; what it throws ends the drawing.
    /// - Precondition: there are as many sizes as codes.
    /// - Throws: `UserError` when the model has no layout decoder, a side is not within `PagePreparation`'s limits, a code or its drawing is
    ///   not finite, or the memory does not suffice; what `checkpoint` throws.
    public func layouts(
        of z: Tensor, sizes: [PNG.Size], temperature: Double = usualTemperature,
        candidates: Int = usualLayoutCandidates,
        seed: UInt64 = 0,
        progress: (Int) -> Void = { _ in }, checkpoint: () throws -> Void = {}
    ) throws -> [LayoutNode] {
        let firstSeeds = sizes.indices.map { seed &+ UInt64($0) }
        func drawn(_ decoder: LayoutDecoder, row: Int, _ code: Tensor, _ size: PNG.Size) throws -> [PartCode] {
            let pages = try decoder.draw(
                code, rows: PartCode.rows(height: size.height, width: size.width), step: rowStep,
                temperature: temperature, seeds: (0..<max(1, candidates)).map { firstSeeds[row] &+ UInt64($0) << 32 },
                checkpoint: checkpoint)
            return likeliest(tidiest(pages), code, size)
        }
        return try layouts(
            of: z, sizes, wordSeeds: firstSeeds, lessMemory: ["--candidates=1", "a smaller page", "device=cpu"],
            progress: progress,
            parts: drawn)
    }

    /// The layouts of the very pages that codes, `[N, latent]`, stand for: those that both decoders agree on. No chance is involved.
    ///
    /// - Precondition, checkpoint and errors: as ``layouts(of:sizes:temperature:candidates:seed:progress:checkpoint:)``.
    public func pageLayouts(
        of z: Tensor, sizes: [PNG.Size], checkpoint: () throws -> Void = {}
    ) throws -> [LayoutNode] {
        func found(_ decoder: LayoutDecoder, row: Int, _ code: Tensor, _ size: PNG.Size) throws -> [PartCode] {
            let seen = ownSize(size)
            // In a scope of its own: of a drawing that failed nothing can be made.
            let drawing = try withTorchErrors { model.decode(code, height: seen.height, width: seen.width) }
            try requireFinite(drawing, of: "the drawing of a code", dimensions: 4)
            return try decoder.search(
                code, rows: PartCode.rows(height: size.height, width: size.width), step: rowStep,
                PixelEvidence(drawing, ssimShare: configuration.loss.ssimShare), checkpoint: checkpoint)
        }
        return try layouts(
            of: z, sizes, wordSeeds: sizes.map { _ in 0 }, lessMemory: ["a smaller page", "device=cpu"], parts: found)
    }

    private func layouts(
        of z: Tensor, _ sizes: [PNG.Size], wordSeeds: [UInt64], lessMemory: [String],
        progress: (Int) -> Void = { _ in },
        parts: (LayoutDecoder, _ row: Int, _ code: Tensor, PNG.Size) throws -> [PartCode]
    ) throws -> [LayoutNode] {
        precondition(sizes.count == z.shape[0], "\(sizes.count) sizes for \(z.shape[0]) codes")
        for size in sizes { try size.requireDrawable() }
        try requireFinite(z, of: "the codes of layouts")
        let decoder = try layouts().decoder
        let z = z.to(model.parameters.device, dtype: .float32)
        return try reading(file.path, lessMemory: lessMemory) {
            try sizes.enumerated().map { row, size in
                let code = z.narrow(0, from: row, length: 1)
                let parts = try withTorchErrors { try withoutGradients { try parts(decoder, row, code, size) } }
                progress(row + 1)
                return LayoutNode(
                    parts: parts.compactMap { $0.part(pageWidth: size.width) }, width: size.width, height: size.height,
                    seed: wordSeeds[row])
            }
        }
    }

    /// A page's size at the width that the model sees pages at, as far down as parts are told.
    private func ownSize(_ size: PNG.Size) -> PNG.Size {
        let width = configuration.data.pageWidth ?? size.width
        let height = min(size.height * width / max(1, size.width), width * PartCode.rows / PartCode.columns)
        return PNG.Size(width: width, height: max(PagePreparation.leastSide, height))
    }

    /// The pages that the model knows are padded to multiples of this many rows of the grid.
    private var rowStep: Int {
        let data = configuration.data
        guard let width = data.pageWidth else { return 1 }
        return max(1, data.pageHeightMultiple * PartCode.columns / width)
    }

    /// The pages with the fewest crossings: the encoder, which sees the whole of a page, hardly minds a part that lies across another.
    private func tidiest(_ pages: [[PartCode]]) -> [[PartCode]] {
        let crossings = pages.map(\.crossings)
        return zip(pages, crossings).filter { $1 == crossings.min() }.map(\.0)
    }

    /// Of several pages the one whose picture the encoder would most probably give the code z: the largest log q(z | x).
    private func likeliest(_ pages: [[PartCode]], _ z: Tensor, _ size: PNG.Size) -> [PartCode] {
        guard pages.count > 1 else { return pages.first ?? [] }
        let seen = ownSize(size)
        let pictures = pages.map { parts in
            let parts = parts.compactMap { $0.part(pageWidth: seen.width) }
            return WireframeRenderer().render(LayoutNode(parts: parts, width: seen.width, height: seen.height))
        }
        let posterior = model.encode(.batch(pictures, device: z.device))
        let logVariance = posterior.logVariance.to(dtype: .float32)
        // Nobody has read the candidates: what words tell of is not asked of them.
        var offset = posterior.mu.to(dtype: .float32) - z
        if let features = model.frozenFeatures, features.readsWords { offset = offset * features.encoders }
        let distance = offset.square() * (-logVariance).exp() + logVariance
        return pages[(-distance.sum(1)).argmax(0).integers.first ?? 0]
    }
}
