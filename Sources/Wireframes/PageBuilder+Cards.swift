/// Cards and strips that several archetypes share.
extension PageBuilder {
    /// A picture with words below it, or beside it when `isRow`.
    func mediaCard(
        _ box: Bounds, title: String, ratio: Double = 0.5, lines: Int = 3, link: String? = nil, meta: String? = nil,
        isRow: Bool = false, role: LayoutNode.Role = .card
    ) -> LayoutNode {
        var (node, inside) = card(box, role: role)
        let words: Bounds
        if isRow {
            let parts = inside.columns([ratio, 1 - ratio], gap: gap(16, least: 3))
            node.children.append(image(parts[0]))
            words = parts[1]
        } else {
            let isFlush = site.cardStyle != "bare" && site.cardStyle != "rule" && site.radius == 0
            let frame = isFlush ? Bounds(box.x, box.y, box.width, inside.maxY - box.y) : inside
            let space = min(max(6, Int(Double(frame.height) * ratio)), frame.height)
            node.children.append(image(frame.top(site.cardStyle == "shadow" && isFlush ? space - 1 : space)))
            let rest = frame.below(space + gap(10, least: 3))
            words = Bounds(inside.x, rest.y, inside.width, rest.height)
        }
        var flow = Flow(words)
        if let meta { put(meta, .small, into: &flow, gap: 4) }
        put(title, .title, into: &flow, lines: isRow ? 2 : 1, gap: 5, role: .heading)
        let reserve = link == nil ? 0 : lineHeight(.body) + gap(8)
        putParagraph(lines, into: &flow, gap: 6, reserve: reserve)
        if let link, flow.room > controlHeight + gap(10), site.cardStyle == "outline" {
            putButton(link, into: &flow, isPrimary: false, gap: 10)
        } else if let link {
            put(link + " >", into: &flow, gap: 8, role: .link, bold: true)
        }
        node.children += isRow ? flow.centred() : flow.nodes
        return node
    }

    /// A symbol, a title and a few lines.
    func featureCard(_ box: Bounds, title: String, isCentred: Bool, isRound: Bool, hasFrame: Bool) -> LayoutNode {
        var (node, inside) = hasFrame ? card(box) : (LayoutNode(.card, box), box)
        var flow = Flow(inside)
        let side = min(px(56, least: 8), inside.width, inside.height / 2)
        if let top = flow.take(side, gap: 0) {
            node.children.append(badgeIcon(isCentred ? top : top.left(side), isRound: isRound))
        }
        put(title, .title, into: &flow, align: isCentred ? .centre : .left, gap: 12, role: .heading)
        putParagraph(4, into: &flow, align: isCentred ? .centre : .left, gap: 6)
        node.children += flow.nodes
        return node
    }

    /// What a customer says.
    func testimonial(_ box: Bounds, isLarge: Bool) -> LayoutNode {
        var (node, inside) = isLarge ? (LayoutNode(.quote, box), box) : card(box, role: .quote)
        var flow = Flow(inside)
        let side = min(px(44, least: 8), inside.height / 3)
        if isLarge {
            if let top = flow.take(side, gap: 0) { flow.nodes.append(avatar(top)) }
            put("« " + sentence(14) + ". »", .lead, into: &flow, lines: 3, align: .centre, gap: 12, role: .quote)
            put(pick(words.people), into: &flow, align: .centre, gap: 8, bold: true)
            node.children += flow.nodes
            return node
        }
        putParagraph(4, into: &flow, reserve: side + gap(12))
        if let row = flow.take(side, gap: gap(12, least: 3)) {
            let rest = Bounds(row.x + side + gap(8), row.y, row.width - side - gap(8), row.height)
            node.children += [avatar(row.left(side)), label(pick(words.people), in: rest, bold: true)]
        }
        node.children += flow.nodes
        return node
    }

    /// A person of a team.
    func personCard(_ box: Bounds, name: String, isRound: Bool) -> LayoutNode {
        var node = LayoutNode(.card, box)
        var flow = Flow(box)
        let words = lineHeight(.body) + lineHeight(.small) + gap(16)
        let side = min(box.width, max(8, box.height - words))
        if let top = flow.take(side, gap: 0) {
            node.children.append(isRound ? avatar(top) : image(top))
        }
        put(name, into: &flow, align: .centre, gap: 10, role: .label, bold: true)
        put(pick(self.words.jobs), .small, into: &flow, align: .centre, gap: 3)
        node.children += flow.nodes
        return node
    }

    /// An article for sale.
    func productCard(_ box: Bounds, title: String, hasButton: Bool) -> LayoutNode {
        var (node, inside) = card(box)
        let words = lineHeight(.body) * 2 + gap(14) + (hasButton ? controlHeight + gap(8) : 0)
        let picture = max(inside.height / 2, inside.height - words)
        node.children.append(image(inside.top(picture)))
        var flow = Flow(inside.below(picture + gap(6)))
        put(title, into: &flow, bold: true)
        put(price, into: &flow, gap: 3, role: .price)
        if hasButton { putButton(self.words.label("addToCart"), into: &flow, isWide: true, gap: 8) }
        node.children += flow.nodes
        return node
    }

    /// A dark, grey or framed strip that asks for one thing.
    func callToAction(_ box: Bounds, style kind: String) -> [LayoutNode] {
        var nodes: [LayoutNode] = []
        var ink: Double?
        switch kind {
        case "black":
            nodes.append(LayoutNode(.banner, box, style: NodeStyle(fill: 0.18)))
            ink = 1
        case "grey": nodes.append(LayoutNode(.banner, box, style: NodeStyle(fill: 0.9)))
        default:
            nodes.append(LayoutNode(.banner, box, style: NodeStyle(stroke: site.stroke, lineWidth: site.lineWidth)))
        }
        let inside = content(of: box).inset(gap(20, least: 3), gap(16, least: 2))
        if kind == "framed", !isPhone, inside.width > px(500, least: 90) {
            let parts = inside.columns([2, 1], gap: gap(24))
            var flow = Flow(parts[0])
            put(pick(words.headings), .heading, into: &flow, role: .heading)
            put(sentence(9), into: &flow)
            let width = min(parts[1].width, buttonWidth(words.buttons[0]))
            nodes += flow.centred() + [button(words.buttons[0], parts[1].right(width).centred(width, controlHeight))]
            return nodes
        }
        var flow = Flow(inside)
        put(pick(words.headings), .heading, into: &flow, align: .centre, role: .heading, ink: ink)
        put(sentence(8), into: &flow, align: .centre, ink: ink)
        if ink == nil {
            putButton(pick(words.buttons), into: &flow, align: .centre)
        } else if let row = flow.take(controlHeight, gap: gap(14)) {
            let title = pick(words.buttons)
            let frame = row.centred(buttonWidth(title), row.height)
            let caption = label(title, in: frame.inset(2, 1), align: .centre, ink: 0.1, bold: true)
            flow.nodes.append(LayoutNode(.button, frame, style: NodeStyle(fill: 1), children: [caption]))
        }
        return nodes + flow.centred()
    }

    /// A list of linked words in a side column, under a title.
    func sideList(_ title: String, _ entries: [String], into flow: inout Flow, marks: String = "none") {
        put(title, .title, into: &flow, gap: 22, role: .heading)
        putRule(into: &flow, gap: 5)
        for entry in entries {
            guard let row = flow.take(max(lineHeight(.body), px(26, least: 5)), gap: px(3)) else { break }
            switch marks {
            case "box": flow.nodes.append(checkbox(entry, row, isOn: dice.chance(0.3)))
            case "count":
                flow.nodes += pair(entry, "\(number(2...60))", rightSize: .small, in: row, role: .link)
            default: flow.nodes.append(label(entry, in: row, role: .link))
            }
        }
    }

    /// A table with a header row; as many rows as fit.
    func table(_ box: Bounds, headings: [String], firstIsPerson: Bool = true) -> LayoutNode {
        let columns = max(2, min(headings.count, box.width / px(110, least: 16)))
        let rowHeight = px(40 * site.density, least: 7)
        let count = max(2, box.height / rowHeight)
        let height = min(box.height / count, rowHeight * 3 / 2)
        let weights = [1.6] + Array(repeating: 1.0, count: columns - 1)
        var node = LayoutNode(.table, box.top(height * count))
        if site.cardStyle == "outline" || site.cardStyle == "shadow" { node.style = NodeStyle(stroke: site.stroke) }
        for i in 0..<count {
            let row = Bounds(box.x, box.y + i * height, box.width, height)
            var rowNode = LayoutNode(.row, row)
            if i == 0 { rowNode.style = NodeStyle(fill: site.headerFill == "black" ? 0.75 : 0.9) }
            for (j, cell) in row.inset(px(8, least: 2), 0).columns(weights, gap: px(8, least: 2)).enumerated() {
                let words = i == 0 ? headings[j] : cellText(j, firstIsPerson)
                rowNode.children.append(label(words, in: cell, role: .cell, bold: i == 0 ? true : nil))
            }
            if i > 0 { rowNode.children.append(rule(row.top(1), gray: max(site.stroke, 0.4))) }
            node.children.append(rowNode)
        }
        return node
    }

    private func cellText(_ column: Int, _ firstIsPerson: Bool) -> String {
        switch column {
        case 0: pick(firstIsPerson ? words.people : words.products)
        case 1: "\(number(1...28)) \(pick(words.months))"
        case 2: price
        default: pick(words.features)
        }
    }

    /// Questions in rows, some open.
    func accordion(_ box: Bounds, count: Int, style kind: String, open: Int?) -> [LayoutNode] {
        let between = kind == "lines" ? 1 : gap(10)
        let least = max(controlHeight, lineHeight(.body) + 3)
        let answer = open == nil ? 0 : lineHeight(.body) * 3 + gap(16)
        let hasRoom = box.height > 3 * (least + between) + answer
        let rowHeight = max(least, min(least * 8 / 5, (box.height - answer) / max(1, count) - between))
        let titles = several(words.questions, count)
        var flow = Flow(box)
        for (i, title) in titles.enumerated() {
            let openRows = i == open && hasRoom ? lineHeight(.body) * 3 + gap(16) : 0
            let needed = rowHeight + openRows
            let height = flow.room >= needed + between ? needed : rowHeight
            guard let row = flow.take(height, gap: between) else { break }
            flow.nodes.append(question(title, row, rowHeight: rowHeight, style: kind, isOpen: height > rowHeight))
        }
        return flow.nodes
    }

    private func question(_ title: String, _ row: Bounds, rowHeight: Int, style kind: String, isOpen: Bool)
        -> LayoutNode
    {
        var node = LayoutNode(.item, row)
        let head = row.top(rowHeight)
        if kind == "boxes" {
            node.style = NodeStyle(stroke: site.stroke, radius: radius > 0 ? min(radius, 8) : nil)
        } else if kind == "filled" {
            node.children.append(LayoutNode(.row, head, style: NodeStyle(fill: 0.88)))
        } else {
            node.children.append(rule(row.bottom(1)))
        }
        let inside = head.inset(kind == "lines" ? 1 : px(14, least: 3), 0)
        let side = px(16, least: 4)
        let mark = inside.right(side).centred(side, side)
        node.children.append(
            label(title, in: Bounds(inside.x, inside.y, inside.width - side - 2, inside.height), bold: true))
        node.children.append(icon(kind == "filled" ? .chevronDown : (isOpen ? .minus : .plus), mark))
        guard isOpen else { return node }
        var flow = Flow(Bounds(inside.x, head.maxY + gap(4), inside.width, row.maxY - head.maxY - gap(8)))
        putParagraph(3, into: &flow)
        node.children += flow.nodes
        return node
    }

    /// A title, then `body` in what is left of the box.
    func titled(
        _ title: String, in box: Bounds, subtitle: Bool = false, _ body: (Bounds) -> [LayoutNode]
    ) -> [LayoutNode] {
        var flow = Flow(box)
        putTitle(title, into: &flow, subtitle: subtitle && box.height > px(160, least: 40))
        let rest = flow.rest.below(gap(18, least: 4))
        return flow.nodes + (rest.height >= 6 ? body(rest) : [])
    }

    /// Where the reader is: "Home / Products / Lamp".
    func breadcrumb(_ names: [String]) -> Block {
        block(22, least: 18, stretch: 1) { box in
            [self.label(([self.words.nav[0]] + names).joined(separator: " / "), .small, in: box, role: .nav)]
        }
    }
}
