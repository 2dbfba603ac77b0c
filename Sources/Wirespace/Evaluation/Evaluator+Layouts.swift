import Torch
package import Wireframes

extension Evaluator {
    /// The figures of drawing from the latent, and of samples, for what the layout decoder draws; each under its key with
    /// `layout_` before it.
    func layoutFigures(train: PageMeasurements, test: PageMeasurements) throws -> [String: Figure] {
        let pages = try test.references.compactMap { try source.layout(of: $0, epoch: 0) }
        let drawn = try layoutReconstructions(of: test)
        let layouts = try layoutSamples(like: test)
        let samples = try samples(like: test) { .batch([WireframeRenderer().render(layouts[$0])], device: device) }
        var figures: [String: Figure] = [
            "ssim_from_latent": try mean(drawn.ssim), "ink_f1_from_latent": try mean(drawn.inkF1),
            "l1_from_latent": try mean(drawn.l1), "sample_crossings": try mean(layouts.map { Double($0.crossings) }),
        ]
        if !pages.isEmpty { figures["page_crossings"] = try mean(pages.map { Double($0.crossings) }) }
        let recognised = try self.recognised(samples, train: train, test: test)
        var all = try figures.merging(sampleFigures(samples, recognised, test)) { $1 }
        all["sample_classifier_accuracy"] = nil  // of real pages: known already
        return Dictionary(uniqueKeysWithValues: all.map { (MetricDescription.layoutPrefix + $0, $1) })
    }

    /// As many layouts as test pages, of the same archetypes and sizes.
    private func layoutSamples(like test: PageMeasurements) throws -> [LayoutNode] {
        let z = try sampleCodes(like: test)
        return try map(test.count, of: "pages", label: "sampling layouts") { row in
            let size = PNG.Size(width: test.sizes[row].width, height: test.sizes[row].height)
            return try newLayouts(of: z[rows: row..<(row + 1)], sizes: [size], seed: seed &+ UInt64(row))[0]
        }
    }

    /// Layouts of new pages' codes, `[N, latent]`.
    func newLayouts(of z: Tensor, sizes: [PNG.Size], seed: UInt64 = 0) throws -> [LayoutNode] {
        try recall("new layouts, \(sizes), seed \(seed)", of: [z]) {
            try trained.layouts(of: z, sizes: sizes, candidates: layoutCandidates, seed: seed)
        }
    }

    /// The layout of each test page's code, against the page.
    private func layoutReconstructions(of test: PageMeasurements) throws -> ReconstructionMeasurements.Quality {
        try map(.test, label: "drawing layouts of test pages") { batch in
            let sizes = batch.samples.map { PNG.Size(width: $0.target.width, height: $0.target.height) }
            let codes = test.mu[rows: batch.rows]
            let layouts = try recall("layouts, \(sizes)", of: [codes]) {
                try trained.pageLayouts(of: codes, sizes: sizes)
            }
            let drawn = Tensor.batch(layouts.map { WireframeRenderer().render($0) }, device: device)
            return try ReconstructionMeasurements.Quality(of: drawn, batch.pages)
        }.joined()
    }
}

extension LayoutNode {
    /// Pairs of the page's parts that lie across each other on the grid (``Bounds/crosses(_:)``).
    package var crossings: Int {
        parts.compactMap { PartCode($0, pageWidth: bounds.width) }.crossings
    }
}
