extension Bounds {
    init(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
        self.init(x: x, y: y, width: width, height: height)
    }

    /// The rectangle less `dx` columns on both sides and `dy` rows above and below.
    func inset(_ dx: Int, _ dy: Int) -> Bounds {
        Bounds(x + min(dx, width / 2), y + min(dy, height / 2), width - 2 * dx, height - 2 * dy)
    }

    func inset(_ d: Int) -> Bounds { inset(d, d) }

    /// The upper `rows` rows.
    func top(_ rows: Int) -> Bounds { Bounds(x, y, width, min(rows, height)) }
    /// The lower `rows` rows.
    func bottom(_ rows: Int) -> Bounds { Bounds(x, maxY - min(rows, height), width, min(rows, height)) }
    /// The `columns` columns at the left.
    func left(_ columns: Int) -> Bounds { Bounds(x, y, min(columns, width), height) }
    /// The `columns` columns at the right.
    func right(_ columns: Int) -> Bounds { Bounds(maxX - min(columns, width), y, min(columns, width), height) }
    /// What is left below the upper `rows` rows.
    func below(_ rows: Int) -> Bounds { bottom(max(0, height - rows)) }
    /// What is left above the lower `rows` rows.
    func above(_ rows: Int) -> Bounds { top(max(0, height - rows)) }

    /// A box of at most the given size in the middle.
    func centred(_ boxWidth: Int, _ boxHeight: Int) -> Bounds {
        let w = min(boxWidth, width)
        let h = min(boxHeight, height)
        return Bounds(x + (width - w) / 2, y + (height - h) / 2, w, h)
    }

    /// Columns whose widths follow `weights`, `gap` pixels apart, that together are exactly as wide as the rectangle.
    func columns(_ weights: [Double], gap: Int) -> [Bounds] {
        let spans = Self.spans(of: width, weights, gap: gap)
        return spans.map { Bounds(x + $0.start, y, $0.length, height) }
    }

    func columns(_ count: Int, gap: Int) -> [Bounds] {
        columns(Array(repeating: 1, count: max(1, count)), gap: gap)
    }

    /// Rows whose heights follow `weights`, `gap` pixels apart, that together are exactly as tall as the rectangle.
    func rows(_ weights: [Double], gap: Int) -> [Bounds] {
        let spans = Self.spans(of: height, weights, gap: gap)
        return spans.map { Bounds(x, y + $0.start, width, $0.length) }
    }

    func rows(_ count: Int, gap: Int) -> [Bounds] {
        rows(Array(repeating: 1, count: max(1, count)), gap: gap)
    }

    private static func spans(of length: Int, _ weights: [Double], gap: Int) -> [(start: Int, length: Int)] {
        let room = Double(max(0, length - gap * (weights.count - 1)))
        let total = max(weights.reduce(0, +), .leastNonzeroMagnitude)
        var edge = 0.0
        var spans: [(start: Int, length: Int)] = []
        for (i, weight) in weights.enumerated() {
            let start = Int(edge.rounded())
            edge += room * weight / total
            spans.append((start + i * gap, Int(edge.rounded()) - start))
        }
        return spans
    }
}
