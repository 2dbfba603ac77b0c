import Foundation
import Wireframes

/// Reads files as a trained model sees them: reduced or turned around, scaled and padded as in evaluation.
struct PageReader: Sendable {
    private let preparation: PagePreparation
    private let treatment: PageTreatment
    private let wordStore: WordStore?

    init(_ configuration: Configuration) {
        var settings = configuration
        // A model of generated pages has seen no other sizes: without paper below, the last rows are drawn as a dotted line.
        settings.data.width = settings.data.pageWidth
        settings.data.heightMultiple = settings.data.pageHeightMultiple
        preparation = PagePreparation(settings, training: false)
        treatment = PageTreatment(settings.data)
        // A folder that the training was given may be of another machine.
        wordStore = WordStore(configuration, cache: configuration.data.cache.map { _ in PageCache.automatic })
    }

    /// The page in a file.
    ///
    /// - Throws: `UserError` naming the file.
    func page(at url: URL) throws -> GrayImage {
        try prepared(treatment.read(url), named: url.path(percentEncoded: false))
    }

    /// The page in a file, and the words on it.
    ///
    /// - Throws: `UserError` naming the file.
    func input(at url: URL) throws -> EncoderInput {
        EncoderInput(image: try page(at: url), words: try wordStore?.words(on: url) ?? [])
    }

    /// A page that was read or drawn elsewhere; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` naming it.
    func input(_ picture: GrayImage, named name: String) throws -> EncoderInput {
        try input(treatment.levels(of: picture), of: picture, named: name)
    }

    /// A page in ink on paper, which is not turned around, and the words on the picture that it was reduced from; `name` stands for
    /// it in errors.
    ///
    /// - Throws: `UserError` naming it.
    func input(inkOnPaper page: GrayImage, read picture: GrayImage, named name: String) throws -> EncoderInput {
        try input(treatment.levels(ofInkOnPaper: page), of: picture, named: name)
    }

    private func input(_ page: GrayBytes, of picture: GrayImage, named name: String) throws -> EncoderInput {
        EncoderInput(
            image: try prepared(page, named: name), words: try wordStore?.words(on: picture, named: name) ?? [])
    }

    private func prepared(_ page: GrayBytes, named name: String) throws -> GrayImage {
        let reference = PageReference(split: .test, index: 0, name: name)
        return try preparation.sample(of: page.image, reference, epoch: 0).target
    }
}
