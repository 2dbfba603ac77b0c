/// The parts of a screenshot within which a colour changes by small steps only: grounds, panels, buttons, strokes of
/// letters, specks of photographs. Every pixel lies in one.
struct ColourAreas {
    struct Area {
        var bounds: Bounds
        /// Pixels.
        var pixels = 0
        /// Sum of the colours of its pixels.
        var red = 0, green = 0, blue = 0
        /// Pixels of nearly its mean colour.
        var evenPixels = 0
        /// Side of the largest square that fits in.
        var thickness = 0

        /// Things lie on it: it is neither a stroke nor a speck.
        var isSurface: Bool { thickness >= ColourAreas.leastThickness && !isLetter }
        /// It has the size of a letter of a headline, and is no box: it leaves some of its bounds, or is a stem.
        private var isLetter: Bool {
            guard thickness < 24, bounds.height <= 120, bounds.width <= 120 else { return false }
            return pixels * 10 < bounds.area * 7 || bounds.height >= 2 * bounds.width
        }
        /// It has one colour, but for shadows and the like.
        var isEven: Bool { evenPixels * 10 >= pixels * 9 }
    }

    /// Neighbours that differ by no more in any channel, of 255, have one colour: a gradient's steps are smaller, the edges
    /// of the faintest panels larger.
    static let largestStep = 4
    /// Strokes of letters that are thicker than this, in pixels, are drawn as outlines.
    static let leastThickness = 10

    let image: RGBImage
    /// The area of each pixel.
    private(set) var labels: [Int32]
    private(set) var list: [Area] = []

    init(_ image: RGBImage) {
        self.image = image
        let (width, height) = (image.width, image.height)
        var sets = DisjointSets()
        labels = [Int32](repeating: -1, count: width * height)
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                let joinsLeft = x > 0 && image.difference(i, i - 1) <= Self.largestStep
                let joinsAbove = y > 0 && image.difference(i, i - width) <= Self.largestStep
                if joinsLeft {
                    labels[i] = labels[i - 1]
                    if joinsAbove { sets.join(labels[i], labels[i - width]) }
                } else {
                    labels[i] = joinsAbove ? labels[i - width] : sets.add()
                }
            }
        }
        let numbers = sets.numbers()
        for i in labels.indices { labels[i] = numbers[Int(labels[i])] }
        list.reserveCapacity(Int(numbers.max() ?? -1) + 1)
        measure()
    }

    /// Whether the area of a pixel is a surface.
    func isSurface(_ pixel: Int) -> Bool { list[Int(labels[pixel])].isSurface }

    private mutating func measure() {
        let (width, height) = (image.width, image.height)
        var squares = [Int32](repeating: 0, count: width)
        for y in 0..<height {
            // The largest square of one area whose lower right pixel this is, by those of three neighbours.
            var aboveLeft: Int32 = 0
            for x in 0..<width {
                let i = y * width + x
                let label = labels[i]
                let above = squares[x]
                var side: Int32 = 1
                if x > 0, y > 0, labels[i - 1] == label, labels[i - width] == label, labels[i - width - 1] == label {
                    side = 1 + min(above, aboveLeft, squares[x - 1])
                }
                aboveLeft = above
                squares[x] = side
                add(i, x, y, to: Int(label), square: Int(side))
            }
        }
        for i in labels.indices {
            let area = list[Int(labels[i])]
            let r = abs(Int(image.bytes[3 * i]) * area.pixels - area.red)
            let g = abs(Int(image.bytes[3 * i + 1]) * area.pixels - area.green)
            let b = abs(Int(image.bytes[3 * i + 2]) * area.pixels - area.blue)
            if max(r, g, b) <= Self.largestStep * area.pixels { list[Int(labels[i])].evenPixels += 1 }
        }
    }

    private mutating func add(_ i: Int, _ x: Int, _ y: Int, to label: Int, square: Int) {
        // Areas are numbered by their first pixels, so that the next number is the next area.
        if label == list.count { list.append(Area(bounds: Bounds(x, y, 1, 1))) }
        list[label].pixels += 1
        list[label].red += Int(image.bytes[3 * i])
        list[label].green += Int(image.bytes[3 * i + 1])
        list[label].blue += Int(image.bytes[3 * i + 2])
        list[label].thickness = max(list[label].thickness, square)
        list[label].bounds = list[label].bounds.union(Bounds(x, y, 1, 1))
    }
}

extension RGBImage {
    /// The largest difference in a channel between two pixels, 0 to 255.
    func difference(_ i: Int, _ j: Int) -> Int {
        let r = abs(Int(bytes[3 * i]) - Int(bytes[3 * j]))
        let g = abs(Int(bytes[3 * i + 1]) - Int(bytes[3 * j + 1]))
        let b = abs(Int(bytes[3 * i + 2]) - Int(bytes[3 * j + 2]))
        return max(r, max(g, b))
    }
}

/// Numbers in sets that are joined (Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", JACM 1975).
struct DisjointSets {
    private var parents: [Int32] = []

    /// A new set of one number, the next.
    mutating func add() -> Int32 {
        parents.append(Int32(parents.count))
        return Int32(parents.count - 1)
    }

    mutating func join(_ a: Int32, _ b: Int32) {
        let (first, second) = (root(of: a), root(of: b))
        if first != second { parents[Int(max(first, second))] = min(first, second) }
    }

    /// For each number the number of its set, from 0 in the order of their first members.
    mutating func numbers() -> [Int32] {
        var numbers = [Int32](repeating: -1, count: parents.count)
        var count: Int32 = 0
        for label in parents.indices {
            let root = Int(root(of: Int32(label)))
            if numbers[root] < 0 {
                numbers[root] = count
                count += 1
            }
            numbers[label] = numbers[root]
        }
        return numbers
    }

    private mutating func root(of label: Int32) -> Int32 {
        var label = label
        while parents[Int(label)] != label {
            parents[Int(label)] = parents[Int(parents[Int(label)])]
            label = parents[Int(label)]
        }
        return label
    }
}
