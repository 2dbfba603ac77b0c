/// Walls of pictures.
extension PageBuilder {
    func galleryBlocks() -> [Block] {
        let kind = factors.choice("gallery.layout", ["grid", "masonry", "mosaic", "viewer", "strips"])
        let columns = isPhone ? factors.count("gallery.columns", 2...3) : factors.count("gallery.columns", 3...6)
        let ratio = factors.real("gallery.ratio", 0.6...1.3)
        let hasCaptions = factors.flag("gallery.captions", 0.4)
        let space = factors.real("gallery.gap", 3...22)
        let filters = factors.choice("gallery.filters", ["chips", "tabs", "none"])
        let main = block(900, least: 160, stretch: 3, role: .list, required: true) { [self] box in
            let count = fitting(columns, in: box.width, least: 60)
            switch kind {
            case "masonry": return masonry(box, count, gap(space), hasCaptions)
            case "mosaic": return mosaic(box, gap(space))
            case "viewer": return viewer(box, count + 1, gap(space))
            case "strips": return strips(box, gap(space))
            default: return pictureGrid(box, count, gap(space), ratio, hasCaptions)
            }
        }
        let title = block(filters == "none" ? 70 : 110, least: 40, stretch: 1, required: true) { [self] box in
            var flow = Flow(box)
            put(words.label("gallery"), .display, into: &flow, align: site.headingAlign, role: .heading)
            let names = [words.label("all")] + several(words.topics, 6)
            if filters != "none", let row = flow.take(px(32, least: 7), gap: gap(14, least: 3)) {
                flow.nodes +=
                    filters == "chips"
                    ? chips(names, in: row, align: site.headingAlign) : tabRow(names, in: row, align: site.headingAlign)
            }
            return flow.nodes
        }
        let more = block(48, least: 36, stretch: 1) { [self] box in
            let title = words.buttons[4]
            return [button(title, box.centred(buttonWidth(title), controlHeight), isPrimary: false)]
        }
        return factors.flag("gallery.title", 0.8) ? [title, main, more] : [main, more]
    }

    private func picture(_ box: Bounds, hasCaption: Bool) -> LayoutNode {
        let rows = lineHeight(.small) + 2
        guard hasCaption, box.height > 3 * rows else { return image(box) }
        return LayoutNode(
            .card, box,
            children: [
                image(box.above(rows)), label(pick(words.topics) + " " + sentence(2), .small, in: box.bottom(rows - 1)),
            ])
    }

    /// Pictures in equal cells of `ratio` height over width, with rows enough to fill the box.
    func pictureGrid(_ box: Bounds, _ columns: Int, _ space: Int, _ ratio: Double, _ hasCaptions: Bool)
        -> [LayoutNode]
    {
        let side = Int(Double(box.width / columns) * ratio)
        let rows = max(1, Int((Double(box.height + space) / Double(side + space)).rounded()))
        let height = min(side * 5 / 4, (box.height - space * (rows - 1)) / rows)
        return (0..<rows).flatMap { row in
            Bounds(box.x, box.y + row * (height + space), box.width, height).columns(columns, gap: space)
        }.map { picture($0, hasCaption: hasCaptions) }
    }

    private func masonry(_ box: Bounds, _ columns: Int, _ space: Int, _ hasCaptions: Bool) -> [LayoutNode] {
        box.columns(columns, gap: space).flatMap { column -> [LayoutNode] in
            let count = max(1, Int((Double(box.height) / Double(column.width) + 0.3)))
            return column.rows(data(count, 0.6...1.6), gap: space).map { picture($0, hasCaption: hasCaptions) }
        }
    }

    /// Bands of one large and several small pictures, mirrored from band to band.
    private func mosaic(_ box: Bounds, _ space: Int) -> [LayoutNode] {
        let bands = max(1, Int((Double(box.height) / (Double(box.width) * (isPhone ? 0.9 : 0.45))).rounded()))
        return box.rows(bands, gap: space).enumerated().flatMap { i, band -> [Bounds] in
            let isLeft = i.isMultiple(of: 2)
            let parts = band.columns(isLeft ? [1.3, 1] : [1, 1.3], gap: space)
            let small = parts[isLeft ? 1 : 0].rows(2, gap: space)
            let cells = isPhone ? small : small.flatMap { $0.columns(i % 3 == 2 ? 1 : 2, gap: space) }
            return [parts[isLeft ? 0 : 1]] + cells
        }.map { image($0) }
    }

    /// One large picture with arrows over rows of small ones.
    private func viewer(_ box: Bounds, _ columns: Int, _ space: Int) -> [LayoutNode] {
        let big = box.top(min(box.height * 2 / 3, box.width * 3 / 4))
        let side = px(40, least: 8)
        var nodes = [image(big)]
        for (shape, place) in [(NodeStyle.Shape.chevronLeft, big.left(side + 4)), (.chevronRight, big.right(side + 4))]
        {
            let disc = place.centred(side, side)
            let style = NodeStyle(fill: 1, stroke: site.stroke, shape: .ellipse)
            nodes.append(LayoutNode(.button, disc, style: style, children: [icon(shape, disc.inset(side / 4))]))
        }
        let rest = box.below(big.height + space)
        guard rest.height >= 8 else { return nodes }
        let count = max(3, columns)
        return nodes + pictureGrid(rest, count, space, min(0.8, Double(rest.height) / Double(box.width / count)), false)
    }

    /// Rows of pictures of equal height and different widths.
    private func strips(_ box: Bounds, _ space: Int) -> [LayoutNode] {
        let rows = max(1, box.height / max(12, box.width / (isPhone ? 2 : 4)))
        return box.rows(rows, gap: space).flatMap { row in
            row.columns(data(isPhone ? 2 : number(3...4), 0.5...1.8), gap: space)
        }.map { image($0) }
    }
}
