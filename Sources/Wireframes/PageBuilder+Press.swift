/// Newspapers and blogs.
extension PageBuilder {
    // MARK: - News

    func newsBlocks() -> [Block] {
        let kind = factors.choice("news.layout", ["magazine", "columns", "sections", "mosaic"])
        var blocks = [newsMasthead()]
        switch kind {
        case "columns": blocks += [headlineBlock("words"), newsColumns(), newsRow()]
        case "sections": blocks += [headlineBlock("side"), topicRow(), topicRow(), topicRow(), topicRow()]
        case "mosaic": blocks += [mosaicBlock(), newsRow(), newsColumns(), topicRow()]
        default: blocks += [headlineBlock("picture"), newsRow(), topicRow(), newsColumns()]
        }
        return blocks
    }

    private func newsMasthead() -> Block {
        let kind = factors.choice("news.masthead", ["title", "topics", "ticker"])
        return block(kind == "title" ? 100 : 50, least: 24, stretch: 1, role: .banner, required: true) { [self] box in
            switch kind {
            case "topics":
                let topics = row(
                    of: several(words.topics, 8), in: box, separation: gap(24, least: 4), align: .centre, current: 0)
                return [rule(box.top(1)), LayoutNode(.nav, box, children: topics), rule(box.bottom(1))]
            case "ticker":
                let tag = box.left(min(box.width / 3, px(120, least: 20)))
                let caption = label(words.label("news"), in: tag.inset(2, 0), align: .centre, ink: 1, bold: true)
                let rest = Bounds(tag.maxX + gap(12), box.y, box.maxX - tag.maxX - gap(12), box.height)
                return [
                    LayoutNode(.banner, box, style: NodeStyle(stroke: site.stroke)),
                    LayoutNode(.badge, tag, style: NodeStyle(fill: 0.2), children: [caption]),
                    label(sentence(9), in: rest),
                ]
            default:
                var flow = Flow(box)
                put(site.brand.uppercased(), .giant, into: &flow, align: .centre, role: .heading)
                putRule(into: &flow)
                put(
                    "\(number(1...28)) \(pick(words.months)) 2024 · " + words.topics[0], .small, into: &flow,
                    align: .centre, gap: 4)
                return flow.nodes
            }
        }
    }

    private func headlineBlock(_ kind: String) -> Block {
        block(isPhone ? 420 : 360, least: 200, stretch: 1.4, role: .hero, required: true) { [self] box in
            if isPhone || kind == "words" { return headline(box, pictureShare: kind == "words" && !isPhone ? 0 : 0.5) }
            let parts = box.columns([kind == "side" ? 1.4 : 2.1, 1], gap: gap(24, least: 5))
            return headline(parts[0], pictureShare: 0.62) + shortNews(parts[1], hasPictures: kind == "side")
        }
    }

    private func headline(_ box: Bounds, pictureShare: Double) -> [LayoutNode] {
        let rows = Int(Double(box.height) * pictureShare)
        var nodes = rows > 0 ? [image(box.top(rows))] : []
        var flow = Flow(rows > 0 ? box.below(rows + gap(12, least: 3)) : box)
        put(
            sentence(7), rows > 0 ? .display : .giant, into: &flow, lines: 2, align: rows > 0 ? .left : .centre,
            role: .heading)
        if rows == 0 {
            put(sentence(14), .lead, into: &flow, lines: 2, align: .centre, gap: 10)
            let rest = flow.rest.below(gap(16, least: 3))
            if rest.height > px(60, least: 10) {
                let parts = rest.columns([2, 1], gap: gap(24, least: 5))
                var words = Flow(parts[1])
                putParagraph(30, into: &words)
                nodes += [image(parts[0])] + words.nodes
            }
        } else {
            putParagraph(4, into: &flow)
        }
        return nodes + flow.nodes
    }

    /// Titles one below the other, with or without a small picture each.
    private func shortNews(_ box: Bounds, hasPictures: Bool) -> [LayoutNode] {
        let count = max(2, box.height / px(92, least: 14))
        return box.rows(count, gap: gap(12, least: 3)).enumerated().map { i, row in
            var node = LayoutNode(.item, row)
            if i > 0 { node.children.append(rule(Bounds(row.x, row.y - gap(6), row.width, 1), gray: 0.55)) }
            var words = row
            if hasPictures {
                let parts = row.columns([1, 1.8], gap: gap(10, least: 3))
                node.children.append(image(parts[0]))
                words = parts[1]
            }
            var flow = Flow(words)
            put(pick(self.words.topics), .small, into: &flow)
            put(sentence(6), into: &flow, lines: 2, gap: 3, role: .heading, bold: true)
            putParagraph(2, .small, into: &flow, gap: 3)
            node.children += flow.nodes
            return node
        }
    }

    private func newsRow() -> Block {
        let wanted = isPhone ? 1 : factors.count("news.cards", 3...4)
        return block(isPhone ? 480 : 270, stretch: 1.3) { [self] box in
            grid(in: box, columns: fitting(wanted, in: box.width), ideal: 240, limit: 8) { cell, _ in
                mediaCard(cell, title: sentence(4), ratio: 0.5, lines: 3, meta: pick(words.topics))
            }
        }
    }

    private func topicRow() -> Block {
        block(isPhone ? 360 : 240, stretch: 1.25) { [self] box in
            var flow = Flow(box)
            put(pick(words.topics), .title, into: &flow, role: .heading)
            putRule(into: &flow, gap: 4)
            let rest = flow.rest.below(gap(12, least: 3))
            let columns =
                isPhone ? rest.rows([1, 1], gap: gap(12)) : rest.columns([1.3, 1, 1], gap: gap(20, least: 5))
            flow.nodes.append(mediaCard(columns[0], title: sentence(4), ratio: 0.6, lines: 2))
            for column in columns.dropFirst() { flow.nodes += shortNews(column, hasPictures: false) }
            return flow.nodes
        }
    }

    /// Text set in columns with lines between them.
    private func newsColumns() -> Block {
        let wanted = isPhone ? 1 : factors.count("news.columns", 3...5)
        return block(300, least: 160, stretch: 1.5) { [self] box in
            let count = fitting(wanted, in: box.width, least: 130)
            let space = gap(24, least: 7)
            var nodes: [LayoutNode] = []
            for (i, column) in box.columns(count, gap: space).enumerated() {
                if i > 0 {
                    let line = Bounds(column.x - space / 2, box.y, 1, box.height)
                    nodes.append(LayoutNode(.line, line, style: NodeStyle(fill: max(0.3, site.stroke))))
                }
                var flow = Flow(column)
                while flow.room > lineHeight(.title) + 3 * lineHeight(.body) {
                    guard put(sentence(5), .title, into: &flow, lines: 2, gap: 16, role: .heading) else { break }
                    if dice.chance(0.3), let picture = flow.take(px(90, least: 14), gap: gap(6)) {
                        flow.nodes.append(image(picture))
                    }
                    guard putParagraph(number(4...8), into: &flow) else { break }
                }
                nodes += flow.nodes
            }
            return nodes
        }
    }

    private func mosaicBlock() -> Block {
        block(isPhone ? 460 : 400, least: 220, stretch: 1.3, role: .hero, required: true) { [self] box in
            let space = gap(8)
            let cells: [Bounds]
            if isPhone {
                let rows = box.rows([1.4, 1], gap: space)
                cells = [rows[0]] + rows[1].columns(2, gap: space)
            } else {
                let columns = box.columns([1.6, 1], gap: space)
                let right = columns[1].rows(2, gap: space)
                cells = [columns[0], right[0]] + right[1].columns(2, gap: space)
            }
            return cells.map { cell in
                let plate = cell.bottom(max(9, min(cell.height / 3, px(80)))).inset(2, 2)
                var flow = Flow(plate.inset(px(8, least: 2), 1))
                put(sentence(5), cell.width > box.width / 2 ? .heading : .title, into: &flow, lines: 2, role: .heading)
                let paper = LayoutNode(
                    .card, plate, style: NodeStyle(fill: 1, stroke: site.stroke), children: flow.nodes)
                return LayoutNode(.card, cell, children: [image(cell), paper])
            }
        }
    }

    // MARK: - Blog

    func blogMain(_ area: Bounds) -> [LayoutNode] {
        let sidebar = isPhone ? "none" : factors.choice("blog.sidebar", ["left", "right", "right", "none"])
        let kind = factors.choice("blog.posts", ["rows", "large", "grid", "timeline", "featured"])
        guard sidebar != "none" else { return stack(blogBlocks(kind, isWide: true), in: area) }
        let box = content(of: area)
        let share = factors.real("blog.sidebar-width", 0.22...0.34)
        let space = gap(32, least: 6)
        let isLeft = sidebar == "left"
        let parts = box.columns(isLeft ? [share, 1 - share] : [1 - share, share], gap: space)
        let column = parts[isLeft ? 0 : 1].inset(0, gap(24, least: 4))
        var flow = Flow(column)
        blogSidebar(into: &flow)
        return stack(blogBlocks(kind, isWide: false), in: parts[isLeft ? 1 : 0], isNarrow: true)
            + [LayoutNode(.sidebar, column, children: flow.nodes)]
    }

    private func blogSidebar(into flow: inout Flow) {
        if let row = flow.take(controlHeight, gap: 0) { flow.nodes.append(searchField(row)) }
        if factors.flag("blog.author", 0.5), let row = flow.take(px(90, least: 16), gap: gap(20)) {
            flow.nodes.append(avatar(row))
            put(pick(words.people), into: &flow, align: .centre, bold: true)
            putParagraph(3, .small, into: &flow, align: .centre)
        }
        sideList(words.label("categories"), several(words.topics, 6), into: &flow, marks: "count")
        sideList(words.label("popular"), (0..<4).map { _ in sentence(4) }, into: &flow)
        put(words.label("tags"), .title, into: &flow, gap: 22, role: .heading)
        for _ in 0..<3 {
            guard let row = flow.take(px(28, least: 6), gap: gap(8)) else { break }
            flow.nodes += chips(several(words.topics, 3), in: row)
        }
    }

    private func blogBlocks(_ kind: String, isWide: Bool) -> [Block] {
        let title = block(80, least: 40, stretch: 1) { [self] box in
            var flow = Flow(box)
            put("Blog", .display, into: &flow, align: site.headingAlign, role: .heading)
            put(sentence(8), into: &flow, align: site.headingAlign)
            return flow.nodes
        }
        let count = factors.count("blog.count", 3...7)
        let pages = block(40, least: 30, stretch: 1) { [self] in [pagination($0)] }
        let height: Double =
            switch kind {
            case "large": 420
            case "grid": 270
            case "timeline": 120
            default: 180
            }
        let columns = isPhone ? 1 : (isWide ? 3 : 2)
        let rows = kind == "grid" ? max(1, Double(count) / Double(columns)) : Double(count)
        let posts = block(height * rows, least: min(250, height), stretch: 1.6, role: .list, required: true) {
            [self] box in
            blogPosts(box, kind, height: height, columns: columns, isWide: isWide)
        }
        return [title, posts, pages]
    }

    private func blogPosts(_ box: Bounds, _ kind: String, height: Double, columns: Int, isWide: Bool) -> [LayoutNode] {
        let share = factors.real("blog.picture", 0.25...0.45)
        switch kind {
        case "grid":
            return grid(in: box, columns: fitting(columns, in: box.width), ideal: height) { cell, _ in
                mediaCard(cell, title: sentence(4), lines: 3, link: words.label("readMore"), meta: postDate)
            }
        case "large":
            let inner = isWide && !isPhone ? box.centred(box.width * 3 / 4, box.height) : box
            return grid(in: inner, columns: 1, ideal: height, gap: 36) { cell, _ in largePost(cell) }
        case "timeline":
            let line = LayoutNode(
                .line, Bounds(box.x + px(5, least: 2), box.y, 1, box.height), style: NodeStyle(fill: site.stroke))
            return [line] + grid(in: box, columns: 1, ideal: height) { cell, _ in datedPost(cell) }
        case "featured":
            let rows = min(box.height / 2, px(320))
            let rest = box.below(rows + gap(24, least: 4))
            return [largePost(box.top(rows))]
                + grid(in: rest, columns: fitting(2, in: rest.width, least: 200), ideal: 150) { cell, _ in
                    mediaCard(cell, title: sentence(4), ratio: 0.4, lines: 2, meta: postDate, isRow: true, role: .item)
                }
        default:
            return grid(in: box, columns: 1, ideal: height, gap: 28) { cell, _ in
                mediaCard(
                    cell, title: sentence(5), ratio: share, lines: 4, link: words.label("readMore"), meta: postDate,
                    isRow: true,
                    role: .item)
            }
        }
    }

    private var postDate: String { "\(number(1...28)) \(pick(words.months)) · \(pick(words.people))" }

    private func largePost(_ box: Bounds) -> LayoutNode {
        var node = LayoutNode(.item, box, children: [image(box.top(box.height * 11 / 20))])
        var flow = Flow(box.below(box.height * 11 / 20 + gap(12, least: 3)))
        put(sentence(6), .heading, into: &flow, role: .heading)
        put(postDate, .small, into: &flow, gap: 4)
        putParagraph(4, into: &flow, reserve: controlHeight + gap(16))
        putButton(words.label("readMore"), into: &flow, isPrimary: false)
        node.children += flow.nodes
        return node
    }

    private func datedPost(_ box: Bounds) -> LayoutNode {
        let dot = px(12, least: 5)
        let mark = LayoutNode(
            .icon, Bounds(box.x, box.y, dot, dot), style: NodeStyle(fill: 1, stroke: site.stroke, shape: .ellipse))
        let indent = dot + gap(18, least: 4)
        var flow = Flow(Bounds(box.x + indent, box.y, box.width - indent, box.height))
        put(postDate, .small, into: &flow)
        put(sentence(6), .title, into: &flow, gap: 4, role: .heading)
        putParagraph(5, into: &flow, gap: 6)
        return LayoutNode(.item, box, children: [mark] + flow.nodes)
    }
}
