extension Tracing {
    /// An outline that may be there.
    private struct Candidate {
        var silhouette: Silhouette
        var lineWidth: Int
        /// Share of the outline's pixels that are marked.
        var exact = 0.0
        var isCrossed = false
    }

    /// The smallest box that is looked for before text: smaller ones may be letters.
    static let smallestBox = 16

    /// Outlined boxes and circles, the larger first. What suggests one: a region that lines enclose, one of the four
    /// triangles of a crossed box, or the extent of connected marks.
    mutating func findOutlines() {
        let enclosed = Regions(marks, background: true, diagonal: false).list
        let connected = Regions(marks, background: false, diagonal: true).list
        var candidates: [Candidate] = []
        for region in enclosed where region.bounds.shorter >= 4 {
            candidates += suggestions(fromEnclosed: region.bounds, area: region.area)
        }
        for region in connected where region.bounds.shorter >= Self.smallestBox {
            if let lineWidth = lineWidth(within: region.bounds),
                let fit = fit(region.bounds, lineWidth)
            {
                candidates.append(fit)
            }
        }
        candidates.sort { ($0.silhouette.bounds.area, $0.exact) > ($1.silhouette.bounds.area, $1.exact) }
        // Boxes come first, so that a cross is not looked for in what lies over it.
        for candidate in candidates where !candidate.isCrossed { take(candidate) }
        for candidate in candidates where candidate.isCrossed { take(candidate) }
        coverCrosses()
    }

    /// The outline of a small box or circle that fills `bounds`, if that is what is there; `isSquare` takes no other
    /// than one with square corners.
    mutating func takeSmallOutline(_ bounds: Bounds, isSquare: Bool) -> Bool {
        guard bounds.shorter >= 5, let lineWidth = lineWidth(within: bounds), lineWidth * 4 <= bounds.shorter,
            let fit = fit(bounds, lineWidth), fit.exact >= 0.9
        else { return false }
        let hasSquareCorners = !fit.silhouette.isEllipse && fit.silhouette.radius == 0
        guard hasSquareCorners || !isSquare else { return false }
        take(fit)
        return true
    }

    // MARK: - Suggestions

    private func suggestions(fromEnclosed bounds: Bounds, area: Int) -> [Candidate] {
        var found: [Candidate] = []
        if let lineWidth = lineWidth(around: bounds), bounds.shorter + 2 * lineWidth >= Self.smallestBox,
            let fit = fit(bounds.grown(lineWidth), lineWidth)
        {
            found.append(fit)
        }
        guard bounds.shorter >= 3, area * 10 > bounds.area * 3, area * 10 < bounds.area * 7 else { return found }
        for direction in 0..<4 {
            let fits = (0...5).compactMap { slack -> Candidate? in
                let whole = doubled(bounds, direction, slack: slack)
                guard whole.shorter >= 8, marks.bounds.contains(whole), diagonals(of: whole.grown(1)) >= 0.7,
                    let lineWidth = lineWidth(around: whole)
                else { return nil }
                return fit(whole.grown(lineWidth), lineWidth, squareOnly: true)
            }
            if let best = fits.max(by: { $0.exact < $1.exact }) { found.append(best) }
        }
        return found
    }

    /// The inside of the crossed box of which `triangle` is the upper, lower, left or right part.
    private func doubled(_ triangle: Bounds, _ direction: Int, slack: Int) -> Bounds {
        let (w, h) = (2 * triangle.width + slack, 2 * triangle.height + slack)
        return switch direction {
        case 0: Bounds(triangle.x, triangle.y, triangle.width, h)
        case 1: Bounds(triangle.x, triangle.maxY - h, triangle.width, h)
        case 2: Bounds(triangle.x, triangle.y, w, triangle.height)
        default: Bounds(triangle.maxX - w, triangle.y, w, triangle.height)
        }
    }

    /// The width of the line around an enclosed region: the middle of what is met beyond its four sides.
    private func lineWidth(around bounds: Bounds) -> Int? {
        lineWidth(limit: max(2, bounds.shorter / 7)) { depth, share in
            [
                (bounds.x + bounds.width * share / 8, bounds.y - 1 - depth),
                (bounds.x + bounds.width * share / 8, bounds.maxY + depth),
                (bounds.x - 1 - depth, bounds.y + bounds.height * share / 8),
                (bounds.maxX + depth, bounds.y + bounds.height * share / 8),
            ]
        }
    }

    /// The width of the line along the inside of `bounds`.
    private func lineWidth(within bounds: Bounds) -> Int? {
        lineWidth(limit: max(2, bounds.shorter / 7)) { depth, share in
            [
                (bounds.x + bounds.width * share / 8, bounds.y + depth),
                (bounds.x + bounds.width * share / 8, bounds.maxY - 1 - depth),
                (bounds.x + depth, bounds.y + bounds.height * share / 8),
                (bounds.maxX - 1 - depth, bounds.y + bounds.height * share / 8),
            ]
        }
    }

    private func lineWidth(limit: Int, _ probes: (Int, Int) -> [(Int, Int)]) -> Int? {
        var depths: [Int] = []
        for share in 3...5 {
            for side in 0..<4 {
                var depth = 0
                while depth <= limit, case (let x, let y) = probes(depth, share)[side], marks.isSet(x, y) { depth += 1 }
                if depth > 0 { depths.append(depth) }
            }
        }
        depths.sort()
        // Of a circle, only the middle of each side meets its box.
        guard depths.count >= 4, depths[depths.count / 2] <= limit else { return nil }
        return depths[depths.count / 2]
    }

    // MARK: - Proof

    /// The silhouette whose outline the marks follow best; nil where there are gaps, or no inside.
    private func fit(_ bounds: Bounds, _ lineWidth: Int, squareOnly: Bool = false) -> Candidate? {
        let middle = Double(lineWidth) / 2
        // Within a pixel, a small house is a circle.
        let leastExact = bounds.shorter < 40 ? 0.75 : 0.4
        var shapes = [Silhouette(bounds: bounds)]
        if !squareOnly {
            // A square with the roundest corners is a circle.
            let isSquare = abs(bounds.width - bounds.height) <= 1
            let radii = [2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, bounds.shorter / 2]
            shapes += Set(radii).sorted().filter {
                2 * $0 <= bounds.shorter && !(isSquare && 2 * $0 >= bounds.shorter - 1)
            }
            .map { Silhouette(bounds: bounds, radius: $0) }
            shapes.append(Silhouette(bounds: bounds, isEllipse: true))
        }
        var best: Candidate?
        for shape in shapes {
            let points = shape.outline(inset: middle)
            guard !points.isEmpty else { continue }
            let exact = Double(points.count { marks.isSet($0.x, $0.y) }) / Double(points.count)
            guard exact > (best?.exact ?? 0.3) + 0.005 else { continue }
            let near = Double(points.count { marks.isSet($0.x, $0.y, reach: 1) }) / Double(points.count)
            guard near >= 0.93, exact >= leastExact, shape.isEllipse || sidesAreClosed(shape, middle) else { continue }
            best = Candidate(silhouette: shape, lineWidth: lineWidth, exact: exact)
        }
        guard var best, isHollow(best) else { return nil }
        best.isCrossed = isCrossed(best)
        return best
    }

    private func sidesAreClosed(_ shape: Silhouette, _ middle: Double) -> Bool {
        let (inset, bounds) = (Int(middle), shape.bounds)
        let columns = bounds.x + shape.radius..<max(bounds.x + shape.radius + 1, bounds.maxX - shape.radius)
        let rows = bounds.y + shape.radius..<max(bounds.y + shape.radius + 1, bounds.maxY - shape.radius)
        func isClosed(_ range: Range<Int>, _ isMarked: (Int) -> Bool) -> Bool {
            range.count(where: isMarked) * 10 >= range.count * 8
        }
        return isClosed(columns) { marks.isSet($0, bounds.y + inset, reach: 1) }
            && isClosed(columns) { marks.isSet($0, bounds.maxY - 1 - inset, reach: 1) }
            && isClosed(rows) { marks.isSet(bounds.x + inset, $0, reach: 1) }
            && isClosed(rows) { marks.isSet(bounds.maxX - 1 - inset, $0, reach: 1) }
    }

    /// Whether there is an inside that is not marked all along the line.
    private func isHollow(_ candidate: Candidate) -> Bool {
        let inner = candidate.silhouette.outline(inset: Double(candidate.lineWidth) + 1.5)
        return !inner.isEmpty && inner.count { marks.isSet($0.x, $0.y) } * 2 <= inner.count
    }

    /// Whether the diagonals are there, and in a small box not by chance.
    private func isCrossed(_ candidate: Candidate) -> Bool {
        let bounds = candidate.silhouette.bounds
        guard !candidate.silhouette.isEllipse, bounds.shorter >= 10, diagonals(of: bounds) >= 0.75 else { return false }
        guard bounds.shorter < 48 else { return true }
        return diagonals(of: bounds) >= 0.95 && diagonals(of: bounds, reach: 0) >= 0.6
    }

    /// Share of the two diagonals that is marked.
    private func diagonals(of bounds: Bounds, reach: Int = 1) -> Double {
        let points = diagonalPoints(of: bounds, trimmed: true)
        return Double(points.count { marks.isSet($0.x, $0.y, reach: reach) }) / Double(max(1, points.count))
    }

    /// Points one apart on both diagonals; `trimmed` leaves out the ends, which the outline hides.
    private func diagonalPoints(of bounds: Bounds, trimmed: Bool) -> [(x: Int, y: Int)] {
        let count = max(bounds.width, bounds.height)
        let end = trimmed ? count / 12 : 0
        return (end..<count - end).flatMap { i -> [(x: Int, y: Int)] in
            let t = (Double(i) + 0.5) / Double(count)
            let (x, y) = (bounds.x + Int(t * Double(bounds.width)), bounds.y + Int(t * Double(bounds.height)))
            return [(x, y), (bounds.x + bounds.maxX - 1 - x, y)]
        }
    }

    // MARK: - Taking it

    private mutating func take(_ candidate: Candidate) {
        let (silhouette, lineWidth) = (candidate.silhouette, candidate.lineWidth)
        let bounds = silhouette.bounds
        guard !shapes.contains(where: { $0.style.stroke != nil && $0.bounds.isNear(bounds, 2) }) else { return }
        let isCrossed = candidate.isCrossed
        let middle = silhouette.outline(inset: Double(lineWidth) / 2).filter { marks.isSet($0.x, $0.y) }
        // Of a smoothed circle, most pixels are only partly covered.
        let gray = median(middle, share: silhouette.isEllipse ? 0.1 : 0.5)
        var style = NodeStyle(stroke: gray, radius: silhouette.radius > 0 ? silhouette.radius : nil)
        style.lineWidth = lineWidth > 1 ? lineWidth : nil
        if isCrossed { style.shape = .crossedBox }
        if silhouette.isEllipse { style.shape = .ellipse }
        erase(silhouette, lineWidth, diagonals: isCrossed)
        let kind: VectorShape.Kind = isCrossed ? .crossedBox : silhouette.isEllipse ? .disc : .box
        // The fill was found without its line.
        let inside = bounds.inset(lineWidth)
        let fill = shapes.lastIndex {
            $0.style.stroke == nil && $0.style.fill != nil && $0.kind != .area
                && ($0.bounds.isNear(inside, 2) || $0.bounds.isNear(bounds, 2))
        }
        if let fill {
            style.fill = shapes[fill].style.fill
            shapes.remove(at: fill)
        }
        shapes.append(VectorShape(kind: kind, bounds: bounds, style: style))
    }

    /// Boxes over a cross hide it: they are filled with what is around them.
    private mutating func coverCrosses() {
        let crosses = shapes.filter { $0.kind == .crossedBox }.map(\.bounds)
        for (i, shape) in shapes.enumerated() where shape.kind != .crossedBox && shape.style.fill == nil {
            guard crosses.contains(where: { $0 != shape.bounds && $0.contains(shape.bounds) }) else { continue }
            let middle = (shape.bounds.x + shape.bounds.width / 2, shape.bounds.y + shape.bounds.height / 2)
            shapes[i].style.fill = Self.level(painted[middle.0, middle.1])
        }
    }

    private mutating func erase(_ silhouette: Silhouette, _ lineWidth: Int, diagonals: Bool) {
        var inset = 0.5
        while inset < Double(lineWidth) {
            for point in silhouette.outline(inset: inset) { ink.clear(Bounds(point.x, point.y, 1, 1).grown(1)) }
            inset += 1
        }
        guard diagonals else { return }
        let over = shapes.filter { $0.style.stroke != nil && silhouette.bounds.contains($0.bounds) }.map(\.bounds)
        for point in diagonalPoints(of: silhouette.bounds, trimmed: false) {
            let pixel = Bounds(point.x, point.y, 1, 1)
            if over.contains(where: { $0.contains(pixel) }) { continue }
            ink.clear(pixel.grown(1 + lineWidth / 2))
        }
    }
}
