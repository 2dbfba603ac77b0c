import Foundation
import Wireframes

/// A map of the plane that keeps lines straight, stored backwards: from a pixel of the new image to the old one.
///
///     x = (a X + b Y + c) / (g X + h Y + 1·i)        y = (d X + e Y + f) / (g X + h Y + i)
struct Homography {
    /// `a … i`, row by row.
    private let m: [Double]

    /// Mirror left and right.
    static func flip(width: Int) -> Homography {
        Homography(m: [-1, 0, Double(width - 1), 0, 1, 0, 0, 0, 1])
    }

    /// Rotation about the centre of the page; a positive angle turns it clockwise as seen.
    static func rotation(degrees: Float, width: Int, height: Int) -> Homography {
        let angle = Double(degrees) * .pi / 180
        let (sine, cosine) = (sin(angle), cos(angle))
        let (x, y) = (Double(width - 1) / 2, Double(height - 1) / 2)
        return Homography(m: [
            cosine, sine, x - cosine * x - sine * y,
            -sine, cosine, y + sine * x - cosine * y,
            0, 0, 1,
        ])
    }

    /// Each corner moves inward by up to `scale` of half the width and half the height, as in torchvision's
    /// `RandomPerspective` (which draws whole pixels, where this draws any).
    static func perspective(
        scale: Float, width: Int, height: Int, using random: inout SeededGenerator
    ) -> Homography {
        let (right, bottom) = (Double(width - 1), Double(height - 1))
        func inward() -> (x: Double, y: Double) {
            let (x, y) = (random.uniform(), random.uniform())
            return (Double(scale * x) * Double(width / 2), Double(scale * y) * Double(height / 2))
        }
        let (a, b, c, d) = (inward(), inward(), inward(), inward())
        let corners = [(a.x, a.y), (right - b.x, b.y), (right - c.x, bottom - c.y), (d.x, bottom - d.y)]
        let square = Homography(m: [1 / right, 0, 0, 0, 1 / bottom, 0, 0, 0, 1])
        // Backwards: from the new corners to the square, and on to the page.
        return Homography(m: product(inverse(square.m), inverse(squareToQuadrilateral(corners))))
    }

    /// This map first, then another one.
    func followed(by next: Homography) -> Homography {
        Homography(m: Self.product(m, next.m))
    }

    /// The coefficients, for the loop over pixels.
    var coefficients: [Float] { m.map { Float($0 / m[8]) } }

    /// The map from the unit square to a quadrilateral, clockwise from (0, 0) (Heckbert, "Fundamentals of Texture
    /// Mapping and Image Warping", 1989, section 2.2.3).
    private static func squareToQuadrilateral(_ p: [(x: Double, y: Double)]) -> [Double] {
        let (dx1, dy1) = (p[1].x - p[2].x, p[1].y - p[2].y)
        let (dx2, dy2) = (p[3].x - p[2].x, p[3].y - p[2].y)
        let (sx, sy) = (p[0].x - p[1].x + p[2].x - p[3].x, p[0].y - p[1].y + p[2].y - p[3].y)
        let determinant = dx1 * dy2 - dx2 * dy1
        let g = (sx * dy2 - sy * dx2) / determinant
        let h = (dx1 * sy - dy1 * sx) / determinant
        return [
            p[1].x - p[0].x + g * p[1].x, p[3].x - p[0].x + h * p[3].x, p[0].x,
            p[1].y - p[0].y + g * p[1].y, p[3].y - p[0].y + h * p[3].y, p[0].y,
            g, h, 1,
        ]
    }

    private static func product(_ a: [Double], _ b: [Double]) -> [Double] {
        var c = [Double](repeating: 0, count: 9)
        for row in 0..<3 {
            for column in 0..<3 {
                for k in 0..<3 { c[3 * row + column] += a[3 * row + k] * b[3 * k + column] }
            }
        }
        return c
    }

    /// The inverse up to a factor, which a homography does not see.
    private static func inverse(_ m: [Double]) -> [Double] {
        func minor(_ a: Int, _ d: Int, _ b: Int, _ c: Int) -> Double { m[a] * m[d] - m[b] * m[c] }
        return [
            minor(4, 8, 5, 7), minor(2, 7, 1, 8), minor(1, 5, 2, 4),
            minor(5, 6, 3, 8), minor(0, 8, 2, 6), minor(2, 3, 0, 5),
            minor(3, 7, 4, 6), minor(1, 6, 0, 7), minor(0, 4, 1, 3),
        ]
    }
}

extension GrayImage {
    /// This image seen through a map, in the same size, by bilinear interpolation; outside is white paper.
    func warped(by map: Homography) -> GrayImage {
        let (width, height) = (width, height)
        let m = map.coefficients
        let (right, bottom) = (Float(width), Float(height))
        let warped = [Float](unsafeUninitializedCapacity: width * height) { new, count in
            pixels.withUnsafeBufferPointer { old in
                for row in 0..<height {
                    let rowX = m[1] * Float(row) + m[2]
                    let rowY = m[4] * Float(row) + m[5]
                    let rowW = m[7] * Float(row) + m[8]
                    for column in 0..<width {
                        let w = m[6] * Float(column) + rowW
                        let x = (m[0] * Float(column) + rowX) / w
                        let y = (m[3] * Float(column) + rowY) / w
                        // Written so that what is not a number, or behind the viewer, is outside.
                        let inside = w > 0 && x > -1 && x < right && y > -1 && y < bottom
                        new[row * width + column] =
                            inside ? interpolate(old, width: width, height: height, x: x, y: y) : 1
                    }
                }
            }
            count = width * height
        }
        return GrayImage(width: width, height: height, pixels: warped)
    }
}

/// The value between the four pixels around (x, y), each weighted by its nearness; pixels outside are white.
///
/// - Precondition: -1 < x < width and -1 < y < height.
@inline(__always)
private func interpolate(
    _ pixels: UnsafeBufferPointer<Float>, width: Int, height: Int, x: Float, y: Float
) -> Float {
    // x + 1 is positive, where conversion to a whole number rounds down.
    let (left, top) = (Int(x + 1) - 1, Int(y + 1) - 1)
    let (u, v) = (x - Float(left), y - Float(top))
    let (a, b, c, d): (Float, Float, Float, Float)
    if left >= 0, top >= 0, left + 1 < width, top + 1 < height {
        let corner = top * width + left
        (a, b, c, d) = (pixels[corner], pixels[corner + 1], pixels[corner + width], pixels[corner + width + 1])
    } else {
        func pixel(_ x: Int, _ y: Int) -> Float {
            x >= 0 && y >= 0 && x < width && y < height ? pixels[y * width + x] : 1
        }
        (a, b, c, d) = (pixel(left, top), pixel(left + 1, top), pixel(left, top + 1), pixel(left + 1, top + 1))
    }
    let upper = a + (b - a) * u
    let lower = c + (d - c) * u
    return upper + (lower - upper) * v
}
