/// The formats of layout files; `LayoutFile` says what each looks like.
enum LayoutFormat {
    case compact, nested, hierarchy, labelledElements, pageElements

    /// The format that a page's keys tell.
    init(of page: LayoutScanner.Page) throws(UserError) {
        guard !(page.hasListBounds && page.hasNamedBounds) else {
            throw UserError(
                .data, "bounds are lists in one place and objects in another", remedy: "write all of them in one way")
        }
        if page.seen.contains(.el) {
            self = .pageElements
        } else if page.seen.contains(.elements) {
            self = .labelledElements
        } else if page.hasNamedBounds {
            self = .nested
        } else if page.hasListBounds {
            self = page.seen.contains(.compactBounds) ? .compact : .hierarchy
        } else {
            throw UserError.notALayout
        }
    }
}

extension PageLayout {
    /// The screen of labelled elements, whose coordinates are shares of it in thousandths.
    private static let screen = (width: 1080.0, height: 1920.0, largest: 999.0)

    /// Turns the numbers of the file into edges on the page, and finds the page's size.
    mutating func resolve(as format: LayoutFormat) throws(UserError) {
        for index in boxes.indices { place(index, format) }
        try findSize(format)
        for index in boxes.indices where !boxes[index].isHidden { count(index) }
    }

    /// The four numbers of a box as edges; its parent's are edges already.
    private mutating func place(_ index: Int, _ format: LayoutFormat) {
        var box = boxes[index]
        defer { boxes[index] = box }
        let parent = box.parent < 0 ? nil : boxes[Int(box.parent)]
        guard box.hasBounds else {
            // A page around its root, or around a list of elements, has no bounds of its own.
            if index > 0 || !box.hasChildren { withoutBounds += 1 }
            box.isHidden = true
            box.x0 = format == .nested ? parent?.x0 ?? 0 : 0
            box.y0 = format == .nested ? parent?.y0 ?? 0 : 0
            return
        }
        switch format {
        case .compact, .pageElements:
            box.x1 += box.x0
            box.y1 += box.y0
        case .nested:
            box.x0 += parent?.x0 ?? 0
            box.y0 += parent?.y0 ?? 0
            box.x1 += box.x0
            box.y1 += box.y0
        case .hierarchy: break
        case .labelledElements:
            box.x0 *= Self.screen.width / Self.screen.largest
            box.x1 *= Self.screen.width / Self.screen.largest
            box.y0 *= Self.screen.height / Self.screen.largest
            box.y1 *= Self.screen.height / Self.screen.largest
        }
        if box.x1 <= box.x0 || box.y1 <= box.y0 { box.isHidden = true }
    }

    private mutating func findSize(_ format: LayoutFormat) throws(UserError) {
        if format == .labelledElements { (width, height) = (Int(Self.screen.width), Int(Self.screen.height)) }
        guard width == 0 || height == 0 || format == .nested || format == .hierarchy else { return }
        guard let root = boxes.first(where: \.hasBounds), root.x1 > root.x0, root.y1 > root.y0 else {
            throw UserError(.data, "the page has no size: its root has none", remedy: "give the root its bounds")
        }
        var origin = (x: root.x0, y: root.y0)
        if format == .nested {
            // What reaches over the left or upper edge by less than a page is part of it, as on a page that was scrolled
            // while it was captured. What lies farther out was put there to be unseen ("left: -9999px").
            let (w, h) = (root.x1 - root.x0, root.y1 - root.y0)
            for box in boxes where !box.isHidden {
                if box.x0 < origin.x, box.x0 > root.x0 - w, box.x1 > root.x0 - w { origin.x = box.x0 }
                if box.y0 < origin.y, box.y0 > root.y0 - h { origin.y = box.y0 }
            }
        }
        for index in boxes.indices {
            boxes[index].x0 -= origin.x
            boxes[index].x1 -= origin.x
            boxes[index].y0 -= origin.y
            boxes[index].y1 -= origin.y
        }
        width = Int((root.x1 - origin.x).rounded(.up))
        height = Int((root.y1 - origin.y).rounded(.up))
    }

    /// Counts a box that does not lie on the page, or not wholly; half a pixel is rounding.
    private mutating func count(_ index: Int) {
        let box = boxes[index]
        let (w, h) = (Double(width), Double(height))
        if box.x0 >= w || box.y0 >= h || box.x1 <= 0 || box.y1 <= 0 {
            outside += 1
            boxes[index].isHidden = true
        } else if box.x0 < -0.5 || box.y0 < -0.5 || box.x1 > w + 0.5 || box.y1 > h + 0.5 {
            clipped += 1
        }
    }

    /// The layout of a page that the generator drew.
    public init(_ page: GeneratedPage) {
        self.init(page.tree)
        generated = page
        archetype = page.archetype.rawValue
    }

    /// The layout of a document, which says itself how it is drawn.
    public init(_ document: LayoutDocument) {
        self.init(document.tree)
    }

    private init(_ tree: LayoutNode) {
        self.tree = tree
        (width, height) = (tree.bounds.width, tree.bounds.height)
        for node in tree.allNodes {
            var box = LayoutBox(parent: -1)
            box.role = node.role
            (box.x0, box.x1) = (Double(node.bounds.x), Double(node.bounds.maxX))
            (box.y0, box.y1) = (Double(node.bounds.y), Double(node.bounds.maxY))
            boxes.append(box)
        }
    }

    /// The layout at another width, its aspect ratio kept.
    func scaled(toWidth newWidth: Int) -> PageLayout {
        let factor = Double(newWidth) / Double(width)
        var copy = self
        copy.width = newWidth
        copy.height = max(1, Int((Double(height) * factor).rounded()))
        for index in copy.boxes.indices { copy.boxes[index].scale(by: factor) }
        return copy
    }
}
