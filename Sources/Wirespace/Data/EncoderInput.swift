import Torch
public import Wireframes

/// All that an encoder is shown of a page.
public struct EncoderInput: Sendable, Equatable {
    /// The page as the model sees it: scaled and padded as in evaluation.
    public let image: GrayImage
    /// What is written on it, read before it was scaled; none for a model that reads no words.
    public let words: [PageWord]

    /// Creates an input.
    public init(image: GrayImage, words: [PageWord] = []) {
        self.image = image
        self.words = words
    }
}

extension Sample {
    /// The page without augmentation.
    var clean: EncoderInput { EncoderInput(image: page, words: words) }
}

extension BetaVAE {
    /// The posterior of each page; all pages are of one size.
    public func encode(_ inputs: [EncoderInput]) -> Posterior {
        encode(.batch(inputs.map(\.image), device: parameters.device), words: words(on: inputs.map(\.words)))
    }
}
