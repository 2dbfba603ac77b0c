extension Tracing {
    /// Areas of one grey, the larger first: each is a box, an ellipse or, where it is neither, a traced outline.
    mutating func findFills() {
        let levels = GrayLevels(gray)
        let labels = levels.background(of: gray)
        let regions = Regions(labels, background: GrayLevels.none, diagonal: false)
        let order = regions.list.indices.filter { regions.list[$0].bounds.shorter >= 6 }
            .sorted { (regions.list[$0].bounds.area, $1) > (regions.list[$1].bounds.area, $0) }
        if let largest = order.first, regions.list[largest].area * 2 > gray.values.count {
            paper = levels.levels[Int(regions.list[largest].value)]
            painted = PixelGrid(width: gray.width, height: gray.height, filledWith: paper)
        }
        let shades = labels.values.map { $0 == GrayLevels.none ? nil : levels.levels[Int($0)] }
        for index in order { fill(index, regions, shades) }
    }

    private mutating func fill(_ index: Int, _ regions: Regions<UInt8>, _ shades: [UInt8?]) {
        let region = regions.list[index]
        guard let shade = firstShade(of: index, regions, shades) else { return }
        let box = Silhouette(bounds: region.bounds)
        let boxScore = score(box, index, shade, regions, shades)
        guard boxScore.gain > 0 else { return }
        // Strong and thin is a letter or a bar, which are found later.
        if boxScore.contrast > 90, region.bounds.shorter < 14 { return }
        let radius = cornerRadius(of: index, regions)
        let rounded = Silhouette(bounds: region.bounds, radius: radius)
        let ellipse = Silhouette(bounds: region.bounds, isEllipse: true)
        let scored = [(box, boxScore)] + [rounded, ellipse].map { ($0, score($0, index, shade, regions, shades)) }
        guard let (best, cost) = scored.min(by: { $0.1.loss < $1.1.loss }) else { return }
        // A frame would do as a box whose inside is painted over.
        if cost.loss * 20 <= cost.gain + 200, region.area * 4 >= region.bounds.area {
            paint(best, shade)
        } else if cost.gain >= 200, region.area * 3 >= region.bounds.area, thickness(of: index, regions) >= 14 {
            trace(index, regions, shade)
        }
    }

    private func firstShade(of index: Int, _ regions: Regions<UInt8>, _ shades: [UInt8?]) -> UInt8? {
        let bounds = regions.list[index].bounds
        for x in bounds.x..<bounds.maxX where regions.labels[x, bounds.y] == Int32(index) {
            return shades[bounds.y * gray.width + x]
        }
        return nil
    }

    /// What painting a silhouette makes right (`gain`), and what it makes wrong or leaves wrong (`loss`), in pixels;
    /// `contrast` is how far the area is from what lies below it.
    private func score(
        _ silhouette: Silhouette, _ index: Int, _ shade: UInt8, _ regions: Regions<UInt8>, _ shades: [UInt8?]
    ) -> (gain: Int, loss: Int, contrast: Int) {
        let bounds = silhouette.bounds
        var (gain, loss, contrast) = (0, 0, 0)
        for y in bounds.y..<bounds.maxY {
            let columns = silhouette.columns(ofRow: y)
            for x in bounds.x..<bounds.maxX {
                let i = y * gray.width + x
                let below = painted.values[i]
                if regions.labels.values[i] == Int32(index) {
                    guard below != shade else { continue }
                    contrast = max(contrast, abs(Int(below) - Int(shade)))
                    if columns.contains(x) { gain += 1 } else { loss += 1 }
                } else if shades[i] == below, below != shade, columns.contains(x) {
                    loss += 1
                }
            }
        }
        return (gain, loss, contrast)
    }

    /// From how far the first and last rows fall short of the sides: r − √(r − ¼) pixels for a quarter circle.
    private func cornerRadius(of index: Int, _ regions: Regions<UInt8>) -> Int {
        let bounds = regions.list[index].bounds
        var short = 0
        for y in [bounds.y, bounds.maxY - 1] {
            let row = (bounds.x..<bounds.maxX).filter { regions.labels[$0, y] == Int32(index) }
            short += (row.first ?? bounds.x) - bounds.x + bounds.maxX - 1 - (row.last ?? bounds.maxX - 1)
        }
        let mean = Double(short) / 4
        guard mean >= 0.5 else { return 0 }
        let root = (1 + (1 + 4 * (mean - 0.25)).squareRoot()) / 2
        return min(Int((root * root + 0.25).rounded()), (bounds.shorter + 1) / 2)
    }

    /// Twice the pixels over those at the edge.
    private func thickness(of index: Int, _ regions: Regions<UInt8>) -> Int {
        let region = regions.list[index]
        var edge = 0
        for (x, y) in region.bounds.pixels where regions.labels[x, y] == Int32(index) {
            let isInside =
                x > 0 && y > 0 && x < gray.width - 1 && y < gray.height - 1
                && regions.labels[x - 1, y] == Int32(index) && regions.labels[x + 1, y] == Int32(index)
                && regions.labels[x, y - 1] == Int32(index) && regions.labels[x, y + 1] == Int32(index)
            if !isInside { edge += 1 }
        }
        return 2 * region.area / max(1, edge)
    }

    private mutating func paint(_ silhouette: Silhouette, _ shade: UInt8) {
        let bounds = silhouette.bounds
        for y in bounds.y..<bounds.maxY {
            for x in silhouette.columns(ofRow: y) { painted[x, y] = shade }
        }
        var style = NodeStyle(fill: Self.level(shade), radius: silhouette.radius > 0 ? silhouette.radius : nil)
        if silhouette.isEllipse { style.shape = .ellipse }
        shapes.append(VectorShape(kind: silhouette.isEllipse ? .disc : .box, bounds: bounds, style: style))
    }

    /// The area with its holes closed: what lies in them is painted over it.
    private mutating func trace(_ index: Int, _ regions: Regions<UInt8>, _ shade: UInt8) {
        let bounds = regions.list[index].bounds
        var inside = PixelGrid<Bool>(width: bounds.width, height: bounds.height, filledWith: false)
        for (x, y) in bounds.pixels where regions.labels[x, y] == Int32(index) {
            inside[x - bounds.x, y - bounds.y] = true
        }
        let outside = Regions(inside, background: true, diagonal: false)
        var area = PixelGrid<Float>(width: bounds.width, height: bounds.height, filledWith: 1)
        for (i, label) in outside.labels.values.enumerated() where label >= 0 {
            let hole = outside.list[Int(label)].bounds
            let touches = hole.x == 0 || hole.y == 0 || hole.maxX == bounds.width || hole.maxY == bounds.height
            if touches { area.values[i] = 0 }
        }
        for (x, y) in bounds.pixels where area[x - bounds.x, y - bounds.y] > 0 { painted[x, y] = shade }
        var style = NodeStyle(fill: Self.level(shade), shape: .contours)
        style.contours = Contours.trace(area, origin: (bounds.x, bounds.y), tolerance: 0.5)
        shapes.append(VectorShape(kind: .area, bounds: bounds, style: style))
    }
}
