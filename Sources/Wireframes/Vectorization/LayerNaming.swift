/// What shapes seem to be: guesses from size, place and content, in units of the page's usual line of text.
struct LayerNaming {
    private let page: Bounds
    /// The height of the usual line of text, in pixels.
    private let textHeight: Int

    init(_ shapes: [VectorShape], page: Bounds) {
        self.page = page
        let heights = shapes.filter { $0.kind == .text }.map(\.bounds.height).sorted()
        textHeight = heights.isEmpty ? max(4, page.width / 80) : heights[heights.count / 2]
    }

    /// The node of a layer, with those in it.
    func node(_ layer: Layer, in parent: Layer?) -> LayoutNode {
        LayoutNode(
            role(of: layer, in: parent), layer.shape.bounds, style: layer.shape.style,
            children: layer.children.map { node($0, in: layer) })
    }

    /// A band across the page.
    func role(ofBand band: [Layer], isFirst: Bool) -> LayoutNode.Role {
        guard let first = band.first else { return .section }
        let bounds = band.reduce(first.shape.bounds) { $0.union($1.shape.bounds) }
        if isFirst, bounds.y * 20 <= page.width, bounds.height * 5 <= page.width { return .header }
        let isLow = page.maxY - bounds.maxY <= page.width / 8 && bounds.y > page.height / 2
        if isLow, bounds.height * 2 <= page.width { return .footer }
        let isHero = band.contains {
            $0.shape.bounds.width * 10 >= page.width * 8 && $0.shape.bounds.height * 4 >= page.width
        }
        return isHero && bounds.y * 3 <= page.width ? .hero : .section
    }

    private func role(of layer: Layer, in parent: Layer?) -> LayoutNode.Role {
        let bounds = layer.shape.bounds
        switch layer.shape.kind {
        case .text: return bounds.height * 10 > textHeight * 14 ? .heading : .text
        case .line: return role(ofLine: bounds, in: parent?.shape.bounds ?? page)
        case .crossedBox: return .image
        case .disc: return role(ofDisc: layer)
        case .box: return role(ofBox: layer)
        case .area: return layer.children.isEmpty ? .drawing : .section
        case .patch: return .drawing
        case .drawing: return max(bounds.width, bounds.height) <= max(48, page.width / 16) ? .icon : .drawing
        }
    }

    /// A bar is greeked text; a line parts things, thin and as long as what it lies in.
    private func role(ofLine bounds: Bounds, in parent: Bounds) -> LayoutNode.Role {
        if bounds.height > bounds.width { return .line }
        if bounds.width < 3 * bounds.height { return .icon }
        return bounds.height <= 2 && bounds.width * 10 >= parent.width * 6 ? .line : .text
    }

    private func role(ofDisc layer: Layer) -> LayoutNode.Role {
        if layer.children.contains(where: isText) { return .badge }
        if layer.shape.bounds.height <= 2 * textHeight, layer.shape.style.stroke != nil { return .radio }
        return layer.children.isEmpty ? .icon : .avatar
    }

    private func role(ofBox layer: Layer) -> LayoutNode.Role {
        let bounds = layer.shape.bounds
        let texts = layer.children.filter(isText)
        if max(bounds.width, bounds.height) <= 2 * textHeight, texts.isEmpty {
            return layer.shape.style.stroke == nil ? .icon : .checkbox
        }
        if bounds.height <= 5 * textHeight, bounds.width * 20 < page.width * 19 {
            if texts.isEmpty, layer.children.count <= 1, bounds.width * 2 >= 5 * bounds.height { return .input }
            if texts.count == 1, layer.children.count == 1 { return isCentred(texts[0], in: bounds) ? .button : .input }
        }
        if texts.isEmpty, layer.children.allSatisfy({ $0.shape.kind == .drawing || $0.shape.kind == .disc }) {
            return layer.children.isEmpty && layer.shape.style.fill == nil ? .card : .image
        }
        return bounds.width * 100 >= page.width * 95 ? .section : .card
    }

    private func isText(_ layer: Layer) -> Bool {
        layer.shape.kind == .text || (layer.shape.kind == .line && role(ofLine: layer.shape.bounds, in: page) == .text)
    }

    private func isCentred(_ layer: Layer, in bounds: Bounds) -> Bool {
        let inner = layer.shape.bounds
        return abs(2 * inner.x + inner.width - 2 * bounds.x - bounds.width) * 4 <= bounds.width
    }
}
