/// How training pages are varied. Geometry and light change input and target alike; noise, erasing and salt and pepper
/// the input only, which the network must clean up.
public struct AugmentationConfiguration: ConfigurationSection {
    /// Whether anything is varied at all.
    public var enabled = true
    /// Standard deviation of the Gaussian noise, on values from 0 to 1.
    public var noise = 0.2
    /// Random erasing of one rectangle.
    public var erasing = ErasingConfiguration()
    /// Share of the pixels that turn black or white.
    public var saltAndPepper = 0.04
    /// Most degrees of rotation, either way.
    public var rotationDegrees = 5.0
    /// Random change of the point of view.
    public var perspective = PerspectiveConfiguration()
    /// Brightness is multiplied by 1 ± this.
    public var brightness = 0.1
    /// Distance from the mean is multiplied by 1 ± this.
    public var contrast = 0.1
    /// Probability of a left-right flip.
    public var horizontalFlip = 0.0

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .value("enabled", \.enabled),
        .number("noise", \.noise, .fraction),
        .section("erasing", \.erasing),
        .number("salt_and_pepper", \.saltAndPepper, .fraction),
        .number("rotation_degrees", \.rotationDegrees, .between(0, 45)),
        .section("perspective", \.perspective),
        .number("brightness", \.brightness, .fraction),
        .number("contrast", \.contrast, .fraction),
        .number("horizontal_flip", \.horizontalFlip, .fraction),
    ]
}

/// Random erasing (Zhong et al., "Random Erasing Data Augmentation", AAAI 2020).
public struct ErasingConfiguration: ConfigurationSection {
    /// Probability that a page loses a rectangle.
    public var probability = 0.35
    /// Least share of the page's area.
    public var minArea = 0.02
    /// Greatest share of the page's area.
    public var maxArea = 0.10

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("probability", \.probability, .fraction),
        .number("min_area", \.minArea, .fraction),
        .number("max_area", \.maxArea, .fraction),
    ]
}

/// Random perspective, as torchvision's `RandomPerspective`.
public struct PerspectiveConfiguration: ConfigurationSection {
    /// Probability that a page is seen from elsewhere.
    public var probability = 0.3
    /// How far a corner may move, as a share of half the side.
    public var scale = 0.12

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("probability", \.probability, .fraction),
        .number("scale", \.scale, .between(0, 0.9)),
    ]
}
