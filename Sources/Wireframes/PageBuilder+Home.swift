/// Home pages: a hero, then sections in an order of the site's own.
extension PageBuilder {
    func homeBlocks() -> [Block] {
        let hero = factors.choice(
            "home.hero",
            isPhone
                ? ["centred", "image-first", "overlay", "carousel", "video"]
                : ["centred", "split-left", "split-right", "overlay", "carousel", "video", "mosaic"])
        let heroSize = factors.real("home.hero-height", 0.8...1.35)
        var blocks = [heroBlock(hero, css: 380 * heroSize)]
        let order = factors.choice(
            "home.order", ["features-first", "logos-first", "rows-first", "news-first", "stats-first"])
        let features = featuresBlock()
        let rows = alternatingRows(count: factors.count("home.rows", 1...3))
        let voices = testimonialsBlock()
        let cta = homeCallToAction()
        switch order {
        case "logos-first": blocks += [logosBlock(), features, voices, cta, newsTeaser(), rows]
        case "rows-first": blocks += [rows, features, statsStrip(), cta, voices]
        case "news-first": blocks += [newsTeaser(), cta, features, voices, logosBlock()]
        case "stats-first": blocks += [statsStrip(), rows, voices, newsTeaser(), cta]
        default: blocks += [features, rows, voices, cta, logosBlock()]
        }
        return blocks
    }

    private func heroBlock(_ kind: String, css: Double) -> Block {
        let isBleed = ["overlay", "carousel", "video"].contains(kind)
        return block(css, least: 220, stretch: 1.5, role: .hero, required: true, bleed: isBleed) { [self] box in
            switch kind {
            case "split-left", "split-right": return splitHero(box, isImageLeft: kind == "split-right")
            case "overlay": return overlayHero(box)
            case "carousel": return carouselHero(box)
            case "video": return videoHero(box)
            case "mosaic": return mosaicHero(box)
            case "image-first":
                let picture = box.height / 2
                return [image(box.top(picture))] + heroWords(box.below(picture + gap(16)), align: .left)
            default: return heroWords(box, align: .centre)
            }
        }
    }

    private func heroWords(_ box: Bounds, align: NodeStyle.Alignment) -> [LayoutNode] {
        var flow = Flow(align == .centre ? box.inset(box.width / 10, 0) : box)
        put(pick(words.headings), .display, into: &flow, lines: 3, align: align, role: .heading)
        putParagraph(3, .lead, into: &flow, align: align, gap: 16, reserve: controlHeight + gap(20))
        putButton(words.buttons[0], into: &flow, align: align, gap: 22, second: words.buttons[1])
        return flow.centred()
    }

    private func splitHero(_ box: Bounds, isImageLeft: Bool) -> [LayoutNode] {
        let parts = box.columns(isImageLeft ? [1, 1.1] : [1.1, 1], gap: gap(40, least: 5))
        return heroWords(parts[isImageLeft ? 1 : 0], align: .left) + [image(parts[isImageLeft ? 0 : 1])]
    }

    private func overlayHero(_ box: Bounds) -> [LayoutNode] {
        let panel = content(of: box).inset(box.width / 8, box.height / 6)
        let paper = LayoutNode(.card, panel, style: NodeStyle(fill: 1, stroke: site.stroke))
        return [image(box), paper] + heroWords(panel.inset(gap(20, least: 3)), align: .centre)
    }

    private func carouselHero(_ box: Bounds) -> [LayoutNode] {
        let side = px(36, least: 7)
        let dots = Bounds(box.x + box.width / 2 - side, box.maxY - side, side * 2, side / 2)
        let inner = box.inset(px(16, least: 2), 0)
        var nodes = [image(box)]
        for (shape, place) in [(NodeStyle.Shape.chevronLeft, inner.left(side)), (.chevronRight, inner.right(side))] {
            let button = place.centred(side, side)
            let style = NodeStyle(fill: 1, stroke: site.stroke, shape: .ellipse)
            nodes.append(LayoutNode(.button, button, style: style, children: [icon(shape, button.inset(side / 4))]))
        }
        let caption = content(of: box).bottom(box.height * 2 / 5).left(box.width / 2).above(side)
        var flow = Flow(caption.inset(gap(12, least: 2)))
        put(pick(words.headings), .heading, into: &flow, lines: 2, role: .heading)
        put(sentence(8), into: &flow, lines: 2)
        if site.scale * Double(caption.width) > 10 {
            nodes.append(
                LayoutNode(.card, caption, style: NodeStyle(fill: 1, stroke: site.stroke), children: flow.nodes))
        }
        nodes.append(LayoutNode(.icon, dots, style: NodeStyle(stroke: 0.1, shape: .dots)))
        return nodes
    }

    private func videoHero(_ box: Bounds) -> [LayoutNode] {
        let side = min(px(90, least: 14), box.height / 2)
        let disc = box.centred(side, side)
        let style = NodeStyle(fill: 0.15, shape: .ellipse)
        let arrow = LayoutNode(.icon, disc.inset(side / 4), style: NodeStyle(fill: 1, stroke: 1, shape: .play))
        let frame = LayoutNode(.video, box, style: NodeStyle(fill: 0.85, stroke: site.stroke))
        var flow = Flow(content(of: box).bottom((box.height - side) / 2 - gap(10)))
        put(pick(words.headings), .heading, into: &flow, align: .centre, role: .heading)
        return [frame, LayoutNode(.button, disc, style: style, children: [arrow])] + flow.nodes
    }

    private func mosaicHero(_ box: Bounds) -> [LayoutNode] {
        let parts = box.columns([1, 1.2], gap: gap(30, least: 5))
        let space = gap(10)
        let columns = parts[1].columns(2, gap: space)
        let pictures = columns[0].rows([1.4, 1], gap: space) + columns[1].rows([1, 1.4], gap: space)
        return heroWords(parts[0], align: .left) + pictures.map { image($0) }
    }

    func featuresBlock() -> Block {
        let wanted =
            isPhone ? factors.count("home.feature-columns", 1...2) : factors.count("home.feature-columns", 3...4)
        let kind = factors.choice("home.features", ["icons", "cards", "pictures", "list"])
        let isRound = factors.flag("home.round-icons", 0.5)
        let rows = isPhone ? 2.0 : 1
        return block(kind == "pictures" ? 340 * rows : 270 * rows, stretch: 1.4) { [self] box in
            titled(words.label("features"), in: box, subtitle: true) { rest in
                let columns = fitting(wanted, in: rest.width)
                let titles = several(words.features, 12)
                let isCentred = site.headingAlign == .centre
                return grid(in: rest, columns: columns, ideal: kind == "pictures" ? 260 : 190) { cell, i in
                    switch kind {
                    case "pictures": mediaCard(cell, title: titles[i % 12], lines: 2, link: words.label("readMore"))
                    case "list": featureRow(cell, title: titles[i % 12], isRound: isRound)
                    default:
                        featureCard(
                            cell, title: titles[i % 12], isCentred: isCentred, isRound: isRound,
                            hasFrame: kind == "cards")
                    }
                }
            }
        }
    }

    func featureRow(_ box: Bounds, title: String, isRound: Bool) -> LayoutNode {
        let side = min(px(44, least: 7), box.width / 4)
        let mark = badgeIcon(box.left(side).top(side), isRound: isRound)
        let indent = side + gap(12, least: 3)
        var flow = Flow(Bounds(box.x + indent, box.y, box.width - indent, box.height))
        put(title, .title, into: &flow, role: .heading)
        putParagraph(4, into: &flow, gap: 5)
        return LayoutNode(.item, box, children: [mark] + flow.nodes)
    }

    private func alternatingRows(count: Int) -> Block {
        block(230 * Double(count), least: 200, stretch: 1.3) { [self] box in
            let fits = max(1, min(count, box.height / px(170, least: 24)))
            return box.rows(fits, gap: gap(32, least: 5)).enumerated().flatMap { i, row -> [LayoutNode] in
                let isImageLeft = i.isMultiple(of: 2)
                let parts = isPhone ? row.rows([1, 1], gap: gap(12)) : row.columns(2, gap: gap(40, least: 5))
                var flow = Flow(parts[isImageLeft || isPhone ? 1 : 0])
                put(pick(words.headings), .heading, into: &flow, lines: 2, role: .heading)
                putParagraph(4, into: &flow, reserve: controlHeight + gap(16))
                putButton(words.buttons[1], into: &flow, isPrimary: false)
                return [image(parts[isImageLeft || isPhone ? 0 : 1])] + flow.centred()
            }
        }
    }

    func testimonialsBlock() -> Block {
        let kind = factors.choice("testimonials", ["one", "cards", "cards"])
        return block(kind == "one" ? 200 : 250, stretch: 1.2) { [self] box in
            titled(words.label("testimonials"), in: box) { rest in
                if kind == "one" { return [testimonial(rest.inset(rest.width / 8, 0), isLarge: true)] }
                return grid(in: rest, columns: fitting(3, in: rest.width, least: 220), ideal: 180, limit: 3) {
                    cell, _ in
                    testimonial(cell, isLarge: false)
                }
            }
        }
    }

    func logosBlock() -> Block {
        block(80, least: 50, stretch: 1) { [self] box in
            let columns = fitting(isPhone ? 3 : 6, in: box.width, least: 90)
            return box.columns(columns, gap: gap(24, least: 4)).map { cell in
                let frame = cell.centred(cell.width, px(44, least: 7))
                let caption = label("LOGO", .body, in: frame.inset(1), align: .centre, ink: 0.4, bold: true)
                return LayoutNode(.logo, frame, style: NodeStyle(stroke: 0.5), children: [caption])
            }
        }
    }

    func statsStrip() -> Block {
        block(110, least: 80, stretch: 1.1) { [self] box in
            let columns = fitting(isPhone ? 3 : 4, in: box.width, least: 90)
            let names = several(words.figures, columns)
            return zip(box.columns(columns, gap: gap(16)), names).map { cell, name in
                var flow = Flow(cell)
                put("\(number(12...980))+", .display, into: &flow, align: .centre, role: .heading)
                put(name, into: &flow, align: .centre, gap: 3)
                return LayoutNode(.item, cell, children: flow.centred())
            }
        }
    }

    private func newsTeaser() -> Block {
        block(isPhone ? 560 : 330, stretch: 1.3) { [self] box in
            titled(words.label("latest"), in: box) { rest in
                grid(in: rest, columns: isPhone ? 1 : fitting(3, in: rest.width), ideal: 250, limit: 3) { cell, _ in
                    mediaCard(cell, title: sentence(4), lines: 2, link: words.label("readMore"))
                }
            }
        }
    }

    private func homeCallToAction() -> Block {
        let kind = factors.choice("home.call-to-action", ["black", "grey", "framed"])
        return block(190, least: 120, role: .banner, bleed: kind != "framed") { [self] box in
            callToAction(box, style: kind)
        }
    }
}
