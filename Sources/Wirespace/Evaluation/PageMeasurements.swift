import Torch
import Wireframes

/// What the evaluation knows of each page of a split, in the order of the split.
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

/// Rows of growing matrices, joined at the end.
struct RowCollector {
    private var parts: [Tensor] = []

    mutating func add(_ rows: Tensor) { parts.append(rows.detach().to(.cpu)) }

    func joined(width: Int) -> Tensor { parts.isEmpty ? .zeros([0, width]) : .concatenate(parts, dim: 0) }
}
