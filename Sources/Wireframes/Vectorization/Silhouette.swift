internal import Foundation

/// A box, with square or round corners, or an ellipse, as the pixels it covers.
struct Silhouette {
    var bounds: Bounds
    var radius = 0
    var isEllipse = false

    /// The columns that it covers in row `y` of the page.
    func columns(ofRow y: Int) -> Range<Int> {
        let row = Double(y - bounds.y) + 0.5
        let height = Double(bounds.height)
        let width = Double(bounds.width)
        var inset = 0.0
        if isEllipse {
            let t = 2 * row / height - 1
            inset = width / 2 * (1 - max(0, 1 - t * t).squareRoot())
        } else if radius > 0 {
            let r = min(Double(radius), width / 2, height / 2)
            let beyond = max(r - row, row - (height - r))
            if beyond > 0 { inset = r - max(0, r * r - beyond * beyond).squareRoot() }
        }
        let columns = min(Int(inset.rounded()), bounds.width / 2)
        return bounds.x + columns..<max(bounds.x + columns, bounds.maxX - columns)
    }

    /// Pixels about one apart along its outline, `inset` pixels inside the edge.
    func outline(inset: Double) -> [(x: Int, y: Int)] {
        let (x0, y0) = (Double(bounds.x) + inset, Double(bounds.y) + inset)
        let (w, h) = (Double(bounds.width) - 2 * inset, Double(bounds.height) - 2 * inset)
        guard w > 0, h > 0 else { return [] }
        if isEllipse { return arc(x0 + w / 2, y0 + h / 2, w / 2, h / 2, quarter: 0, turns: 4) }
        let r = max(0, min(Double(radius) - inset, w / 2, h / 2))
        var points: [(x: Int, y: Int)] = []
        for i in 0...max(1, Int(w - 2 * r)) {
            let x = Int(min(x0 + r + Double(i), x0 + w - r).rounded(.down))
            points += [(x, Int(y0.rounded(.down))), (x, Int((y0 + h - 0.01).rounded(.down)))]
        }
        for i in 0...max(1, Int(h - 2 * r)) {
            let y = Int(min(y0 + r + Double(i), y0 + h - r).rounded(.down))
            points += [(Int(x0.rounded(.down)), y), (Int((x0 + w - 0.01).rounded(.down)), y)]
        }
        guard r > 1 else { return points }
        points += arc(x0 + w - r, y0 + h - r, r, r, quarter: 0, turns: 1)
        points += arc(x0 + r, y0 + h - r, r, r, quarter: 1, turns: 1)
        points += arc(x0 + r, y0 + r, r, r, quarter: 2, turns: 1)
        points += arc(x0 + w - r, y0 + r, r, r, quarter: 3, turns: 1)
        return points
    }

    /// Points on `turns` quarters of an ellipse, from quarter `quarter` on (0 is right to bottom).
    private func arc(
        _ x: Double, _ y: Double, _ rx: Double, _ ry: Double, quarter: Int, turns: Int
    ) -> [(x: Int, y: Int)] {
        let count = max(2, Int(max(rx, ry) * 1.6) * turns)
        return (0..<count).map { i in
            let angle = (Double(quarter) + Double(turns) * (Double(i) + 0.5) / Double(count)) * .pi / 2
            return (Int((x + rx * cos(angle)).rounded(.down)), Int((y + ry * sin(angle)).rounded(.down)))
        }
    }
}
