/// The ink of a screenshot's wireframe but for its photographs: outlines of surfaces, and what lies on them.
struct ScreenshotInk {
    /// Marks that differ from their ground by less, of 255, are noise.
    static let leastContrast = 24
    /// Ink of a pattern's pixels that are drawn, relative to its darkest.
    static let leastPatternInk: Float = 0.7
    /// Value of letters and lines, as on captured pages.
    static let markValue: Float = 0.15
    /// Value of outlines.
    static let outlineValue: Float = 0.25

    private let areas: ColourAreas
    private let map: SurfaceMap
    private(set) var page: GrayImage

    init(_ areas: ColourAreas, _ map: SurfaceMap) {
        self.areas = areas
        self.map = map
        page = GrayImage(width: areas.image.width, height: areas.image.height)
        drawMarks()
        drawOutlines()
    }

    /// Whatever colours they have, marks become ink: each of them is as dark as it differs from its ground, relative to
    /// where it does so most.
    private mutating func drawMarks() {
        var marks = PixelGrid(width: page.width, height: page.height, filledWith: false)
        for i in marks.values.indices { marks.values[i] = map.isMark(i) }
        let groups = Regions(marks, background: false, diagonal: true)
        var most = [Int](repeating: 0, count: groups.list.count)
        for i in marks.values.indices where marks.values[i] {
            let group = Int(groups.labels.values[i])
            most[group] = max(most[group], map.contrast(i))
        }
        // Larger than a headline and full of ink is a pattern on the ground; words in it differ from the ground the most.
        let isPattern = groups.list.map { group in
            min(group.bounds.width, group.bounds.height) >= 100 && group.area * 3 >= group.bounds.area
        }
        for i in marks.values.indices where marks.values[i] {
            let greatest = most[Int(groups.labels.values[i])]
            guard greatest >= Self.leastContrast else { continue }
            let ink = Float(map.contrast(i)) / Float(greatest)
            if isPattern[Int(groups.labels.values[i])], ink < Self.leastPatternInk { continue }
            page.pixels[i] = 1 - ink * (1 - Self.markValue)
        }
    }

    /// A line of one pixel where two surfaces meet, on the side of the smaller one, which lies on the other.
    private mutating func drawOutlines() {
        let (width, height) = (page.width, page.height)
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                if x + 1 < width { drawOutline(i, i + 1) }
                if y + 1 < height { drawOutline(i, i + width) }
            }
        }
    }

    private mutating func drawOutline(_ i: Int, _ j: Int) {
        let (a, b) = (map.surface(i), map.surface(j))
        guard a != b, a >= 0, b >= 0, map.step(i, j) > ColourAreas.largestStep else { return }
        let inner = areas.list[Int(a)].bounds.area < areas.list[Int(b)].bounds.area ? i : j
        page.pixels[inner] = min(page.pixels[inner], Self.outlineValue)
    }
}
