/// One of the horizontal strips that a page is stacked from.
struct Block {
    var role = LayoutNode.Role.section
    /// Rows that it takes at least, likes best, and can use at most.
    var least: Int
    var ideal: Int
    var most: Int
    /// Whether it stays when the page is short.
    var isRequired = false
    /// Whether it is what the page is about, and stays before all others.
    var isMain = false
    /// Whether it takes the page's full width rather than the content's.
    var isBleed = false
    /// Draws it into the rectangle it was given.
    var draw: (Bounds) -> [LayoutNode]
}

extension PageBuilder {
    /// A strip measured in CSS pixels; `stretch` is how many times its ideal height it can use.
    func block(
        _ ideal: Double, least: Double? = nil, stretch: Double = 1.25, role: LayoutNode.Role = .section,
        required: Bool = false, main: Bool = false, bleed: Bool = false, _ draw: @escaping (Bounds) -> [LayoutNode]
    ) -> Block {
        let rows = px(ideal * (0.75 + 0.25 * site.density), least: 6)
        return Block(
            role: role, least: px(least ?? ideal * 0.7, least: 6), ideal: rows, most: Int(Double(rows) * stretch),
            isRequired: required || main, isMain: main, isBleed: bleed, draw: draw)
    }

    /// Stacks as many of `blocks` as `area` has room for, required ones first, and gives spare rows to those that
    /// stretch, then to the gaps.
    func stack(_ blocks: [Block], in area: Bounds, isNarrow: Bool = false) -> [LayoutNode] {
        let between = max(4, min(gap(isNarrow ? 28 : 44), area.height / 12))
        let chosen = choose(blocks, rows: area.height - 2 * between / 2, gap: between)
        guard !chosen.isEmpty else { return [] }
        let gaps = between * chosen.count
        var heights = chosen.map { Double($0.ideal) }
        var spare = Double(area.height - gaps) - heights.reduce(0, +)
        let give = zip(chosen, heights).map { spare >= 0 ? Double($0.most) - $1 : $1 - Double($0.least) }
        let total = give.reduce(0, +)
        if total > 0 {
            let share = max(-1, min(1, spare / total))
            for i in heights.indices { heights[i] += share * give[i] }
        }
        spare = max(0, Double(area.height - gaps) - heights.reduce(0, +))
        let extraGap = min(Int(spare) / (chosen.count + 1), between)
        var y = area.y + (chosen[0].isBleed ? 0 : between / 2 + extraGap / 2)
        var nodes: [LayoutNode] = []
        for (i, block) in chosen.enumerated() {
            let strip = Bounds(area.x, y, area.width, min(Int(heights[i]), area.maxY - y))
            nodes += draw(block, in: strip, index: i, gap: between + extraGap, isNarrow: isNarrow)
            y += Int(heights[i]) + between + extraGap
        }
        return nodes
    }

    private func draw(_ block: Block, in strip: Bounds, index: Int, gap: Int, isNarrow: Bool) -> [LayoutNode] {
        let box = block.isBleed || isNarrow ? strip : content(of: strip)
        guard box.height >= 4, box.width >= 4 else { return [] }
        var before: [LayoutNode] = []
        if index > 0, !block.isBleed, !isNarrow {
            if site.separators == "line" {
                before = [rule(Bounds(box.x, strip.y - gap / 2, box.width, 1), gray: 0.6)]
            } else if site.separators == "shade", !index.isMultiple(of: 2) {
                let shade = Bounds(strip.x, strip.y - gap / 3, strip.width, strip.height + 2 * (gap / 3))
                let bottom = min(shade.maxY, page.maxY)
                before = [
                    LayoutNode(
                        .section, Bounds(shade.x, shade.y, shade.width, bottom - shade.y), style: NodeStyle(fill: 0.95))
                ]
            }
        }
        return before + [LayoutNode(block.role, box, children: block.draw(box))]
    }

    private func choose(_ blocks: [Block], rows: Int, gap: Int) -> [Block] {
        var isIn = blocks.map(\.isRequired)
        func needed(_ measure: (Block) -> Int) -> Int {
            zip(blocks, isIn).filter(\.1).reduce(0) { $0 + measure($1.0) + gap }
        }
        // Without a main block, the tallest of the required ones is what the page is about.
        let tallest = blocks.indices.filter { isIn[$0] }.max { blocks[$0].ideal < blocks[$1].ideal }
        let main = blocks.firstIndex(where: \.isMain) ?? tallest
        for i in blocks.indices.reversed() where isIn[i] && i != main && needed(\.least) > rows { isIn[i] = false }
        for i in blocks.indices where !blocks[i].isRequired {
            isIn[i] = true
            if needed({ ($0.least + $0.ideal) / 2 }) > rows { isIn[i] = false }
        }
        return zip(blocks, isIn).filter(\.1).map(\.0)
    }

    /// Equal cells in rows; as many rows as suit `ideal` CSS pixels each, at most `limit` cells.
    func grid(
        in box: Bounds, columns: Int, ideal: Double, gap css: Double = 20, limit: Int = .max,
        _ draw: (Bounds, Int) -> LayoutNode
    ) -> [LayoutNode] {
        let between = gap(css, least: 3)
        let wanted = px(ideal, least: 8)
        let fits = max(1, Int((Double(box.height + between) / Double(wanted + between) + 0.25)))
        let rows = min(fits, max(1, limit / max(1, columns)))
        let height = min((box.height - between * (rows - 1)) / rows, wanted * 8 / 5)
        var nodes: [LayoutNode] = []
        for row in 0..<rows {
            let strip = Bounds(box.x, box.y + row * (height + between), box.width, height)
            for cell in strip.columns(columns, gap: between) { nodes.append(draw(cell, nodes.count)) }
        }
        return nodes
    }

    /// How many of `wanted` columns of at least `css` CSS pixels (and 14 pixels) a box of this width can hold.
    func fitting(_ wanted: Int, in width: Int, least css: Double = 150) -> Int {
        max(1, min(wanted, (width + gap(20)) / (px(css, least: 14) + gap(20))))
    }
}
