internal import CPNG

/// A page in 256 levels, as `PageStore` keeps it: what is written between 0 and 255 is value · 255, rounded to nearest.
public struct GrayBytes: Sendable, Equatable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height · width` levels, row by row from the top; 255 is white paper.
    public let levels: [UInt8]

    /// Levels that are there.
    ///
    /// - Precondition: `levels.count == width * height`.
    public init(width: Int, height: Int, levels: [UInt8]) {
        precondition(levels.count == width * height, "\(levels.count) levels do not fill \(width)×\(height)")
        self.width = width
        self.height = height
        self.levels = levels
    }

    /// The levels nearest to an image's values, which are clamped to [0, 1]; not-a-number becomes 0.
    public init(rounding image: GrayImage) {
        self.init(levels: Self.levels(of: image).levels, of: image)
    }

    /// The levels of an image that has no values between them; nil for another one.
    init?(exactly image: GrayImage) {
        let (levels, isExact) = Self.levels(of: image)
        guard isExact else { return nil }
        self.init(levels: levels, of: image)
    }

    private init(levels: [UInt8], of image: GrayImage) {
        self.init(width: image.width, height: image.height, levels: levels)
    }

    private static func levels(of image: GrayImage) -> (levels: [UInt8], isExact: Bool) {
        var isExact = false
        let levels = image.pixels.withUnsafeBufferPointer { pixels in
            [UInt8](unsafeUninitializedCapacity: pixels.count) { levels, count in
                isExact = cpng_levels(pixels.baseAddress, pixels.count, levels.baseAddress) == 1
                count = pixels.count
            }
        }
        return (levels, isExact)
    }

    /// The image: level / 255, exactly what an 8-bit PNG file of these levels reads as.
    public var image: GrayImage {
        let pixels = levels.withUnsafeBufferPointer { levels in
            Self.values.withUnsafeBufferPointer { values in
                [Float](unsafeUninitializedCapacity: levels.count) { pixels, count in
                    for index in levels.indices { pixels[index] = values[Int(levels[index])] }
                    count = levels.count
                }
            }
        }
        return GrayImage(width: width, height: height, pixels: pixels)
    }

    /// Ink and paper exchanged.
    public var inverted: GrayBytes { GrayBytes(width: width, height: height, levels: levels.map { 255 - $0 }) }

    private static let values: [Float] = (0...255).map { Float(Double($0) / 255) }
}
