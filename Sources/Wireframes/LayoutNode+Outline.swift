extension LayoutNode {
    /// A node drawn as its role is usually sketched, for layouts that say what things are and not how they look.
    ///
    /// - Parameters:
    ///   - role: nil draws a plain outline.
    ///   - words: its text; without it, words are drawn as bars.
    ///   - fontSize: height of its letters in pixels; 0 takes the largest that lets the words fit.
    ///   - isGroup: others lie in it, so its outline stays light.
    package init(_ role: Role?, in bounds: Bounds, words: String?, fontSize: Double, isGroup: Bool) {
        let ink = NodeStyle(stroke: isGroup ? 0.55 : 0.15)
        switch role {
        case .heading, .text, .link, .label, .price, .quote, .badge:
            self =
                isGroup
                ? LayoutNode(.section, bounds, style: nil)
                : .lines(of: words, role ?? .text, in: bounds, fontSize: fontSize)
        case .image, .video:
            self.init(.image, bounds, style: NodeStyle(stroke: 0.15, shape: isGroup ? nil : .crossedBox))
        case .map: self.init(.map, bounds, style: NodeStyle(stroke: 0.3, shape: .map))
        case .avatar: self.init(.avatar, bounds, style: NodeStyle(fill: 0.9, stroke: 0.2, shape: .ellipse))
        case .icon, .rating:
            let side = min(bounds.width, bounds.height)
            self.init(role ?? .icon, bounds.centred(side, side), style: NodeStyle(stroke: 0.15, shape: .star))
        case .button:
            let text = words.map {
                LayoutNode.lines(of: $0, .label, in: bounds.inset(2, 1), fontSize: fontSize, .centre)
            }
            let style = NodeStyle(fill: 0.85, stroke: 0.15, radius: min(4, bounds.height / 4))
            self.init(.button, bounds, style: style, children: text.map { [$0] } ?? [])
        case .input, .select:
            let arrow = LayoutNode(
                .icon, bounds.inset(3, bounds.height / 4).right(bounds.height / 2),
                style: NodeStyle(stroke: 0.2, shape: .chevronDown))
            self.init(role ?? .input, bounds, style: ink, children: role == .select ? [arrow] : [])
        case .checkbox, .radio, .toggle:
            let side = min(bounds.width, bounds.height)
            let style = NodeStyle(stroke: 0.15, shape: role == .radio ? .ellipse : nil)
            let mark = role == .toggle ? bounds.centred(2 * side, side) : bounds.left(side).centred(side, side)
            self.init(role ?? .checkbox, mark, style: style)
        case .line, .progress, .slider:
            let thin =
                bounds.width >= bounds.height ? bounds.centred(bounds.width, 2) : bounds.centred(2, bounds.height)
            self.init(role ?? .line, thin, style: NodeStyle(fill: 0.3))
        case .chart:
            self.init(.chart, bounds, style: NodeStyle(stroke: 0.2, shape: .columnChart, values: [0.4, 0.9, 0.6]))
        case .header, .nav, .footer, .sidebar: self.init(role ?? .header, bounds, style: NodeStyle(stroke: 0.3))
        case .hero, .section, .banner: self.init(role ?? .section, bounds, style: NodeStyle(stroke: 0.75))
        default: self.init(role ?? .section, bounds, style: ink)
        }
    }

    /// Lines of text in a box, as words or as bars.
    private static func lines(
        of words: String?, _ role: Role, in box: Bounds, fontSize: Double, _ align: NodeStyle.Alignment = .left
    ) -> LayoutNode {
        let bold = role == .heading
        var style = NodeStyle(fill: 0.15)
        style.bold = bold ? true : nil
        style.align = align == .left ? nil : align
        let (size, count) = fit(words, in: box, fontSize: fontSize)
        style.fontSize = size
        style.lineHeight = max(1, box.height / count)
        guard let words else {
            style.greeked = true
            return LayoutNode(role, box, text: bars(count, width: box.width, size: size), style: style)
        }
        let text = TextMetrics.wrap(words, width: Double(box.width) * 1.1, size: size, bold: bold, limit: count)
        return LayoutNode(role, box, text: text.joined(separator: "\n"), style: style)
    }

    /// The size of letters, and how many lines of them a box has room for.
    private static func fit(_ words: String?, in box: Bounds, fontSize: Double) -> (size: Double, lines: Int) {
        let height = Double(box.height)
        if fontSize > 0 {
            let size = min(max(fontSize, 1), 1000)  // whatever a file says
            return (size, max(1, Int((height / (1.3 * size)).rounded())))
        }
        guard let words else {
            let count = max(1, Int(height / 18))
            return (min(14, height / Double(count) / 1.3), count)
        }
        for count in 1...40 {
            let size = height / Double(count) / 1.3
            let room = Double(box.width * count) * (count == 1 ? 1.05 : 0.9)
            if size < 5 || TextMetrics.width(words, size: size) <= room { return (min(size, 60), count) }
        }
        return (5, max(1, Int(height / 6.5)))
    }

    /// Words without meaning, the last line shorter than the others.
    private static func bars(_ count: Int, width: Int, size: Double) -> String {
        let full = max(1, Int(Double(width) / (0.61 * size)))
        return (0..<count).map { line in
            String(repeating: "x", count: line == count - 1 && count > 1 ? max(1, full * 3 / 5) : full)
        }.joined(separator: "\n")
    }

    /// The tree at another width; letters and lines scale with it, strokes do not.
    func scaled(toWidth width: Int) -> LayoutNode {
        let factor = Double(width) / Double(max(1, bounds.width))
        return scaled(by: factor)
    }

    private func scaled(by factor: Double) -> LayoutNode {
        func scaled(_ value: Int) -> Int { Int((Double(value) * factor).rounded()) }
        var copy = self
        let (left, top) = (scaled(bounds.x), scaled(bounds.y))
        copy.bounds = Bounds(
            left, top, max(bounds.width > 0 ? 1 : 0, scaled(bounds.maxX) - left),
            max(bounds.height > 0 ? 1 : 0, scaled(bounds.maxY) - top))
        copy.style?.fontSize = style?.fontSize.map { $0 * factor }
        copy.style?.lineHeight = style?.lineHeight.map(scaled)
        copy.style?.radius = style?.radius.map(scaled)
        copy.children = children.map { $0.scaled(by: factor) }
        return copy
    }
}

extension LayoutNode.Role {
    /// The role that a program's name for a thing suggests: `EditText`, `android.widget.ImageButton`, `hline`,
    /// `RADIO_BUTTON`; nil where it suggests none, as `FrameLayout` does.
    package init?(looseName name: String) {
        let last = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        if let role = Self(rawValue: last) {
            self = role
        } else if let match = Self.parts.first(where: { last.contains($0.part) }) {
            self = match.role
        } else {
            return nil
        }
    }

    /// The first that a name contains decides: a `RadioButton` is a radio, an `ImageButton` an icon.
    private static let parts: [(part: String, role: Self)] = [
        ("layout", .section), ("checkbox", .checkbox), ("checked", .checkbox), ("radio", .radio), ("switch", .toggle),
        ("toggle", .toggle), ("seekbar", .slider), ("slider", .slider), ("spinner", .select), ("dropdown", .select),
        ("select", .select), ("edittext", .input), ("textarea", .input), ("input", .input), ("autocomplete", .input),
        ("searchview", .input), ("imagebutton", .icon), ("pictogram", .icon), ("icon", .icon), ("button", .button),
        ("avatar", .avatar), ("logo", .logo), ("image", .image), ("picture", .image), ("photo", .image), ("map", .map),
        ("video", .video), ("chart", .chart), ("progress", .progress), ("rating", .rating), ("pager", .pagination),
        ("toolbar", .header), ("appbar", .header), ("navigation", .nav), ("footer", .footer), ("heading", .heading),
        ("title", .heading), ("label", .label), ("link", .link), ("list_item", .item), ("listitem", .item),
        ("text", .text), ("list", .list), ("card", .card), ("hline", .line), ("divider", .line), ("separator", .line),
    ]
}
