/// The few greys that the areas of a page have.
struct GrayLevels {
    /// The label of a pixel that has none of them.
    static let none = UInt8.max
    /// At most this many levels.
    static let limit = 12

    /// From the most frequent to the least.
    private(set) var levels: [UInt8] = []

    /// The peaks of the histogram of even pixels: those that differ little from all eight neighbours.
    init(_ gray: PixelGrid<UInt8>) {
        let (low, high) = (gray.minimum(reach: 1), gray.maximum(reach: 1))
        var histogram = [Int](repeating: 0, count: 256)
        for i in gray.values.indices where high.values[i] - low.values[i] <= 16 {
            histogram[Int(gray.values[i])] += 1
        }
        while levels.count < Self.limit {
            let weights = histogram.indices.map { value in
                histogram[max(0, value - 3)...min(255, value + 3)].reduce(0, +) * 64 + min(63, histogram[value])
            }
            guard let peak = weights.indices.max(by: { weights[$0] < weights[$1] }), weights[peak] >= 16 * 64 else {
                break
            }
            levels.append(UInt8(peak))
            for value in max(0, peak - 6)...min(255, peak + 6) { histogram[value] = 0 }
        }
        if levels.isEmpty { levels = [255] }
    }

    /// Each pixel's nearest level, as an index; dark lines and letters of a few pixels are taken as what they lie on.
    func background(of gray: PixelGrid<UInt8>) -> PixelGrid<UInt8> {
        var nearest = [UInt8](repeating: Self.none, count: 256)
        for value in 0..<256 {
            let best = levels.indices.min { abs(Int(levels[$0]) - value) < abs(Int(levels[$1]) - value) } ?? 0
            if abs(Int(levels[best]) - value) <= 10 { nearest[value] = UInt8(best) }
        }
        var labels = PixelGrid<UInt8>(width: gray.width, height: gray.height, filledWith: Self.none)
        for i in gray.values.indices { labels.values[i] = nearest[Int(gray.values[i])] }
        let plain = labels
        for y in 0..<gray.height { bridge(&labels, plain, gray, from: y * gray.width, step: 1, count: gray.width) }
        for x in 0..<gray.width { bridge(&labels, plain, gray, from: x, step: gray.width, count: gray.height) }
        return labels
    }

    /// Fills the gaps of one row or column that are darker than the same level on both sides.
    private func bridge(
        _ labels: inout PixelGrid<UInt8>, _ plain: PixelGrid<UInt8>, _ gray: PixelGrid<UInt8>, from start: Int,
        step: Int, count: Int
    ) {
        // Of each level: the line between may have one of its own.
        var latest = [Int](repeating: -7, count: levels.count)
        for i in 0..<count {
            let label = plain.values[start + i * step]
            guard label != Self.none else { continue }
            let level = levels[Int(label)]
            let last = latest[Int(label)]
            latest[Int(label)] = i
            guard i - last > 1, i - last <= 6 else { continue }
            let gap = last + 1..<i
            if gap.allSatisfy({ Int(gray.values[start + $0 * step]) < Int(level) - 10 }) {
                for j in gap { labels.values[start + j * step] = label }
            }
        }
    }
}
