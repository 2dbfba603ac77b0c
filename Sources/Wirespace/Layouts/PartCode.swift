package import Wireframes

/// A page's part as whole numbers, one for each attribute, in the order in which they are written.
///
/// Lengths count columns of a grid that is 128 columns wide, whatever the page's width: at 128 pixels a part is kept to the
/// pixel.
package struct PartCode: Equatable, Sendable {
    /// What is written of a part, one after the other.
    package enum Attribute: Int, CaseIterable, Sendable {
        case kind, x, y, width, height, fill, stroke, lineWidth, radius, fontSize, alignment, count

        /// How many values it has.
        package var values: Int {
            switch self {
            case .kind: 1 + PartCode.roles.count * PartCode.figures.count
            case .x: PartCode.columns
            case .y: PartCode.rows
            case .width: PartCode.columns + 1
            case .height: PartCode.rows + 1
            case .fill, .stroke: PartCode.greys + 2
            case .lineWidth: 4
            case .radius: 9
            case .fontSize: 64
            case .alignment: 3
            case .count: 16
            }
        }

        /// Where its values begin among those of all attributes.
        var offset: Int { Self.offsets[rawValue] }
        /// Values of all attributes together.
        static let allValues = allCases.reduce(0) { $0 + $1.values }
        private static let offsets = allCases.indices.map { allCases.prefix($0).reduce(0) { $0 + $1.values } }
    }

    /// Columns of the grid.
    package static let columns = 128
    /// Rows that can be told apart: pages up to four times as tall as wide.
    package static let rows = 512
    /// Rows of the grid that a page of this size covers.
    package static func rows(height: Int, width: Int) -> Int {
        (height * columns + width - 1) / max(1, width)
    }

    /// The kind that ends a page.
    package static let end = 0

    private static let greys = 16
    private static let roles = LayoutNode.Role.allCases.filter { $0 != .page }
    private static let figures = PagePart.Figure.allCases
    private static let alignments: [NodeStyle.Alignment] = [.left, .centre, .right]
    private static let roleNumbers = Dictionary(uniqueKeysWithValues: roles.enumerated().map { ($1, $0) })
    private static let figureNumbers = Dictionary(uniqueKeysWithValues: figures.enumerated().map { ($1, $0) })

    /// A value for each attribute.
    private(set) var values: [Int]

    package subscript(attribute: Attribute) -> Int {
        get { values[attribute.rawValue] }
        set { values[attribute.rawValue] = newValue }
    }

    /// A part of which nothing is known: zeros.
    package static let nothing = PartCode(values: Array(repeating: 0, count: Attribute.allCases.count))

    private init(values: [Int]) { self.values = values }

    /// A part of a page that is `pageWidth` pixels wide; nil where it begins below the last row of the grid.
    package init?(_ part: PagePart, pageWidth: Int) {
        let unit = Double(pageWidth) / Double(Self.columns)
        func place(_ pixels: Int) -> Int { Int((Double(pixels) / unit).rounded()) }
        func grey(_ value: Double?) -> Int {
            value.map { 1 + Int((min(max($0, 0), 1) * Double(Self.greys)).rounded()) } ?? 0
        }
        let (x, y) = (min(max(place(part.bounds.x), 0), Self.columns - 1), max(place(part.bounds.y), 0))
        guard let role = Self.roleNumbers[part.role], let figure = Self.figureNumbers[part.figure], y < Self.rows else {
            return nil
        }
        self = .nothing
        self[.kind] = 1 + role * Self.figures.count + figure
        self[.x] = x
        self[.y] = y
        self[.width] = place(part.bounds.maxX) - x
        self[.height] = place(part.bounds.maxY) - y
        self[.fill] = grey(part.fill)
        self[.stroke] = grey(part.stroke)
        self[.lineWidth] = part.lineWidth
        self[.radius] = place(part.radius)
        if part.figure.isText { self[.fontSize] = max(1, Int((4 * part.fontSize / unit).rounded())) }
        self[.alignment] = Self.alignments.firstIndex(of: part.alignment) ?? 0
        self[.count] = part.count
        for attribute in Attribute.allCases { self[attribute] = min(max(self[attribute], 0), attribute.values - 1) }
    }

    /// The part on a page that is `pageWidth` pixels wide; nil for the end.
    package func part(pageWidth: Int) -> PagePart? {
        guard self[.kind] != Self.end else { return nil }
        let unit = Double(pageWidth) / Double(Self.columns)
        func pixels(_ places: Int) -> Int { Int((Double(places) * unit).rounded()) }
        func grey(_ value: Int) -> Double? { value == 0 ? nil : Double(value - 1) / Double(Self.greys) }
        let (role, figure) = (self[.kind] - 1).quotientAndRemainder(dividingBy: Self.figures.count)
        let (x, y) = (pixels(self[.x]), pixels(self[.y]))
        let bounds = Bounds(
            x: x, y: y, width: max(1, pixels(self[.x] + self[.width]) - x),
            height: max(1, pixels(self[.y] + self[.height]) - y))
        return PagePart(
            Self.roles[role], Self.figures[figure], bounds, fill: grey(self[.fill]), stroke: grey(self[.stroke]),
            lineWidth: max(1, self[.lineWidth]), radius: pixels(self[.radius]),
            fontSize: Double(self[.fontSize]) / 4 * unit, alignment: Self.alignments[self[.alignment]],
            count: self[.count])
    }

    /// Its rectangle on the grid.
    var bounds: Bounds { Bounds(x: self[.x], y: self[.y], width: self[.width], height: self[.height]) }

    /// Where an attribute of a later part is likely to lie: of a place, where this part begins and where it ends; of a
    /// length, as much, up to the same edge, or as far from both edges.
    ///
    /// - Parameter part: the later part, as far as it is known.
    func landmarks(of attribute: Attribute, for part: PartCode) -> [Int] {
        func lengths(_ own: Int, _ offset: Int) -> [Int] { [own, own - offset, own - 2 * offset] }
        return switch attribute {
        case .x: [self[.x], self[.x] + self[.width]]
        case .y: [self[.y], self[.y] + self[.height]]
        case .width: lengths(self[.width], part[.x] - self[.x])
        case .height: lengths(self[.height], part[.y] - self[.y])
        default: []
        }
    }

    /// The numbers of its values among those of all attributes.
    var numbers: [Int] { Attribute.allCases.map { self[$0] + $0.offset } }
}

extension [PartCode] {
    /// Whether a part would lie across one of the page's (``Bounds/crosses(_:)``).
    func areCrossed(by part: PartCode) -> Bool { contains { $0.bounds.crosses(part.bounds) } }

    /// Pairs of a page's parts that lie across each other (``Bounds/crosses(_:)``).
    var crossings: Int {
        indices.reduce(0) { sum, last in sum + self[..<last].count { $0.bounds.crosses(self[last].bounds) } }
    }
}
