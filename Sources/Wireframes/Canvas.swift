/// Something to draw a page on in shades of grey: pixels (``CairoCanvas``) or SVG (``SVGCanvas``). 0 is ink, 1 paper.
protocol Canvas: AnyObject {
    /// A box with an outline that lies wholly inside it.
    func box(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int, radius: Int)

    /// A box with its two diagonals.
    func cross(_ box: Bounds, fill: Double?, stroke: Double, lineWidth: Int, radius: Int)

    /// An ellipse that touches the four edges of `box`.
    func ellipse(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int)

    /// A slice of a disc between two angles in turns, clockwise from the top.
    func slice(_ box: Bounds, from start: Double, to end: Double, fill: Double?, stroke: Double, lineWidth: Int)

    /// A line through `points`, in pixels; `closed` joins the ends, `fill` paints the inside.
    func polyline(_ points: [(Double, Double)], gray: Double?, lineWidth: Double, closed: Bool, fill: Double?)

    /// What lies in an odd number of closed polygons, each x and y by turns.
    func contours(_ loops: [[Double]], gray: Double)

    /// What `body` draws appears inside `box` only.
    func clipped(to box: Bounds, _ body: () -> Void)

    /// One line of text, squeezed where the machine's font is wider than `box`.
    func text(
        _ line: String, in box: Bounds, baseline: Double, size: Double, bold: Bool, gray: Double,
        align: NodeStyle.Alignment)

    /// What `body` draws is `node` and what lies in it.
    func group(_ node: LayoutNode, _ body: () -> Void)
}

extension Canvas {
    func fill(_ box: Bounds, gray: Double, radius: Int = 0) {
        self.box(box, fill: gray, stroke: nil, lineWidth: 1, radius: radius)
    }

    func outline(_ box: Bounds, gray: Double, lineWidth: Int = 1, radius: Int = 0) {
        self.box(box, fill: nil, stroke: gray, lineWidth: lineWidth, radius: radius)
    }

    func polyline(_ points: [(Double, Double)], gray: Double?, lineWidth: Double) {
        polyline(points, gray: gray, lineWidth: lineWidth, closed: false, fill: nil)
    }

    func group(_ node: LayoutNode, _ body: () -> Void) { body() }
}
