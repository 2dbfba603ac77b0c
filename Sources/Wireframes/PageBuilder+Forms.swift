/// Contact pages: a form, a map, an address.
extension PageBuilder {
    func contactBlocks() -> [Block] {
        let kind = factors.choice("contact.layout", ["form-left", "form-right", "map-top", "cards-top", "panel"])
        let fields = factors.count("contact.fields", 3...5)
        let formHeight =
            Double(fieldHeight()) / site.scale * Double(fields - 1) + Double(fieldHeight(rows: 3)) / site.scale + 150
        let title = contactTitle()
        switch kind {
        case "map-top":
            let map = block(240, least: 110, stretch: 1.5, required: true, bleed: true) { [self] in [street($0)] }
            return [map, contactForm(fields, formHeight, beside: isPhone ? "none" : "address", isFormFirst: true)]
        case "cards-top":
            return [title, infoCards(), contactForm(fields, formHeight, beside: "none", isFormFirst: true), mapBlock()]
        case "panel": return [contactForm(fields, formHeight, beside: "panel", isFormFirst: false), mapBlock()]
        case "form-right":
            return [title, contactForm(fields, formHeight, beside: "map", isFormFirst: false), infoCards()]
        default:
            return [title, contactForm(fields, formHeight, beside: "map", isFormFirst: true), infoCards(), mapBlock()]
        }
    }

    private func contactTitle() -> Block {
        block(84, least: 40, stretch: 1, required: true) { [self] box in
            var flow = Flow(box)
            put(words.label("contact"), .display, into: &flow, align: site.headingAlign, role: .heading)
            put(sentence(9), into: &flow, align: site.headingAlign)
            return flow.nodes
        }
    }

    func street(_ box: Bounds) -> LayoutNode {
        LayoutNode(.map, box, style: NodeStyle(fill: 0.95, stroke: site.stroke, shape: .map, values: data(8)))
    }

    private func mapBlock() -> Block {
        block(220, least: 100, stretch: 1.3) { [self] in [street($0)] }
    }

    private func infoCards() -> Block {
        block(isPhone ? 330 : 150, stretch: 1.1) { [self] box in
            let entries: [(NodeStyle.Shape, String)] = [(.pin, "address"), (.mail, "email"), (.house, "hours")]
            let cells = isPhone ? box.rows(3, gap: gap(12, least: 3)) : box.columns(3, gap: gap(20, least: 4))
            return zip(cells, entries).map { cell, entry in
                var (node, inside) = card(cell)
                var flow = Flow(inside)
                let side = px(30, least: 6)
                if let row = flow.take(side, gap: 0) { flow.nodes.append(icon(entry.0, row)) }
                put(words.label(entry.1), into: &flow, align: .centre, gap: 6, bold: true)
                put(sentence(4), .small, into: &flow, lines: 2, align: .centre, gap: 4)
                node.children += flow.centred()
                return node
            }
        }
    }

    private func contactForm(_ fields: Int, _ css: Double, beside kind: String, isFormFirst: Bool) -> Block {
        let phoneExtra = isPhone && kind != "none" ? 240.0 : 0
        return block(css + phoneExtra, least: css * 0.55, stretch: 1.3, role: .form, required: true) { [self] box in
            let isShort = isPhone && box.height < px(440)
            if kind == "none" || isShort {
                let width = isPhone ? box.width : max(box.width / 2, min(box.width, px(620)))
                return contactFields(box.centred(width, box.height), fields)
            }
            let parts: [Bounds]
            if isPhone {
                let side = px(200, least: 26)
                parts =
                    isFormFirst
                    ? [box.above(side + gap(20)), box.bottom(side)] : [box.below(side + gap(20)), box.top(side)]
            } else {
                let columns = box.columns(isFormFirst ? [1.3, 1] : [1, 1.3], gap: gap(40, least: 6))
                parts = isFormFirst ? columns : columns.reversed()
            }
            return contactFields(parts[0], fields) + contactSide(parts[1], kind)
        }
    }

    private func contactFields(_ box: Bounds, _ count: Int) -> [LayoutNode] {
        var (frame, inside) = site.cardStyle == "bare" ? (LayoutNode(.form, box), box) : card(box, role: .form)
        var flow = Flow(inside)
        let titles = [words.label("name"), words.label("email")] + several(words.fields, 3)
        let send = controlHeight + gap(16)
        for (i, title) in titles.prefix(count - 1).enumerated() {
            let wanted = send + (i == 0 ? 0 : fieldHeight(rows: 2))
            if flow.room >= wanted + fieldHeight() { putField(title, into: &flow) }
        }
        let rows = Double(flow.room - send - fieldHeight() + controlHeight) / Double(controlHeight)
        if rows >= 1 { putField(words.label("message"), into: &flow, rows: min(7, rows)) }
        putButton(words.label("send"), into: &flow, isWide: isPhone)
        frame.children += flow.nodes
        return [frame]
    }

    private func contactSide(_ box: Bounds, _ kind: String) -> [LayoutNode] {
        if kind == "panel" {
            let ink: Double? = 1
            var flow = Flow(box.inset(gap(28, least: 4)))
            put(words.label("contact"), .heading, into: &flow, lines: 2, role: .heading, ink: ink)
            putParagraph(4, into: &flow, ink: ink)
            for (shape, title) in [(NodeStyle.Shape.pin, "address"), (.mail, "email"), (.house, "hours")] {
                guard let row = flow.take(px(34, least: 7), gap: gap(16)) else { break }
                let side = px(22, least: 5)
                let words = Bounds(row.x + side + gap(10), row.y, row.width - side - gap(10), row.height)
                flow.nodes += [
                    icon(shape, row.left(side).centred(side, side), ink: 1),
                    label(self.words.label(title), in: words, ink: 1),
                ]
            }
            return [LayoutNode(.sidebar, box, style: NodeStyle(fill: 0.45), children: flow.nodes)]
        }
        let mapRows = kind == "map" ? box.height * 3 / 5 : 0
        var nodes = mapRows > 0 ? [street(box.top(mapRows))] : []
        var flow = Flow(mapRows > 0 ? box.below(mapRows + gap(16, least: 3)) : box)
        for key in ["address", "phone", "hours"] {
            put(words.label(key), .title, into: &flow, gap: 16, role: .heading)
            put(sentence(4), into: &flow, lines: 2, gap: 4)
        }
        nodes += flow.nodes
        return nodes
    }
}
