/// Turns the picture of a page into shapes that a person can edit.
///
/// From back to front: filled areas, outlined boxes with or without a cross, straight lines, then what is left, as lines
/// of text, small shapes and traced drawings. A shape is taken when the picture shows it; what the shapes together do not
/// show is traced at the end, so nothing drawn is lost. Edges of shapes fall on pixels, traced ones between them.
///
/// ```swift
/// let tree = Vectorizer().tree(of: PNG.read(file))
/// let svg = WireframeRenderer().svg(tree)
/// ```
public struct Vectorizer: Sendable {
    /// A vectorizer.
    public init() {}

    /// The layout of a page, as large as the picture. `WireframeRenderer` draws it again.
    ///
    /// Rectangles, ellipses and crossed boxes are what they are; a line of text is one node whose style holds the letters'
    /// `contours`; a role is a guess from size, place and content, `drawing` where there is none.
    ///
    /// - Parameter image: any picture with at least a pixel; 1 is paper, 0 ink, soft edges as a decoder draws them too.
    public func tree(of image: GrayImage) -> LayoutNode {
        var tracing = Tracing(PixelGrid(image))
        tracing.findFills()
        tracing.findInk()
        tracing.findOutlines()
        tracing.findLines()
        tracing.findTextAndDrawings()
        tracing.findRemainder()
        return LayerTree(tracing.shapes, page: Bounds(0, 0, image.width, image.height), paper: tracing.paper).root
    }
}

/// A shape that was found, before it has a place in the tree.
struct VectorShape {
    enum Kind {
        /// A filled area with an outline of its own.
        case area
        case box
        case crossedBox
        case disc
        case line
        case text
        case drawing
        /// What corrects the shapes below it.
        case patch
    }

    var kind: Kind
    var bounds: Bounds
    var style: NodeStyle

    /// Whether other shapes can lie in it.
    var isContainer: Bool { [.area, .box, .crossedBox, .disc].contains(kind) }
}

/// The picture, and what of it has been explained.
struct Tracing {
    /// The picture: 255 paper, 0 ink.
    let gray: PixelGrid<UInt8>
    /// The areas found so far, without lines and letters.
    var painted: PixelGrid<UInt8>
    /// Lines and letters: what differs from the areas, and what of it is not yet part of a shape.
    var marks: PixelGrid<Bool>
    var ink: PixelGrid<Bool>
    var shapes: [VectorShape] = []
    /// The grey of the sheet.
    var paper: UInt8 = 255

    init(_ gray: PixelGrid<UInt8>) {
        self.gray = gray
        painted = PixelGrid(width: gray.width, height: gray.height, filledWith: 255)
        marks = PixelGrid(width: gray.width, height: gray.height, filledWith: false)
        ink = marks
    }

    /// Marks are the pixels that differ from the areas by at least half as much as any pixel close by: of a soft
    /// line its core, of a smoothed letter what a person sees as black. The smoothed edge of an area is no mark: it lies
    /// between the two greys, and no line runs along it.
    mutating func findInk() {
        let (darkest, lightest) = (painted.minimum(reach: 1), painted.maximum(reach: 1))
        let (dark, light) = (gray.minimum(reach: 1), gray.maximum(reach: 1))
        var contrast = PixelGrid<UInt8>(width: gray.width, height: gray.height, filledWith: 0)
        for i in gray.values.indices {
            let value = Int(gray.values[i])
            let low = Int(darkest.values[i])
            let high = Int(lightest.values[i])
            let isAlongLine = Int(dark.values[i]) < low - 40 || Int(light.values[i]) > high + 40
            let difference = isAlongLine ? abs(value - Int(painted.values[i])) : max(low - value, value - high, 0)
            contrast.values[i] = UInt8(difference)
        }
        let peak = contrast.maximum(reach: 2)
        for i in contrast.values.indices {
            let value = contrast.values[i]
            marks.values[i] = value >= 28 && 2 * Int(value) >= Int(peak.values[i])
        }
        ink = marks
    }

    /// The middle grey of some pixels, or the one below which another share of them lies; 0 of none.
    func median(_ points: some Sequence<(x: Int, y: Int)>, share: Double = 0.5) -> Double {
        var values = points.filter { $0.x >= 0 && $0.y >= 0 && $0.x < gray.width && $0.y < gray.height }
            .map { gray[$0.x, $0.y] }
        guard !values.isEmpty else { return 0 }
        values.sort()
        return Self.level(values[Int(Double(values.count - 1) * share)])
    }

    /// A grey in [0, 1] with three decimals.
    static func level(_ value: UInt8) -> Double { (Double(value) / 255 * 1000).rounded() / 1000 }
}

extension Bounds {
    /// Every pixel, row by row.
    var pixels: some Sequence<(x: Int, y: Int)> {
        (y..<maxY).lazy.flatMap { row in (x..<maxX).lazy.map { (x: $0, y: row) } }
    }

    /// The rectangle and `d` pixels around it.
    func grown(_ d: Int) -> Bounds { Bounds(x - d, y - d, width + 2 * d, height + 2 * d) }

    /// Whether no edge is more than `d` pixels from the other's.
    func isNear(_ other: Bounds, _ d: Int) -> Bool {
        abs(x - other.x) <= d && abs(y - other.y) <= d && abs(maxX - other.maxX) <= d && abs(maxY - other.maxY) <= d
    }

    func union(_ other: Bounds) -> Bounds {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return Bounds(left, top, max(maxX, other.maxX) - left, max(maxY, other.maxY) - top)
    }

    /// The part that lies in `other`; without rows or columns if there is none.
    func intersection(_ other: Bounds) -> Bounds {
        let (left, top) = (max(x, other.x), max(y, other.y))
        return Bounds(left, top, min(maxX, other.maxX) - left, min(maxY, other.maxY) - top)
    }

    /// As a closed polygon.
    var corners: [Double] { [x, y, maxX, y, maxX, maxY, x, maxY].map(Double.init) }

    var shorter: Int { min(width, height) }
    var area: Int { width * height }
}
