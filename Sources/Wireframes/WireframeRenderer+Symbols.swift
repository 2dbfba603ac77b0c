import Foundation

extension WireframeRenderer {
    // MARK: - Pictures

    func drawPicture(_ shape: NodeStyle.Shape, _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let lineWidth = style.lineWidth ?? 1
        let stroke = style.stroke ?? 0
        let radius = style.radius ?? 0
        if shape == .crossedBox {
            // In one piece, so that a crossed box stays one thing to edit in an SVG.
            canvas.cross(box, fill: style.fill, stroke: stroke, lineWidth: lineWidth, radius: radius)
            return
        }
        if let fill = style.fill { canvas.fill(box, gray: fill, radius: radius) }
        canvas.clipped(to: box) {
            if shape == .photo { drawHills(style, box, on: canvas) } else { drawStreets(style, box, on: canvas) }
        }
        canvas.outline(box, gray: stroke, lineWidth: lineWidth, radius: radius)
    }

    private func drawHills(_ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let stroke = style.stroke ?? 0
        let hills: [(Double, Double)] = [(0, 0.85), (0.3, 0.42), (0.5, 0.7), (0.68, 0.5), (1, 0.88)]
        let lineWidth = Double(style.lineWidth ?? 1)
        canvas.polyline(hills.map { at(box, $0.0, $0.1) }, gray: stroke, lineWidth: lineWidth)
        let radius = max(2, min(box.width, box.height) / 8)
        let sun = Bounds(box.x + box.width * 7 / 10, box.y + box.height / 6, 2 * radius, 2 * radius)
        canvas.ellipse(sun, fill: nil, stroke: stroke, lineWidth: style.lineWidth ?? 1)
    }

    private func drawStreets(_ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let values = style.values ?? []
        for (i, value) in values.enumerated() {
            let tilt = 0.12 * Double(i % 3) - 0.1
            let street =
                i.isMultiple(of: 2)
                ? [at(box, 0, value), at(box, 1, value + tilt)] : [at(box, value, 0), at(box, value - tilt, 1)]
            canvas.polyline(street, gray: 0.55, lineWidth: 1)
        }
        let size = max(5, min(box.width, box.height) / 6)
        let pin = Bounds(box.x + (box.width - size) / 2, box.y + box.height / 2 - size, size, size)
        drawSymbol(.pin, NodeStyle(fill: 0, stroke: 0), pin, on: canvas)
    }

    // MARK: - Charts

    func drawChart(_ shape: NodeStyle.Shape, _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let values = style.values ?? []
        guard !values.isEmpty, box.width > 2, box.height > 2 else { return }
        switch shape {
        case .columnChart: drawColumns(values, style, box, on: canvas)
        case .barChart: drawBars(values, style, box, on: canvas)
        case .lineChart, .areaChart: drawCurve(values, style, box, isFilled: shape == .areaChart, on: canvas)
        default: drawSlices(values, style, box, isRing: shape == .ringChart, on: canvas)
        }
    }

    private func drawColumns(_ values: [Double], _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let count = min(values.count, max(2, box.width / 4))
        for (cell, value) in zip(box.columns(count, gap: max(2, box.width / (count * 3))), values) {
            let column = cell.bottom(max(1, Int(value * Double(box.height))))
            canvas.fill(column, gray: style.fill ?? 1)
            canvas.outline(column, gray: style.stroke ?? 0, lineWidth: style.lineWidth ?? 1)
        }
        canvas.fill(box.bottom(1), gray: style.stroke ?? 0)
    }

    private func drawBars(_ values: [Double], _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let count = min(values.count, max(2, box.height / 4))
        for (cell, value) in zip(box.rows(count, gap: max(2, box.height / (count * 3))), values) {
            let bar = cell.left(max(1, Int(value * Double(box.width))))
            canvas.fill(bar, gray: style.fill ?? 1)
            canvas.outline(bar, gray: style.stroke ?? 0, lineWidth: style.lineWidth ?? 1)
        }
        canvas.fill(box.left(1), gray: style.stroke ?? 0)
    }

    private func drawCurve(
        _ values: [Double], _ style: NodeStyle, _ box: Bounds, isFilled: Bool, on canvas: any Canvas
    ) {
        let stroke = style.stroke ?? 0
        let gridLines = box.height >= 40 ? 4 : (box.height >= 16 ? 2 : 0)
        for i in 0..<gridLines {
            canvas.fill(Bounds(box.x, box.y + i * box.height / gridLines, box.width, 1), gray: 0.8)
        }
        let last = Double(max(1, values.count - 1))
        let points = values.enumerated().map { at(box.inset(1), Double($0.offset) / last, 1 - $0.element) }
        if isFilled {
            let base = [at(box, 1, 1), at(box, 0, 1)]
            canvas.polyline(points + base, gray: nil, lineWidth: 1, closed: true, fill: style.fill ?? 0.8)
        }
        canvas.polyline(points, gray: stroke, lineWidth: Double(max(style.lineWidth ?? 1, box.height >= 60 ? 2 : 1)))
        canvas.fill(box.bottom(1), gray: stroke)
        canvas.fill(box.left(1), gray: stroke)
    }

    private func drawSlices(
        _ values: [Double], _ style: NodeStyle, _ box: Bounds, isRing: Bool, on canvas: any Canvas
    ) {
        let side = min(box.width, box.height)
        let disc = box.centred(side, side)
        let total = max(values.reduce(0, +), 0.001)
        let grays = [style.fill ?? 0.8, 1, 0.6, 0.9]
        var angle = 0.0
        for (i, value) in values.enumerated() {
            let next = angle + value / total
            canvas.slice(
                disc, from: angle, to: next, fill: grays[i % grays.count], stroke: style.stroke ?? 0,
                lineWidth: style.lineWidth ?? 1)
            angle = next
        }
        guard isRing, side >= 8 else { return }
        let hole = disc.inset(side * 3 / 10)
        canvas.ellipse(hole, fill: 1, stroke: style.stroke ?? 0, lineWidth: style.lineWidth ?? 1)
    }

    // MARK: - Symbols

    func drawSymbol(_ shape: NodeStyle.Shape, _ style: NodeStyle, _ box: Bounds, on canvas: any Canvas) {
        let side = min(box.width, box.height)
        let square = box.centred(side, side)
        let gray = style.stroke ?? 0
        let lineWidth = Double(max(style.lineWidth ?? 1, side >= 28 ? 2 : 1))
        if shape == .menu { return drawMenu(square, gray, on: canvas) }
        if shape == .dots { return drawDots(box, gray, on: canvas) }
        if side < 5, ![.plus, .minus, .check, .chevronDown, .chevronRight, .chevronLeft].contains(shape) {
            canvas.fill(square, gray: gray)
            return
        }
        for stroke in Self.strokes(of: shape) {
            let points = stroke.points.map { at(square, $0.0, $0.1) }
            let fill = stroke.isClosed ? style.fill : nil
            canvas.polyline(points, gray: gray, lineWidth: lineWidth, closed: stroke.isClosed, fill: fill)
        }
    }

    private func drawMenu(_ box: Bounds, _ gray: Double, on canvas: any Canvas) {
        let thickness = box.height >= 24 ? 2 : 1
        let pitch = max(2 * thickness, (box.height - thickness) / 3)
        for i in 0..<3 where i * pitch + thickness <= box.height {
            canvas.fill(Bounds(box.x, box.y + i * pitch, box.width, thickness), gray: gray)
        }
    }

    private func drawDots(_ box: Bounds, _ gray: Double, on canvas: any Canvas) {
        let size = max(1, box.height / 3)
        for cell in box.columns(3, gap: 1) {
            let dot = cell.centred(size, size)
            if size < 4 {
                canvas.fill(dot, gray: gray)
            } else {
                canvas.ellipse(dot, fill: gray, stroke: nil, lineWidth: 1)
            }
        }
    }

    private func at(_ box: Bounds, _ x: Double, _ y: Double) -> (Double, Double) {
        (Double(box.x) + x * Double(box.width), Double(box.y) + y * Double(box.height))
    }

    private struct Stroke {
        var points: [(Double, Double)]
        var isClosed = false
    }

    /// Symbols as lines in the unit square.
    private static func strokes(of shape: NodeStyle.Shape) -> [Stroke] {
        switch shape {
        case .check: [Stroke(points: [(0.15, 0.55), (0.4, 0.8), (0.85, 0.2)])]
        case .cross: [Stroke(points: [(0.2, 0.2), (0.8, 0.8)]), Stroke(points: [(0.8, 0.2), (0.2, 0.8)])]
        case .plus: [Stroke(points: [(0.5, 0.15), (0.5, 0.85)]), Stroke(points: [(0.15, 0.5), (0.85, 0.5)])]
        case .minus: [Stroke(points: [(0.15, 0.5), (0.85, 0.5)])]
        case .chevronDown: [Stroke(points: [(0.15, 0.35), (0.5, 0.7), (0.85, 0.35)])]
        case .chevronRight: [Stroke(points: [(0.35, 0.15), (0.7, 0.5), (0.35, 0.85)])]
        case .chevronLeft: [Stroke(points: [(0.65, 0.15), (0.3, 0.5), (0.65, 0.85)])]
        case .search:
            [Stroke(points: circle(0.42, 0.42, 0.3), isClosed: true), Stroke(points: [(0.64, 0.64), (0.92, 0.92)])]
        case .cart:
            [
                Stroke(points: [(0.02, 0.15), (0.18, 0.15), (0.32, 0.65), (0.82, 0.65), (0.95, 0.28), (0.22, 0.28)]),
                Stroke(points: circle(0.4, 0.84, 0.08), isClosed: true),
                Stroke(points: circle(0.75, 0.84, 0.08), isClosed: true),
            ]
        case .person:
            [
                Stroke(points: circle(0.5, 0.3, 0.2), isClosed: true),
                Stroke(points: [(0.12, 0.98), (0.2, 0.7), (0.5, 0.58), (0.8, 0.7), (0.88, 0.98)]),
            ]
        case .star: [Stroke(points: star(), isClosed: true)]
        case .heart:
            [
                Stroke(
                    points: [
                        (0.5, 0.9), (0.08, 0.48), (0.08, 0.25), (0.28, 0.12), (0.5, 0.3), (0.72, 0.12), (0.92, 0.25),
                        (0.92, 0.48),
                    ], isClosed: true)
            ]
        case .play, .triangle: [Stroke(points: [(0.22, 0.1), (0.9, 0.5), (0.22, 0.9)], isClosed: true)]
        case .pin:
            [
                Stroke(
                    points: [
                        (0.5, 1), (0.2, 0.45), (0.25, 0.18), (0.5, 0.04), (0.75, 0.18), (0.8, 0.45),
                    ], isClosed: true)
            ]
        case .mail:
            [
                Stroke(points: [(0.04, 0.2), (0.96, 0.2), (0.96, 0.82), (0.04, 0.82)], isClosed: true),
                Stroke(points: [(0.04, 0.2), (0.5, 0.56), (0.96, 0.2)]),
            ]
        case .gear: [Stroke(points: gear(), isClosed: true), Stroke(points: circle(0.5, 0.5, 0.16), isClosed: true)]
        case .house:
            [
                Stroke(
                    points: [(0.08, 0.5), (0.5, 0.1), (0.92, 0.5), (0.8, 0.5), (0.8, 0.92), (0.2, 0.92), (0.2, 0.5)],
                    isClosed: true)
            ]
        default: []
        }
    }

    private static func circle(_ x: Double, _ y: Double, _ r: Double) -> [(Double, Double)] {
        turn(16) { angle, _ in (x + r * angle.cos, y + r * angle.sin) }
    }

    private static func star() -> [(Double, Double)] {
        turn(10) { angle, i in
            let r = i.isMultiple(of: 2) ? 0.5 : 0.22
            return (0.5 + r * angle.sin, 0.5 - r * angle.cos)
        }
    }

    private static func gear() -> [(Double, Double)] {
        turn(32) { angle, i in
            let r = (i / 2).isMultiple(of: 2) ? 0.46 : 0.34
            return (0.5 + r * angle.sin, 0.5 - r * angle.cos)
        }
    }

    private static func turn(
        _ count: Int, _ point: ((sin: Double, cos: Double), Int) -> (Double, Double)
    ) -> [(Double, Double)] {
        (0..<count).map { i in
            let angle = 2 * Double.pi * Double(i) / Double(count)
            return point((sin(angle), cos(angle)), i)
        }
    }
}
