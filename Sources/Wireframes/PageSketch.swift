/// A page that is drawn part by part, and can say what one more part would change.
///
/// Its pixels are those of the tree of the same parts (`LayoutNode(parts:width:height:seed:)`), but for letters that reach out of
/// their rectangle.
public struct PageSketch: Sendable {
    /// What has been drawn, 1 white and 0 ink.
    public private(set) var image: GrayImage
    private let seed: UInt64
    private var partCount = 0

    /// A blank page.
    ///
    /// - Parameter seed: of the words and the data of charts.
    public init(width: Int, height: Int, seed: UInt64 = 0) {
        image = GrayImage(width: width, height: height)
        self.seed = seed
    }

    /// The part's rectangle as it would be with the part, and where it lies; nil for a part that lies outside the page.
    public func patch(with part: PagePart) -> (bounds: Bounds, picture: GrayImage)? {
        guard let part = part.within(width: image.width, height: image.height) else { return nil }
        return (part.bounds, WireframeRenderer().render(part.node(seed: seed, number: partCount), over: image))
    }

    /// Draws a part over those before it.
    ///
    /// - Returns: what ``patch(with:)`` said of it.
    @discardableResult
    public mutating func draw(_ part: PagePart) -> (bounds: Bounds, picture: GrayImage)? {
        let patch = patch(with: part)
        if let (bounds, picture) = patch {
            for y in 0..<bounds.height {
                let row = (bounds.y + y) * image.width + bounds.x
                image.pixels.replaceSubrange(
                    row..<(row + bounds.width), with: picture.pixels[y * bounds.width..<(y + 1) * bounds.width])
            }
        }
        partCount += 1
        return patch
    }
}
