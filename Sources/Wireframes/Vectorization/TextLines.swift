/// Which of a page's connected marks are letters of one line, by their sizes and distances alone (as in Smith, "An
/// Overview of the Tesseract OCR Engine", ICDAR 2007, and O'Gorman, "The Document Spectrum", PAMI 1993).
struct TextLines {
    /// Each line's marks.
    private(set) var text: [[Int]] = []
    /// The marks that belong to no line.
    private(set) var others: [Int] = []

    /// Letters are at most this tall, in pixels.
    static let tallest = 72

    init(_ marks: [(bounds: Bounds, area: Int)]) {
        let candidates = marks.indices.filter { Self.mayBeLetters(marks[$0].bounds, marks[$0].area) }
        let boxes = candidates.map { marks[$0].bounds }
        let lines = Neighbours(boxes, reach: Self.tallest * 3 / 4).groups { Self.areNeighbours(boxes[$0], boxes[$1]) }
        var singles: [Int] = []
        for line in lines {
            let members = line.map { candidates[$0] }
            if Self.isText(members.map { marks[$0].bounds }) {
                text.append(members)
            } else {
                singles.append(contentsOf: members)
            }
        }
        // A letter alone, a digit in a box: as tall as the text elsewhere.
        let heights = text.map { line in line.map { marks[$0].bounds.height }.max() ?? 0 }.sorted()
        let usual = heights.isEmpty ? 0 : heights[heights.count / 2]
        for index in singles {
            let box = marks[index].bounds
            let isLetter = box.height * 10 >= usual * 7 && box.height * 10 <= usual * 13 && box.width <= box.height
            if isLetter, marks[index].area * 10 < box.area * 9 { text.append([index]) } else { others.append(index) }
        }
        let isCandidate = Set(candidates)
        others += marks.indices.filter { !isCandidate.contains($0) }
    }

    /// Bars and full squares are none, and neither is what is larger than glued words.
    private static func mayBeLetters(_ box: Bounds, _ area: Int) -> Bool {
        guard box.height <= tallest, box.width <= 14 * max(box.height, 4) else { return false }
        guard area * 10 >= box.area * 9, box.width >= 5 else { return true }
        return box.width * 2 <= box.height
    }

    private static func areNeighbours(_ a: Bounds, _ b: Bounds) -> Bool {
        let taller = max(a.height, b.height)
        let overlap = min(a.maxY, b.maxY) - max(a.y, b.y)
        let gap = max(a.x, b.x) - min(a.maxX, b.maxX)
        if overlap * 2 >= min(a.height, b.height) {
            return gap <= max(2, taller * 7 / 10) && taller <= 4 * max(3, min(a.height, b.height))
        }
        // The dot over a stem, an accent, a colon; a full stop below the middle.
        let small = a.area < b.area ? a : b
        guard small.height * 10 <= taller * 4, small.width * 2 <= taller + 2 else { return false }
        return -gap * 2 >= small.width && -overlap * 10 <= taller * 4
    }

    private static func isText(_ boxes: [Bounds]) -> Bool {
        guard let first = boxes.first else { return false }
        let line = boxes.reduce(first) { $0.union($1) }
        let bodies = boxes.filter { $0.height * 3 >= line.height }
        guard line.height >= 3, line.height <= tallest * 3 / 2 else { return false }
        // Letters stand beside one another; the parts of a symbol in one another.
        let beside = bodies.reduce(0) { $0 + $1.width } <= line.width + line.width / 4
        switch bodies.count {
        case 0, 1: return line.width >= 2 * line.height && line.height <= 40
        case 2: return beside && line.width * 10 >= line.height * 9
        default: return beside && line.width >= line.height
        }
    }
}

/// Groups of boxes that are linked to one another, directly or by others, with only boxes close by compared.
struct Neighbours {
    private let boxes: [Bounds]
    private let reach: Int
    private var cells: [Int: [Int]] = [:]

    /// - Parameter reach: boxes further apart than this, in pixels, are never linked.
    init(_ boxes: [Bounds], reach: Int) {
        self.boxes = boxes
        self.reach = max(reach, 8)
        for (i, box) in boxes.enumerated() {
            for cell in covered(box) { cells[cell, default: []].append(i) }
        }
    }

    /// The groups, each in order, in the order of their first boxes.
    func groups(linkedBy areLinked: (Int, Int) -> Bool) -> [[Int]] {
        var parents = Array(boxes.indices)
        func root(_ i: Int) -> Int {
            var i = i
            while parents[i] != i {
                parents[i] = parents[parents[i]]
                i = parents[i]
            }
            return i
        }
        for (i, box) in boxes.enumerated() {
            for cell in covered(box.grown(reach)) {
                for j in cells[cell] ?? [] where j < i {
                    let (a, b) = (root(i), root(j))
                    if a != b, areLinked(i, j) { parents[max(a, b)] = min(a, b) }
                }
            }
        }
        var groups: [Int: [Int]] = [:]
        for i in boxes.indices { groups[root(i), default: []].append(i) }
        return groups.sorted { $0.key < $1.key }.map(\.value)
    }

    private func covered(_ box: Bounds) -> [Int] {
        let columns = (box.x - 1) / reach...(max(box.x, box.maxX)) / reach
        let rows = (box.y - 1) / reach...(max(box.y, box.maxY)) / reach
        return rows.flatMap { row in columns.map { row &* 100_003 &+ $0 } }
    }
}
