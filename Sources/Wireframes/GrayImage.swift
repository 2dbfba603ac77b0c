/// One channel, row by row from the top, values in [0, 1] as stored in the file: **1 is white paper, 0 is ink**.
public struct GrayImage: Sendable, Equatable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height · width` values; the pixel at column `x` of row `y` is `pixels[y * width + x]`.
    public var pixels: [Float]

    /// An image over existing pixels.
    ///
    /// - Precondition: `pixels.count == width * height`.
    public init(width: Int, height: Int, pixels: [Float]) {
        precondition(pixels.count == width * height, "\(pixels.count) pixels do not fill \(width)×\(height)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A blank sheet, white by default.
    public init(width: Int, height: Int, filledWith value: Float = 1) {
        self.init(width: width, height: height, pixels: Array(repeating: value, count: width * height))
    }

    /// The pixel at column `x` of row `y`.
    public subscript(x: Int, y: Int) -> Float {
        get { pixels[y * width + x] }
        set { pixels[y * width + x] = newValue }
    }
}
