/// A value for every pixel of a page, row by row.
struct PixelGrid<Value> {
    let width: Int
    let height: Int
    var values: [Value]

    init(width: Int, height: Int, filledWith value: Value) {
        self.width = width
        self.height = height
        values = Array(repeating: value, count: width * height)
    }

    var bounds: Bounds { Bounds(0, 0, width, height) }

    subscript(x: Int, y: Int) -> Value {
        get { values[y * width + x] }
        set { values[y * width + x] = newValue }
    }

    /// Columns become rows.
    func transposed() -> PixelGrid {
        guard let first = values.first else { return self }
        var result = PixelGrid(width: height, height: width, filledWith: first)
        for y in 0..<height {
            for x in 0..<width { result.values[x * height + y] = values[y * width + x] }
        }
        return result
    }
}

extension PixelGrid where Value == UInt8 {
    /// Eight-bit grey, 255 paper; what is not a number is paper.
    init(_ image: GrayImage) {
        self.init(width: image.width, height: image.height, filledWith: 255)
        for i in values.indices where image.pixels[i].isFinite {
            values[i] = UInt8((min(max(image.pixels[i], 0), 1) * 255).rounded())
        }
    }

    /// The largest value within `reach` pixels in both directions.
    func maximum(reach: Int) -> PixelGrid { spread(reach) { Swift.max($0, $1) } }
    /// The smallest value within `reach` pixels in both directions.
    func minimum(reach: Int) -> PixelGrid { spread(reach) { Swift.min($0, $1) } }

    @inline(__always)
    private func spread(_ reach: Int, _ pick: (UInt8, UInt8) -> UInt8) -> PixelGrid {
        var across = self
        var result = self
        for y in 0..<height {
            for x in 0..<width {
                var value = values[y * width + x]
                for i in max(0, x - reach)...min(width - 1, x + reach) { value = pick(value, values[y * width + i]) }
                across.values[y * width + x] = value
            }
        }
        for y in 0..<height {
            let rows = max(0, y - reach)...min(height - 1, y + reach)
            for x in 0..<width {
                var value = across.values[y * width + x]
                for i in rows { value = pick(value, across.values[i * width + x]) }
                result.values[y * width + x] = value
            }
        }
        return result
    }
}

extension PixelGrid where Value == Bool {
    /// Whether `(x, y)`, or with `reach` a pixel as near, is set; no pixel beyond the page is.
    func isSet(_ x: Int, _ y: Int, reach: Int = 0) -> Bool {
        if reach == 0 { return x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] }
        let near = Bounds(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1).intersection(bounds)
        for v in near.y..<near.maxY {
            for u in near.x..<near.maxX where values[v * width + u] { return true }
        }
        return false
    }

    /// Unsets what lies in `box`.
    mutating func clear(_ box: Bounds) {
        let part = box.intersection(bounds)
        for y in part.y..<part.maxY {
            for x in part.x..<part.maxX { values[y * width + x] = false }
        }
    }
}
