/// On which surface each pixel of a screenshot lies: surfaces lie on themselves, letters and lines on the surface that is
/// nearest, what belongs to a photograph on none.
struct SurfaceMap {
    /// The nearest pixel of a surface, −1 where there is none.
    private(set) var grounds: [Int32]
    private let areas: ColourAreas

    /// By spreading all surfaces at once over what they do not cover.
    init(_ areas: ColourAreas, without photographs: [Bounds]) {
        self.areas = areas
        let (width, height) = (areas.image.width, areas.image.height)
        let (unknown, picture): (Int32, Int32) = (-1, -2)
        grounds = [Int32](repeating: unknown, count: width * height)
        let panels = Self.panels(areas)
        for box in photographs {
            for y in box.y..<box.maxY {
                for x in box.x..<box.maxX { grounds[y * width + x] = picture }
            }
            // A panel on the photograph, with what is on it.
            for panel in panels where box.contains(panel) {
                for y in panel.y..<panel.maxY {
                    for x in panel.x..<panel.maxX { grounds[y * width + x] = unknown }
                }
            }
        }
        var border: [Int32] = []
        for i in grounds.indices where grounds[i] == unknown && areas.isSurface(i) {
            grounds[i] = Int32(i)
            border.append(Int32(i))
        }
        while !border.isEmpty {
            var next: [Int32] = []
            for place in border {
                let i = Int(place)
                let x = i % width
                func spread(to j: Int) {
                    guard grounds[j] == unknown else { return }
                    grounds[j] = grounds[i]
                    next.append(Int32(j))
                }
                if x > 0 { spread(to: i - 1) }
                if x + 1 < width { spread(to: i + 1) }
                if i >= width { spread(to: i - width) }
                if i + width < width * height { spread(to: i + width) }
            }
            border = next
        }
        for i in grounds.indices where grounds[i] == picture { grounds[i] = -1 }
    }

    /// Whether a pixel is a part of a letter, a line, an icon.
    func isMark(_ pixel: Int) -> Bool { grounds[pixel] >= 0 && Int(grounds[pixel]) != pixel }

    /// How much a pixel differs from its ground, 0 to 255.
    func contrast(_ pixel: Int) -> Int {
        grounds[pixel] < 0 ? 0 : areas.image.difference(pixel, Int(grounds[pixel]))
    }

    /// The surface of a pixel, −1 where there is none.
    func surface(_ pixel: Int) -> Int32 { grounds[pixel] < 0 ? -1 : areas.labels[Int(grounds[pixel])] }

    /// How much the surfaces of two pixels differ there, 0 to 255.
    func step(_ i: Int, _ j: Int) -> Int { areas.image.difference(Int(grounds[i]), Int(grounds[j])) }

    /// The even surfaces that fill their boxes: on a photograph they are buttons and cards.
    private static func panels(_ areas: ColourAreas) -> [Bounds] {
        areas.list.filter { area in
            area.thickness >= 16 && area.isEven && area.pixels * 4 >= area.bounds.area * 3
        }.map(\.bounds)
    }
}
