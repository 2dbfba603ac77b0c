/// Dashboards: figures, charts, tables, beside or under their own navigation.
extension PageBuilder {
    func dashboardPage() -> [LayoutNode] {
        let nav =
            isPhone
            ? "top" : factors.choice("dashboard.nav", ["sidebar", "sidebar", "sidebar-black", "icons", "right", "top"])
        guard nav != "top" else { return framed { dashboardMain($0.inset(gap(16, least: 3), gap(16, least: 3))) } }
        let share = nav == "icons" ? 0.07 : factors.real("dashboard.sidebar-width", 0.16...0.25)
        let width = max(Int(Double(page.width) * share), nav == "icons" ? 11 : 22)
        let isRight = nav == "right"
        let column = isRight ? page.right(width) : page.left(width)
        let rest = isRight ? page.left(page.width - width) : page.right(page.width - width)
        let bar = rest.top(px(60, least: 12))
        let main = rest.below(bar.height).inset(gap(20, least: 3), gap(18, least: 3))
        return [dashboardNav(column, kind: nav), dashboardBar(bar)] + dashboardMain(main)
    }

    private func dashboardNav(_ box: Bounds, kind: String) -> LayoutNode {
        let isBlack = kind == "sidebar-black"
        let ink: Double? = isBlack ? 1 : nil
        var node = LayoutNode(.sidebar, box)
        if isBlack {
            node.style = NodeStyle(fill: 0.25)
        } else if site.headerFill == "grey" {
            node.style = NodeStyle(fill: 0.92)
        }
        if !isBlack {
            let edge = kind == "right" ? box.left(site.lineWidth) : box.right(site.lineWidth)
            node.children.append(LayoutNode(.line, edge, style: NodeStyle(fill: site.stroke)))
        }
        var flow = Flow(box.inset(min(px(16, least: 2), box.width / 6), gap(14, least: 3)))
        let side = px(20, least: 5)
        if let row = flow.take(px(36, least: 8), gap: 0) {
            flow.nodes.append(kind == "icons" ? icon(.menu, row.centred(side, side), ink: ink) : logo(row, ink: ink))
        }
        let titles = [words.label("dashboard")] + several(words.figures, 6) + [words.label("settings")]
        for (i, title) in titles.prefix(site.navCount + 2).enumerated() {
            guard let row = flow.take(px(36, least: 7), gap: gap(6)) else { break }
            if i == 0, kind != "icons" {
                flow.nodes.append(LayoutNode(.item, row, style: NodeStyle(fill: isBlack ? 0.45 : 0.85)))
            }
            let inner = row.inset(min(px(8, least: 1), 8), 0)
            let mark = icon(
                Self.featureIcons[i % 9],
                kind == "icons" ? row.centred(side, side) : inner.left(side).centred(side, side), ink: ink)
            flow.nodes.append(mark)
            if kind != "icons" {
                let words = Bounds(
                    inner.x + side + px(10, least: 2), row.y, inner.width - side - px(10, least: 2), row.height)
                if words.width > 6 { flow.nodes.append(label(title, in: words, role: .link, ink: ink)) }
            }
        }
        node.children += flow.nodes
        return node
    }

    private func dashboardBar(_ box: Bounds) -> LayoutNode {
        let inside = box.inset(gap(20, least: 3), 0)
        let side = min(px(34, least: 7), box.height - 2)
        let height = min(controlHeight, box.height - 4)
        let search = inside.left(inside.width * 2 / 5).centred(inside.width * 2 / 5, height)
        let line = LayoutNode(.line, box.bottom(1), style: NodeStyle(fill: max(0.3, site.stroke)))
        return LayoutNode(
            .header, box, children: [line, searchField(search), avatar(inside.right(side).centred(side, side))])
    }

    private func dashboardMain(_ box: Bounds) -> [LayoutNode] {
        let kind = factors.choice("dashboard.layout", ["tiles-first", "chart-first", "grid", "table-first"])
        let tiles = tilesBlock()
        let charts = chartsBlock(isRequired: true)
        let table = tableBlock()
        let title = block(46, least: 30, stretch: 1) { [self] box in
            [label(words.label("dashboard"), .heading, in: box, role: .heading)]
        }
        let blocks: [Block] =
            switch kind {
            case "chart-first": [bigChartBlock(), tiles, table, chartsBlock(isRequired: false)]
            case "grid": [tiles, charts, chartsBlock(isRequired: false), chartsBlock(isRequired: false), table]
            case "table-first": [title, table, tiles, charts]
            default: [title, tiles, charts, table, activityBlock(), bigChartBlock()]
            }
        return stack(blocks, in: box, isNarrow: true)
    }

    private func tilesBlock() -> Block {
        let wanted = isPhone ? 2 : factors.count("dashboard.tiles", 3...5)
        let kind = factors.choice("dashboard.tile", ["number", "icon", "spark"])
        return block(isPhone ? 200 : 110, least: 70, stretch: 1.2, required: true) { [self] box in
            let names = several(words.figures, 8)
            let columns = fitting(wanted, in: box.width, least: 90)
            return grid(in: box, columns: columns, ideal: 100, gap: 16, limit: isPhone ? 4 : columns) { cell, i in
                tile(cell, names[i % 8], kind)
            }
        }
    }

    private func panel(_ box: Bounds, _ title: String?) -> (node: LayoutNode, inside: Bounds) {
        var style = NodeStyle(stroke: site.stroke, radius: radius > 0 ? min(radius, 8) : nil)
        if site.cardStyle == "grey" { style = NodeStyle(fill: 0.93, radius: style.radius) }
        var node = LayoutNode(.card, box, style: style)
        var flow = Flow(box.inset(gap(14, least: 3), gap(12, least: 3)))
        guard let title else { return (node, flow.frame) }
        if put(title, .title, into: &flow, role: .heading) { node.children += flow.nodes }
        return (node, flow.rest.below(gap(10)))
    }

    private func tile(_ box: Bounds, _ name: String, _ kind: String) -> LayoutNode {
        var (node, inside) = panel(box, nil)
        var words = inside
        let side = min(inside.height, inside.width / 3)
        if kind == "icon" {
            node.children.append(badgeIcon(inside.left(side), isRound: true))
            words = inside.right(inside.width - side - gap(10))
        } else if kind == "spark", inside.width > 24 {
            let style = NodeStyle(fill: 0.7, stroke: site.stroke, shape: .columnChart, values: data(6))
            node.children.append(LayoutNode(.chart, inside.right(side).bottom(max(6, inside.height / 2)), style: style))
            words = inside.left(inside.width - side - gap(6))
        }
        var flow = Flow(words)
        put(name, .small, into: &flow)
        put("\(number(1...99)) \(number(100...999))", .heading, into: &flow, gap: 4, role: .heading)
        put("+\(number(1...20)) %", .small, into: &flow, gap: 3)
        node.children += flow.centred()
        return node
    }

    private func chart(_ box: Bounds, _ shape: NodeStyle.Shape, title: String) -> LayoutNode {
        var (node, inside) = panel(box, title)
        guard inside.height >= 6, inside.width >= 6 else { return node }
        let isRound = shape == .pieChart || shape == .ringChart
        let count = isRound ? number(3...4) : (shape == .barChart ? number(4...6) : number(7...12))
        let style = NodeStyle(
            fill: isRound ? 0.5 : 0.7, stroke: min(site.stroke, 0.2), shape: shape, values: data(count, 0.15...0.95))
        var frame = inside
        if isRound, inside.width > 2 * inside.height {
            var flow = Flow(inside.right(inside.width - inside.height - gap(14)))
            for name in several(words.features, 4) { put("• " + name, .small, into: &flow, gap: 6) }
            node.children += flow.centred()
            frame = inside.left(inside.height)
        }
        node.children.append(LayoutNode(.chart, frame, style: style))
        return node
    }

    private static let chartShapes: [NodeStyle.Shape] = [
        .columnChart, .lineChart, .areaChart, .ringChart, .pieChart, .barChart,
    ]

    private func chartsBlock(isRequired: Bool) -> Block {
        let split =
            isPhone ? "one" : factors.choice("dashboard.charts", ["wide-narrow", "narrow-wide", "halves", "thirds"])
        let first = factors.count("dashboard.first-chart", 0...5)
        return block(isPhone ? 420 : 260, least: 130, stretch: 1.4, required: isRequired) { [self] box in
            let space = gap(16, least: 3)
            let cells: [Bounds] =
                switch split {
                case "one": box.rows(box.height > px(260) ? 2 : 1, gap: space)
                case "wide-narrow": box.columns([2, 1], gap: space)
                case "narrow-wide": box.columns([1, 2], gap: space)
                case "halves": box.columns(2, gap: space)
                default: box.columns(3, gap: space)
                }
            let names = several(words.figures, 4)
            let offset = isRequired ? first : number(0...5)
            return cells.enumerated().map { i, cell in
                var shape = Self.chartShapes[(offset + i * 2 + i) % 6]
                if cell.width > cell.height * 3, shape == .pieChart { shape = .areaChart }
                return chart(cell, shape, title: names[i])
            }
        }
    }

    private func bigChartBlock() -> Block {
        let shape = factors.choice("dashboard.big-chart", ["lineChart", "areaChart", "columnChart"])
        return block(300, least: 150, stretch: 1.3, required: true) { [self] box in
            [chart(box, NodeStyle.Shape(rawValue: shape) ?? .lineChart, title: words.figures[3])]
        }
    }

    private func tableBlock() -> Block {
        let rows = factors.count("dashboard.rows", 4...9)
        return block(60 + 42 * Double(rows), least: 140, stretch: 1.5) { [self] box in
            titled(words.label("orders"), in: box) { rest in
                [table(rest, headings: ["client", "date", "amount", "status", "infos"].map { words.label($0) })]
            }
        }
    }

    private func activityBlock() -> Block {
        block(220, least: 130, stretch: 1.3, role: .list) { [self] box in
            var (node, inside) = panel(box, words.label("activity"))
            node.children += grid(in: inside, columns: 1, ideal: 40, gap: 8) { cell, _ in
                let side = min(px(30, least: 6), cell.height)
                let words = Bounds(cell.x + side + gap(10), cell.y, cell.width - side - gap(10), cell.height)
                return LayoutNode(.item, cell, children: [avatar(cell.left(side)), label(sentence(6), in: words)])
            }
            return [node]
        }
    }
}
