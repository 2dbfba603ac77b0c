/// What a request may ask for at most.
enum Limits {
    /// Connections at a time; whoever comes later waits.
    static let connections = 256
    /// Seconds that a request may take to arrive.
    static let patience = 60.0
    /// Bytes of an uploaded page.
    static let uploadBytes = 8 << 20
    /// Bytes of a request in JSON.
    static let requestBytes = 1 << 20
    /// Pixels of an uploaded page.
    static let uploadPixels = 16 << 20
    /// Pixels of an uploaded screenshot: reducing one takes up to 150 bytes each.
    static let screenshotPixels = 10 << 20
    /// Pixels of a page that is drawn: 2048×2048.
    static let drawnPixels = 4 << 20
    /// Pixels of all pages of an interpolation together.
    static let interpolatedPixels = 16 << 20
    /// Pages of an interpolation.
    static let frames = 60
    /// Parts of a mixture, such as pages.
    static let mixed = 5000
    /// Mixtures within mixtures.
    static let depth = 4
    /// Directions that people have learned, and those of generating factors that are shown.
    static let directions = 100
    static let factors = 40
    /// Changes to a code.
    static let offsets = 64
    /// A number of a code, a weight or an amount; those of trained models are below 10.
    static let magnitude = 1e3
    /// Neighbours.
    static let neighbours = 200
    /// New pages at a time.
    static let generated = 64
    /// What deviations are multiplied by.
    static let temperature = 3.0
    /// Pages that are compared with all others.
    static let comparedPages = 20_000
    /// Pages that stand out, or pairs of them.
    static let found = 100
    /// Width and height of a thumbnail.
    static let thumbnailSide = 128
    /// Thumbnails that are kept.
    static let thumbnails = 8192
}
