/// Search results.
extension PageBuilder {
    func searchBlocks() -> [Block] {
        let filters = factors.choice(
            "search.filters",
            isPhone ? ["chips", "selects", "none"] : ["left", "left", "right", "chips", "selects", "none"])
        let kind = factors.choice("search.results", ["rows", "thumbnails", "grid", "map"])
        let hasPages = factors.flag("search.pages", 0.8)
        let isLarge = factors.flag("search.large-field", 0.5)
        let bar = block(
            isLarge ? 120 : 60, least: 40, stretch: isLarge ? 1.3 : 1, role: .form, required: true, bleed: isLarge
        ) { [self] box in
            searchBar(box, isLarge: isLarge)
        }
        let count = factors.count("search.count", 4...10)
        let css = kind == "grid" ? 240.0 * Double(count) / 3 : 110 * Double(count)
        let main = block(css, least: 110, stretch: 2.2, role: .list, required: true) { [self] box in
            guard filters == "left" || filters == "right" else { return searchResults(box, kind) }
            let share = factors.real("search.filter-width", 0.2...0.3)
            let isLeft = filters == "left"
            let parts = box.columns(isLeft ? [share, 1 - share] : [1 - share, share], gap: gap(32, least: 6))
            return [filterColumn(parts[isLeft ? 0 : 1])] + searchResults(parts[isLeft ? 1 : 0], kind)
        }
        var blocks = [bar]
        if filters == "chips" || filters == "selects" {
            blocks.append(
                block(34, least: 28, stretch: 1, required: true) { [self] box in
                    guard filters == "selects" else {
                        return chips([words.label("all")] + several(words.topics, 8), in: box)
                    }
                    let columns = fitting(isPhone ? 2 : 4, in: box.width, least: 110)
                    return zip(box.columns(columns, gap: gap(12)), ["sort", "price", "colour", "size"]).map {
                        field($0, placeholder: words.label($1), role: .select)
                    }
                })
        }
        blocks.append(main)
        if hasPages { blocks.append(block(40, least: 30, stretch: 1) { [self] in [pagination($0)] }) }
        return blocks
    }

    private func searchBar(_ box: Bounds, isLarge: Bool) -> [LayoutNode] {
        let inside = isLarge ? content(of: box) : box
        let height = isLarge ? min(box.height, controlHeight * 5 / 4) : controlHeight
        let row = inside.centred(isLarge && !isPhone ? inside.width * 4 / 5 : inside.width, height)
        let title = words.label("search")
        let buttonWidth = min(buttonWidth(title), row.width / 3)
        let shade = isLarge ? [LayoutNode(.banner, box, style: NodeStyle(fill: 0.9))] : []
        var bar = field(row.left(row.width - buttonWidth - gap(8)), placeholder: pick(words.products))
        if isLarge { bar.style?.fill = 1 }
        let side = max(4, height / 2)
        bar.children.append(
            icon(.search, Bounds(bar.bounds.maxX - side * 3 / 2, row.y + (height - side) / 2, side, side)))
        return shade + [bar, button(title, row.right(buttonWidth))]
    }

    private func filterColumn(_ box: Bounds) -> LayoutNode {
        var flow = Flow(box)
        put(words.label("filters"), .title, into: &flow, role: .heading)
        sideList(words.label("categories"), several(words.topics, number(4...6)), into: &flow, marks: "box")
        put(words.label("price"), .title, into: &flow, gap: 22, role: .heading)
        if let row = flow.take(px(20, least: 6), gap: gap(10)) {
            let track = Bounds(row.x, row.y + row.height / 2, row.width, 1)
            let side = min(row.height, px(14, least: 4))
            let knobs = [row.width / 5, row.width * 7 / 10].map { x in
                LayoutNode(
                    .icon, Bounds(row.x + x, row.y + (row.height - side) / 2 + 1, side, side),
                    style: NodeStyle(fill: 1, stroke: site.stroke, shape: .ellipse))
            }
            flow.nodes.append(
                LayoutNode(
                    .slider, row, children: [LayoutNode(.line, track, style: NodeStyle(fill: site.stroke))] + knobs))
        }
        sideList(words.label("colour"), several(words.features, 4), into: &flow, marks: "box")
        sideList(words.label("tags"), several(words.topics, 6), into: &flow, marks: "box")
        return LayoutNode(.sidebar, box, children: flow.nodes)
    }

    private func searchResults(_ box: Bounds, _ kind: String) -> [LayoutNode] {
        let head = box.top(max(lineHeight(.body), px(26, least: 5)))
        let found = "\(number(12...480)) \(words.label("results")) « \(pick(words.products)) »"
        let rest = box.below(head.height + gap(14, least: 3))
        let hasSort = !isPhone && textWidth(found + words.label("sort")) + px(30) < box.width
        let titles = hasSort ? pair(found, words.label("sort") + " v", in: head) : [label(found, in: head)]
        switch kind {
        case "grid":
            let columns = fitting(isPhone ? 2 : 4, in: rest.width, least: 120)
            return titles
                + grid(in: rest, columns: columns, ideal: 210) { cell, _ in
                    productCard(cell, title: pick(words.products), hasButton: false)
                }
        case "map":
            let parts = isPhone ? rest.rows([1, 1.6], gap: gap(14)) : rest.columns([1.2, 1], gap: gap(20, least: 4))
            return titles + [street(parts[isPhone ? 0 : 1])] + resultRows(parts[isPhone ? 1 : 0], hasPictures: true)
        default: return titles + resultRows(rest, hasPictures: kind == "thumbnails")
        }
    }

    private func resultRows(_ box: Bounds, hasPictures: Bool) -> [LayoutNode] {
        let ideal = hasPictures ? 110.0 : 88
        return grid(in: box, columns: 1, ideal: ideal, gap: 20) { cell, _ in
            guard !hasPictures else {
                return mediaCard(cell, title: sentence(4), ratio: 0.26, lines: 3, isRow: true, role: .item)
            }
            var flow = Flow(cell)
            put(sentence(5), .title, into: &flow, role: .link)
            put(
                "www.\(site.brand.lowercased().filter(\.isLetter)).com/\(pick(words.filler))", .small, into: &flow,
                gap: 2)
            putParagraph(3, into: &flow, gap: 4)
            return LayoutNode(.item, cell, children: flow.nodes)
        }
    }
}
