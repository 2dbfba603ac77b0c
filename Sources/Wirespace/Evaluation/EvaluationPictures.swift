import Torch
public import Wireframes

/// The pictures of an evaluation, beside its figures: for the report and for TensorBoard.
public struct EvaluationPictures: Sendable {
    /// Where the test pages lie on a plane, and what they are.
    public struct Map: Sendable {
        /// One point a page.
        public var points: [(x: Double, y: Double)]
        /// Index of each page's archetype, if it has one.
        public var archetypes: [Int?]

        /// A map.
        public init(points: [(x: Double, y: Double)], archetypes: [Int?]) {
            self.points = points
            self.archetypes = archetypes
        }

        /// A map from rows `[N, 2]`; a second coordinate that is not there is 0.
        init(_ points: Tensor, archetypes: [Int?]) {
            let (values, width) = (points.doubles, points.shape[1])
            self.init(
                points: archetypes.indices.map { (values[$0 * width], width > 1 ? values[$0 * width + 1] : 0) },
                archetypes: archetypes)
        }

        /// t-SNE of codes `[N, latent]`, of at most ``LatentMap/mostEmbedded`` of them, evenly spread: its time and memory grow with N².
        init(tsneOf codes: Tensor, archetypes: [Int?], seed: UInt64) throws {
            let rows = Array(archetypes.indices).evenlySpaced(LatentMap.mostEmbedded)
            self.init(try Wirespace.tsne(codes[rows: rows], seed: seed).points, archetypes: rows.map { archetypes[$0] })
        }
    }

    /// t-SNE of the test pages' codes.
    public var tsne: Map
    /// Their first two principal components.
    public var pca: Map
    /// Columns of [target | from the latent | as a layout, if the model draws any | with skips].
    public var reconstructions: RGBImage
    /// The same of the pages with the lowest SSIM from the latent.
    public var worst: RGBImage
    /// One row a pair of pages, from one to the other in equal steps.
    public var interpolations: RGBImage
    /// One row an archetype: new pages of it; a single row under the standard prior.
    public var samples: RGBImage
    /// What each row of `samples` is.
    public var sampleNames: [String]
    /// One row a dimension: the decoded page as that dimension moves.
    public var traversals: RGBImage
    /// The dimension of each row of `traversals`.
    public var traversedDimensions: [Int]
    /// One row a test page: the page, then its five nearest training pages in the latent space.
    public var neighbours: RGBImage

    /// A set of pictures.
    public init(
        tsne: Map, pca: Map, reconstructions: RGBImage, worst: RGBImage, interpolations: RGBImage, samples: RGBImage,
        sampleNames: [String], traversals: RGBImage, traversedDimensions: [Int], neighbours: RGBImage
    ) {
        self.tsne = tsne
        self.pca = pca
        self.reconstructions = reconstructions
        self.worst = worst
        self.interpolations = interpolations
        self.samples = samples
        self.sampleNames = sampleNames
        self.traversals = traversals
        self.traversedDimensions = traversedDimensions
        self.neighbours = neighbours
    }
}
