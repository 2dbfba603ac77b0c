/// The connected pixels of equal value, by two passes with union and find (Rosenfeld and Pfaltz, "Sequential Operations
/// in Digital Picture Processing", JACM 1966).
struct Regions<Value: Equatable> {
    struct Region {
        var value: Value
        var bounds: Bounds
        /// Pixels.
        var area: Int
    }

    /// In the order of their first pixel.
    private(set) var list: [Region] = []
    /// The index of each pixel's region, −1 where there is none.
    private(set) var labels: PixelGrid<Int32>

    /// - Parameters:
    ///   - background: pixels of this value belong to no region.
    ///   - diagonal: whether pixels that share no more than a corner are connected.
    init(_ grid: PixelGrid<Value>, background: Value, diagonal: Bool) {
        let (width, height) = (grid.width, grid.height)
        labels = PixelGrid(width: width, height: height, filledWith: -1)
        var parents: [Int32] = []
        let before = diagonal ? [(-1, 0), (-1, -1), (0, -1), (1, -1)] : [(-1, 0), (0, -1)]
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                let value = grid.values[i]
                if value == background { continue }
                var label: Int32 = -1
                for (dx, dy) in before where x + dx >= 0 && x + dx < width && y + dy >= 0 {
                    let neighbour = i + dy * width + dx
                    guard grid.values[neighbour] == value else { continue }
                    let other = Self.root(of: labels.values[neighbour], &parents)
                    if label < 0 {
                        label = other
                    } else if label != other {
                        parents[Int(max(label, other))] = min(label, other)
                        label = min(label, other)
                    }
                }
                if label < 0 {
                    label = Int32(parents.count)
                    parents.append(label)
                }
                labels.values[i] = label
            }
        }
        number(grid, &parents)
    }

    private mutating func number(_ grid: PixelGrid<Value>, _ parents: inout [Int32]) {
        var numbers = [Int32](repeating: -1, count: parents.count)
        var edges: [(minX: Int, minY: Int, maxX: Int, maxY: Int)] = []
        for y in 0..<grid.height {
            for x in 0..<grid.width {
                let i = y * grid.width + x
                guard labels.values[i] >= 0 else { continue }
                let root = Int(Self.root(of: labels.values[i], &parents))
                if numbers[root] < 0 {
                    numbers[root] = Int32(list.count)
                    list.append(Region(value: grid.values[i], bounds: Bounds(x, y, 1, 1), area: 0))
                    edges.append((x, y, x, y))
                }
                let number = Int(numbers[root])
                labels.values[i] = Int32(number)
                list[number].area += 1
                edges[number] = (
                    min(edges[number].minX, x), edges[number].minY, max(edges[number].maxX, x), y
                )
            }
        }
        for (i, edge) in edges.enumerated() {
            list[i].bounds = Bounds(edge.minX, edge.minY, edge.maxX - edge.minX + 1, edge.maxY - edge.minY + 1)
        }
    }

    private static func root(of label: Int32, _ parents: inout [Int32]) -> Int32 {
        var label = label
        while parents[Int(label)] != label {
            parents[Int(label)] = parents[Int(parents[Int(label)])]
            label = parents[Int(label)]
        }
        return label
    }
}
