internal import Foundation

/// 64 bits that say what an image looks like from afar: images that look alike differ in few of them.
///
/// pHash (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010): the image is averaged to
/// 32×32, its two-dimensional DCT-II is taken, and each of the 8×8 lowest frequencies gives a bit: above their median or
/// not.
package struct PerceptualHash: Sendable, Hashable {
    /// The bits; bit 8v + u is of the frequency u across and v down.
    package let bits: UInt64

    /// The hash of an image of any size; its aspect ratio is not in it.
    package init(_ image: GrayImage) {
        let small = image.resized(width: Self.side, height: Self.side)
        var coefficients = [Double](repeating: 0, count: 64)
        for v in 0..<8 {
            for u in 0..<8 {
                var sum = 0.0
                for y in 0..<Self.side {
                    var row = 0.0
                    for x in 0..<Self.side {
                        row += Double(small.pixels[y * Self.side + x]) * Self.cosines[u * Self.side + x]
                    }
                    sum += row * Self.cosines[v * Self.side + y]
                }
                coefficients[v * 8 + u] = sum
            }
        }
        let sorted = coefficients.sorted()
        let median = (sorted[31] + sorted[32]) / 2
        bits = coefficients.enumerated().reduce(0) { $1.element > median ? $0 | 1 << UInt64($1.offset) : $0 }
    }

    /// In how many bits two hashes differ, 0 to 64.
    func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    private static let side = 32
    private static let cosines: [Double] = (0..<8).flatMap { frequency in
        (0..<side).map { cos(Double.pi * Double(frequency) * (2 * Double($0) + 1) / Double(2 * side)) }
    }
}
