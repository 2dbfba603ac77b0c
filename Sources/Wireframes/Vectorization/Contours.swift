/// The outlines of an area given as shares of ink per pixel, by marching squares (Lorensen and Cline, SIGGRAPH 1987, in
/// the plane): smoothed letters keep their smooth edges, where following pixels would give stairs.
enum Contours {
    /// Closed polygons, each x and y by turns in pixels, thinned to `tolerance` pixels.
    ///
    /// - Parameters:
    ///   - ink: how much of each pixel is covered, in [0, 1]; pixels beyond the grid are empty.
    ///   - origin: where the grid's corner lies on the page.
    static func trace(_ ink: PixelGrid<Float>, origin: (x: Int, y: Int), tolerance: Double = 0.2) -> [[Double]] {
        loops(ink).compactMap { loop in
            let points = simplified(loop, tolerance: tolerance)
            guard points.count >= 3 else { return nil }
            return points.flatMap { [rounded($0.x + Double(origin.x)), rounded($0.y + Double(origin.y))] }
        }
    }

    private struct Point {
        var x: Double
        var y: Double
    }

    /// A little less than half: thin strokes between two rows of pixels are not lost.
    private static let level: Float = 0.45

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    /// Each cell between four pixel centres sends the contour from one of its edges to another, ink at its left. Edges
    /// are numbered 2 · cell for the upper one and 2 · cell + 1 for the left one.
    private static func loops(_ ink: PixelGrid<Float>) -> [[Point]] {
        let columns = ink.width + 2
        let rows = ink.height + 2
        func value(_ x: Int, _ y: Int) -> Float {
            x < 1 || y < 1 || x > ink.width || y > ink.height ? 0 : ink.values[(y - 1) * ink.width + x - 1]
        }
        var next = [Int32](repeating: -1, count: 2 * columns * rows)
        var starts: [Int] = []
        for y in 0..<rows - 1 {
            for x in 0..<columns - 1 {
                let corners =
                    (value(x, y) >= level ? 1 : 0) | (value(x + 1, y) >= level ? 2 : 0)
                    | (value(x + 1, y + 1) >= level ? 4 : 0) | (value(x, y + 1) >= level ? 8 : 0)
                guard corners != 0, corners != 15 else { continue }
                let cell = y * columns + x
                let edges = (2 * cell, 2 * (cell + 1) + 1, 2 * (cell + columns), 2 * cell + 1)
                for (from, to) in steps(corners, top: edges.0, right: edges.1, bottom: edges.2, left: edges.3) {
                    next[from] = Int32(to)
                    starts.append(from)
                }
            }
        }
        return starts.compactMap { start in
            var loop: [Point] = []
            var edge = start
            while next[edge] >= 0 {
                let following = Int(next[edge])
                next[edge] = -1
                loop.append(point(on: edge, columns: columns, value))
                edge = following
            }
            return loop.count >= 3 ? loop : nil
        }
    }

    /// Where the contour crosses an edge, in pixels from the grid's corner.
    private static func point(on edge: Int, columns: Int, _ value: (Int, Int) -> Float) -> Point {
        let (x, y) = (edge / 2 % columns, edge / 2 / columns)
        let isUpper = edge % 2 == 0
        let (a, b) = (value(x, y), isUpper ? value(x + 1, y) : value(x, y + 1))
        let t = a == b ? 0.5 : Double((level - a) / (b - a))
        return Point(x: Double(x) - 0.5 + (isUpper ? t : 0), y: Double(y) - 0.5 + (isUpper ? 0 : t))
    }

    /// The ways through a cell; where two corners face each other the ink is taken as connected.
    private static func steps(_ corners: Int, top: Int, right: Int, bottom: Int, left: Int) -> [(Int, Int)] {
        switch corners {
        case 1: [(top, left)]
        case 2: [(right, top)]
        case 3: [(right, left)]
        case 4: [(bottom, right)]
        case 5: [(top, right), (bottom, left)]
        case 6: [(bottom, top)]
        case 7: [(bottom, left)]
        case 8: [(left, bottom)]
        case 9: [(top, bottom)]
        case 10: [(left, top), (right, bottom)]
        case 11: [(right, bottom)]
        case 12: [(left, right)]
        case 13: [(top, right)]
        case 14: [(left, top)]
        default: []
        }
    }

    /// Douglas and Peucker ("Algorithms for the Reduction of the Number of Points …", Cartographica 1973), on both
    /// halves of a closed line.
    private static func simplified(_ loop: [Point], tolerance: Double) -> [Point] {
        guard loop.count > 3 else { return loop }
        var keep = [Bool](repeating: false, count: loop.count)
        let far = loop.indices.max { distance(loop[$0], loop[0]) < distance(loop[$1], loop[0]) } ?? 0
        keep[0] = true
        keep[far] = true
        var parts = [(0, far), (far, loop.count)]
        while let (from, to) = parts.popLast() {
            guard to - from > 1 else { continue }
            let (a, b) = (loop[from], loop[to % loop.count])
            var worst = (index: from, distance: tolerance)
            for i in from + 1..<to {
                let away = distance(loop[i], from: a, to: b)
                if away > worst.distance { worst = (i, away) }
            }
            guard worst.index > from else { continue }
            keep[worst.index] = true
            parts += [(from, worst.index), (worst.index, to)]
        }
        return loop.indices.filter { keep[$0] }.map { loop[$0] }
    }

    private static func distance(_ a: Point, _ b: Point) -> Double {
        ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
    }

    /// From `point` to the line through `a` and `b`.
    private static func distance(_ point: Point, from a: Point, to b: Point) -> Double {
        let length = distance(a, b)
        guard length > 1e-9 else { return distance(point, a) }
        return abs((b.x - a.x) * (a.y - point.y) - (a.x - point.x) * (b.y - a.y)) / length
    }
}
