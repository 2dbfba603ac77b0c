/// A visible part of a page: a rectangle with what is drawn in it.
///
/// A page is a sequence of parts in the order in which they are drawn. What a sequence leaves out of a layout tree: which part
/// lies in which (told again by the rectangles), the words (told again by their length), a chart's data, and shapes that only
/// `contours` describe.
public struct PagePart: Sendable, Equatable {
    /// What is drawn in the rectangle.
    public enum Figure: Sendable, Hashable, CaseIterable {
        /// The rectangle itself.
        case box
        /// Letters, or bars where letters would be mud.
        case text, boldText
        /// Bars for text whatever its size.
        case bars, boldBars
        /// A shape.
        case shape(NodeStyle.Shape)

        /// All but contours, which no rectangle describes.
        public static let allCases: [Figure] =
            [.box, .text, .boldText, .bars, .boldBars]
            + NodeStyle.Shape.allCases.filter { $0 != .contours }.map(Self.shape)

        /// Whether words are drawn.
        public var isText: Bool { [.text, .boldText, .bars, .boldBars].contains(self) }
        /// Whether a chart is drawn.
        public var isChart: Bool {
            switch self {
            case .shape(.columnChart), .shape(.barChart), .shape(.lineChart), .shape(.areaChart), .shape(.pieChart),
                .shape(.ringChart):
                true
            default: false
            }
        }

        init(isBold: Bool, isGreeked: Bool) {
            self = isGreeked ? (isBold ? .boldBars : .bars) : (isBold ? .boldText : .text)
        }
    }

    /// What the part is on the page.
    public var role: LayoutNode.Role
    /// What is drawn.
    public var figure: Figure
    /// Where, in pixels of the page.
    public var bounds: Bounds
    /// Grey of the inside, or of the letters; nil for none.
    public var fill: Double?
    /// Grey of the lines; nil for none.
    public var stroke: Double?
    /// Width of the lines in pixels.
    public var lineWidth: Int
    /// Radius of the corners in pixels.
    public var radius: Int
    /// Height of the em square in pixels; 0 where there is no text.
    public var fontSize: Double
    /// Where lines of text stand.
    public var alignment: NodeStyle.Alignment
    /// Lines of text, or values of a chart; 0 of everything else.
    public var count: Int

    /// A part.
    public init(
        _ role: LayoutNode.Role, _ figure: Figure, _ bounds: Bounds, fill: Double? = nil, stroke: Double? = nil,
        lineWidth: Int = 1, radius: Int = 0, fontSize: Double = 0, alignment: NodeStyle.Alignment = .left,
        count: Int = 0
    ) {
        self.role = role
        self.figure = figure
        self.bounds = bounds
        self.fill = fill
        self.stroke = stroke
        self.lineWidth = lineWidth
        self.radius = radius
        self.fontSize = fontSize
        self.alignment = alignment
        self.count = count
    }

    /// What a node draws itself; nil when that is nothing, or contours.
    init?(_ node: LayoutNode) {
        guard let style = node.style, node.role != .page, node.bounds.width > 0, node.bounds.height > 0 else {
            return nil
        }
        let lines = node.text.map { $0.split(separator: "\n", omittingEmptySubsequences: false).count }
        let figure: Figure
        if lines != nil {
            figure = Figure(isBold: style.bold ?? false, isGreeked: style.greeked ?? false)
        } else {
            guard style.shape != .contours, style.fill != nil || style.stroke != nil else { return nil }
            figure = style.shape.map(Figure.shape) ?? .box
        }
        self.init(
            node.role, figure, node.bounds, fill: style.fill, stroke: style.stroke, lineWidth: style.lineWidth ?? 1,
            radius: style.radius ?? 0, fontSize: lines == nil ? 0 : style.fontSize ?? 12,
            alignment: style.align ?? .left,
            count: lines ?? (figure.isChart ? style.values?.count ?? 0 : 0))
    }

    /// What of the part lies on the page; nil for nothing.
    func within(width: Int, height: Int) -> PagePart? {
        var part = self
        part.bounds = bounds.intersection(Bounds(x: 0, y: 0, width: width, height: height))
        return part.bounds.width > 0 && part.bounds.height > 0 ? part : nil
    }

    /// The node that draws the part; words and a chart's data are made up, from the page's seed and the part's number on it.
    func node(seed: UInt64, number: Int) -> LayoutNode {
        var dice = SeededGenerator(seed: seed, stream: 8, number)  // a layout decoder draws from stream 7
        var style = NodeStyle(
            fill: fill, stroke: stroke, lineWidth: lineWidth == 1 ? nil : lineWidth, radius: radius == 0 ? nil : radius)
        guard figure.isText else {
            if case .shape(let shape) = figure { style.shape = shape }
            if figure.isChart { style.values = (0..<max(2, count)).map { _ in 0.1 + 0.85 * Double(dice.uniform()) } }
            return LayoutNode(role, bounds, style: style)
        }
        let lines = max(1, count)
        let isBold = figure == .boldText || figure == .boldBars
        style.fontSize = max(1, fontSize)
        style.lineHeight = max(1, bounds.height / lines)
        style.bold = isBold ? true : nil
        style.greeked = figure == .bars || figure == .boldBars ? true : nil
        style.align = alignment == .left ? nil : alignment
        let words = FillerText(size: max(1, fontSize), isBold: isBold)
        let text = words.lines(lines, width: Double(bounds.width), for: role, &dice)
        return LayoutNode(role, bounds, text: text.joined(separator: "\n"), style: style)
    }
}

extension LayoutNode {
    /// The visible parts of the tree, in the order in which they are drawn.
    public var parts: [PagePart] { allNodes.compactMap(PagePart.init) }

    /// A page of the given size from its parts: each lies in the last part before it that contains it. What reaches out of the
    /// page is cut off, what lies outside left out.
    ///
    /// - Parameter seed: of the words and the data of charts.
    public init(parts: [PagePart], width: Int, height: Int, seed: UInt64 = 0) {
        let page = Bounds(x: 0, y: 0, width: width, height: height)
        var open = [LayoutNode(.page, page, style: NodeStyle(fill: 1))]
        func close() {
            let last = open.removeLast()
            open[open.count - 1].children.append(last)
        }
        for (number, part) in parts.enumerated() {
            guard let part = part.within(width: width, height: height) else { continue }
            while open.count > 1, !open[open.count - 1].bounds.contains(part.bounds) { close() }
            open.append(part.node(seed: seed, number: number))
        }
        while open.count > 1 { close() }
        self = open[0]
    }
}
