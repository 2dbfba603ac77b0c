/// What a layout decoder is built from and how it is trained.
public struct LayoutConfiguration: ConfigurationSection {
    /// A model, or a run, whose layout decoder to begin with: after a model was trained on, its decoder need not start from
    /// chance. It must have the same shape.
    public var pretrained: String?
    /// Width of the transformer.
    public var width = 192
    /// Its layers.
    public var layers = 4
    /// Heads of attention in each.
    public var heads = 8
    /// Passes over the training pages; generated ones are new ones each time.
    public var epochs = 20
    /// Pages per step of the optimiser.
    public var batchSize = 24
    /// The learning rate after the first steps, from where it falls to a hundredth along a cosine.
    public var learningRate = 2e-3

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .value("pretrained", \.pretrained),
        .number("width", \.width, .between(8, 4096)),
        .number("layers", \.layers, .between(1, 64)),
        .number("heads", \.heads, .between(1, 64)),
        .number("epochs", \.epochs, .between(1, 1_000_000)),
        .number("batch_size", \.batchSize, .between(1, 4096)),
        .number("lr", \.learningRate, .positive),
    ]
}
