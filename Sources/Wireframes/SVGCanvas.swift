import Foundation

/// Draws into an SVG document (W3C, SVG 1.1) with Inkscape's names for layers.
final class SVGCanvas: Canvas {
    private let width: Int
    private let height: Int
    /// What has been drawn in each of the groups that are open, outermost first.
    private var open: [[SVGElement]] = [[]]
    private var counts: [LayoutNode.Role: Int] = [:]
    private var clips = 0

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The whole document.
    func document() -> String {
        let paper = SVGElement("rect", ["id": "paper", "width": "\(width)", "height": "\(height)", "fill": "#ffffff"])
        let root = SVGElement(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg",
                "xmlns:inkscape": "http://www.inkscape.org/namespaces/inkscape", "width": "\(width)",
                "height": "\(height)", "viewBox": "0 0 \(width) \(height)",
            ], [paper] + (open.first ?? []))
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.text(indent: "") + "\n"
    }

    // MARK: - Groups

    /// Children of the page become layers; a node that is one element carries the name itself.
    func group(_ node: LayoutNode, _ body: () -> Void) {
        guard node.role != .page else { return body() }
        let isLayer = open.count == 1
        counts[node.role, default: 0] += 1
        let number = counts[node.role, default: 1]
        var names = ["id": "\(node.role.rawValue)-\(number)", "inkscape:label": "\(node.role.rawValue) \(number)"]
        if isLayer { names["inkscape:groupmode"] = "layer" }
        open.append([])
        body()
        let elements = open.removeLast()
        if elements.count == 1, !isLayer, elements[0].attributes["id"] == nil {
            var element = elements[0]
            element.attributes.merge(names) { $1 }
            add(element)
        } else {
            add(SVGElement("g", names, elements))
        }
    }

    private func add(_ element: SVGElement) { open[open.count - 1].append(element) }

    private func add(_ name: String, _ attributes: [String: String], _ paint: [String: String]) {
        add(SVGElement(name, attributes.merging(paint) { $1 }))
    }

    // MARK: - Shapes

    func box(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int, radius: Int) {
        guard box.width > 0, box.height > 0, fill != nil || stroke != nil else { return }
        add(
            SVGElement(
                "rect",
                rectangle(box, stroke: stroke, lineWidth: lineWidth, radius: radius).merging(
                    paint(fill, stroke, Double(lineWidth))
                ) { $1 }))
    }

    func cross(_ box: Bounds, fill: Double?, stroke: Double, lineWidth: Int, radius: Int) {
        let lines = "M\(box.x) \(box.y)L\(box.maxX) \(box.maxY)M\(box.x) \(box.maxY)L\(box.maxX) \(box.y)"
        self.box(box, fill: fill, stroke: stroke, lineWidth: lineWidth, radius: radius)
        add("path", ["d": lines], paint(nil, stroke, Double(lineWidth)))
    }

    func ellipse(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int) {
        guard box.width > 1, box.height > 1 else { return }
        let inset = stroke == nil ? 0 : Double(lineWidth) / 2
        add(
            "ellipse",
            [
                "cx": number(Double(box.x) + Double(box.width) / 2),
                "cy": number(Double(box.y) + Double(box.height) / 2),
                "rx": number(max(0.5, Double(box.width) / 2 - inset)),
                "ry": number(max(0.5, Double(box.height) / 2 - inset)),
            ], paint(fill, stroke, Double(lineWidth)))
    }

    func slice(_ box: Bounds, from start: Double, to end: Double, fill: Double?, stroke: Double, lineWidth: Int) {
        let radius = Double(min(box.width, box.height)) / 2 - Double(lineWidth) / 2
        guard radius > 0 else { return }
        let (x, y) = (Double(box.x) + Double(box.width) / 2, Double(box.y) + Double(box.height) / 2)
        let points = [start, (start + end) / 2, end].map { turn -> String in
            let angle = (turn - 0.25) * 2 * .pi
            return number(x + radius * cos(angle)) + " " + number(y + radius * sin(angle))
        }
        // In two arcs: one cannot be a full turn.
        let arcs = points.dropFirst().map { "A\(number(radius)) \(number(radius)) 0 0 1 \($0)" }.joined()
        add("path", ["d": "M\(number(x)) \(number(y))L\(points[0])\(arcs)Z"], paint(fill, stroke, Double(lineWidth)))
    }

    func polyline(_ points: [(Double, Double)], gray: Double?, lineWidth: Double, closed: Bool, fill: Double?) {
        let list = points.map { number($0.0) + "," + number($0.1) }.joined(separator: " ")
        add(closed ? "polygon" : "polyline", ["points": list], paint(fill, gray, lineWidth))
    }

    func contours(_ loops: [[Double]], gray: Double) {
        let path = loops.filter { $0.count >= 6 }.map { loop in
            let points = stride(from: 0, to: loop.count - 1, by: 2).map {
                number(loop[$0]) + " " + number(loop[$0 + 1])
            }
            return "M" + points.joined(separator: "L") + "Z"
        }
        add("path", ["d": path.joined(), "fill-rule": "evenodd"], paint(gray, nil, 1))
    }

    func clipped(to box: Bounds, _ body: () -> Void) {
        clips += 1
        let clip = SVGElement(
            "clipPath", ["id": "clip-\(clips)"],
            [SVGElement("rect", rectangle(box, stroke: nil, lineWidth: 1, radius: 0))])
        let reference = "url(#clip-\(clips))"
        open.append([])
        body()
        let elements = open.removeLast()
        add(SVGElement("g", ["clip-path": reference], [clip] + elements))
    }

    func text(
        _ line: String, in box: Bounds, baseline: Double, size: Double, bold: Bool, gray: Double,
        align: NodeStyle.Alignment
    ) {
        let (anchor, x) =
            switch align {
            case .left: ("start", Double(box.x))
            case .centre: ("middle", Double(box.x) + Double(box.width) / 2)
            case .right: ("end", Double(box.maxX))
            }
        var attributes = [
            "x": number(x), "y": number(baseline.rounded()), "font-size": number(size), "text-anchor": anchor,
            "font-family": "DejaVu Sans, Verdana, sans-serif", "fill": colour(gray),
        ]
        if bold { attributes["font-weight"] = "bold" }
        add(SVGElement("text", attributes, content: line))
    }

    // MARK: - Attributes

    /// Cairo's outline lies inside its box, SVG's on it: the rectangle is drawn half a line smaller.
    private func rectangle(_ box: Bounds, stroke: Double?, lineWidth: Int, radius: Int) -> [String: String] {
        let inset = stroke == nil ? 0 : Double(lineWidth) / 2
        let width = max(0, Double(box.width) - 2 * inset)
        let height = max(0, Double(box.height) - 2 * inset)
        var attributes = [
            "x": number(Double(box.x) + inset), "y": number(Double(box.y) + inset), "width": number(width),
            "height": number(height),
        ]
        let corner = min(Double(radius), width / 2, height / 2)
        if corner > 0.5 { attributes["rx"] = number(corner) }
        return attributes
    }

    private func paint(_ fill: Double?, _ stroke: Double?, _ lineWidth: Double) -> [String: String] {
        var attributes = ["fill": fill.map(colour) ?? "none"]
        if let stroke {
            attributes["stroke"] = colour(stroke)
            attributes["stroke-width"] = number(lineWidth)
        }
        return attributes
    }

    private func colour(_ gray: Double) -> String {
        let level = UInt8((min(max(gray, 0), 1) * 255).rounded())
        let digits = (level < 16 ? "0" : "") + String(level, radix: 16)
        return "#" + digits + digits + digits
    }

    /// At most two decimals.
    private func number(_ value: Double) -> String {
        let hundredths = Int((min(max(value, -1e9), 1e9) * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return sign + "\(whole)" }
        return sign + "\(whole)." + (rest % 10 == 0 ? "\(rest / 10)" : (rest < 10 ? "0\(rest)" : "\(rest)"))
    }
}

/// An element and what is in it.
struct SVGElement {
    var name: String
    var attributes: [String: String]
    var children: [SVGElement]
    var content: String?

    init(_ name: String, _ attributes: [String: String], _ children: [SVGElement] = [], content: String? = nil) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.content = content
    }

    /// The element as XML, its attributes in alphabetical order.
    func text(indent: String) -> String {
        let list = attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\"\(Self.escaped($0.value))\"" }.joined()
        if let content { return "\(indent)<\(name)\(list)>\(Self.escaped(content))</\(name)>" }
        guard !children.isEmpty else { return "\(indent)<\(name)\(list)/>" }
        let inside = children.map { $0.text(indent: indent + " ") }.joined(separator: "\n")
        return "\(indent)<\(name)\(list)>\n\(inside)\n\(indent)</\(name)>"
    }

    /// Text in which nothing is markup, and nothing is a character that XML 1.0 forbids.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += " "
            case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
