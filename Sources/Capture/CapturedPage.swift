internal import Foundation
internal import Wireframes

/// What the script in the page found (`Resources/page`): rectangles, parents before what lies in them.
struct CapturedPage: Decodable {
    /// Pixels per row: the window's.
    let width: Int
    /// Rows that were looked at.
    let height: Int
    /// Rows of the whole page.
    let fullHeight: Int
    let title: String
    /// There was more than the script takes.
    let truncated: Bool
    let nodes: [Node]

    /// A rectangle. The keys are short, since there may be thousands.
    struct Node: Decodable {
        /// The one that it lies in, −1 for the page.
        let p: Int
        /// Its role.
        let t: String
        let x: Double
        let y: Double
        let w: Double
        let h: Double
        /// Its words.
        let s: String?
        /// Height of its letters in pixels.
        let fs: Double?
        /// Bold.
        let b: Bool?
        /// Its box can be seen.
        let o: Bool?
        /// Radius of its corners.
        let r: Double?
        /// It has a picture as its ground.
        let i: Bool?
    }

    /// The page as a layout tree, with the style in which it is sketched.
    func tree() -> LayoutNode {
        var children = [[LayoutNode]](repeating: [], count: nodes.count + 1)
        // From the last: when a node is made, what lies in it is complete.
        for (index, node) in nodes.enumerated().reversed() {
            let inner = Array(children[index + 1].reversed())
            children[index + 1] = []
            if let made = node.layoutNode(with: inner) { children[max(-1, min(node.p, index - 1)) + 1].append(made) }
        }
        return LayoutNode(.page, Bounds(x: 0, y: 0, width: width, height: height), children: children[0].reversed())
    }
}

extension CapturedPage.Node {
    fileprivate func layoutNode(with children: [LayoutNode]) -> LayoutNode? {
        func pixel(_ edge: Double) -> Int { Int((max(-1e5, min(1e5, edge)) + 0.5).rounded(.down)) }
        let (left, top) = (pixel(x), pixel(y))
        let bounds = Bounds(x: left, y: top, width: max(1, pixel(x + w) - left), height: max(1, pixel(y + h) - top))
        let role = LayoutNode.Role(rawValue: t) ?? .section
        switch role {
        case .heading, .text, .link, .label, .price, .quote: return words(role, bounds, children)
        case .button: return box(role, bounds, children, NodeStyle(fill: 0.85, stroke: 0.15))
        case .badge: return box(role, bounds, children, NodeStyle(fill: 0.9, stroke: 0.4))
        case .input: return box(role, bounds, placeholder(bounds) + children, NodeStyle(stroke: 0.3))
        case .select:
            let sketch = LayoutNode(role, in: bounds, words: nil, fontSize: 0, isGroup: false)
            return box(role, bounds, placeholder(bounds) + sketch.children, NodeStyle(stroke: 0.3))
        case .image, .video, .map, .avatar, .icon, .checkbox, .radio, .toggle, .line, .progress, .slider, .chart, .logo,
            .rating:
            return leaf(role, bounds)
        default:
            // A group with a picture as its ground, and nothing on it, is that picture.
            if i == true, children.isEmpty { return leaf(.image, bounds) }
            var node = LayoutNode(role, bounds, children: children)
            if o == true || i == true { node.style = NodeStyle(stroke: 0.55, radius: radius) }
            return node
        }
    }

    private var radius: Int? { r.flatMap { $0 >= 1 ? Int(min($0, 24).rounded()) : nil } }

    private func leaf(_ role: LayoutNode.Role, _ bounds: Bounds) -> LayoutNode {
        var node = LayoutNode(role, in: bounds, words: nil, fontSize: 0, isGroup: false)
        node.role = role
        // An image too small for a cross to be seen in is a plain box, as a logo is.
        if role == .logo { node.style = NodeStyle(stroke: 0.15, shape: .crossedBox) }
        if role == .icon { node.style = NodeStyle(stroke: 0.25, shape: .ellipse) }
        if role == .line {
            // As thin as on the page: borders are a pixel or two.
            node.bounds =
                bounds.width >= bounds.height
                ? Bounds(x: bounds.x, y: bounds.y, width: bounds.width, height: min(bounds.height, 2))
                : Bounds(x: bounds.x, y: bounds.y, width: min(bounds.width, 2), height: bounds.height)
            node.style = NodeStyle(fill: 0.45)
        }
        return node
    }

    private func box(
        _ role: LayoutNode.Role, _ bounds: Bounds, _ children: [LayoutNode], _ style: NodeStyle
    ) -> LayoutNode {
        var style = style
        style.radius = radius
        var all = children
        if role == .button, let s, !s.isEmpty {
            all.append(
                line(
                    .label, Bounds(x: bounds.x + 2, y: bounds.y, width: bounds.width - 4, height: bounds.height), s,
                    .centre))
        }
        return LayoutNode(role, bounds, style: o == true ? style : nil, children: all)
    }

    /// What an empty field says.
    private func placeholder(_ bounds: Bounds) -> [LayoutNode] {
        guard let s, !s.isEmpty, bounds.width > 24, bounds.height >= 10 else { return [] }
        let height = min(bounds.height, 40)
        var node = line(
            .label,
            Bounds(
                x: bounds.x + 8, y: bounds.y + (bounds.height > 60 ? 0 : (bounds.height - height) / 2),
                width: bounds.width - 16, height: height), s, nil)
        node.style?.fill = 0.5
        return [node]
    }

    private func words(_ role: LayoutNode.Role, _ bounds: Bounds, _ children: [LayoutNode]) -> LayoutNode {
        guard let s, !s.isEmpty else { return LayoutNode(role, bounds, children: children) }
        var node = line(role, bounds, s, nil)
        node.children = children
        return node
    }

    private func line(
        _ role: LayoutNode.Role, _ bounds: Bounds, _ words: String, _ align: NodeStyle.Alignment?
    ) -> LayoutNode {
        var style = NodeStyle(fill: 0.15)
        style.fontSize = max(1, min(fs ?? 13, 400))
        style.lineHeight = bounds.height
        style.bold = b == true ? true : nil
        style.align = align
        return LayoutNode(role, bounds, text: words.replacing("\n", with: " "), style: style)
    }
}
