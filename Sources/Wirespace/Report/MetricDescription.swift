/// What a figure of ``EvaluationResult/metrics`` means: the one place that says it, for reports and documents.
public struct MetricDescription: Sendable {
    /// Which values are good.
    public enum Direction: Sendable {
        /// The larger the better.
        case higher
        /// The smaller the better.
        case lower
        /// Neither: it describes, or the good value lies in between.
        case neither
    }

    /// What a figure is about.
    public enum Topic: String, Sendable, CaseIterable {
        /// How well pages are drawn.
        case drawing = "Drawing pages"
        /// Whether the latent space is used.
        case use = "Use of the latent space"
        /// How pages lie in it.
        case order = "Order in the latent space"
        /// What lies between two pages.
        case paths = "Paths between pages"
        /// Pages that the model invents.
        case samples = "New pages, as they are drawn by default"
        /// What the layout decoder draws.
        case layouts = "Layouts"
        /// How well single dimensions match single properties of a page.
        case factors = "Factors of variation"
        /// Keys that this table does not know.
        case other = "Other figures"
    }

    /// Key in `metrics.json`.
    public let key: String
    /// What a person calls it.
    public let name: String
    /// What it is about.
    public let topic: Topic
    /// Unit and range.
    public let range: String
    /// Which values are good.
    public let better: Direction
    /// How it is computed, in words.
    public let formula: String
    /// The paper or the standard definition that it follows.
    public let source: String

    /// The description of `key`; nil for a key that the table does not know.
    public static func of(_ key: String) -> MetricDescription? { byKey[key] }

    private static let byKey = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })

    init(
        _ key: String, _ name: String, _ topic: Topic, _ range: String, _ better: Direction, _ formula: String,
        source: String
    ) {
        self.key = key
        self.name = name
        self.topic = topic
        self.range = range
        self.better = better
        self.formula = formula
        self.source = source
    }

    /// A stand-in for a key that the table does not know: the key itself.
    init(unknown key: String) {
        self.init(
            key, key, .other, "", .neither, "This report does not know this key; the value is shown as it was written.",
            source: "")
    }
}
