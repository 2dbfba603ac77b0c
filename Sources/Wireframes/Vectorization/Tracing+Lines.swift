extension Tracing {
    /// Straight lines and bars that are long for their width and stand free.
    mutating func findLines() {
        let across = Self.straightLines(in: ink)
        let down = Self.straightLines(in: ink.transposed()).map { Bounds($0.y, $0.x, $0.height, $0.width) }
        for line in across + down { takeLine(line) }
    }

    mutating func takeLine(_ line: Bounds, kind: VectorShape.Kind = .line) {
        let style = NodeStyle(fill: median(line.pixels))
        shapes.append(VectorShape(kind: kind, bounds: line, style: style))
        ink.clear(line.grown(1))
    }

    /// Horizontal ones, as the boxes that they fill.
    static func straightLines(in mask: PixelGrid<Bool>, shortest: Int = 20) -> [Bounds] {
        let runs = Regions(longRuns(in: mask, shortest: 10), background: false, diagonal: true)
        return runs.list.compactMap { run in
            let box = run.bounds
            guard box.width >= shortest else { return nil }
            let thickness = max(1, Int((Double(run.area) / Double(box.width)).rounded()))
            guard thickness <= 10, box.height <= thickness + 2, box.width >= 7 * thickness,
                isFree(mask, box, row: box.y - 1), isFree(mask, box, row: box.maxY)
            else { return nil }
            // What touches the line in some places lies beside its fullest rows.
            let tops = box.y...max(box.y, box.maxY - thickness)
            let top = tops.max { marked(mask, box, $0, thickness) < marked(mask, box, $1, thickness) } ?? box.y
            guard marked(mask, box, top, thickness) * 10 >= 7 * box.width * thickness else { return nil }
            return Bounds(box.x, top, box.width, thickness)
        }
    }

    /// What is left of a mask without its shorter horizontal runs.
    private static func longRuns(in mask: PixelGrid<Bool>, shortest: Int) -> PixelGrid<Bool> {
        var result = PixelGrid<Bool>(width: mask.width, height: mask.height, filledWith: false)
        for y in 0..<mask.height {
            var start = 0
            for x in 0...mask.width where x == mask.width || !mask.values[y * mask.width + x] {
                if x - start >= shortest {
                    for i in start..<x { result.values[y * mask.width + i] = true }
                }
                start = x + 1
            }
        }
        return result
    }

    private static func marked(_ mask: PixelGrid<Bool>, _ box: Bounds, _ top: Int, _ rows: Int) -> Int {
        Bounds(box.x, top, box.width, rows).pixels.reduce(0) { $0 + (mask.isSet($1.x, $1.y) ? 1 : 0) }
    }

    /// Whether hardly anything touches a line in the row above or below: letters have stems, areas more rows.
    private static func isFree(_ mask: PixelGrid<Bool>, _ box: Bounds, row: Int) -> Bool {
        let touching = (box.x..<box.maxX).count { mask.isSet($0, row) }
        return touching * 4 <= box.width
    }
}
