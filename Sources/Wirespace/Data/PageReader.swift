import Foundation
import Wireframes

/// Reads files as a trained model sees them: turned around, scaled and padded as in evaluation.
struct PageReader: Sendable {
    private let preparation: PagePreparation
    private let inverts: Bool

    init(_ configuration: Configuration) {
        var settings = configuration
        if let generator = settings.data.generator, settings.data.width == nil {
            settings.data.width = generator.width  // a model of generated pages has seen no other width
        }
        preparation = PagePreparation(settings, training: false)
        inverts = settings.data.invert
    }

    /// The page in a file.
    ///
    /// - Throws: `UserError` naming the file.
    func page(at url: URL) throws -> GrayImage {
        let image = try PNG.read(url)
        let reference = PageReference(split: .test, index: 0, name: url.path(percentEncoded: false))
        return try preparation.sample(of: inverts ? image.inverted() : image, reference, epoch: 0).target
    }
}

extension GrayImage {
    /// Ink and paper exchanged.
    func inverted() -> GrayImage { GrayImage(width: width, height: height, pixels: pixels.map { 1 - $0 }) }
}
