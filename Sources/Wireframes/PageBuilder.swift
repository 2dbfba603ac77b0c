/// Lays out one page. Lengths called `css` are CSS pixels of the site's device; everything else is whole pixels of the
/// page.
final class PageBuilder {
    let site: SiteStyle
    let archetype: Archetype
    let page: Bounds
    var factors: FactorSource
    /// Picks words and chart data: what no factor describes.
    var dice: SeededGenerator

    init(archetype: Archetype, site: SiteStyle, factors: FactorSource, page: Bounds) {
        self.archetype = archetype
        self.site = site
        self.factors = factors
        self.page = page
        dice = factors.generator("words of " + archetype.rawValue)
    }

    var words: Vocabulary { site.vocabulary }
    var isPhone: Bool { site.device == .phone }

    // MARK: - Lengths

    /// `css` pixels on this page, at least `least`.
    func px(_ css: Double, least: Int = 1) -> Int {
        max(least, Int((css * site.scale).rounded()))
    }

    /// A distance between things: follows the site's density, and leaves at least 2 px.
    func gap(_ css: Double, least: Int = 2) -> Int {
        max(least, Int((css * site.scale * site.density).rounded()))
    }

    var radius: Int { Int((site.radius * min(site.scale, 1.5)).rounded()) }

    /// The part of a full-width strip that holds content.
    func content(of strip: Bounds) -> Bounds {
        let margin = max(gap(isPhone ? 18 : 28, least: 4), Int(Double(strip.width) * (1 - site.contentShare) / 2))
        return strip.inset(margin, 0)
    }

    // MARK: - Chance

    func pick<T>(_ list: [T]) -> T {
        dice.element(of: list)
    }

    /// `count` different members of `list`, in its order where it matters little; starts over if it is too short.
    func several(_ list: [String], _ count: Int) -> [String] {
        let shuffled = dice.shuffled(list)
        return (0..<max(0, count)).map { shuffled[$0 % shuffled.count] }
    }

    func data(_ count: Int, _ range: ClosedRange<Double> = 0.1...0.95) -> [Double] {
        (0..<count).map { _ in
            let t = Double(Int(dice.uniform() * 1000)) / 1000
            return ((range.lowerBound + (range.upperBound - range.lowerBound) * t) * 1000).rounded() / 1000
        }
    }

    func number(_ range: ClosedRange<Int>) -> Int { dice.integer(in: range) }

    var price: String { "\(number(2...99)),\(number(0...9))0 \(words.label("currency"))" }

    /// Filler of `count` words with a capital at its start.
    func sentence(_ count: Int) -> String {
        let start = number(0...(words.filler.count - 1))
        let text = (0..<max(1, count)).map { words.filler[(start + $0) % words.filler.count] }.joined(separator: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    // MARK: - Text

    enum TextSize: Double {
        case small = 12
        case body = 15
        case lead = 18
        case title = 21
        case heading = 28
        case display = 42
        case giant = 54

        var isHeading: Bool { rawValue > 18 }

        /// The next smaller size for a heading.
        var smaller: TextSize? {
            switch self {
            case .giant: .display
            case .display: .heading
            case .heading: .title
            default: nil
            }
        }
    }

    func fontSize(_ size: TextSize) -> Double {
        let isHeading = size.isHeading
        let css = size.rawValue * (isHeading ? site.headingScale * (isPhone && size.rawValue > 30 ? 0.75 : 1) : 1)
        let least =
            switch size {
            case .small, .body: 3.0
            case .lead: 3.5
            case .title: 4.0
            case .heading: 5.5
            case .display, .giant: 7.0
            }
        return (max(css * site.scale, least) * 4).rounded() / 4
    }

    func lineHeight(_ size: TextSize) -> Int {
        let font = fontSize(size)
        return max(4, Int((font * (size.isHeading ? 1.25 : 1.45)).rounded()))
    }

    /// Text at the top of `box`, in at most `lines` lines and no more than fit; the node is as tall as its lines.
    func text(
        _ string: String, _ size: TextSize = .body, in box: Bounds, lines: Int = 1,
        align: NodeStyle.Alignment = .left, role: LayoutNode.Role = .text, ink: Double? = nil, bold: Bool? = nil
    ) -> LayoutNode {
        let isHeading = size.isHeading || role == .heading
        let isBold = bold ?? isHeading
        let pitch = lineHeight(size)
        let limit = max(1, min(lines, box.height / pitch))
        var font = fontSize(size)
        var wrapped = TextMetrics.wrap(string, width: Double(box.width), size: font, bold: isBold, limit: limit)
        let least = max(0.55 * font, 3)
        func isCut() -> Bool {
            wrapped.reduce(wrapped.count - 1) { $0 + $1.count } < string.count
                || wrapped.contains { TextMetrics.width($0, size: font, bold: isBold) > Double(box.width) }
        }
        while size.rawValue > 21, font > least, isCut() {
            font = max(least, (font * 3.6).rounded() / 4)
            wrapped = TextMetrics.wrap(string, width: Double(box.width), size: font, bold: isBold, limit: limit)
        }
        var style = NodeStyle(fill: ink ?? (isHeading ? min(site.stroke, 0.15) : site.bodyInk))
        style.fontSize = font
        style.lineHeight = pitch
        style.bold = isBold ? true : nil
        style.align = align == .left ? nil : align
        let isBody = lines > 1 && !isHeading
        if isBody, site.textStyle != "words" { style.greeked = true }
        if site.textStyle == "lines", isHeading, size.rawValue < 25 { style.greeked = true }
        let longest = wrapped.map { TextMetrics.width($0, size: font, bold: isBold) }.max() ?? 0
        let width = min(box.width, Int((longest * 1.04).rounded(.up)) + 1)
        let x =
            switch align {
            case .left: box.x
            case .centre: box.x + (box.width - width) / 2
            case .right: box.maxX - width
            }
        let height = min(box.height, pitch * max(1, wrapped.count))
        return LayoutNode(role, Bounds(x, box.y, width, height), text: wrapped.joined(separator: "\n"), style: style)
    }

    /// One line of text in the middle of `box`'s height.
    func label(
        _ string: String, _ size: TextSize = .body, in box: Bounds, align: NodeStyle.Alignment = .left,
        role: LayoutNode.Role = .label, ink: Double? = nil, bold: Bool? = nil
    ) -> LayoutNode {
        let pitch = min(lineHeight(size), box.height)
        let row = Bounds(box.x, box.y + (box.height - pitch) / 2, box.width, pitch)
        var node = text(string, size, in: row, align: align, role: role, ink: ink, bold: bold)
        node.style?.lineHeight = pitch
        return node
    }

    /// Words at the left and at the right of one row; the left ones give way.
    func pair(
        _ left: String, _ right: String, _ size: TextSize = .body, rightSize: TextSize? = nil, in row: Bounds,
        role: LayoutNode.Role = .label, rightRole: LayoutNode.Role = .label, bold: Bool? = nil
    ) -> [LayoutNode] {
        let end = label(right, rightSize ?? size, in: row, align: .right, role: rightRole, bold: bold)
        let room = row.left(max(0, end.bounds.x - px(6, least: 2) - row.x))
        guard room.width >= 6 else { return [end] }
        return [label(left, size, in: room, role: role, bold: bold), end]
    }

    func textWidth(_ string: String, _ size: TextSize = .body, bold: Bool = false) -> Int {
        Int(TextMetrics.width(string, size: fontSize(size), bold: bold).rounded(.up)) + 1
    }
}

/// Things put one below the other from the top of a frame; what does not fit is left out.
struct Flow {
    let frame: Bounds
    private(set) var y: Int
    var nodes: [LayoutNode] = []

    init(_ frame: Bounds) {
        self.frame = frame
        y = frame.y
    }

    var room: Int { max(0, frame.maxY - y) }
    var isEmpty: Bool { y == frame.y }
    /// What is left of the frame.
    var rest: Bounds { Bounds(frame.x, y, frame.width, room) }

    /// The next `height` rows, `gap` below what is there; `nil` if they do not fit.
    mutating func take(_ height: Int, gap: Int) -> Bounds? {
        let top = isEmpty ? y : y + gap
        guard height > 0, top + height <= frame.maxY else { return nil }
        y = top + height
        return Bounds(frame.x, top, frame.width, height)
    }

    /// Everything so far, moved down so that it stands in the middle of the frame.
    func centred() -> [LayoutNode] {
        nodes.map { $0.moved(dy: room / 2) }
    }
}
