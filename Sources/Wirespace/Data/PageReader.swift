import Foundation
import Wireframes

/// Reads files as a trained model sees them: reduced or turned around, scaled and padded as in evaluation.
struct PageReader: Sendable {
    private let preparation: PagePreparation
    private let input: PageInput

    init(_ configuration: Configuration) {
        var settings = configuration
        if let generator = settings.data.generator, settings.data.width == nil {
            settings.data.width = generator.width  // a model of generated pages has seen no other width
        }
        preparation = PagePreparation(settings, training: false)
        input = PageInput(settings.data)
    }

    /// The page in a file.
    ///
    /// - Throws: `UserError` naming the file.
    func page(at url: URL) throws -> GrayImage {
        try prepared(input.read(url), named: url.path(percentEncoded: false))
    }

    /// A page that was read or drawn elsewhere; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` naming it.
    func page(_ image: GrayImage, named name: String) throws -> GrayImage {
        try prepared(input.page(image), named: name)
    }

    /// A page in ink on paper, scaled and padded; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` naming it.
    func prepared(_ page: GrayImage, named name: String) throws -> GrayImage {
        let reference = PageReference(split: .test, index: 0, name: name)
        return try preparation.sample(of: page, reference, epoch: 0).target
    }
}

extension GrayImage {
    /// Ink and paper exchanged.
    func inverted() -> GrayImage { GrayImage(width: width, height: height, pixels: pixels.map { 1 - $0 }) }
}
