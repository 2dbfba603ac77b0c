public import Foundation

/// What a trained space is worth: the content of `evaluation/metrics.json`. `Docs/formats.md` describes each key.
public struct EvaluationResult: Codable, Sendable {
    /// Version of this schema.
    public static let schema = 1

    /// A number with its uncertainty.
    public struct Figure: Codable, Sendable {
        /// The number.
        public var value: Double
        /// Lower end of the 95 % bootstrap interval; nil where no interval makes sense.
        public var low: Double?
        /// Upper end of it.
        public var high: Double?
        /// Images, pairs or samples that it was computed on.
        public var count: Int

        /// A figure.
        public init(_ value: Double, low: Double? = nil, high: Double? = nil, count: Int) {
            self.value = value
            self.low = low
            self.high = high
            self.count = count
        }
    }

    /// What was evaluated.
    public struct Subject: Codable, Sendable {
        /// Name of the run.
        public var run: String
        /// File name of the checkpoint.
        public var checkpoint: String
        /// Finished epochs of it.
        public var epoch: Int
        /// Trained values of it.
        public var parameters: Int
        /// `standard` or `archetypes`.
        public var prior: String
        /// Dimensions of the latent space.
        public var latentDimension: Int
        /// Whether the decoder has skips.
        public var skips: Bool
        /// Where the pages come from.
        public var data: String
        /// Pages of each split.
        public var pages: [String: Int]
        /// Names of the archetypes.
        public var archetypes: [String]
        /// The seed of the run and of everything random in the evaluation.
        public var seed: UInt64
        /// SHA-256 of the table that says which split each page lies in (`splits.csv` of the run); nil for generated pages.
        public var splits: String?
        /// Steps by which the codes of pages were refined; nil in files of before there was that, 0 for the encoder's own.
        public var refinementSteps: Int?
        /// What the prior weighed in that refinement; nil without, and in files of before, where it weighed as in the training.
        public var refinementPriorWeight: Double?
        /// How samples were drawn, in words; nil in files of before that was told.
        public var sampling: String?
    }

    /// `schema` above.
    public var schema = EvaluationResult.schema
    /// What was evaluated.
    public var subject: Subject
    /// The figures of the model on test pages, by the keys of the specification.
    public var metrics: [String: Figure]
    /// The same keys for what the model must beat on the same split: `pixel_pca_128`, `frozen_vgg16`, `mean_page`,
    /// `majority`, `real_against_real` (the floor of the sample-quality figures).
    public var baselines: [String: [String: Figure]]
    /// KL of every latent dimension, nats, mean over test pages.
    public var klPerDimension: [Double]
    /// For each archetype, figures of its own: `count`, `ssim_from_latent`, `knn_accuracy`, `recognised` …
    public var perArchetype: [String: [String: Double]]
    /// Rows: the true archetype; columns: what the 5 nearest training pages say.
    public var confusion: [[Int]]
    /// Seconds spent on each part.
    public var seconds: [String: Double]

    enum CodingKeys: String, CodingKey {
        case schema, subject, metrics, baselines, confusion, seconds
        case klPerDimension = "kl_per_dimension"
        case perArchetype = "per_archetype"
    }

    /// Pretty-printed JSON with sorted keys; a number that is none (a model that has diverged) is the string "nan".
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

extension EvaluationResult {
    /// Reads what `json()` wrote.
    public init(json: Data) throws {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        self = try decoder.decode(EvaluationResult.self, from: json)
    }
}

/// The aims that the source document states for its β = 1 model.
public struct SourceTarget: Sendable {
    /// Key in `metrics`.
    public let key: String
    /// What a person calls it.
    public let name: String
    /// The least, or greatest, value that meets it.
    public let bound: Double
    /// Whether the figure must be above the bound, else below.
    public let isLowerBound: Bool

    /// The source's table "Métriques attendues".
    public static let all = [
        SourceTarget(key: "ssim", name: "SSIM", bound: 0.75, isLowerBound: true),
        SourceTarget(key: "silhouette", name: "Silhouette by archetype", bound: 0.5, isLowerBound: true),
        SourceTarget(key: "min_cluster_distance", name: "Smallest cluster distance", bound: 15, isLowerBound: true),
        SourceTarget(key: "interpolation_variance", name: "Interpolation variance", bound: 0.1, isLowerBound: false),
    ]
}
