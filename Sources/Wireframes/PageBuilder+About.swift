/// About pages: a story, people, dates, values.
extension PageBuilder {
    func aboutBlocks() -> [Block] {
        let lead = factors.choice("about.lead", ["story", "banner", "manifesto", "dates"])
        let team = teamBlock()
        let dates = datesBlock()
        let values = valuesBlock()
        switch lead {
        case "banner": return [bannerBlock(), storyBlock(isRequired: false), team, statsStrip(), values, dates]
        case "manifesto": return [manifestoBlock(), team, dates, values]
        case "dates": return [titleBlock(), dates, storyBlock(isRequired: true), team, values]
        default: return [storyBlock(isRequired: true), values, team, dates, statsStrip()]
        }
    }

    private func titleBlock() -> Block {
        block(90, least: 60, stretch: 1, required: true) { [self] box in
            var flow = Flow(box)
            put(words.label("about"), .display, into: &flow, align: .centre, role: .heading)
            put(sentence(9), .lead, into: &flow, align: .centre)
            return flow.nodes
        }
    }

    private func bannerBlock() -> Block {
        block(260, least: 140, stretch: 1.4, role: .hero, required: true, bleed: true) { [self] box in
            let plate = box.centred(min(box.width * 3 / 5, px(520)), px(90, least: 14))
            let caption = label(words.label("about"), .display, in: plate.inset(2), align: .centre, role: .heading)
            return [
                image(box),
                LayoutNode(.card, plate, style: NodeStyle(fill: 1, stroke: site.stroke), children: [caption]),
            ]
        }
    }

    private func manifestoBlock() -> Block {
        block(isPhone ? 420 : 340, stretch: 1.4, role: .hero, required: true) { [self] box in
            var flow = Flow(box.inset(isPhone ? 0 : box.width / 8, 0))
            put(words.label("mission"), .small, into: &flow, align: .centre)
            put(pick(words.headings), .giant, into: &flow, lines: 3, align: .centre, gap: 12, role: .heading)
            putRule(into: &flow, gap: 18)
            let rest = flow.rest.below(gap(16, least: 3))
            let columns = isPhone ? [rest] : rest.columns(2, gap: gap(30, least: 5))
            for column in columns {
                var part = Flow(column)
                putParagraph(8, into: &part)
                flow.nodes += part.nodes
            }
            return flow.nodes
        }
    }

    private func storyBlock(isRequired: Bool) -> Block {
        let isLeft = factors.flag("about.image-left", 0.5)
        return block(isPhone ? 460 : 300, stretch: 1.4, required: isRequired) { [self] box in
            let weights = isLeft || isPhone ? [1, 1.2] : [1.2, 1.0]
            let parts = isPhone ? box.rows([1, 1.2], gap: gap(16)) : box.columns(weights, gap: gap(40, least: 5))
            var flow = Flow(parts[isLeft || isPhone ? 1 : 0])
            put(words.label("about"), .display, into: &flow, role: .heading)
            putParagraph(4, into: &flow, gap: 14)
            putParagraph(4, into: &flow, gap: 14)
            return [image(parts[isLeft || isPhone ? 0 : 1])] + flow.centred()
        }
    }

    private func teamBlock() -> Block {
        let isRound = factors.flag("about.round-portraits", 0.7)
        let wanted = isPhone ? 2 : factors.count("about.team-columns", 3...5)
        let rows = factors.count("about.team-rows", 1...2)
        return block(80 + 220 * Double(rows), least: 200, stretch: 1.25) { [self] box in
            titled(words.label("team"), in: box, subtitle: true) { rest in
                let columns = fitting(wanted, in: rest.width, least: 110)
                let names = several(words.people, 10)
                return grid(in: rest, columns: columns, ideal: 200, limit: columns * rows) { cell, i in
                    personCard(cell.inset(cell.width / 10, 0), name: names[i % 10], isRound: isRound)
                }
            }
        }
    }

    private func datesBlock() -> Block {
        let kind = isPhone ? "vertical" : factors.choice("about.timeline", ["vertical", "horizontal", "alternating"])
        let count = factors.count("about.dates", 3...5)
        let height = kind == "horizontal" ? 220.0 : 90 + 84 * Double(count)
        return block(height, least: 180, stretch: 1.25, role: .timeline) { [self] box in
            titled(words.label("timeline"), in: box) { rest in
                kind == "horizontal"
                    ? datesAcross(rest, count) : datesDown(rest, count, alternates: kind == "alternating")
            }
        }
    }

    private func datesDown(_ box: Bounds, _ wanted: Int, alternates: Bool) -> [LayoutNode] {
        let count = max(2, min(wanted, box.height / px(60, least: 11)))
        let dot = px(14, least: 4)
        let x = alternates ? box.x + box.width / 2 : box.x + px(90, least: 16)
        var nodes = [
            LayoutNode(.line, Bounds(x, box.y, site.lineWidth, box.height), style: NodeStyle(fill: site.stroke))
        ]
        for (i, row) in box.rows(count, gap: gap(8)).enumerated() {
            let mark = Bounds(x - dot / 2, row.y, dot, dot)
            nodes.append(LayoutNode(.icon, mark, style: NodeStyle(fill: 1, stroke: site.stroke, shape: .ellipse)))
            let isLeft = alternates && !i.isMultiple(of: 2)
            let space = dot + gap(10)
            let left = Bounds(box.x, row.y, max(4, x - space - box.x), row.height)
            let right = Bounds(x + space, row.y, box.maxX - x - space, row.height)
            let year = "\(2008 + 3 * i)"
            nodes.append(text(year, .title, in: isLeft ? right : left, align: isLeft ? .left : .right, role: .label))
            var flow = Flow(isLeft ? left : right)
            put(pick(words.features), .title, into: &flow, align: isLeft ? .right : .left, role: .heading)
            putParagraph(2, into: &flow, align: isLeft ? .right : .left, gap: 3)
            nodes += flow.nodes
        }
        return nodes
    }

    private func datesAcross(_ box: Bounds, _ wanted: Int) -> [LayoutNode] {
        let count = fitting(wanted, in: box.width, least: 120)
        let dot = px(16, least: 4)
        let y = box.y + lineHeight(.title) + gap(8) + dot / 2
        var nodes = [
            LayoutNode(.line, Bounds(box.x, y, box.width, site.lineWidth), style: NodeStyle(fill: site.stroke))
        ]
        for (i, cell) in box.columns(count, gap: gap(18, least: 4)).enumerated() {
            nodes.append(
                text("\(2006 + 4 * i)", .title, in: cell.top(lineHeight(.title)), align: .centre, role: .label))
            let mark = Bounds(cell.x + cell.width / 2 - dot / 2, y - dot / 2, dot, dot)
            nodes.append(LayoutNode(.icon, mark, style: NodeStyle(fill: 0.3, shape: .ellipse)))
            var flow = Flow(cell.below(y + dot + gap(8) - box.y))
            put(pick(words.features), into: &flow, align: .centre, role: .heading, bold: true)
            putParagraph(3, into: &flow, align: .centre, gap: 4)
            nodes += flow.nodes
        }
        return nodes
    }

    private func valuesBlock() -> Block {
        let wanted = isPhone ? 1 : factors.count("about.values", 2...4)
        let isCentred = factors.flag("about.values-centred", 0.5)
        return block(isPhone ? 480 : 230, stretch: 1.2) { [self] box in
            titled(words.label("values"), in: box) { rest in
                let titles = several(words.features, 8)
                return grid(in: rest, columns: fitting(wanted, in: rest.width), ideal: 150) { cell, i in
                    isPhone
                        ? featureRow(cell, title: titles[i % 8], isRound: true)
                        : featureCard(cell, title: titles[i % 8], isCentred: isCentred, isRound: true, hasFrame: false)
                }
            }
        }
    }
}
