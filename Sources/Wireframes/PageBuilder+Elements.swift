/// The small parts that every page is made of.
extension PageBuilder {
    // MARK: - Boxes and pictures

    func rule(_ box: Bounds, gray: Double? = nil) -> LayoutNode {
        LayoutNode(.line, box.top(1), style: NodeStyle(fill: gray ?? max(site.stroke, 0.25)))
    }

    func image(_ box: Bounds, role: LayoutNode.Role = .image) -> LayoutNode {
        var style = NodeStyle(stroke: site.stroke)
        if site.lineWidth == 2, min(box.width, box.height) >= 24 { style.lineWidth = 2 }
        switch site.pictureStyle {
        case "photo": style.shape = .photo
        case "grey": style.fill = 0.82
        case "grey-crossed":
            style.fill = 0.9
            style.shape = .crossedBox
        default: style.shape = .crossedBox
        }
        if radius > 0, style.shape != .crossedBox { style.radius = min(radius, min(box.width, box.height) / 4) }
        var node = LayoutNode(role, box, style: style)
        if site.pictureStyle == "grey", min(box.width, box.height) >= 12 {
            let side = max(6, min(box.width, box.height) / 4)
            let glyph = NodeStyle(stroke: site.stroke, shape: .photo)
            node.children = [LayoutNode(.icon, box.centred(side * 4 / 3, side), style: glyph)]
        }
        return node
    }

    func avatar(_ box: Bounds) -> LayoutNode {
        let side = min(box.width, box.height)
        let disc = box.centred(side, side)
        let style = NodeStyle(fill: 0.9, stroke: site.stroke, shape: .ellipse)
        var node = LayoutNode(.avatar, disc, style: style)
        if side >= 12 { node.children = [icon(.person, disc.inset(side / 4))] }
        return node
    }

    func icon(_ shape: NodeStyle.Shape, _ box: Bounds, ink: Double? = nil, fill: Double? = nil) -> LayoutNode {
        let side = min(box.width, box.height)
        let stroke = ink ?? min(site.stroke, 0.2)
        return LayoutNode(.icon, box.centred(side, side), style: NodeStyle(fill: fill, stroke: stroke, shape: shape))
    }

    static let featureIcons: [NodeStyle.Shape] = [.star, .heart, .gear, .mail, .search, .house, .pin, .play, .check]

    /// A symbol in a circle or a square, as sites put above a feature.
    func badgeIcon(_ box: Bounds, isRound: Bool) -> LayoutNode {
        let side = min(box.width, box.height)
        let frame = box.centred(side, side)
        let style = NodeStyle(
            fill: side < 9 ? 0.6 : nil, stroke: site.stroke, radius: isRound ? nil : min(radius, side / 4),
            shape: isRound ? .ellipse : nil)
        let inner = side >= 9 ? [icon(pick(Self.featureIcons), frame.inset(side * 3 / 10))] : []
        return LayoutNode(.icon, frame, style: style, children: inner)
    }

    /// A card's frame in the site's manner, and the room inside it.
    func card(_ box: Bounds, role: LayoutNode.Role = .card) -> (node: LayoutNode, inside: Bounds) {
        let padding = min(gap(16, least: 3), max(2, box.width / 6))
        var style = NodeStyle(radius: radius > 0 ? radius : nil)
        switch site.cardStyle {
        case "grey":
            style.fill = 0.92
            return (LayoutNode(role, box, style: style), box.inset(padding))
        case "rule":
            let node = LayoutNode(role, box, children: [rule(box, gray: site.stroke)])
            return (node, box.below(padding))
        case "bare": return (LayoutNode(role, box), box)
        case "shadow":
            style.stroke = max(site.stroke, 0.3)
            let shade = NodeStyle(fill: 0.65)
            let edge = max(1, min(2, px(3)))
            let body = Bounds(box.x, box.y, box.width - edge, box.height - edge)
            let shadows = [
                LayoutNode(.line, Bounds(box.x + edge, body.maxY, body.width, edge), style: shade),
                LayoutNode(.line, Bounds(body.maxX, box.y + edge, edge, body.height), style: shade),
            ]
            style.radius = nil
            return (
                LayoutNode(role, box, children: [LayoutNode(role, body, style: style)] + shadows), body.inset(padding)
            )
        default:
            style.stroke = site.stroke
            style.lineWidth = site.lineWidth == 2 ? 2 : nil
            return (LayoutNode(role, box, style: style), box.inset(padding))
        }
    }

    // MARK: - Controls

    var controlHeight: Int { px(40 * min(1.15, max(0.85, site.density)), least: 7) }

    func buttonWidth(_ title: String, _ size: TextSize = .body) -> Int {
        textWidth(title, size, bold: true) + 2 * px(18, least: 3)
    }

    /// A button that fills `box`; a secondary one is only outlined.
    func button(_ title: String, _ box: Bounds, isPrimary: Bool = true) -> LayoutNode {
        let isBlack = isPrimary && site.buttonStyle.hasPrefix("black")
        let isPill = site.buttonStyle.hasSuffix("pill")
        var style = NodeStyle(stroke: min(site.stroke, 0.2), radius: isPill ? box.height / 2 : radius)
        style.radius = style.radius == 0 ? nil : style.radius
        if isBlack { style.fill = 0.12 } else if isPrimary, site.buttonStyle == "grey" { style.fill = 0.75 }
        if !isBlack, isPrimary, site.lineWidth == 2 { style.lineWidth = 2 }
        let caption = label(
            title, .body, in: box.inset(2, 1), align: .centre, role: .label, ink: isBlack ? 1 : 0.1, bold: true)
        return LayoutNode(.button, box, style: style, children: [caption])
    }

    /// The outline of a field that fills `box`.
    func field(_ box: Bounds, placeholder: String = "", role: LayoutNode.Role = .input) -> LayoutNode {
        var style = NodeStyle()
        var children: [LayoutNode] = []
        switch site.inputStyle {
        case "underline" where box.height < 3 * controlHeight / 2:
            children.append(LayoutNode(.line, box.bottom(site.lineWidth), style: NodeStyle(fill: site.stroke)))
        case "grey":
            style.fill = 0.88
            style.stroke = 0.6
        case "round":
            style.stroke = site.stroke
            style.radius = min(box.height / 2, controlHeight / 2)
        default:
            style.stroke = site.stroke
            style.radius = radius > 0 ? min(radius, 6) : nil
        }
        let inner = box.inset(px(12, least: 3), 1)
        if !placeholder.isEmpty {
            let row = role == .input && box.height > 3 * controlHeight / 2 ? inner.top(controlHeight) : inner
            children.append(label(placeholder, .body, in: row, ink: 0.55))
        }
        if role == .select, box.width > 3 * box.height / 2 {
            children.append(icon(.chevronDown, inner.right(max(4, box.height / 3)).inset(0, box.height / 4)))
        }
        return LayoutNode(role, box, style: style, children: children)
    }

    func checkbox(_ title: String, _ box: Bounds, isOn: Bool, role: LayoutNode.Role = .checkbox) -> LayoutNode {
        let side = min(box.height, px(16, least: 4))
        let mark = Bounds(box.x, box.y + (box.height - side) / 2, side, side)
        var style = NodeStyle(stroke: site.stroke)
        if role == .radio { style.shape = .ellipse }
        if isOn { style.fill = 0.3 }
        let gapAfter = px(8, least: 2)
        let words = Bounds(mark.maxX + gapAfter, box.y, box.width - side - gapAfter, box.height)
        return LayoutNode(role, box, children: [LayoutNode(role, mark, style: style), label(title, .body, in: words)])
    }

    func rating(_ box: Bounds) -> LayoutNode {
        let side = min(box.height, box.width / 5)
        let stars = (0..<5).map { i in
            icon(.star, Bounds(box.x + i * (side + 1), box.y, side, side), fill: i < 4 ? 0.4 : nil)
        }
        return LayoutNode(.rating, Bounds(box.x, box.y, min(box.width, 5 * side + 4), side), children: stars)
    }

    /// Page numbers, or only arrows where there is little room.
    func pagination(_ box: Bounds) -> LayoutNode {
        let side = min(box.height, px(34, least: 7))
        let step = side + gap(6)
        let count = min(7, max(3, box.width / step))
        let width = count * step - gap(6)
        let start = box.x + (box.width - width) / 2
        let cells = (0..<count).map { i in
            let cell = Bounds(start + i * step, box.y, side, side)
            let style = NodeStyle(
                fill: i == 1 ? 0.3 : nil, stroke: site.stroke, radius: radius > 0 ? min(radius, 4) : nil)
            let mark =
                i == 0
                ? icon(.chevronLeft, cell.inset(side / 4))
                : i == count - 1
                    ? icon(.chevronRight, cell.inset(side / 4))
                    : label("\(i)", .body, in: cell, align: .centre, ink: i == 1 ? 1 : nil)
            return LayoutNode(.link, cell, style: style, children: [mark])
        }
        return LayoutNode(.pagination, box.top(side), children: cells)
    }

    /// Words in a row, `separation` apart, as many as fit.
    func row(
        of titles: [String], _ size: TextSize = .body, in box: Bounds, separation: Int,
        align: NodeStyle.Alignment = .left,
        ink: Double? = nil, current: Int? = nil
    ) -> [LayoutNode] {
        var widths: [Int] = []
        for title in titles {
            let width = textWidth(title, size)
            guard widths.reduce(width, +) + widths.count * separation <= box.width else { break }
            widths.append(width)
        }
        let total = widths.reduce(0, +) + separation * max(0, widths.count - 1)
        var x =
            switch align {
            case .left: box.x
            case .centre: box.x + (box.width - total) / 2
            case .right: box.maxX - total
            }
        var nodes: [LayoutNode] = []
        for (i, (title, width)) in zip(titles, widths).enumerated() {
            let cell = Bounds(x, box.y, width, box.height)
            var node = label(title, size, in: cell, role: .link, ink: ink, bold: i == current ? true : nil)
            if i == current, box.height > lineHeight(size) + 2 {
                let y = min(box.maxY - 1, node.bounds.maxY + 1)
                let underline = Bounds(x, y, width, 1)
                node.children = [LayoutNode(.line, underline, style: NodeStyle(fill: ink ?? site.stroke))]
            }
            nodes.append(node)
            x += width + separation
        }
        return nodes
    }

    /// Choices in small outlined boxes in a row, as many as fit.
    func chips(_ titles: [String], in box: Bounds, align: NodeStyle.Alignment = .left) -> [LayoutNode] {
        let padding = px(12, least: 2)
        let frames = row(
            of: titles, in: box.inset(padding, 0), separation: 2 * padding + gap(8), align: align)
        return frames.enumerated().map { i, node in
            let frame = Bounds(node.bounds.x - padding, box.y, node.bounds.width + 2 * padding, box.height)
            let style = NodeStyle(
                fill: i == 0 ? 0.8 : nil, stroke: site.stroke, radius: site.radius > 0 ? box.height / 2 : nil)
            return LayoutNode(.badge, frame, style: style, children: [node])
        }
    }

    // MARK: - Into a flow

    @discardableResult
    func put(
        _ string: String, _ size: TextSize = .body, into flow: inout Flow, lines: Int = 1,
        align: NodeStyle.Alignment = .left, gap: Double = 8, role: LayoutNode.Role = .text, ink: Double? = nil,
        bold: Bool? = nil
    ) -> Bool {
        let space = flow.isEmpty ? 0 : self.gap(gap, least: 1)
        let box = Bounds(flow.frame.x, flow.y + space, flow.frame.width, flow.room - space)
        if size.isHeading, box.height < lineHeight(size), let smaller = size.smaller {
            return put(
                string, smaller, into: &flow, lines: lines, align: align, gap: gap, role: role, ink: ink, bold: bold)
        }
        guard box.height >= lineHeight(size), box.width >= 4 else { return false }
        let node = text(string, size, in: box, lines: lines, align: align, role: role, ink: ink, bold: bold)
        guard flow.take(node.bounds.height, gap: space) != nil else { return false }
        flow.nodes.append(node)
        return true
    }

    /// `lines` lines of filler, or as many as fit above `reserve` free rows.
    @discardableResult
    func putParagraph(
        _ lines: Int, _ size: TextSize = .body, into flow: inout Flow, align: NodeStyle.Alignment = .left,
        gap: Double = 8, reserve: Int = 0, ink: Double? = nil
    ) -> Bool {
        let space = flow.isEmpty ? 0 : self.gap(gap, least: 1)
        let fitting = min(lines, (flow.room - space - reserve) / lineHeight(size))
        guard fitting > 0, flow.frame.width >= 8 else { return false }
        let perLine = Double(flow.frame.width) / (fontSize(size) * 3.4)
        let count = max(3, Int(perLine * (Double(fitting) - 0.2 - 0.5 * Double(dice.uniform()))))
        return put(
            sentence(count) + ".", size, into: &flow, lines: max(2, fitting), align: align, gap: gap, ink: ink)
    }

    func putButton(
        _ title: String, into flow: inout Flow, align: NodeStyle.Alignment = .left, isWide: Bool = false,
        isPrimary: Bool = true, gap: Double = 16, second: String? = nil
    ) {
        guard let row = flow.take(controlHeight, gap: self.gap(gap)) else { return }
        let width = isWide ? row.width : min(row.width, buttonWidth(title))
        let between = self.gap(12)
        let secondWidth = second.map { buttonWidth($0) } ?? 0
        let hasSecond = !isWide && second != nil && width + between + secondWidth <= row.width
        let total = width + (hasSecond ? between + secondWidth : 0)
        let x =
            switch align {
            case .left: row.x
            case .centre: row.x + (row.width - total) / 2
            case .right: row.maxX - total
            }
        flow.nodes.append(button(title, Bounds(x, row.y, width, row.height), isPrimary: isPrimary))
        if hasSecond, let second {
            let box = Bounds(x + width + between, row.y, secondWidth, row.height)
            flow.nodes.append(button(second, box, isPrimary: false))
        }
    }

    /// Where labels stand; a short page has no room for them above their fields.
    private var labelPlace: String {
        site.labelPlace == "above" && page.height < px(620) ? "inside" : site.labelPlace
    }

    /// A field with its label where the site puts labels; `rows` is its height in lines of a control.
    func putField(_ title: String, into flow: inout Flow, rows: Double = 1, role: LayoutNode.Role = .input) {
        let height = Int(Double(controlHeight) * rows)
        let space = gap(14, least: 3)
        let above = lineHeight(.small) + px(4)
        switch labelPlace {
        case "above" where flow.room >= height + above + (flow.isEmpty ? 0 : space):
            put(title, .small, into: &flow, gap: 14, role: .label)
            guard let box = flow.take(height, gap: px(4)) else { return }
            flow.nodes.append(field(box, role: role))
        case "left" where flow.frame.width > px(420):
            guard let box = flow.take(height, gap: space) else { return }
            let parts = box.columns([1, 2.6], gap: px(10))
            flow.nodes.append(label(title, .body, in: parts[0].top(controlHeight), align: .right))
            flow.nodes.append(field(parts[1], role: role))
        default:
            guard let box = flow.take(height, gap: space) else { return }
            flow.nodes.append(field(box, placeholder: title, role: role))
        }
    }

    func fieldHeight(rows: Double = 1) -> Int {
        let above = labelPlace == "above" ? lineHeight(.small) + px(4) : 0
        return Int(Double(controlHeight) * rows) + above + gap(14, least: 3)
    }

    func putRule(into flow: inout Flow, gap: Double = 10) {
        guard let box = flow.take(1, gap: self.gap(gap)) else { return }
        flow.nodes.append(rule(box))
    }

    /// A section's title, with a line below it when the site's headings have one.
    func putTitle(_ title: String, into flow: inout Flow, subtitle: Bool = false, align: NodeStyle.Alignment? = nil) {
        put(title, .heading, into: &flow, align: align ?? site.headingAlign, gap: 4, role: .heading)
        if subtitle { put(sentence(7), .body, into: &flow, align: align ?? site.headingAlign, gap: 4) }
    }
}
