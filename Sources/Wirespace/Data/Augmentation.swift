import Foundation
public import Wireframes

/// Random variation of pages, as the source asks for it.
///
/// `varied` changes the page itself (rotation, perspective, flip, brightness, contrast): input and target alike.
/// `corrupted` makes the input worse than the target (noise, erasing, salt and pepper): the network learns to undo it
/// (Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", ICML 2008).
public struct Augmentation: Sendable {
    private let configuration: AugmentationConfiguration

    /// Variation as configured.
    public init(_ configuration: AugmentationConfiguration) {
        self.configuration = configuration
    }

    /// Another view of a page, of the same size. What was outside the page is paper.
    public func varied(_ page: GrayImage, using random: inout SeededGenerator) -> GrayImage {
        var page = page
        if let view = view(ofWidth: page.width, height: page.height, using: &random) {
            page = page.warped(by: view)
        }
        let light = (
            brightness: factor(configuration.brightness, using: &random),
            contrast: factor(configuration.contrast, using: &random)
        )
        page.scaleBrightness(by: light.brightness)
        page.scaleContrast(by: light.contrast)
        return page
    }

    /// A damaged copy of a page.
    public func corrupted(_ page: GrayImage, using random: inout SeededGenerator) -> GrayImage {
        var page = page
        page.addNoise(deviation: Float(configuration.noise), using: &random)
        let erasing = configuration.erasing
        if random.chance(Float(erasing.probability)) {
            page.eraseRectangle(area: Float(erasing.minArea)...Float(erasing.maxArea), using: &random)
        }
        page.addSaltAndPepper(share: Float(configuration.saltAndPepper), using: &random)
        return page
    }

    /// Flip, rotation and perspective in one map, so that lines are resampled, and softened, only once. Nothing when the
    /// page stays as it is.
    private func view(ofWidth width: Int, height: Int, using random: inout SeededGenerator) -> Homography? {
        var view: Homography?
        func add(_ step: Homography) { view = view?.followed(by: step) ?? step }

        if random.chance(Float(configuration.horizontalFlip)) {
            add(.flip(width: width))
        }
        if configuration.rotationDegrees > 0 {
            let most = Float(configuration.rotationDegrees)
            add(.rotation(degrees: random.uniform(in: -most...most), width: width, height: height))
        }
        let perspective = configuration.perspective
        if random.chance(Float(perspective.probability)), perspective.scale > 0 {
            add(.perspective(scale: Float(perspective.scale), width: width, height: height, using: &random))
        }
        return view
    }

    private func factor(_ spread: Double, using random: inout SeededGenerator) -> Float {
        spread > 0 ? random.uniform(in: Float(1 - spread)...Float(1 + spread)) : 1
    }
}

extension GrayImage {
    /// Multiplies every value, as torchvision's `adjust_brightness`. Values stay within [0, 1].
    mutating func scaleBrightness(by factor: Float) {
        guard factor != 1 else { return }
        pixels.withUnsafeMutableBufferPointer { pixels in
            for i in pixels.indices { pixels[i] = clamp(pixels[i] * factor) }
        }
    }

    /// Multiplies every value's distance from the mean, as torchvision's `adjust_contrast`. Values stay within [0, 1].
    mutating func scaleContrast(by factor: Float) {
        guard factor != 1, !pixels.isEmpty else { return }
        pixels.withUnsafeMutableBufferPointer { pixels in
            let mean = Float(pixels.reduce(into: 0.0) { $0 += Double($1) } / Double(pixels.count))
            for i in pixels.indices { pixels[i] = clamp(mean + (pixels[i] - mean) * factor) }
        }
    }

    /// Adds Gaussian noise of a standard deviation. Values stay within [0, 1].
    mutating func addNoise(deviation: Float, using random: inout SeededGenerator) {
        guard deviation > 0 else { return }
        pixels.withUnsafeMutableBufferPointer { pixels in
            NormalQuantiles.table.withUnsafeBufferPointer { table in
                var bits: UInt64 = 0
                var unused = 0
                for i in pixels.indices {
                    if unused == 0 {
                        bits = random.next()
                        unused = 64 / NormalQuantiles.bits
                    }
                    let normal = table[Int(bits & (1 << NormalQuantiles.bits - 1))]
                    bits >>= UInt64(NormalQuantiles.bits)
                    unused -= 1
                    pixels[i] = clamp(pixels[i] + deviation * normal)
                }
            }
        }
    }

    /// Blackens one rectangle that covers a share of the area, its height to width ratio from 0.3 to 3.3 uniform in the
    /// logarithm, as torchvision's `RandomErasing`; nothing happens when ten rectangles in a row do not fit.
    mutating func eraseRectangle(area: ClosedRange<Float>, using random: inout SeededGenerator) {
        for _ in 0..<10 {
            let surface = random.uniform(in: area) * Float(width * height)
            let aspect = exp(random.uniform(in: log(Float(0.3))...log(Float(3.3))))
            let rows = Int((surface * aspect).squareRoot().rounded())
            let columns = Int((surface / aspect).squareRoot().rounded())
            guard rows < height, columns < width else { continue }
            let top = random.integer(below: height - rows + 1)
            let left = random.integer(below: width - columns + 1)
            for y in top..<top + rows {
                for x in left..<left + columns { self[x, y] = 0 }
            }
            return
        }
    }

    /// Turns a share of the pixels white or black, each as likely.
    ///
    /// It leaps from one such pixel to the next, the gaps being geometric, rather than asking at each.
    mutating func addSaltAndPepper(share: Float, using random: inout SeededGenerator) {
        guard share > 0 else { return }
        let scale = 1 / log1p(-share)
        func gap() -> Int { Int(min(log(1 - random.uniform()) * scale, Float(width * height))) }
        var position = gap()
        while position < pixels.count {
            pixels[position] = random.next() & 1 == 0 ? 0 : 1
            position += 1 + gap()
        }
    }
}

/// The nearest value within [0, 1].
@inline(__always)
private func clamp(_ value: Float) -> Float {
    min(max(value, 0), 1)
}

/// 4096 equally likely values of the standard normal distribution, for noise at a fraction of a nanosecond a pixel.
///
/// The steps are finer than a pixel's 256 levels nearly everywhere; the largest value is about 3.7.
enum NormalQuantiles {
    /// Random bits that choose a value.
    static let bits = 12

    /// The quantiles at (i + ½) / 4096, scaled to a variance of exactly 1.
    static let table: [Float] = {
        let count = 1 << bits
        let quantiles = (0..<count).map { quantile((Double($0) + 0.5) / Double(count)) }
        let variance = quantiles.reduce(0) { $0 + $1 * $1 } / Double(count)
        return quantiles.map { Float($0 / variance.squareRoot()) }
    }()

    /// The value below which the standard normal distribution has a share of its mass, by bisection.
    private static func quantile(_ share: Double) -> Double {
        var (low, high) = (-8.0, 8.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle * 0.5.squareRoot()) < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
