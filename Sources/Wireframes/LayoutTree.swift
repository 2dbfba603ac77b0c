/// A rectangle in absolute page coordinates, in whole pixels; `(0, 0)` is the page's top left corner.
public struct Bounds: Codable, Sendable, Hashable {
    /// Left edge.
    public var x: Int
    /// Top edge.
    public var y: Int
    /// Pixels per row, never negative.
    public var width: Int
    /// Rows, never negative.
    public var height: Int

    /// A rectangle; negative sizes become 0.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    /// The column just right of the rectangle.
    public var maxX: Int { x + width }
    /// The row just below the rectangle.
    public var maxY: Int { y + height }

    /// Whether `other` lies wholly inside, edges included.
    public func contains(_ other: Bounds) -> Bool {
        other.x >= x && other.y >= y && other.maxX <= maxX && other.maxY <= maxY
    }

    /// Whether both overlap and neither lies in the other, by more than one column and one row: parts of a page are nested or apart, with few exceptions.
    public func crosses(_ other: Bounds) -> Bool {
        let overlap = (
            min(maxX, other.maxX) - max(x, other.x), min(maxY, other.maxY) - max(y, other.y)
        )
        return overlap.0 > 1 && overlap.1 > 1 && !grown.contains(other) && !other.grown.contains(self)
    }

    private var grown: Bounds { Bounds(x: x - 1, y: y - 1, width: width + 2, height: height + 2) }
}

/// How a node is drawn. Every field is optional, so that a sidecar names only what differs from a plain rectangle
/// without fill or outline.
public struct NodeStyle: Codable, Sendable, Equatable {
    /// Where a line of text stands in its node.
    public enum Alignment: String, Codable, Sendable {
        /// Flush left, the default.
        case left
        /// Centred.
        case centre
        /// Flush right.
        case right
    }

    /// What is drawn in a node's bounds; `nil` is a rectangle.
    public enum Shape: String, Codable, Sendable, CaseIterable {
        /// An ellipse that touches the four edges.
        case ellipse
        /// A rectangle with its two diagonals: the wireframe's image.
        case crossedBox
        /// A rectangle with a sun over hills.
        case photo
        /// A street map.
        case map
        /// Charts of `values`.
        case columnChart, barChart, lineChart, areaChart, pieChart, ringChart
        /// Symbols, drawn with the node's stroke.
        case check, cross, plus, minus, chevronDown, chevronRight, chevronLeft, menu, search, cart, person, star
        /// More symbols.
        case heart, play, pin, mail, gear, house, dots, triangle
        /// The area that `contours` enclose: what a page shows and no other shape describes.
        case contours
    }

    /// Grey of the inside; for text, the grey of the letters. 0 is ink, 1 paper.
    public var fill: Double?
    /// Grey of the outline or of a symbol's lines.
    public var stroke: Double?
    /// Width of the outline in pixels; `nil` is 1.
    public var lineWidth: Int?
    /// Radius of rounded corners in pixels; `nil` is 0.
    public var radius: Int?
    /// What is drawn; `nil` is a rectangle.
    public var shape: Shape?
    /// The data of a chart, each in [0, 1].
    public var values: [Double]?
    /// Closed polygons, each x and y by turns in absolute page coordinates; what lies in an odd number of them is filled.
    public var contours: [[Double]]?
    /// Height of the em square in pixels.
    public var fontSize: Double?
    /// Distance between the tops of two lines of text in pixels.
    public var lineHeight: Int?
    /// Bold letters.
    public var bold: Bool?
    /// Where lines of text stand; `nil` is left.
    public var align: Alignment?
    /// Draw text as bars ("greeked") whatever its size; `nil` is no.
    public var greeked: Bool?

    /// A style; what is left out keeps its default.
    public init(
        fill: Double? = nil, stroke: Double? = nil, lineWidth: Int? = nil, radius: Int? = nil, shape: Shape? = nil,
        values: [Double]? = nil
    ) {
        self.fill = fill
        self.stroke = stroke
        self.lineWidth = lineWidth
        self.radius = radius
        self.shape = shape
        self.values = values
    }
}

/// A page's layout: what each rectangle is, where it lies, how it is drawn, and what lies in it.
///
/// The picture is a function of the tree alone (`WireframeRenderer`): a node is drawn first, its children over it, in
/// order.
public struct LayoutNode: Codable, Sendable, Equatable {
    /// What a rectangle is on the page.
    public enum Role: String, Codable, Sendable, CaseIterable {
        /// The page itself: the root.
        case page
        /// Regions.
        case header, nav, banner, hero, section, sidebar, footer, form, dialog
        /// Groups.
        case card, list, item, table, row, cell, tabs, steps, timeline, pagination
        /// Leaves with words.
        case heading, text, link, label, price, quote, badge
        /// Leaves to act on.
        case button, input, checkbox, radio, toggle, select, slider
        /// Leaves to look at.
        case image, avatar, icon, logo, chart, map, video, line, rating, progress
        /// What was drawn, whatever it may be.
        case drawing
    }

    /// What the node is.
    public var role: Role
    /// Where it lies, in absolute page coordinates.
    public var bounds: Bounds
    /// Its words; lines are parted by `\n`.
    public var text: String?
    /// How it is drawn; `nil` draws nothing of its own.
    public var style: NodeStyle?
    /// What lies in it, drawn over it in order.
    public var children: [LayoutNode]

    /// A node.
    public init(
        _ role: Role, _ bounds: Bounds, text: String? = nil, style: NodeStyle? = nil, children: [LayoutNode] = []
    ) {
        self.role = role
        self.bounds = bounds
        self.text = text
        self.style = style
        self.children = children
    }

    private enum CodingKeys: String, CodingKey {
        case role, bounds, text, style, children
    }

    /// Reads a node; `children` may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        role = try container.decode(Role.self, forKey: .role)
        bounds = try container.decode(Bounds.self, forKey: .bounds)
        text = try container.decodeIfPresent(String.self, forKey: .text)
        style = try container.decodeIfPresent(NodeStyle.self, forKey: .style)
        children = try container.decodeIfPresent([LayoutNode].self, forKey: .children) ?? []
    }

    /// Writes a node; empty `children` are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(bounds, forKey: .bounds)
        try container.encodeIfPresent(text, forKey: .text)
        try container.encodeIfPresent(style, forKey: .style)
        if !children.isEmpty { try container.encode(children, forKey: .children) }
    }

    /// Every node of the tree, this one first, parents before their children.
    public var allNodes: [LayoutNode] {
        var nodes: [LayoutNode] = []
        visit { nodes.append($0) }
        return nodes
    }

    private func visit(_ body: (LayoutNode) -> Void) {
        body(self)
        for child in children { child.visit(body) }
    }

    /// The tree moved by `dx` columns and `dy` rows.
    func moved(dx: Int = 0, dy: Int = 0) -> LayoutNode {
        var copy = self
        copy.bounds.x += dx
        copy.bounds.y += dy
        copy.children = children.map { $0.moved(dx: dx, dy: dy) }
        return copy
    }
}
