/// Shapes put into the boxes that they lie in, and named by size, place and content.
struct LayerTree {
    /// The page.
    let root: LayoutNode

    init(_ shapes: [VectorShape], page: Bounds, paper: UInt8) {
        let naming = LayerNaming(shapes, page: page)
        let bands = Self.bands(of: Self.nested(shapes), page: page)
        let children = bands.enumerated().map { number, band in
            Self.node(ofBand: band, role: naming.role(ofBand: band, isFirst: number == 0), naming)
        }
        let style = paper == 255 ? nil : NodeStyle(fill: Tracing.level(paper))
        root = LayoutNode(.page, page, style: style, children: children)
    }

    // MARK: - Containment

    /// Each shape in the smallest box around it, in reading order.
    private static func nested(_ shapes: [VectorShape]) -> [Layer] {
        let containers = shapes.indices.filter { shapes[$0].isContainer }
            .sorted { (shapes[$0].bounds.area, $1) < (shapes[$1].bounds.area, $0) }
        var children: [Int: [Int]] = [:]
        for (i, shape) in shapes.enumerated() {
            let parent = containers.first { j in
                j != i && shapes[j].bounds.grown(1).contains(shape.bounds)
                    && (shapes[j].bounds.area, i) > (shape.bounds.area, j)
            }
            children[parent ?? -1, default: []].append(i)
        }
        func layers(in parent: Int) -> [Layer] {
            inOrder((children[parent] ?? []).map { Layer(id: $0, shape: shapes[$0], children: layers(in: $0)) })
        }
        return layers(in: -1)
    }

    /// From the top left to the bottom right; but an area that would cover its neighbours comes before them, and a patch
    /// after.
    private static func inOrder(_ layers: [Layer]) -> [Layer] {
        func rank(_ layer: Layer) -> Int {
            if layer.shape.kind == .patch { return 2 }
            guard layer.shape.isContainer, layer.shape.style.fill != nil else { return 1 }
            let covers = layers.contains {
                $0.shape.bounds != layer.shape.bounds && $0.shape.bounds.intersection(layer.shape.bounds).area > 0
            }
            return covers ? 0 : 1
        }
        let ranked = layers.map { (rank: rank($0), layer: $0, bounds: $0.shape.bounds) }
        return ranked.sorted { a, b in
            if a.rank != b.rank { return a.rank < b.rank }
            if a.rank == 0, a.bounds.area != b.bounds.area { return a.bounds.area > b.bounds.area }
            return (a.bounds.y, a.bounds.x) < (b.bounds.y, b.bounds.x)
        }.map(\.layer)
    }

    // MARK: - Bands

    /// What lies on the page itself, cut where nothing stands for some rows, below lines and around boxes across the
    /// page.
    private static func bands(of layers: [Layer], page: Bounds) -> [[Layer]] {
        let gap = max(6, page.width / 16)
        var bands: [[Layer]] = []
        var bottom = 0
        var isClosed = true
        for layer in layers.filter({ $0.shape.kind != .patch }).sorted(by: { $0.shape.bounds.y < $1.shape.bounds.y }) {
            let bounds = layer.shape.bounds
            let isWide = bounds.width * 100 >= page.width * 85
            let isApart = bounds.y >= bottom
            if bands.isEmpty
                || (isApart && (isClosed || bounds.y > bottom + gap || (isWide && layer.shape.isContainer)))
            {
                bands.append([])
                isClosed = false
            }
            bands[bands.count - 1].append(layer)
            bottom = max(bottom, bounds.maxY)
            if isWide, isApart { isClosed = layer.shape.kind == .line || layer.shape.isContainer }
        }
        // The order of drawing is that of `layers`.
        let order = Dictionary(uniqueKeysWithValues: bands.enumerated().flatMap { n, band in band.map { ($0.id, n) } })
        var result = Array(repeating: [Layer](), count: bands.count)
        var patches: [Layer] = []
        for layer in layers {
            if let band = order[layer.id] { result[band].append(layer) } else { patches.append(layer) }
        }
        return result + (patches.isEmpty ? [] : [patches])
    }

    private static func node(ofBand band: [Layer], role: LayoutNode.Role, _ naming: LayerNaming) -> LayoutNode {
        if band.count == 1, let only = band.first, !only.children.isEmpty {
            var node = naming.node(only, in: nil)
            if node.role != .image { node.role = role }
            return node
        }
        let bounds = band.dropFirst().reduce(band[0].shape.bounds) { $0.union($1.shape.bounds) }
        return LayoutNode(role, bounds, children: band.map { naming.node($0, in: nil) })
    }
}

/// A shape and what lies in it.
struct Layer {
    /// Tells it from the others on the page.
    var id: Int
    var shape: VectorShape
    var children: [Layer]
}
