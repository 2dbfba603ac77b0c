/// Draws layout trees with Cairo. Its result depends on the tree (and the machine's DejaVu Sans) alone, so a page read
/// back from its sidecar gives the generator's pixels exactly. Safe to use from several threads at once.
public struct WireframeRenderer: Sendable {
    /// Text smaller than this, in pixels per em, is drawn as bars: its letters would be mud.
    public static let smallestLegibleSize = 7.0

    /// A renderer.
    public init() {}

    /// The picture of a page: as large as the root's bounds, 1 white, 0 ink.
    public func render(_ page: LayoutNode) -> GrayImage {
        render([page], width: page.bounds.width, height: page.bounds.height)
    }

    /// The picture of trees that are drawn one over the other and, where the sequence is lazy, never all in memory.
    func render(_ trees: some Sequence<LayoutNode>, width: Int, height: Int) -> GrayImage {
        let canvas = CairoCanvas(width: max(1, width), height: max(1, height))
        for tree in trees { draw(tree, on: canvas) }
        return canvas.image()
    }

    /// A node's rectangle of a picture, once the node is drawn over it.
    ///
    /// - Precondition: the rectangle lies in the picture.
    func render(_ node: LayoutNode, over picture: GrayImage) -> GrayImage {
        let canvas = CairoCanvas(over: picture, in: node.bounds)
        draw(node, on: canvas)
        return canvas.image()
    }

    /// The picture of a page as SVG; `Docs/formats.md` says how its groups are named.
    public func svg(_ page: LayoutNode) -> String {
        let canvas = SVGCanvas(width: max(1, page.bounds.width), height: max(1, page.bounds.height))
        draw(page, on: canvas)
        return canvas.document()
    }

    private func draw(_ node: LayoutNode, on canvas: any Canvas) {
        canvas.group(node) {
            if let style = node.style {
                if let text = node.text {
                    drawText(text, style, node.bounds, on: canvas)
                } else {
                    drawShape(style, node.bounds, on: canvas)
                }
            }
            for child in node.children { draw(child, on: canvas) }
        }
    }

    private func drawShape(_ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let lineWidth = style.lineWidth ?? 1
        guard let shape = style.shape else {
            return canvas.box(
                box, fill: style.fill, stroke: style.stroke, lineWidth: lineWidth, radius: style.radius ?? 0)
        }
        switch shape {
        case .ellipse: canvas.ellipse(box, fill: style.fill, stroke: style.stroke, lineWidth: lineWidth)
        case .contours: canvas.contours(style.contours ?? [], gray: style.fill ?? 0)
        case .crossedBox, .photo, .map: drawPicture(shape, style, box, on: canvas)
        case .columnChart, .barChart, .lineChart, .areaChart, .pieChart, .ringChart:
            drawChart(shape, style, box, on: canvas)
        default: drawSymbol(shape, style, box, on: canvas)
        }
    }

    private func drawText(_ text: String, _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let size = style.fontSize ?? 12
        let lineHeight = style.lineHeight ?? Int((size * 1.4).rounded())
        let gray = style.fill ?? 0
        let bold = style.bold ?? false
        let isGreeked = style.greeked ?? false || size < Self.smallestLegibleSize
        for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let row = Bounds(box.x, box.y + i * lineHeight, box.width, lineHeight)
            if isGreeked {
                drawBar(line, style, row, size: size, gray: gray, bold: bold, on: canvas)
            } else {
                let baseline = Double(row.y) + (Double(lineHeight) + 0.72 * size) / 2
                canvas.text(
                    String(line), in: row, baseline: baseline, size: size, bold: bold, gray: gray,
                    align: style.align ?? .left)
            }
        }
    }

    /// A bar for a line of text: as long as its words, thinner than its letters are tall, at least 1 px.
    private func drawBar(
        _ line: Substring, _ style: NodeStyle, _ row: Bounds, size: Double, gray: Double, bold: Bool,
        on canvas: any Canvas
    ) {
        guard !line.isEmpty else { return }
        let length = min(row.width, max(2, Int(TextMetrics.width(line, size: size, bold: bold).rounded())))
        let thickness = max(1, Int((size * (bold ? 0.5 : 0.36)).rounded()))
        let slack = row.width - length
        let offset =
            switch style.align ?? .left {
            case .left: 0
            case .centre: slack / 2
            case .right: slack
            }
        let bar = Bounds(row.x + offset, row.y + (row.height - thickness) / 2, length, thickness)
        canvas.fill(bar, gray: gray)
    }
}
