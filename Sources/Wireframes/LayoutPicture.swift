/// How a layout becomes a picture.
public enum LayoutStyle: String, Sendable, CaseIterable {
    /// Nested rectangles laid on one another: the more of them cover a pixel, the lighter it is, on black.
    case depth
    /// What a designer would draw: outlines and symbols in ink, on paper.
    case line
}

/// Draws layouts (`PageLayout`) as wireframes.
public struct LayoutPicture: Sendable {
    /// How.
    public let style: LayoutStyle
    /// Pixels per row of the picture, the aspect ratio kept; nil is the layout's own. Coordinates are scaled, not pixels:
    /// lines stay a pixel wide.
    public let width: Int?
    /// Layers that are white, in the style `depth`; nil takes the most that lie on one another on the page.
    public let maximumLayers: Int?

    /// A way of drawing.
    public init(style: LayoutStyle = .line, width: Int? = nil, maximumLayers: Int? = nil) {
        self.style = style
        self.width = width
        self.maximumLayers = maximumLayers
    }

    /// The picture of `layout`. A page of the generator or a layout document, in the style `line` and its own width, is
    /// drawn exactly as its tree says.
    ///
    /// - Throws: `UserError` with code `.data` when the picture would be beyond the limits of ``PNG``.
    public func draw(_ layout: PageLayout) throws(UserError) -> GrayImage {
        let height = Double(layout.height) * Double(width ?? layout.width) / Double(layout.width)
        let rows = max(1, Int(height.rounded()))
        guard (width ?? layout.width) <= PNG.maximumSide, rows <= PNG.maximumSide,
            (width ?? layout.width) * rows <= PNG.maximumPixels
        else {
            throw UserError(
                .data, "the picture would have \(width ?? layout.width)×\(rows) pixels", remedy: "set a smaller --width"
            )
        }
        if style == .line, let tree = layout.tree {
            return WireframeRenderer().render(width.map(tree.scaled(toWidth:)) ?? tree)
        }
        let layout = width.map(layout.scaled(toWidth:)) ?? layout
        switch style {
        case .depth: return depthImage(of: layout)
        case .line: return WireframeRenderer().render(layout.outlines, width: layout.width, height: layout.height)
        }
    }

    private func depthImage(of layout: PageLayout) -> GrayImage {
        let layers = layout.layers()
        let maximum = maximumLayers ?? Int(layers.max() ?? 1)
        let scale = 1 / Float(max(1, maximum))
        return GrayImage(
            width: layout.width, height: layout.height, pixels: layers.map { min(1, Float($0) * scale) })
    }
}

extension PageLayout {
    /// How many boxes cover each pixel, row by row: `canvas[y0:y1, x0:x1] += 1` for every box, edges rounded to the
    /// nearest pixel (halves up) and clipped to the page.
    ///
    /// By a summed table of corners (Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984), so that it takes as
    /// long for large boxes as for small ones.
    public func layers() -> [Int32] {
        func pixel(_ edge: Double, _ limit: Int) -> Int { min(max(Int((edge + 0.5).rounded(.down)), 0), limit) }
        let stride = width + 1
        var table = [Int32](repeating: 0, count: stride * (height + 1))
        for box in boxes where !box.isHidden {
            let (left, right) = (pixel(box.x0, width), pixel(box.x1, width))
            let (top, bottom) = (pixel(box.y0, height), pixel(box.y1, height))
            guard left < right, top < bottom else { continue }
            table[top * stride + left] += 1
            table[top * stride + right] -= 1
            table[bottom * stride + left] -= 1
            table[bottom * stride + right] += 1
        }
        var layers = [Int32](repeating: 0, count: width * height)
        for y in 0..<height {
            var sum: Int32 = 0
            for x in 0..<width {
                sum += table[y * stride + x]
                layers[y * width + x] = sum + (y > 0 ? layers[(y - 1) * width + x] : 0)
            }
        }
        return layers
    }

    /// The page's boxes as outlines and symbols, made one by one. They do not lie in one another, as deep as the layout may
    /// be: the order of drawing is the same.
    var outlines: some Sequence<LayoutNode> { boxes.lazy.compactMap(outline) }

    private func outline(_ box: LayoutBox) -> LayoutNode? {
        guard !box.isHidden else { return nil }
        func pixel(_ edge: Double) -> Int { Int((edge + 0.5).rounded(.down)) }
        let (left, top) = (pixel(box.x0), pixel(box.y0))
        let bounds = Bounds(left, top, max(1, pixel(box.x1) - left), max(1, pixel(box.y1) - top))
        // The page's own frame is not drawn.
        if box.hasChildren, bounds.width >= width, bounds.height >= height { return nil }
        let words = box.text >= 0 ? texts[Int(box.text)] : nil
        return LayoutNode(box.role, in: bounds, words: words, fontSize: Double(box.fontSize), isGroup: box.hasChildren)
    }
}
