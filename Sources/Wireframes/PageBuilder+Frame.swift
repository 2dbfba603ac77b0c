/// Header and footer: the same on all pages of a site.
extension PageBuilder {
    // MARK: - Header

    var headerHeight: Int {
        let css: Double =
            switch site.header {
            case "stacked": 112
            case "top-bar": 100
            case "tabs": 108
            default: isPhone ? 56 : 70
            }
        return gap(css, least: site.header == "stacked" || site.header == "tabs" ? 20 : 12)
    }

    func header(in box: Bounds) -> LayoutNode {
        var node = LayoutNode(.header, box)
        let isBlack = site.headerFill == "black"
        switch site.headerFill {
        case "black": node.style = NodeStyle(fill: 0.2)
        case "grey": node.style = NodeStyle(fill: 0.88)
        case "box": node.style = NodeStyle(stroke: site.stroke, lineWidth: site.lineWidth == 2 ? 2 : nil)
        case "line":
            let line = Bounds(box.x, box.maxY - site.lineWidth, box.width, site.lineWidth)
            node.children = [LayoutNode(.line, line, style: NodeStyle(fill: site.stroke))]
        default: break
        }
        let margin = px(isPhone ? 16 : 24, least: 4)
        let wide = box.inset(margin, 0)
        let inside = site.device == .desktop && site.contentShare < 0.8 ? content(of: box) : wide
        node.children += headerContent(inside, ink: isBlack ? 1 : nil)
        return node
    }

    private func headerContent(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        switch site.header {
        case "stacked":
            let rows = box.inset(0, 2).rows([1.2, 1], gap: 1)
            return [logo(rows[0], align: .centre, ink: ink)] + nav(rows[1], align: .centre, ink: ink)
        case "top-bar":
            let rows = box.rows([0.42, 1], gap: 1)
            let line = LayoutNode(.line, rows[0].bottom(1), style: NodeStyle(fill: ink ?? max(0.5, site.stroke)))
            let utility = row(
                of: [words.label("help"), words.label("phone"), "FR", "EN"], .small, in: rows[0], separation: gap(16),
                align: .right, ink: ink)
            return [line] + utility + logoAndNav(rows[1], ink: ink)
        case "tabs":
            let rows = box.rows([1, 0.8], gap: 0)
            return [
                logo(rows[0], ink: ink),
                icon(.search, rows[0].right(px(20, least: 5)).centred(px(20, least: 5), px(20, least: 5)), ink: ink),
            ]
                + tabs(rows[1], ink: ink)
        case "split": return splitHeader(box, ink: ink)
        case "search": return searchHeader(box, ink: ink)
        case "menu-left", "menu-right", "logo-centre": return compactHeader(box, ink: ink)
        default: return logoAndNav(box, ink: ink)
        }
    }

    var navTitles: [String] {
        var generator = factors.generator("nav words")
        return Array(generator.shuffled(words.nav).prefix(site.navCount))
    }

    private func nav(_ box: Bounds, align: NodeStyle.Alignment, ink: Double?) -> [LayoutNode] {
        let items = row(
            of: navTitles, .body, in: box, separation: gap(26, least: 4), align: align, ink: ink, current: 1)
        return [LayoutNode(.nav, box, children: items)]
    }

    private func tabs(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let titles = navTitles
        let count = max(2, min(titles.count, box.width / px(90, least: 16)))
        let cells = zip(box.columns(count, gap: 0), titles).enumerated().map { i, cell in
            let style = NodeStyle(fill: i == 0 && ink == nil ? 0.85 : nil, stroke: ink ?? site.stroke)
            let frame = Bounds(cell.0.x, cell.0.y, cell.0.width + (i == count - 1 ? 0 : 1), cell.0.height)
            let title = label(cell.1, in: cell.0.inset(1, 0), align: .centre, ink: ink)
            return LayoutNode(.link, frame, style: style, children: [title])
        }
        return [LayoutNode(.nav, box, children: cells)]
    }

    /// The brand: a mark, its name, or both.
    func logo(_ box: Bounds, align: NodeStyle.Alignment = .left, ink: Double? = nil) -> LayoutNode {
        var generator = factors.generator("logo")
        let kind = generator.integer(below: 4)
        let side = min(box.height - 2, px(30, least: 6))
        let nameWidth = min(textWidth(site.brand, .title, bold: true), box.width * 2 / 3)
        let markWidth = kind == 1 ? 0 : (kind == 3 ? min(side * 3, box.width / 2) : side)
        let hasName = kind < 3
        let space = kind == 1 ? 0 : px(8, least: 2)
        let total = markWidth + (hasName ? space + nameWidth : 0)
        let x = align == .centre ? box.x + (box.width - total) / 2 : (align == .right ? box.maxX - total : box.x)
        let gray = ink ?? min(site.stroke, 0.2)
        var children: [LayoutNode] = []
        let mark = Bounds(x, box.y + (box.height - side) / 2, markWidth, side)
        switch kind {
        case 0: children.append(LayoutNode(.icon, mark, style: NodeStyle(stroke: gray, shape: .ellipse)))
        case 2: children.append(LayoutNode(.icon, mark, style: NodeStyle(fill: gray)))
        case 3:
            let caption = label("LOGO", .body, in: mark.inset(1), align: .centre, ink: gray, bold: true)
            children.append(LayoutNode(.icon, mark, style: NodeStyle(stroke: gray), children: [caption]))
        default: break
        }
        if hasName {
            let name = Bounds(x + markWidth + space, box.y, nameWidth, box.height)
            children.append(label(site.brand, .title, in: name, ink: gray, bold: true))
        }
        return LayoutNode(.logo, Bounds(x, box.y, min(total, box.maxX - x), box.height), children: children)
    }

    private func logoAndNav(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let mark = logo(box, ink: ink)
        let start = mark.bounds.maxX + gap(24, least: 5)
        var rest = Bounds(start, box.y, box.maxX - start, box.height)
        var nodes = [mark]
        if site.header == "logo-left-cta", rest.width > px(160, least: 40) {
            let title = words.label("login")
            let cta = rest.right(min(buttonWidth(title), rest.width / 2)).inset(
                0, (box.height - min(controlHeight, box.height - 4)) / 2)
            nodes.append(button(title, cta))
            rest = Bounds(rest.x, rest.y, rest.width - cta.width - gap(20, least: 4), rest.height)
        }
        return nodes + nav(rest, align: site.header == "top-bar" ? .left : .right, ink: ink)
    }

    private func splitHeader(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let mark = logo(box, align: .centre, ink: ink)
        let side = (box.width - mark.bounds.width) / 2 - gap(20, least: 4)
        let titles = navTitles
        let half = (titles.count + 1) / 2
        let separation = gap(26, least: 4)
        return [mark]
            + row(of: Array(titles.prefix(half)), in: box.left(side), separation: separation, ink: ink)
            + row(
                of: Array(titles.dropFirst(half)), in: box.right(side), separation: separation, align: .right, ink: ink)
    }

    private func searchHeader(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let side = px(22, least: 5)
        let icons: [NodeStyle.Shape] = isPhone ? [.menu] : [.person, .cart]
        var nodes = [logo(box.left(box.width * (isPhone ? 3 : 2) / 8), ink: ink)]
        for (i, shape) in icons.enumerated() {
            let x = box.maxX - side - i * (side + gap(16, least: 4))
            nodes.append(icon(shape, Bounds(x, box.y + (box.height - side) / 2, side, side), ink: ink))
        }
        let iconRoom = icons.count * (side + gap(16, least: 4))
        let left = max(nodes[0].bounds.maxX, box.x + box.width / 4) + gap(14, least: 4)
        let height = min(controlHeight, box.height - 4)
        let bar = Bounds(
            left, box.y + (box.height - height) / 2, box.maxX - iconRoom - gap(14, least: 4) - left, height)
        if bar.width >= 16 { nodes.append(searchField(bar)) }
        return nodes
    }

    func searchField(_ box: Bounds) -> LayoutNode {
        var node = field(box, placeholder: words.label("search"))
        if node.style?.fill == nil { node.style?.fill = 1 }
        let side = max(4, box.height / 2)
        node.children.append(
            icon(.search, Bounds(box.maxX - side * 3 / 2, box.y + (box.height - side) / 2, side, side)))
        return node
    }

    private func compactHeader(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let side = px(24, least: 6)
        let row = Bounds(box.x, box.y + (box.height - side) / 2, box.width, side)
        let inset = box.inset(side + gap(12, least: 3), 0)
        switch site.header {
        case "menu-left":
            return [
                icon(.menu, row.left(side), ink: ink), logo(inset, ink: ink), icon(.search, row.right(side), ink: ink),
            ]
        case "logo-centre":
            return [
                icon(.menu, row.left(side), ink: ink), logo(inset, align: .centre, ink: ink),
                icon(.cart, row.right(side), ink: ink),
            ]
        default: return [logo(box, ink: ink), icon(.menu, row.right(side), ink: ink)]
        }
    }

    // MARK: - Footer

    var footerHeight: Int {
        switch site.footer {
        case "columns": gap(190, least: 26)
        case "newsletter": gap(150, least: 26)
        case "dark": gap(isPhone ? 96 : 110, least: 20)
        case "stacked": gap(150, least: 30)
        case "centred": gap(96, least: 18)
        case "tab-bar": gap(60, least: 13)
        default: gap(56, least: 11)
        }
    }

    func footer(in box: Bounds) -> LayoutNode {
        var node = LayoutNode(.footer, box)
        let ink: Double? = site.footer == "dark" ? 1 : nil
        if site.footer == "dark" {
            node.style = NodeStyle(fill: 0.25)
        } else {
            let line = Bounds(box.x, box.y, box.width, site.lineWidth)
            node.children.append(LayoutNode(.line, line, style: NodeStyle(fill: site.stroke)))
        }
        let padded = content(of: box).inset(0, min(gap(20, least: 3), box.height / 5))
        switch site.footer {
        case "columns", "dark": node.children += footerColumns(padded, ink: ink)
        case "newsletter":
            let halves = padded.columns([1, 1.1], gap: gap(32, least: 6))
            var flow = Flow(halves[0])
            put(words.label("newsletter"), .title, into: &flow)
            putParagraph(2, .small, into: &flow)
            if let box = flow.take(controlHeight, gap: gap(10)) {
                let parts = box.columns([2, 1], gap: gap(8))
                flow.nodes += [
                    field(parts[0], placeholder: words.label("email")), button(words.label("subscribe"), parts[1]),
                ]
            }
            node.children += flow.nodes + footerColumns(halves[1], ink: nil)
        case "stacked":
            var flow = Flow(padded.above(lineHeight(.small) + 2))
            for title in navTitles.prefix(4) {
                guard let row = flow.take(px(28, least: 6), gap: 1) else { break }
                flow.nodes += [label(title, in: row, role: .link), rule(row.bottom(1), gray: 0.6)]
            }
            node.children +=
                flow.nodes + [
                    label(words.label("legal"), .small, in: padded.bottom(lineHeight(.small)), align: .centre)
                ]
        case "tab-bar":
            let shapes: [NodeStyle.Shape] = [.house, .search, .cart, .heart, .person]
            for (shape, cell) in zip(shapes, box.inset(0, 2).columns(5, gap: 2)) {
                let side = min(px(24, least: 5), cell.height - 2)
                node.children.append(icon(shape, cell.centred(side, side)))
            }
        case "centred":
            var flow = Flow(padded)
            let row0 = flow.take(max(lineHeight(.body), px(20)), gap: 0) ?? padded
            flow.nodes += row(of: navTitles, in: row0, separation: gap(22, least: 4), align: .centre)
            put(words.label("legal"), .small, into: &flow, align: .centre)
            node.children += flow.nodes
        default:
            let halves = padded.columns(2, gap: 4)
            node.children.append(label(words.label("legal"), .small, in: halves[0]))
            node.children += row(
                of: Array(navTitles.prefix(3)), .small, in: halves[1], separation: gap(16, least: 4), align: .right)
        }
        return node
    }

    private func footerColumns(_ box: Bounds, ink: Double?) -> [LayoutNode] {
        let count = fitting(isPhone ? 2 : site.footerColumns, in: box.width, least: 110)
        var nodes: [LayoutNode] = []
        for (i, column) in box.columns(count, gap: gap(24, least: 5)).enumerated() {
            var flow = Flow(column)
            if i == 0, site.footer == "columns" {
                nodes.append(logo(column.top(px(30, least: 6)), ink: ink))
                _ = flow.take(px(30, least: 6), gap: 0)
                putParagraph(3, .small, into: &flow, ink: ink)
            } else {
                put(words.nav[(i + 1) % words.nav.count], .body, into: &flow, ink: ink, bold: true)
                for title in several(words.features, 4) {
                    put(title, .small, into: &flow, gap: 5, role: .link, ink: ink)
                }
            }
            nodes += flow.nodes
        }
        return nodes
    }
}
