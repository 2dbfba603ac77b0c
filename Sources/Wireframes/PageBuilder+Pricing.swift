/// Plans with prices, and questions with answers.
extension PageBuilder {
    // MARK: - Pricing

    func pricingBlocks() -> [Block] {
        let kind = factors.choice("pricing.layout", ["cards", "cards", "joined", "table", "rows"])
        let plans = factors.count("pricing.plans", 2...4)
        let features = factors.count("pricing.features", 3...7)
        let featured = factors.count("pricing.featured", 0...3) % plans
        let height: Double =
            switch kind {
            case "rows": 150 * Double(plans)
            case "table": 150 + 44 * Double(features + 2)
            default: isPhone ? (170 + 26 * Double(features)) * Double(plans) : 260 + 36 * Double(features)
            }
        let main = block(height, least: height * 0.55, stretch: 1.4, required: true) { [self] box in
            switch kind {
            case "rows": planRows(box, plans, featured)
            case "table": planTable(box, plans, features)
            default: planCards(box, plans, features, featured: featured, isJoined: kind == "joined")
            }
        }
        let tail = factors.choice("pricing.tail", ["faq", "banner", "voices", "compare"])
        var blocks = [pricingTitle(), main]
        let questions = questionsBlock(count: 6)
        let banner = block(170, least: 110, role: .banner) { [self] in callToAction($0, style: "grey") }
        let compare = block(300, least: 160, stretch: 1.4) { [self] box in
            titled(words.label("compare"), in: box) { planTable($0, plans, 6).map { $0 } }
        }
        switch tail {
        case "banner": blocks += [banner, logosBlock(), questions]
        case "voices": blocks += [testimonialsBlock(), questions, banner]
        case "compare" where kind != "table": blocks += [compare, questions, logosBlock()]
        default: blocks += [questions, banner, testimonialsBlock()]
        }
        return blocks
    }

    private func pricingTitle() -> Block {
        let hasToggle = factors.flag("pricing.toggle", 0.5)
        return block(hasToggle ? 150 : 100, least: 60, stretch: 1, required: true) { [self] box in
            var flow = Flow(box)
            put(words.label("pricing"), .display, into: &flow, align: .centre, role: .heading)
            put(sentence(8), into: &flow, align: .centre)
            if hasToggle, let row = flow.take(px(34, least: 7), gap: gap(12)) {
                let pill = row.centred(min(row.width, px(230, least: 44)), row.height)
                let halves = pill.columns(2, gap: 0)
                let round = site.radius > 0 ? row.height / 2 : 0
                var toggle = LayoutNode(.toggle, pill, style: NodeStyle(stroke: site.stroke, radius: round))
                toggle.children = [
                    LayoutNode(.badge, halves[0], style: NodeStyle(fill: 0.2, radius: round)),
                    label(words.label("monthly"), in: halves[0].inset(2, 0), align: .centre, ink: 1),
                    label(words.label("yearly"), in: halves[1].inset(2, 0), align: .centre),
                ]
                flow.nodes.append(toggle)
            }
            return flow.nodes
        }
    }

    private func planCards(_ box: Bounds, _ plans: Int, _ features: Int, featured: Int, isJoined: Bool) -> [LayoutNode]
    {
        let space = isJoined ? 0 : gap(20, least: 3)
        let raise = isPhone ? 0 : gap(14)
        let cells = isPhone ? box.rows(plans, gap: space) : box.columns(plans, gap: space)
        return cells.enumerated().map { i, cell in
            let isFeatured = i == featured
            let frame = isPhone || isJoined || isFeatured ? cell : cell.inset(0, raise)
            return plan(frame, index: i, features, isFeatured: isFeatured)
        }
    }

    private func plan(_ box: Bounds, index: Int, _ features: Int, isFeatured: Bool) -> LayoutNode {
        let style = NodeStyle(
            fill: site.cardStyle == "grey" ? 0.94 : nil, stroke: site.stroke, lineWidth: isFeatured ? 2 : nil,
            radius: radius > 0 ? radius : nil)
        var node = LayoutNode(.card, box, style: style)
        var top = box
        if isFeatured {
            let band = box.top(px(30, least: 6))
            let caption = label(words.label("featured"), .small, in: band.inset(2, 0), align: .centre, ink: 1)
            node.children.append(LayoutNode(.badge, band, style: NodeStyle(fill: 0.25), children: [caption]))
            top = box.below(band.height)
        }
        var flow = Flow(top.inset(min(gap(22, least: 3), box.width / 8), gap(18, least: 3)))
        let buttonRows = controlHeight + gap(16)
        put(words.plans[index % 4], .title, into: &flow, align: .centre, role: .heading)
        put(
            "\(index * 15 + number(0...9)) \(words.label("currency"))", .giant, into: &flow, align: .centre, gap: 10,
            role: .price)
        put(words.label("perMonth"), .small, into: &flow, align: .centre, gap: 3)
        putRule(into: &flow, gap: 12)
        let side = px(14, least: 4)
        for title in several(words.features, features) {
            guard flow.room > buttonRows + lineHeight(.body) + gap(9),
                let row = flow.take(max(lineHeight(.body), side), gap: gap(9))
            else { break }
            let words = Bounds(row.x + side + px(8), row.y, row.width - side - px(8), row.height)
            flow.nodes += [icon(.check, row.left(side)), label(title, in: words, role: .text)]
        }
        node.children += flow.nodes
        let bottom = Bounds(flow.frame.x, flow.frame.maxY - controlHeight, flow.frame.width, controlHeight)
        if bottom.y > flow.y { node.children.append(button(words.label("choose"), bottom, isPrimary: isFeatured)) }
        return node
    }

    private func planRows(_ box: Bounds, _ plans: Int, _ featured: Int) -> [LayoutNode] {
        box.rows(plans, gap: gap(16, least: 3)).enumerated().map { i, row in
            var (node, inside) = card(row)
            if i == featured { node.style?.lineWidth = 2 }
            let parts =
                isPhone
                ? inside.columns([1.4, 1], gap: gap(12)) : inside.columns([1, 1.6, 0.8], gap: gap(20, least: 4))
            let cost = "\(i * 15 + number(5...9)) \(words.label("currency"))"
            if parts[0].height < lineHeight(.heading) + lineHeight(.title) + gap(6) {
                node.children += pair(words.plans[i % 4], cost, .title, in: parts[0], rightRole: .price)
            } else {
                var left = Flow(parts[0])
                put(words.plans[i % 4], .heading, into: &left, role: .heading)
                put(cost, .title, into: &left, gap: 6, role: .price)
                node.children += left.centred()
            }
            if parts.count > 2 {
                var middle = Flow(parts[1])
                for title in several(words.features, 3) {
                    put("• " + title + ", " + sentence(3), into: &middle, gap: 4)
                }
                node.children += middle.centred()
            }
            if let last = parts.last {
                node.children.append(
                    button(words.label("choose"), last.centred(last.width, controlHeight), isPrimary: i == featured))
            }
            return node
        }
    }

    /// Features against plans, with ticks.
    private func planTable(_ box: Bounds, _ plans: Int, _ features: Int) -> [LayoutNode] {
        let count = max(3, min(features + 2, box.height / px(34, least: 7)))
        let names = several(words.features, count)
        var node = LayoutNode(.table, box, style: NodeStyle(stroke: site.stroke))
        let weights = [isPhone ? 1.1 : 1.5] + Array(repeating: 1.0, count: min(plans, isPhone ? 3 : 4))
        let side = px(18, least: 4)
        for (i, row) in box.rows(count, gap: 0).enumerated() {
            var line = LayoutNode(.row, row)
            if i == 0 { line.style = NodeStyle(fill: 0.88) }
            if i > 0 { line.children.append(rule(row.top(1), gray: max(0.4, site.stroke))) }
            for (j, cell) in row.columns(weights, gap: 0).enumerated() {
                let inner = cell.inset(px(8, least: 2), 1)
                if j > 0 {
                    line.children.append(LayoutNode(.line, cell.left(1), style: NodeStyle(fill: max(0.4, site.stroke))))
                }
                switch (i, j) {
                case (0, 0): break
                case (0, _):
                    line.children.append(label(words.plans[(j - 1) % 4], in: inner, align: .centre, bold: true))
                case (_, 0): line.children.append(label(names[i], in: inner))
                case (count - 1, _):
                    line.children.append(label(price, in: inner, align: .centre, role: .price, bold: true))
                default:
                    let isIn = j + number(0...4) > 2
                    line.children.append(icon(isIn ? .check : .minus, inner.centred(side, side)))
                }
            }
            node.children.append(line)
        }
        return [node]
    }

    // MARK: - Questions

    func questionsBlock(count: Int) -> Block {
        let columns = isPhone ? 1 : factors.count("questions.columns", 1...2)
        return block(80 + 52 * Double(count / columns), least: 150, stretch: 1.2, role: .list) { [self] box in
            titled(words.label("faq"), in: box) { rest in
                rest.columns(columns, gap: gap(24, least: 5)).flatMap {
                    accordion($0, count: count / columns + 1, style: "lines", open: nil)
                }
            }
        }
    }

    func faqBlocks() -> [Block] {
        let kind = factors.choice("faq.layout", ["one-column", "two-columns", "sidebar", "categories", "sections"])
        let style = factors.choice("faq.rows", ["lines", "boxes", "filled"])
        let count = factors.count("faq.questions", 6...14)
        let open = factors.count("faq.open", 0...3)
        let main = block(130 + 58 * Double(count), least: 220, stretch: 1.3, role: .list, required: true) {
            [self] box in
            switch kind {
            case "two-columns":
                let columns = box.columns(isPhone ? 1 : 2, gap: gap(28, least: 5))
                return columns.enumerated().flatMap {
                    accordion($1, count: count, style: style, open: $0 == 0 ? open : 1)
                }
            case "sidebar": return faqWithSidebar(box, count, style, open)
            case "sections":
                let sections = max(1, min(3, box.height / px(170, least: 30)))
                return box.rows(sections, gap: gap(24, least: 4)).enumerated().flatMap { i, part in
                    titled(words.topics[(i * 3 + open) % 10], in: part) {
                        accordion($0, count: 6, style: style, open: i == 0 ? 0 : nil)
                    }
                }
            default:
                let width = isPhone || kind == "one-column" ? box.width : box.width * 3 / 4
                return accordion(box.centred(width, box.height), count: count, style: style, open: open)
            }
        }
        var blocks = [faqTitle(isLarge: kind == "categories")]
        if kind == "categories" { blocks.append(faqCategories()) }
        let ask = block(150, least: 100, role: .banner) { [self] in callToAction($0, style: "grey") }
        return blocks + [main, ask]
    }

    private func faqTitle(isLarge: Bool) -> Block {
        let hasSearch = factors.flag("faq.search", 0.5)
        return block(
            hasSearch ? 150 : 80, least: 50, stretch: isLarge ? 1.4 : 1, role: .hero, required: true, bleed: isLarge
        ) { [self] box in
            let inner = isLarge ? content(of: box).inset(0, gap(12, least: 2)) : box
            var flow = Flow(inner)
            put(
                words.label("faq"), .display, into: &flow, align: hasSearch ? .centre : site.headingAlign,
                role: .heading)
            if hasSearch, let row = flow.take(controlHeight, gap: gap(16, least: 3)) {
                flow.nodes.append(searchField(row.centred(isPhone ? row.width : max(row.width / 2, 40), row.height)))
            }
            put(sentence(8), into: &flow, align: hasSearch ? .centre : site.headingAlign, gap: 12)
            let shade = isLarge ? [LayoutNode(.banner, box, style: NodeStyle(fill: 0.9))] : []
            return shade + flow.centred()
        }
    }

    private func faqCategories() -> Block {
        block(isPhone ? 240 : 130, stretch: 1.2, required: true) { [self] box in
            let names = several(words.topics, 6)
            return grid(
                in: box, columns: isPhone ? 2 : fitting(4, in: box.width, least: 110), ideal: 110,
                limit: isPhone ? 4 : 4
            ) { cell, i in
                var (node, inside) = card(cell)
                var flow = Flow(inside)
                let side = min(px(34, least: 6), inside.height / 2)
                if let row = flow.take(side, gap: 0) { flow.nodes.append(badgeIcon(row, isRound: true)) }
                put(names[i % 6], into: &flow, align: .centre, gap: 6, bold: true)
                node.children += flow.centred()
                return node
            }
        }
    }

    private func faqWithSidebar(_ box: Bounds, _ count: Int, _ style: String, _ open: Int) -> [LayoutNode] {
        if isPhone {
            let row = box.top(px(34, least: 7))
            return chips(several(words.topics, 6), in: row)
                + accordion(box.below(row.height + gap(16)), count: count, style: style, open: open)
        }
        let parts = box.columns([1, 2.8], gap: gap(32, least: 5))
        var flow = Flow(parts[0])
        sideList(words.label("categories"), several(words.topics, 7), into: &flow)
        return [LayoutNode(.sidebar, parts[0], children: flow.nodes)]
            + accordion(parts[1], count: count, style: style, open: open)
    }
}
