/// A person's page.
extension PageBuilder {
    func profileMain(_ area: Bounds) -> [LayoutNode] {
        let kind = factors.choice(
            "profile.layout",
            isPhone
                ? ["banner-centre", "plain-row", "settings"]
                : ["banner-left", "banner-centre", "sidebar", "settings", "plain-row"])
        let body = factors.choice("profile.content", ["pictures", "posts", "table", "cards"])
        switch kind {
        case "sidebar", "settings":
            if !isPhone { return profileWithSidebar(area, isSettings: kind == "settings", body) }
            return stack([profileHead(isRow: false), settingsBlock(), switchesBlock()], in: area)
        case "plain-row": return stack([profileHead(isRow: true), statsRow(), tabsBlock(body)], in: area)
        default: return stack([bannerHead(isCentred: kind == "banner-centre"), statsRow(), tabsBlock(body)], in: area)
        }
    }

    private func bannerHead(isCentred: Bool) -> Block {
        let share = factors.real("profile.banner", 0.45...0.65)
        return block(isPhone ? 330 : 320, least: 170, stretch: 1.2, role: .hero, main: true, bleed: true) {
            [self] box in
            let rows = Int(Double(box.height) * share)
            let inside = content(of: box)
            let side = min(px(isPhone ? 110 : 140, least: 20), box.height / 2)
            let x = isCentred ? inside.x + (inside.width - side) / 2 : inside.x
            let disc = Bounds(x, box.y + rows - side / 2, side, side)
            let halo = LayoutNode(.avatar, disc.inset(-2), style: NodeStyle(fill: 1, shape: .ellipse))
            var nodes = [image(box.top(rows), role: .banner), halo, avatar(disc)]
            let align: NodeStyle.Alignment = isCentred ? .centre : .left
            let start = isCentred ? inside.x : disc.maxX + gap(16, least: 3)
            let top = isCentred ? disc.maxY + gap(8) : box.y + rows + gap(10)
            let width = buttonWidth(words.label("follow"))
            let hasButton = !isCentred && inside.maxX - start > width + px(220, least: 34)
            let end = inside.maxX - (hasButton ? width + gap(10) : 0)
            var flow = Flow(Bounds(start, top, end - start, box.maxY - top))
            put(pick(words.people), .heading, into: &flow, align: align, role: .heading)
            put(pick(words.jobs) + " · " + pick(words.topics), into: &flow, align: align, gap: 4)
            if isCentred { putButton(words.label("follow"), into: &flow, align: .centre, gap: 10) }
            nodes += flow.nodes
            let place = Bounds(inside.maxX - width, box.y + rows + gap(12), width, controlHeight)
            if hasButton, place.maxY <= box.maxY { nodes.append(button(words.label("follow"), place)) }
            return nodes
        }
    }

    private func profileHead(isRow: Bool) -> Block {
        block(isRow ? 150 : 210, least: 100, stretch: 1.2, role: .hero, main: true) { [self] box in
            guard isRow else {
                var flow = Flow(box)
                if let row = flow.take(min(px(110, least: 18), box.height / 2), gap: 0) {
                    flow.nodes.append(avatar(row))
                }
                put(pick(words.people), .heading, into: &flow, align: .centre, role: .heading)
                putButton(words.label("edit"), into: &flow, align: .centre, isPrimary: false, gap: 10)
                return flow.nodes
            }
            let side = min(box.height, box.width / 3)
            let indent = side + gap(24, least: 5)
            var flow = Flow(Bounds(box.x + indent, box.y, box.width - indent, box.height))
            put(pick(words.people), .display, into: &flow, role: .heading)
            putParagraph(2, into: &flow, reserve: controlHeight + gap(14))
            putButton(words.label("follow"), into: &flow, gap: 12, second: words.label("message"))
            return [avatar(box.left(side))] + flow.centred()
        }
    }

    private func statsRow() -> Block {
        block(64, least: 40, stretch: 1) { [self] box in
            let cells = box.columns(isPhone ? 3 : 4, gap: 1)
            let keys = ["posts", "followers", "following", "reviews"]
            return [rule(box.top(1)), rule(box.bottom(1))]
                + zip(cells, keys).map { cell, key in
                    var flow = Flow(cell.inset(2, 3))
                    put("\(number(10...990))", .title, into: &flow, align: .centre, role: .heading)
                    put(words.label(key), .small, into: &flow, align: .centre, gap: 2)
                    return LayoutNode(.item, cell, children: flow.centred())
                }
        }
    }

    private func tabsBlock(_ body: String, isWide: Bool = true) -> Block {
        let columns = isPhone ? 3 : factors.count("profile.columns", 3...4)
        return block(520, least: 180, stretch: 2.2, role: .tabs, required: true) { [self] box in
            let row = box.top(px(38, least: 8))
            let titles = [words.label("posts"), words.label("infos"), words.label("activity"), words.label("reviews")]
            let rest = box.below(row.height + gap(18, least: 4))
            return tabRow(titles, in: row, align: isWide ? site.headingAlign : .left) + profileBody(rest, body, columns)
        }
    }

    private func profileBody(_ box: Bounds, _ body: String, _ columns: Int) -> [LayoutNode] {
        switch body {
        case "pictures":
            let count = fitting(columns, in: box.width, least: 70)
            return pictureGrid(box, count, gap(10), 0.9, false)
        case "table":
            return [
                table(
                    box, headings: ["item", "date", "amount", "status"].map { words.label($0) }, firstIsPerson: false)
            ]
        case "cards":
            return grid(in: box, columns: isPhone ? 1 : fitting(columns - 1, in: box.width), ideal: 210) { cell, _ in
                mediaCard(cell, title: sentence(3), lines: 2)
            }
        default:
            return grid(in: box, columns: 1, ideal: 130, gap: 18) { cell, _ in post(cell) }
        }
    }

    private func post(_ box: Bounds) -> LayoutNode {
        var (node, inside) = card(box, role: .item)
        let side = min(px(40, least: 8), inside.height)
        node.children.append(avatar(inside.left(side).top(side)))
        var flow = Flow(Bounds(inside.x + side + gap(12), inside.y, inside.width - side - gap(12), inside.height))
        put(pick(words.people), into: &flow, bold: true)
        putParagraph(5, into: &flow, gap: 4)
        node.children += flow.nodes
        return node
    }

    private func profileWithSidebar(_ area: Bounds, isSettings: Bool, _ body: String) -> [LayoutNode] {
        let box = content(of: area)
        let share = factors.real("profile.sidebar-width", 0.24...0.34)
        let isRight = factors.flag("profile.sidebar-right", 0.25)
        let parts = box.columns(isRight ? [1 - share, share] : [share, 1 - share], gap: gap(32, least: 6))
        let column = parts[isRight ? 1 : 0].inset(0, gap(24, least: 4))
        var (node, inside) = card(column.top(min(column.height, px(560, least: 80))), role: .sidebar)
        var flow = Flow(inside)
        if let row = flow.take(min(inside.width, px(130, least: 20)), gap: 0) { flow.nodes.append(avatar(row)) }
        put(pick(words.people), .title, into: &flow, align: .centre, gap: 12, role: .heading)
        put(pick(words.jobs), into: &flow, align: .centre, gap: 4)
        if isSettings {
            let titles = ["profile", "settings", "orders", "address", "password"].map { words.label($0) }
            for (i, title) in titles.enumerated() {
                guard let row = flow.take(px(38, least: 7), gap: gap(4)) else { break }
                flow.nodes.append(
                    LayoutNode(.item, row, style: NodeStyle(fill: i == 0 ? 0.82 : nil, stroke: i == 0 ? nil : 0.7)))
                flow.nodes.append(label(title, in: row.inset(px(10, least: 2), 0), role: .link))
            }
        } else {
            putButton(words.label("follow"), into: &flow, isWide: true)
            putParagraph(5, into: &flow, gap: 14)
            sideList(words.label("infos"), several(words.topics, 4), into: &flow)
        }
        node.children += flow.nodes
        let main =
            isSettings
            ? [settingsBlock(), switchesBlock(), switchesBlock()] : [statsRow(), tabsBlock(body, isWide: false)]
        return [node] + stack(main, in: parts[isRight ? 0 : 1], isNarrow: true)
    }

    private func settingsBlock() -> Block {
        let count = factors.count("profile.fields", 4...8)
        let css = Double(fieldHeight()) / site.scale * Double(count + 1) * (isPhone ? 1 : 0.6) + 160
        return block(css, least: 200, stretch: 1.2, role: .form, required: true) { [self] box in
            var flow = Flow(box)
            put(words.label("profile"), .heading, into: &flow, role: .heading)
            putRule(into: &flow)
            let titles = several(words.fields, count)
            var i = 0
            while i < count, flow.room > fieldHeight() + controlHeight + gap(24),
                let row = flow.take(fieldHeight(), gap: 0)
            {
                for cell in row.columns(isPhone || i.isMultiple(of: 5) ? 1 : 2, gap: gap(18, least: 4)) where i < count
                {
                    var part = Flow(cell.below(gap(14, least: 3)))
                    putField(titles[i], into: &part)
                    flow.nodes += part.nodes
                    i += 1
                }
            }
            if !isPhone { putField(words.label("description"), into: &flow, rows: 2) }
            putButton(words.label("save"), into: &flow, second: words.label("cancel"))
            return flow.nodes
        }
    }

    /// Settings to switch on and off, a line each.
    private func switchesBlock() -> Block {
        block(300, least: 150, stretch: 1.4, role: .list) { [self] box in
            titled(words.label("settings"), in: box) { rest in
                let titles = several(words.features, 8)
                return grid(in: rest, columns: 1, ideal: 40, gap: 6) { cell, i in
                    let height = min(px(22, least: 5), cell.height)
                    let place = cell.right(height * 2).centred(height * 2, height)
                    let isOn = dice.chance(0.6)
                    let style = NodeStyle(fill: isOn ? 0.3 : nil, stroke: site.stroke, radius: height / 2)
                    let knob = (isOn ? place.right(height) : place.left(height)).inset(max(1, height / 8))
                    let dot = LayoutNode(.icon, knob, style: NodeStyle(fill: isOn ? 1 : 0.5, shape: .ellipse))
                    let title = label(titles[i % 8] + ", " + sentence(4), in: cell.left(cell.width - height * 3))
                    let toggle = LayoutNode(.toggle, place, style: style, children: [dot])
                    return LayoutNode(.item, cell, children: [title, toggle, rule(cell.bottom(1), gray: 0.7)])
                }
            }
        }
    }
}
