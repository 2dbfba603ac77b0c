/// Pages to sign in and to sign up.
extension PageBuilder {
    // MARK: - Sign in

    func loginPage() -> [LayoutNode] {
        let kind = factors.choice(
            "login.layout",
            isPhone
                ? ["bare", "card", "image-top", "welcome"] : ["card", "split-left", "split-right", "bare", "dialog"])
        let social = factors.count("login.social", 0...3)
        let hasHeader =
            kind != "dialog" && !kind.hasPrefix("split") && page.height > px(560) && factors.flag("login.header", 0.5)
        switch kind {
        case "split-left", "split-right":
            let share = factors.real("login.split", 0.38...0.62)
            let isLeft = kind == "split-left"
            let parts = page.columns(isLeft ? [share, 1 - share] : [1 - share, share], gap: 0)
            let form = parts[isLeft ? 1 : 0]
            return [promoPanel(parts[isLeft ? 0 : 1])]
                + loginForm(form, width: min(px(400, least: 40), form.width * 3 / 4), social, hasLogo: true)
        case "dialog": return loginDialog(social)
        case "image-top", "welcome":
            let rows = page.height / (kind == "welcome" ? 4 : 3)
            let top =
                kind == "welcome"
                ? LayoutNode(
                    .hero, page.top(rows), style: NodeStyle(fill: 0.85),
                    children: [logo(page.top(rows), align: .centre)])
                : image(page.top(rows))
            let rest = page.below(rows)
            return [top] + loginForm(rest, width: rest.width * 5 / 6, social, hasLogo: false)
        default:
            let draw = { [self] (area: Bounds) -> [LayoutNode] in
                let width = isPhone ? area.width * 5 / 6 : min(px(400, least: 48), area.width * 4 / 5)
                return loginForm(area, width: width, social, hasLogo: !hasHeader, hasCard: kind == "card")
            }
            return hasHeader ? framed(draw) : draw(page)
        }
    }

    private func promoPanel(_ box: Bounds) -> LayoutNode {
        let kind = factors.choice("login.panel", ["picture", "black", "grey"])
        if kind == "picture" { return image(box) }
        var flow = Flow(box.inset(box.width / 8, box.height / 6))
        let ink: Double? = kind == "black" ? 1 : nil
        put(pick(words.headings), .display, into: &flow, lines: 4, role: .heading, ink: ink)
        putParagraph(3, .lead, into: &flow, gap: 16, ink: ink)
        return LayoutNode(.sidebar, box, style: NodeStyle(fill: kind == "black" ? 0.45 : 0.9), children: flow.centred())
    }

    private func loginForm(_ area: Bounds, width: Int, _ social: Int, hasLogo: Bool, hasCard: Bool = false)
        -> [LayoutNode]
    {
        var flow = Flow(area.centred(width, area.height).inset(0, gap(16, least: 3)))
        let essential = 2 * fieldHeight() + controlHeight + gap(16)
        let spare = flow.room - essential
        if hasLogo, spare > px(150, least: 24), let row = flow.take(px(44, least: 8), gap: 0) {
            flow.nodes.append(logo(row, align: .centre))
        }
        if spare > px(70, least: 12) {
            put(
                words.label(hasLogo ? "login" : "welcome"), .heading, into: &flow, align: .centre, gap: 16,
                role: .heading)
        }
        putField(words.label("email"), into: &flow)
        putField(words.label("password"), into: &flow)
        if flow.room > controlHeight + gap(16) + px(36, least: 8),
            let row = flow.take(max(lineHeight(.body), px(20, least: 5)), gap: gap(12, least: 3))
        {
            let parts = row.columns([1, 1], gap: 2)
            flow.nodes += [
                checkbox(words.label("remember"), parts[0], isOn: dice.chance(0.5)),
                label(words.label("forgot"), .small, in: parts[1], align: .right, role: .link),
            ]
        }
        putButton(words.label("login"), into: &flow, isWide: true)
        putSocial(social, into: &flow)
        put(words.label("signup"), .small, into: &flow, align: .centre, gap: 14, role: .link)
        let shift = flow.room * 2 / 5
        let nodes = flow.nodes.map { $0.moved(dy: shift) }
        guard hasCard else { return nodes }
        let padding = gap(28, least: 4)
        let frame = Bounds(
            flow.frame.x - padding, flow.frame.y + shift - padding, width + 2 * padding,
            flow.y - flow.frame.y + 2 * padding)
        let x = max(area.x + 1, frame.x)
        let y = max(area.y + 1, frame.y)
        let boxed = Bounds(x, y, min(frame.maxX, area.maxX - 1) - x, min(frame.maxY, area.maxY - 1) - y)
        let style = NodeStyle(stroke: site.stroke, lineWidth: site.lineWidth, radius: radius)
        return [LayoutNode(.card, boxed, style: style, children: nodes)]
    }

    private func putSocial(_ count: Int, into flow: inout Flow) {
        guard count > 0 else { return }
        put(words.label("or"), .small, into: &flow, align: .centre, gap: 10)
        if count == 1 {
            putButton(words.label("google"), into: &flow, isWide: true, isPrimary: false, gap: 10)
        } else if let row = flow.take(controlHeight, gap: gap(10)) {
            for cell in row.columns(count, gap: gap(12)) {
                let style = NodeStyle(stroke: site.stroke, radius: radius > 0 ? radius : nil)
                let side = px(18, least: 4)
                let mark = LayoutNode(.icon, cell.centred(side, side), style: NodeStyle(stroke: 0.2, shape: .ellipse))
                flow.nodes.append(LayoutNode(.button, cell, style: style, children: [mark]))
            }
        }
    }

    /// A window over a page that waits behind it.
    private func loginDialog(_ social: Int) -> [LayoutNode] {
        var nodes = framed { area in
            let box = content(of: area).inset(0, gap(20, least: 4))
            return grid(in: box, columns: fitting(3, in: box.width), ideal: 160) { cell, _ in image(cell) }
        }
        let rows = min(page.height - 4, px(330, least: 44) + (social > 0 ? px(90, least: 12) : 0))
        let frame = page.centred(min(page.width * 4 / 5, px(460, least: 60)), rows)
        let style = NodeStyle(fill: 1, stroke: min(0.1, site.stroke), lineWidth: 2, radius: radius)
        let side = px(18, least: 5)
        let close = icon(.cross, Bounds(frame.maxX - 2 * side, frame.y + side, side, side))
        let form = loginForm(frame, width: frame.width * 4 / 5, social, hasLogo: false)
        nodes.append(LayoutNode(.dialog, frame, style: style, children: form + [close]))
        return nodes
    }

    // MARK: - Sign up

    func signupPage() -> [LayoutNode] {
        let kind = factors.choice(
            "signup.layout", isPhone ? ["long", "steps", "photo"] : ["long", "steps", "benefits", "photo", "split"])
        let count = factors.count("signup.fields", 5...10)
        if kind == "split" {
            let parts = page.columns([0.8, 1.2], gap: 0)
            let form = parts[1].inset(parts[1].width / 10, gap(24, least: 4))
            return [benefitsPanel(parts[0], isFilled: true)] + signupForm(form, count, columns: 2, title: true)
        }
        return framed { area in
            let box = content(of: area).inset(0, gap(24, least: 4))
            switch kind {
            case "steps":
                let rows = px(70, least: 15)
                let hasRoom = box.height > rows + 3 * fieldHeight() + controlHeight + gap(32)
                guard hasRoom else { return signupForm(narrowed(box), count, columns: 2, title: false, hasBack: true) }
                return [stepper(box.top(rows), current: number(1...2))]
                    + signupForm(
                        narrowed(box.below(rows + gap(16))), count, columns: isPhone ? 1 : 2, title: false,
                        hasBack: true)
            case "benefits":
                let parts = box.columns([1, 1.2], gap: gap(40, least: 6))
                return [benefitsPanel(parts[0], isFilled: false)] + signupForm(parts[1], count, columns: 1, title: true)
            case "photo": return photoForm(box, count)
            default:
                return signupForm(
                    narrowed(box), count, columns: isPhone ? 1 : factors.count("signup.columns", 1...2), title: true)
            }
        }
    }

    private func narrowed(_ box: Bounds) -> Bounds {
        isPhone ? box : box.centred(max(box.width * 3 / 5, min(box.width, px(640))), box.height)
    }

    private func signupForm(_ box: Bounds, _ count: Int, columns: Int, title: Bool, hasBack: Bool = false)
        -> [LayoutNode]
    {
        var flow = Flow(box)
        if title, flow.room > 3 * fieldHeight() + controlHeight + px(120, least: 24) {
            put(words.label("signup"), .heading, into: &flow, align: site.headingAlign, role: .heading)
            put(sentence(7), into: &flow, align: site.headingAlign, gap: 4)
        }
        let titles = [words.label("email"), words.label("password")] + several(words.fields, count)
        let isShort = flow.room < 4 * fieldHeight() + controlHeight + lineHeight(.body) + gap(40, least: 8)
        let tail = controlHeight + (isShort ? gap(16) : lineHeight(.body) + gap(40, least: 8))
        var i = 0
        while i < count, flow.room > tail + fieldHeight() {
            let isPair = columns == 2 && i + 1 < count && i % 3 != 2
            if isPair, let row = flow.take(fieldHeight(), gap: 0) {
                for cell in row.columns(2, gap: gap(16, least: 4)) {
                    var part = Flow(cell.below(gap(14, least: 3)))
                    putField(titles[i], into: &part, role: i % 4 == 3 ? .select : .input)
                    flow.nodes += part.nodes
                    i += 1
                }
            } else {
                putField(titles[i], into: &flow, role: i % 5 == 4 ? .select : .input)
                i += 1
            }
        }
        if !isShort, let row = flow.take(max(lineHeight(.body), px(20, least: 5)), gap: gap(16, least: 3)) {
            flow.nodes.append(checkbox(words.label("terms"), row, isOn: true))
        }
        if hasBack {
            putButton(words.label("next"), into: &flow, align: .right, second: words.label("back"))
        } else {
            putButton(words.label("signup"), into: &flow, isWide: columns == 1)
        }
        put(words.label("login"), .small, into: &flow, align: .centre, gap: 14, role: .link)
        return flow.nodes
    }

    /// Numbered circles joined by a line: where the reader is in a long form or an order.
    func stepper(_ box: Bounds, current: Int) -> LayoutNode {
        let count = isPhone ? 3 : 4
        let side = min(px(34, least: 7), box.height)
        let cells = box.columns(count, gap: 0)
        let y = box.y + side / 2
        let first = cells[0].x + cells[0].width / 2
        let line = Bounds(first, y, cells[count - 1].x + cells[count - 1].width / 2 - first, 1)
        var node = LayoutNode(.steps, box, children: [LayoutNode(.line, line, style: NodeStyle(fill: site.stroke))])
        for (i, cell) in cells.enumerated() {
            let disc = Bounds(cell.x + (cell.width - side) / 2, box.y, side, side)
            let style = NodeStyle(fill: i < current ? 0.2 : 1, stroke: site.stroke, shape: .ellipse)
            let digit = label("\(i + 1)", in: disc, align: .centre, ink: i < current ? 1 : 0.1)
            node.children.append(LayoutNode(.item, disc, style: style, children: side >= 10 ? [digit] : []))
            let caption = cell.below(side + 2)
            if caption.height >= lineHeight(.small) {
                node.children.append(
                    text("\(words.label("step")) \(i + 1)", .small, in: caption, align: .centre, role: .label))
            }
        }
        return node
    }

    private func benefitsPanel(_ box: Bounds, isFilled: Bool) -> LayoutNode {
        var flow = Flow(isFilled ? box.inset(box.width / 8, gap(30, least: 5)) : box)
        put(pick(words.headings), .display, into: &flow, lines: 3, role: .heading)
        let side = px(20, least: 5)
        for title in several(words.features, 5) {
            guard let row = flow.take(max(side, lineHeight(.body) * 2), gap: gap(18, least: 3)) else { break }
            let words = Bounds(row.x + side + gap(10), row.y, row.width - side - gap(10), row.height)
            flow.nodes += [
                icon(.check, row.left(side).top(side)), text(title + " : " + sentence(6), in: words, lines: 2),
            ]
        }
        if !isFilled, flow.room > px(110, least: 16) {
            let rest = flow.rest.below(gap(18, least: 3))
            flow.nodes.append(image(rest.top(px(260))))
        }
        let style = isFilled ? NodeStyle(fill: 0.9) : nil
        return LayoutNode(.sidebar, box, style: style, children: isFilled ? flow.centred() : flow.nodes)
    }

    private func photoForm(_ box: Bounds, _ count: Int) -> [LayoutNode] {
        if isPhone {
            let side = min(px(110, least: 18), box.height / 4)
            return [avatar(box.top(side))] + signupForm(box.below(side + gap(16)), count, columns: 1, title: false)
        }
        let parts = box.columns([0.45, 1], gap: gap(36, least: 6))
        let side = min(parts[0].width, box.height / 3)
        var flow = Flow(parts[0].below(side + gap(12)))
        putButton(words.label("photo"), into: &flow, align: .centre, isPrimary: false)
        putParagraph(3, .small, into: &flow, align: .centre)
        return [avatar(parts[0].top(side))] + flow.nodes + signupForm(parts[1], count, columns: 2, title: true)
    }
}
