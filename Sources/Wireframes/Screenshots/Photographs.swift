/// Where a screenshot shows photographs: boxes full of small areas of many colours.
///
/// A pixel is restless when it lies in no even surface and most pixels near it do not either; groups of restless pixels are
/// photographs when they are large, have texture and no colour of them prevails, as that of the paper does between letters.
struct Photographs {
    /// Pixels a side that a photograph has at least: smaller ones are icons.
    static let leastSide = 28
    /// Colours that no gradient has.
    static let leastColours = 6000
    /// Pixels from one restless pixel to the border of its neighbourhood.
    private static let reach = 4

    /// Their boxes; none lies in another.
    private(set) var boxes: [Bounds] = []

    init(_ areas: ColourAreas) {
        let (width, height) = (areas.image.width, areas.image.height)
        let isEven = areas.list.map { $0.isSurface && $0.isEven }
        let loose = areas.labels.map { !isEven[Int($0)] }
        let sums = SummedTable(loose, width: width, height: height)
        var restless = PixelGrid(width: width, height: height, filledWith: false)
        for y in 0..<height {
            for x in 0..<width where loose[y * width + x] {
                let near = Bounds(x - Self.reach, y - Self.reach, 2 * Self.reach + 1, 2 * Self.reach + 1)
                    .intersection(restless.bounds)
                restless[x, y] = sums.count(in: near) * 10 >= near.area * 6
            }
        }
        let counts = SummedTable(restless.values, width: width, height: height)
        let groups = Regions(restless, background: false, diagonal: true).list
        var found: [Bounds] = []
        for group in groups where min(group.bounds.width, group.bounds.height) >= Self.leastSide - 2 * Self.reach {
            let box = Self.grown(group.bounds, sums, within: restless.bounds)
            for part in Self.bands(of: box, areas.image) where min(part.width, part.height) >= Self.leastSide {
                if counts.count(in: part) * 3 >= part.area, Self.isPhotograph(part, areas) { found.append(part) }
            }
        }
        boxes = found.filter { box in !found.contains { $0 != box && $0.contains(box) } }
    }

    /// The box with the rows and columns beside it that are mostly restless too.
    private static func grown(_ box: Bounds, _ sums: SummedTable, within page: Bounds) -> Bounds {
        var (left, top, right, bottom) = (box.x, box.y, box.maxX, box.maxY)
        func isFull(_ strip: Bounds) -> Bool {
            let part = strip.intersection(page)
            return part.area > 0 && sums.count(in: part) * 2 >= part.area
        }
        for _ in 0..<reach + 2 {
            if isFull(Bounds(left - 1, top, 1, bottom - top)) { left -= 1 }
            if isFull(Bounds(right, top, 1, bottom - top)) { right += 1 }
            if isFull(Bounds(left, top - 1, right - left, 1)) { top -= 1 }
            if isFull(Bounds(left, bottom, right - left, 1)) { bottom += 1 }
        }
        return Bounds(left, top, right - left, bottom - top)
    }

    /// Photographs that stand on one another, as the bands of a page do: the box is cut where nearly all of a row differs
    /// from the row above, and the rows before and after do not.
    private static func bands(of box: Bounds, _ image: RGBImage) -> [Bounds] {
        var cuts = [box.y]
        var edges = [Int](repeating: 0, count: box.height)
        for row in 1..<max(1, box.height) {
            edges[row] = (box.x..<box.maxX).count { x in
                let i = (box.y + row) * image.width + x
                return image.difference(i, i - image.width) > 2 * ColourAreas.largestStep
            }
        }
        for row in leastSide..<max(leastSide, box.height - leastSide) where edges[row] * 10 >= box.width * 9 {
            if max(edges[row - 1], edges[row + 1]) * 10 <= box.width * 7 { cuts.append(box.y + row) }
        }
        cuts.append(box.maxY)
        return zip(cuts, cuts.dropFirst()).map { Bounds(box.x, $0, box.width, $1 - $0) }
    }

    /// Between letters the paper's colour prevails, also in dense text; a gradient has few colours and no edges.
    private static func isPhotograph(_ box: Bounds, _ areas: ColourAreas) -> Bool {
        let image = areas.image
        var colours: [UInt32: Int] = [:]
        var edges = 0
        for y in box.y..<box.maxY {
            for x in box.x..<box.maxX {
                let i = y * image.width + x
                let red = UInt32(image.bytes[3 * i]) << 16
                let green = UInt32(image.bytes[3 * i + 1]) << 8
                colours[red | green | UInt32(image.bytes[3 * i + 2]), default: 0] += 1
                if x > box.x, areas.labels[i] != areas.labels[i - 1] { edges += 1 }
            }
        }
        let prevailing = colours.values.sorted(by: >).prefix(3).reduce(0, +)
        guard prevailing * 2 < box.area else { return false }
        return edges * 12 >= box.area || colours.count >= leastColours
    }
}

/// How many pixels of a kind lie in a box (Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984).
struct SummedTable {
    private let stride: Int
    private var sums: [Int32]

    init(_ pixels: [Bool], width: Int, height: Int) {
        stride = width + 1
        sums = [Int32](repeating: 0, count: (width + 1) * (height + 1))
        for y in 0..<height {
            var row: Int32 = 0
            for x in 0..<width {
                if pixels[y * width + x] { row += 1 }
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row
            }
        }
    }

    /// Those in `box`, which lies in the picture.
    func count(in box: Bounds) -> Int {
        let (top, bottom) = (box.y * stride, box.maxY * stride)
        let below: Int32 = sums[bottom + box.maxX] - sums[bottom + box.x]
        let above: Int32 = sums[top + box.maxX] - sums[top + box.x]
        return Int(below - above)
    }
}
