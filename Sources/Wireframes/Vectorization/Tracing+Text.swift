extension Tracing {
    /// What lines and outlines have left: small boxes and circles, lines of text, bars, and drawings.
    mutating func findTextAndDrawings() {
        let squares = Regions(ink, background: false, diagonal: true).list
        for square in squares where square.bounds.shorter >= 5 && square.bounds.shorter < 2 * Self.smallestBox {
            _ = takeSmallOutline(square.bounds, isSquare: true)
        }
        let regions = Regions(ink, background: false, diagonal: true)
        let lines = TextLines(regions.list.map { ($0.bounds, $0.area) })
        var owner = [Int32](repeating: -1, count: regions.list.count)
        var groups: [[Int]] = lines.text
        for index in lines.others where !takeSmallShape(regions.list[index].bounds, regions.list[index].area) {
            groups.append([index])
        }
        groups = Array(groups[..<lines.text.count]) + Self.joined(Array(groups[lines.text.count...]), regions)
        for (number, group) in groups.enumerated() {
            for index in group { owner[index] = Int32(number) }
        }
        for (number, group) in groups.enumerated() {
            let kind: VectorShape.Kind = number < lines.text.count ? .text : .drawing
            takeContours(of: group, number: Int32(number), owner: owner, regions, kind: kind)
        }
    }

    /// A bar, a dot or a small circle that fills `bounds`.
    private mutating func takeSmallShape(_ bounds: Bounds, _ area: Int) -> Bool {
        if area * 10 >= bounds.area * 9 {
            takeLine(bounds)
            return true
        }
        if bounds.shorter >= 4, bounds.isNear(bounds.centred(bounds.shorter, bounds.shorter), 1) {
            let disc = Silhouette(bounds: bounds, isEllipse: true)
            let covered = (bounds.y..<bounds.maxY).reduce(0) { sum, y in
                sum + disc.columns(ofRow: y).count { ink.isSet($0, y) }
            }
            if covered * 100 >= area * 97, area * 100 >= bounds.area * 72 {
                var style = NodeStyle(fill: median(bounds.inset(bounds.shorter / 4).pixels))
                style.shape = .ellipse
                shapes.append(VectorShape(kind: .disc, bounds: bounds, style: style))
                ink.clear(bounds.grown(1))
                return true
            }
        }
        return takeSmallOutline(bounds, isSquare: false)
    }

    /// Drawings that lie within 2 pixels of one another are one: the wheels belong to the cart.
    private static func joined(_ groups: [[Int]], _ regions: Regions<Bool>) -> [[Int]] {
        let boxes = groups.map {
            $0.map { regions.list[$0].bounds }.reduce(regions.list[$0[0]].bounds) { $0.union($1) }
        }
        return Neighbours(boxes, reach: 2).groups { i, j in
            boxes[i].grown(2).intersection(boxes[j]).area > 0 && boxes[i].union(boxes[j]).shorter <= 72
        }.map { $0.flatMap { groups[$0] } }
    }

    /// The outline of a group of connected marks, smoothed edges included, in its strongest grey.
    private mutating func takeContours(
        of group: [Int], number: Int32, owner: [Int32], _ regions: Regions<Bool>, kind: VectorShape.Kind
    ) {
        let boxes = group.map { regions.list[$0].bounds }
        guard let first = boxes.first else { return }
        let bounds = boxes.reduce(first) { $0.union($1) }
        let window = bounds.grown(1).intersection(gray.bounds)
        let (gray, marks, painted) = (gray, marks, painted)
        func isOwn(_ x: Int, _ y: Int) -> Bool {
            guard x >= 0, y >= 0, x < gray.width, y < gray.height else { return false }
            let label = regions.labels[x, y]
            return label >= 0 && owner[Int(label)] == number
        }
        let strongest = strongestGray(window.pixels.filter { isOwn($0.x, $0.y) })
        let dots = boxes.filter { max($0.width, $0.height) <= 2 }
        var ink = PixelGrid<Float>(width: window.width, height: window.height, filledWith: 0)
        for (x, y) in window.pixels {
            let isEdge = !marks[x, y] && (-1...1).contains { dy in (-1...1).contains { isOwn(x + $0, y + dy) } }
            guard isEdge || isOwn(x, y), !dots.contains(where: { $0.grown(1).contains(Bounds(x, y, 1, 1)) }) else {
                continue
            }
            let below = Float(painted[x, y])
            let depth = strongest - below
            let share = abs(depth) < 8 ? 1 : (Float(gray[x, y]) - below) / depth
            ink[x - window.x, y - window.y] = min(max(share, isEdge ? 0 : 0.55), 1)
        }
        var style = NodeStyle(fill: Self.level(UInt8(strongest)), shape: .contours)
        style.contours = Contours.trace(ink, origin: (window.x, window.y))
        // A contour between pixel centres leaves half a pixel of a dot: those are squares.
        for box in dots { style.contours?.append(box.corners) }
        guard style.contours?.isEmpty == false else { return }
        shapes.append(VectorShape(kind: kind, bounds: bounds, style: style))
    }

    /// The grey of the core of letters: nine in ten pixels are nearer to what lies below.
    private func strongestGray(_ points: [(x: Int, y: Int)]) -> Float {
        let values = points.map {
            (value: gray[$0.x, $0.y], depth: abs(Int(gray[$0.x, $0.y]) - Int(painted[$0.x, $0.y])))
        }
        .sorted { $0.depth > $1.depth }
        return values.isEmpty ? 0 : Float(values[values.count / 10].value)
    }
}
