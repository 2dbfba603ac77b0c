/// Products and carts.
extension PageBuilder {
    // MARK: - Product

    func productBlocks() -> [Block] {
        let kind = factors.choice(
            "product.layout",
            isPhone
                ? ["stacked", "swipe"] : ["image-left", "image-left", "image-right", "wide-image", "three-columns"])
        let thumbs = factors.choice("product.thumbs", ["left", "bottom", "bottom", "none", "right"])
        let height = isPhone ? 680.0 : 460 * factors.real("product.height", 0.85...1.25)
        let main = block(height, least: height * 0.6, stretch: 1.35, required: true) { [self] box in
            switch kind {
            case "stacked", "swipe":
                let rows = box.height * 9 / 20
                return productPictures(box.top(rows), thumbs: kind == "swipe" ? "dots" : "bottom")
                    + productWords(box.below(rows + gap(14)))
            case "wide-image":
                let rows = box.height / 2
                let parts = box.below(rows + gap(20, least: 4)).columns([1.4, 1], gap: gap(32, least: 6))
                return productPictures(box.top(rows), thumbs: "dots") + productStory(parts[0]) + buyBox(parts[1])
            case "three-columns":
                let parts = box.columns([1.3, 1.1, 0.8], gap: gap(24, least: 5))
                return productPictures(parts[0], thumbs: "bottom") + productStory(parts[1]) + buyBox(parts[2])
            default:
                let share = factors.real("product.image-width", 0.42...0.6)
                let isLeft = kind == "image-left"
                let parts = box.columns(isLeft ? [share, 1 - share] : [1 - share, share], gap: gap(36, least: 6))
                return productPictures(parts[isLeft ? 0 : 1], thumbs: thumbs) + productWords(parts[isLeft ? 1 : 0])
            }
        }
        var blocks = factors.flag("product.breadcrumb", 0.7) ? [breadcrumb([words.topics[5], words.products[0]])] : []
        let tail = factors.choice("product.tail", ["tabs", "related", "reviews"])
        let tabs = descriptionTabs()
        let related = relatedBlock()
        let reviews = reviewsBlock()
        switch tail {
        case "related": blocks += [main, related, tabs, reviews]
        case "reviews": blocks += [main, reviews, related, tabs]
        default: blocks += [main, tabs, related, reviews]
        }
        return blocks
    }

    private func productPictures(_ box: Bounds, thumbs: String) -> [LayoutNode] {
        let space = gap(10)
        let strip = px(84, least: 11)
        switch thumbs {
        case "left", "right":
            let isLeft = thumbs == "left"
            let width = min(strip, box.width / 4)
            let column = isLeft ? box.left(width) : box.right(width)
            let main = isLeft ? box.right(box.width - width - space) : box.left(box.width - width - space)
            let count = max(2, min(5, box.height / (width + space)))
            let cells = column.top(count * (width + space) - space).rows(count, gap: space)
            return [image(main)] + cells.map { image($0) }
        case "bottom":
            let height = min(strip, box.height / 4)
            let cells = box.bottom(height).columns(max(3, min(5, box.width / (height + space))), gap: space)
            return [image(box.above(height + space))] + cells.map { image($0) }
        case "dots":
            let side = px(12, least: 5)
            let dots = Bounds(box.x + box.width / 2 - 2 * side, box.maxY - side, 4 * side, side)
            return [image(box.above(side + 2)), LayoutNode(.icon, dots, style: NodeStyle(stroke: 0.2, shape: .dots))]
        default: return [image(box)]
        }
    }

    private func productTitle(into flow: inout Flow) {
        put(pick(words.products), .display, into: &flow, lines: 2, role: .heading)
        if let row = flow.take(px(20, least: 5), gap: gap(8)) { flow.nodes.append(rating(row)) }
    }

    private func productWords(_ box: Bounds) -> [LayoutNode] {
        var flow = Flow(box)
        productTitle(into: &flow)
        put(price, .heading, into: &flow, gap: 10, role: .price)
        putParagraph(4, into: &flow, gap: 12, reserve: controlHeight * 3)
        putOptions(into: &flow)
        putBuy(into: &flow)
        let side = px(16, least: 4)
        for title in several(words.features, 3) {
            guard let row = flow.take(max(lineHeight(.body), side), gap: gap(10)) else { break }
            let words = Bounds(row.x + side + gap(8), row.y, row.width - side - gap(8), row.height)
            flow.nodes += [icon(.check, row.left(side)), label(title, in: words)]
        }
        return flow.nodes
    }

    private func productStory(_ box: Bounds) -> [LayoutNode] {
        var flow = Flow(box)
        productTitle(into: &flow)
        putParagraph(5, into: &flow, gap: 12)
        putRule(into: &flow)
        for title in several(words.features, 4) { put("• " + title + " : " + sentence(4), into: &flow, gap: 6) }
        return flow.nodes
    }

    private func buyBox(_ box: Bounds) -> [LayoutNode] {
        let frame = box.top(min(box.height, px(330, least: 46)))
        var node = LayoutNode(
            .card, frame, style: NodeStyle(stroke: site.stroke, lineWidth: site.lineWidth, radius: radius))
        var flow = Flow(frame.inset(gap(16, least: 3)))
        put(price, .heading, into: &flow, role: .price)
        putOptions(into: &flow)
        putButton(words.label("addToCart"), into: &flow, isWide: true)
        put(words.label("shipping") + " 48 h", .small, into: &flow)
        node.children = flow.nodes
        return [node]
    }

    private func putOptions(into flow: inout Flow) {
        let kind = factors.choice("product.options", ["sizes", "swatches", "selects"])
        put(words.label(kind == "swatches" ? "colour" : "size"), .small, into: &flow, gap: 14, role: .label)
        let side = px(34, least: 7)
        guard let row = flow.take(kind == "selects" ? controlHeight : side, gap: gap(6)) else { return }
        if kind == "selects" {
            for (cell, key) in zip(row.columns(2, gap: gap(10)), ["size", "colour"]) {
                flow.nodes.append(field(cell, placeholder: words.label(key), role: .select))
            }
            return
        }
        let step = side + gap(8)
        for i in 0..<min(5, row.width / step) {
            let cell = Bounds(row.x + i * step, row.y, side, side)
            if kind == "swatches" {
                let style = NodeStyle(fill: [0.2, 0.6, 0.85, 1, 0.4][i], stroke: site.stroke, shape: .ellipse)
                flow.nodes.append(LayoutNode(.radio, cell, style: style))
            } else {
                let caption = label(["S", "M", "L", "XL", "2X"][i], .small, in: cell, align: .centre)
                let style = NodeStyle(stroke: site.stroke, lineWidth: i == 1 ? 2 : nil)
                flow.nodes.append(LayoutNode(.radio, cell, style: style, children: side >= 14 ? [caption] : []))
            }
        }
    }

    private func putBuy(into flow: inout Flow) {
        guard let row = flow.take(controlHeight, gap: gap(18, least: 3)) else { return }
        let quantity = row.left(min(px(90, least: 18), row.width / 3))
        let rest = Bounds(quantity.maxX + gap(10), row.y, row.maxX - quantity.maxX - gap(10), row.height)
        let width = isPhone ? rest.width : min(rest.width, px(280, least: 40))
        flow.nodes += [stepperField(quantity), button(words.label("addToCart"), rest.left(width))]
    }

    /// A number between minus and plus.
    private func stepperField(_ box: Bounds) -> LayoutNode {
        let cells = box.columns(3, gap: 0)
        let side = max(4, min(box.height / 2, cells[0].width - 2))
        let frame = NodeStyle(stroke: site.stroke)
        return LayoutNode(
            .input, box, style: frame,
            children: [
                icon(.minus, cells[0].centred(side, side)), label("\(number(1...3))", in: cells[1], align: .centre),
                icon(.plus, cells[2].centred(side, side)),
            ])
    }

    private func descriptionTabs() -> Block {
        block(200, least: 110, stretch: 1.2, role: .tabs) { [self] box in
            let row = box.top(px(38, least: 8))
            let titles = [words.label("description"), words.label("infos"), words.label("reviews")]
            var flow = Flow(box.below(row.height + gap(14, least: 3)))
            putParagraph(5, into: &flow)
            putParagraph(4, into: &flow, gap: 14)
            return tabRow(titles, in: row) + flow.nodes
        }
    }

    /// Tabs in a row over a line, the first one open.
    func tabRow(_ titles: [String], in row: Bounds, align: NodeStyle.Alignment = .left) -> [LayoutNode] {
        let items = self.row(of: titles, in: row.above(2), separation: gap(28, least: 5), align: align, current: 0)
        var nodes = [LayoutNode(.tabs, row, children: items), rule(row.bottom(1))]
        if let first = items.first {
            let mark = Bounds(first.bounds.x, row.maxY - 2, first.bounds.width, 2)
            nodes.append(LayoutNode(.line, mark, style: NodeStyle(fill: 0.1)))
        }
        return nodes
    }

    func relatedBlock() -> Block {
        let wanted = isPhone ? 2 : factors.count("related.columns", 3...5)
        return block(280, least: 180, stretch: 1.2) { [self] box in
            titled(words.label("related"), in: box) { rest in
                let columns = fitting(wanted, in: rest.width, least: 110)
                return grid(in: rest, columns: columns, ideal: 220, limit: columns) { cell, _ in
                    productCard(cell, title: pick(words.products), hasButton: false)
                }
            }
        }
    }

    private func reviewsBlock() -> Block {
        block(260, least: 150, stretch: 1.2, role: .list) { [self] box in
            titled(words.label("reviews"), in: box) { rest in
                grid(in: rest, columns: 1, ideal: 84, limit: 5) { cell, _ in
                    let side = min(px(40, least: 8), cell.height)
                    var flow = Flow(Bounds(cell.x + side + gap(12), cell.y, cell.width - side - gap(12), cell.height))
                    put(pick(words.people), into: &flow, bold: true)
                    if let row = flow.take(px(14, least: 5), gap: 2) { flow.nodes.append(rating(row)) }
                    putParagraph(2, into: &flow, gap: 4)
                    return LayoutNode(.item, cell, children: [avatar(cell.left(side).top(side))] + flow.nodes)
                }
            }
        }
    }

    // MARK: - Cart

    func cartBlocks() -> [Block] {
        let kind = factors.choice(
            "cart.layout", isPhone ? ["below", "cards"] : ["side-right", "side-right", "side-left", "below", "cards"])
        let items = factors.count("cart.items", 2...7)
        let hasSteps = factors.flag("cart.steps", 0.4)
        let hasPromo = factors.flag("cart.promo", 0.5)
        let rowCSS = isPhone || kind == "cards" ? 120.0 : 96
        let summaryCSS = hasPromo ? 300.0 : 220
        let isSide = kind.hasPrefix("side") || (kind == "cards" && !isPhone)
        let height = isSide ? max(summaryCSS, rowCSS * Double(items)) : rowCSS * Double(items) + summaryCSS
        let main = block(height, least: isSide ? 260 : 300, stretch: 1.15, required: true) { [self] box in
            guard isSide else {
                let rows = min(px(summaryCSS, least: 40), box.height / 2)
                let frame = isPhone ? box.bottom(rows) : box.bottom(rows).right(box.width / 2)
                return cartItems(box.above(rows + gap(16)), items, isCards: isPhone || kind == "cards")
                    + cartSummary(frame, hasPromo: hasPromo)
            }
            let isLeft = kind == "side-left"
            let share = factors.real("cart.summary-width", 0.26...0.4)
            let parts = box.columns(isLeft ? [share, 1 - share] : [1 - share, share], gap: gap(32, least: 6))
            let summary = parts[isLeft ? 0 : 1].top(px(summaryCSS + 60, least: 50))
            return cartItems(parts[isLeft ? 1 : 0], items, isCards: kind == "cards")
                + cartSummary(summary, hasPromo: hasPromo)
        }
        var blocks: [Block] = []
        if hasSteps {
            blocks.append(block(66, least: 50, stretch: 1, required: true) { [self] in [stepper($0, current: 1)] })
        }
        blocks.append(
            block(48, least: 36, stretch: 1, required: true) { [self] box in
                var flow = Flow(box)
                put(
                    words.label("cart") + " (\(items))", .heading, into: &flow, align: site.headingAlign, role: .heading
                )
                return flow.nodes
            })
        return blocks + [main, relatedBlock(), featuresBlock()]
    }

    private func cartItems(_ box: Bounds, _ count: Int, isCards: Bool) -> [LayoutNode] {
        let headRows = isCards ? 0 : px(30, least: 6)
        let rowRows = px((isCards ? 112 : 90) * (0.8 + 0.2 * site.density), least: 14)
        let fits = max(1, min(count, (box.height - headRows) / rowRows))
        let weights = isPhone ? [0.7, 1.8] : [0.6, 2, 0.8, 0.7]
        var nodes: [LayoutNode] = []
        if !isCards {
            let titles = ["", words.label("item"), words.label("quantity"), words.label("total")]
            for (cell, title) in zip(box.top(headRows).columns(weights, gap: gap(14)), titles) where !title.isEmpty {
                nodes.append(label(title, .small, in: cell, bold: true))
            }
        }
        let height = min((box.height - headRows) / fits, rowRows * 3 / 2)
        for i in 0..<fits {
            let row = Bounds(box.x, box.y + headRows + i * height, box.width, height)
            nodes.append(cartItem(row, weights, isCard: isCards))
        }
        return nodes
    }

    private func cartItem(_ row: Bounds, _ weights: [Double], isCard: Bool) -> LayoutNode {
        var (node, inside) =
            isCard
            ? card(row.above(gap(10)), role: .item)
            : (LayoutNode(.item, row, children: [rule(row.top(1))]), row.inset(0, gap(10)))
        let cells = inside.columns(weights, gap: gap(14, least: 3))
        let side = min(cells[0].width, inside.height)
        node.children.append(image(cells[0].centred(side, side)))
        var flow = Flow(cells[1])
        put(pick(words.products), into: &flow, role: .heading, bold: true)
        put(words.label("size") + " M · " + words.label("colour"), .small, into: &flow, gap: 3)
        if cells.count == 2 {
            let line = cells[1].bottom(px(28, least: 6))
            if line.y > flow.y {
                let stepper = stepperField(line.left(min(px(84, least: 16), line.width / 2)))
                let rest = line.right(line.width - stepper.bounds.width - 2)
                node.children += [stepper, label(price, in: rest, align: .right, role: .price, bold: true)]
            }
        } else {
            node.children.append(
                stepperField(cells[2].centred(min(cells[2].width, px(90, least: 15)), px(30, least: 6))))
            node.children.append(label(price, in: cells[3].left(cells[3].width * 2 / 3), role: .price, bold: true))
            let cross = px(12, least: 4)
            node.children.append(icon(.cross, cells[3].right(cross).centred(cross, cross)))
        }
        node.children += cells.count == 2 ? flow.nodes : flow.centred()
        return node
    }

    private func cartSummary(_ box: Bounds, hasPromo: Bool) -> [LayoutNode] {
        var style = NodeStyle(stroke: site.stroke, lineWidth: site.lineWidth, radius: radius)
        if site.cardStyle == "grey" { style.fill = 0.92 }
        var flow = Flow(box.inset(gap(18, least: 3)))
        if hasPromo, let row = flow.take(controlHeight, gap: 0) {
            let parts = row.columns([1.8, 1], gap: gap(8))
            flow.nodes += [
                field(parts[0], placeholder: words.label("promo")), button("OK", parts[1], isPrimary: false),
            ]
        }
        for key in ["subtotal", "shipping", "total"] {
            if key == "total" { putRule(into: &flow) }
            guard let row = flow.take(max(lineHeight(.body), px(24, least: 5)), gap: gap(8)) else { break }
            let isTotal = key == "total" ? true : nil
            flow.nodes += pair(words.label(key), price, in: row, rightRole: .price, bold: isTotal)
        }
        putButton(words.label("checkout"), into: &flow, isWide: true)
        put(words.label("continue"), .small, into: &flow, align: .centre, gap: 10, role: .link)
        let frame = Bounds(box.x, box.y, box.width, min(box.height, flow.y - box.y + gap(18, least: 3)))
        return [LayoutNode(.card, frame, style: style, children: flow.nodes)]
    }
}
