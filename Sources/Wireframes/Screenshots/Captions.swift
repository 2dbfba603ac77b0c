/// White letters on a photograph, by which alone words can be told from what it shows.
struct Captions {
    /// Pixels of the page with ink, 0 to 1.
    private(set) var ink: [(pixel: Int, value: Float)] = []

    /// Least value, of 255, of every channel of a letter's pixel.
    private static let white: UInt8 = 208
    /// More white specks than this are no words.
    private static let mostMarks = 5000

    /// The words in `box`.
    init(_ image: RGBImage, in box: Bounds) {
        var white = PixelGrid(width: box.width, height: box.height, filledWith: false)
        var count = 0
        for y in 0..<box.height {
            for x in 0..<box.width where Self.light(image, box, x, y) >= Self.white {
                white[x, y] = true
                count += 1
            }
        }
        // Words cover a small part of a picture; more is a white thing in it.
        guard count * 5 < box.area else { return }
        let marks = Regions(white, background: false, diagonal: true)
        guard marks.list.count <= Self.mostMarks else { return }
        let lines = TextLines(marks.list.map { ($0.bounds, $0.area) }).text.filter { $0.count >= 5 }
        let letters = Set(lines.flatMap { $0 })
        for (number, mark) in marks.list.enumerated() where letters.contains(number) {
            // The smoothed edge of a letter is less white than its stroke.
            for (x, y) in mark.bounds.grown(1).intersection(white.bounds).pixels {
                let isStroke = marks.labels[x, y] == Int32(number)
                guard isStroke || Self.touches(number, marks.labels, x, y) else { continue }
                let light = Float(Self.light(image, box, x, y))
                let value = isStroke ? 1 : max(0, light - 128) / 127
                ink.append(((box.y + y) * image.width + box.x + x, value))
            }
        }
    }

    /// The least of a pixel's channels.
    private static func light(_ image: RGBImage, _ box: Bounds, _ x: Int, _ y: Int) -> UInt8 {
        let i = 3 * ((box.y + y) * image.width + box.x + x)
        return min(image.bytes[i], image.bytes[i + 1], image.bytes[i + 2])
    }

    private static func touches(_ number: Int, _ labels: PixelGrid<Int32>, _ x: Int, _ y: Int) -> Bool {
        Bounds(x - 1, y - 1, 3, 3).intersection(labels.bounds).pixels.contains { labels[$0.x, $0.y] == Int32(number) }
    }
}
