import Torch
import Wireframes

/// What the evaluation knows of each page of a split, nearly in the order of the split: pages of one size come together in each group.
struct PageMeasurements {
    /// Posterior means, `[N, latent]`.
    let mu: Tensor
    /// log σ², `[N, latent]`.
    let logVariance: Tensor
    /// The pages on a common small canvas, `[N, pixels]`: what the pixel baselines see.
    let canvas: Tensor
    /// VGG16's relu4_3, averaged over the page and over its quarters, `[N, 5 · 512]`: what the sample figures see.
    let features: Tensor
    /// Label of each page, if it has one.
    let archetypes: [Int?]
    /// Height and width of each page.
    let sizes: [(height: Int, width: Int)]
    /// Where to load each page from again.
    let references: [PageReference]

    /// Number of pages.
    var count: Int { references.count }

    /// Rows of the labelled pages, and their labels.
    var labelled: (rows: [Int], labels: [Int]) {
        let rows = archetypes.indices.filter { archetypes[$0] != nil }
        return (rows, rows.compactMap { archetypes[$0] })
    }
}

extension PageMeasurements {
    /// The pages of all parts.
    init(joining parts: [PageMeasurements], latentDimension: Int) {
        func joined(_ rows: KeyPath<PageMeasurements, Tensor>, width: Int) -> Tensor {
            .concatenate(parts.map { $0[keyPath: rows] } + (parts.isEmpty ? [.zeros([0, width])] : []), dim: 0)
        }
        self.init(
            mu: joined(\.mu, width: latentDimension), logVariance: joined(\.logVariance, width: latentDimension),
            canvas: joined(\.canvas, width: Canvas.width * Canvas.height),
            features: joined(\.features, width: VGG16.pooledLength), archetypes: parts.flatMap(\.archetypes),
            sizes: parts.flatMap(\.sizes), references: parts.flatMap(\.references))
    }
}

/// Common canvas of the pixel baselines: pages of every size, area-averaged.
enum Canvas {
    static let width = 128
    static let height = 160

    static func row(of page: GrayImage) -> [Float] { page.resized(width: width, height: height).pixels }

    /// Canvas rows `[B, pixels]` as pages of a given size.
    static func pages(_ rows: Tensor, height: Int, width: Int) -> Tensor {
        rows.to(dtype: .float32).reshape(-1, 1, Self.height, Self.width).interpolate(height, width, .bilinear)
    }
}
