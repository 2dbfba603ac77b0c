public import Wireframes

/// From a page as stored to a `Sample`: rescaled, cropped, padded with paper and, in training, varied.
///
/// Everything random is drawn from the seed, the epoch and the page's index alone, so that a page comes out the same
/// whichever thread prepares it, and after a resume.
public struct PagePreparation: Sendable {
    /// Shortest side of a sample in pixels: the encoder halves it five times.
    public static let leastSide = 32
    /// Longest side of a sample in pixels.
    public static let greatestSide = 4096

    private let data: DataConfiguration
    private let augmentation: Augmentation?
    private let seed: UInt64
    private let training: Bool

    /// Preparation for training (random crops, augmentation) or for evaluation (centred crops, pages as they are).
    public init(_ configuration: Configuration, training: Bool) {
        data = configuration.data
        seed = configuration.seed
        self.training = training
        let varies = training && configuration.augmentation.enabled
        augmentation = varies ? Augmentation(configuration.augmentation) : nil
    }

    /// The sample of a page, on which these words were read.
    ///
    /// - Throws: `UserError(.data)` for a page without pixels, or wider than `greatestSide` when no width is set.
    public func sample(
        of page: GrayImage, words: [PageWord] = [], _ reference: PageReference, epoch: Int
    ) throws -> Sample {
        guard page.width > 0, page.height > 0 else {
            throw UserError(.data, "the page has no pixels", at: reference.name)
        }
        let scaled = data.width.map { $0 == page.width ? page : page.rescaled(toWidth: $0) } ?? page
        guard scaled.width <= Self.greatestSide else {
            throw UserError(
                .data, "the page is \(scaled.width) pixels wide, more than \(Self.greatestSide)", at: reference.name,
                remedy: "set data.width, for example data.width=1024")
        }
        var random = RandomStream.sample.generator(seed: seed, epoch, reference.index)
        let clean = padded(cropped(scaled, using: &random))
        var (input, target) = (clean, clean)
        if let augmentation {
            target = augmentation.varied(target, using: &random)
            input = augmentation.corrupted(target, using: &random)
        }
        return Sample(
            input: input, target: target, page: clean, words: words, archetype: reference.archetype,
            name: reference.name, index: reference.index)
    }

    /// At most `max_height` rows: from a random place in training, from the middle in evaluation.
    private func cropped(_ page: GrayImage, using random: inout SeededGenerator) -> GrayImage {
        let surplus = page.height - data.maxHeight
        guard surplus > 0 else { return page }
        let top = training ? random.integer(below: surplus + 1) : surplus / 2
        let rows = top * page.width..<(top + data.maxHeight) * page.width
        return GrayImage(width: page.width, height: data.maxHeight, pixels: Array(page.pixels[rows]))
    }

    /// Paper to the right and below, until no side is too short and the height is a multiple of `height_multiple`.
    private func padded(_ page: GrayImage) -> GrayImage {
        let width = max(page.width, Self.leastSide)
        let height = max(page.height, Self.leastSide).roundedUp(to: data.heightMultiple)
        guard width > page.width || height > page.height else { return page }
        var pixels: [Float] = []
        pixels.reserveCapacity(width * height)
        if width == page.width {
            pixels += page.pixels
        } else {
            for row in 0..<page.height {
                pixels += page.pixels[row * page.width..<(row + 1) * page.width]
                pixels += repeatElement(1, count: width - page.width)
            }
        }
        pixels += repeatElement(1, count: width * height - pixels.count)
        return GrayImage(width: width, height: height, pixels: pixels)
    }
}

/// What random numbers are for: each use has a stream of its own, so that none repeats another's.
enum RandomStream: Int {
    /// The order of an epoch.
    case order = 1
    /// Crop and augmentation of one page.
    case sample = 2
    /// Noise inside the network for one page.
    case network = 3
    /// A generated page.
    case page = 4

    /// The generator of this use for an epoch and, of a page, its index.
    func generator(seed: UInt64, _ epoch: Int, _ index: Int = 0) -> SeededGenerator {
        SeededGenerator(seed: seed, stream: rawValue, epoch, index)
    }
}
