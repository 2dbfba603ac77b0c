extension Tracing {
    /// What the shapes do not show, or show where there is nothing: long lines, then traced patches. A difference within
    /// a pixel of the right grey is none.
    mutating func findRemainder() {
        for line in evenLines(rendered()) { takeLine(line) }
        let drawn = rendered()
        let missing = mismatch(drawn)
        let regions = Regions(missing, background: false, diagonal: true)
        for (index, region) in regions.list.enumerated() where region.area >= 3 {
            patch(index, regions)
        }
    }

    /// Straight lines of one grey close to others: the shadow along a box.
    private func evenLines(_ drawn: PixelGrid<UInt8>) -> [Bounds] {
        var missing = PixelGrid<Bool>(width: gray.width, height: gray.height, filledWith: false)
        for i in gray.values.indices {
            missing.values[i] = abs(Int(gray.values[i]) - Int(drawn.values[i])) >= 32
        }
        let across = Self.straightLines(in: missing)
        let down = Self.straightLines(in: missing.transposed()).map { Bounds($0.y, $0.x, $0.height, $0.width) }
        return (across + down).filter { line in
            let values = line.pixels.map { gray[$0.x, $0.y] }.sorted()
            return values.count >= 10 && values[values.count * 9 / 10] - values[values.count / 10] <= 12
        }
    }

    private func rendered() -> PixelGrid<UInt8> {
        let page = LayoutNode(
            .page, gray.bounds, style: NodeStyle(fill: Self.level(paper)),
            children: shapes.map { LayoutNode(.drawing, $0.bounds, style: $0.style) })
        return PixelGrid(WireframeRenderer().render(page))
    }

    /// Pixels of the picture with no such grey drawn within a pixel, and drawn ones with no such grey in the picture.
    private func mismatch(_ drawn: PixelGrid<UInt8>) -> PixelGrid<Bool> {
        let tolerance = 32
        let picture = (low: gray.minimum(reach: 1), high: gray.maximum(reach: 1))
        let drawing = (low: drawn.minimum(reach: 1), high: drawn.maximum(reach: 1))
        var result = PixelGrid<Bool>(width: gray.width, height: gray.height, filledWith: false)
        for i in gray.values.indices {
            let (seen, shown) = (Int(gray.values[i]), Int(drawn.values[i]))
            result.values[i] =
                seen < Int(drawing.low.values[i]) - tolerance || seen > Int(drawing.high.values[i]) + tolerance
                || shown < Int(picture.low.values[i]) - tolerance || shown > Int(picture.high.values[i]) + tolerance
        }
        return result
    }

    private mutating func patch(_ index: Int, _ regions: Regions<Bool>) {
        let bounds = regions.list[index].bounds
        var area = PixelGrid<Float>(width: bounds.width, height: bounds.height, filledWith: 0)
        for (x, y) in bounds.pixels where regions.labels[x, y] == Int32(index) { area[x - bounds.x, y - bounds.y] = 1 }
        let own = bounds.pixels.filter { regions.labels[$0.x, $0.y] == Int32(index) }
        var style = NodeStyle(fill: median(own), shape: .contours)
        style.contours = Contours.trace(area, origin: (bounds.x, bounds.y))
        guard style.contours?.isEmpty == false else { return }
        shapes.append(VectorShape(kind: .patch, bounds: bounds, style: style))
    }
}
