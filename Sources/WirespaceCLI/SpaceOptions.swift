import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// What to say of a page of which the model has learned nothing.
func unlikeTrainingPages(_ distance: Double) -> String {
    let text = String(format: "%.1f standard deviations from them, where about 1 is usual", distance)
    return "unlike the pages that the model was trained on (\(text))"
}

extension LatentSpace {
    /// The page of an argument, to be drawn from its code; says so when the model has learned nothing of such pages.
    func pageToDraw(_ name: String) throws -> EncodedPage {
        let page = try page(name)
        if let distance = mahalanobisDistance(of: page.mu), isOutOfDistribution(distance) {
            Console().line("! \(page.name): \(unlikeTrainingPages(distance)); what is drawn of it is worth little")
        }
        return page
    }
}

extension LatentSpace {
    /// Says how many of the codes that were drawn are unlike all that the model has learned, if any are.
    func warn(ofStrange z: Tensor) {
        let strange = countOutOfDistribution(z)
        guard strange > 0 else { return }
        Console().line(
            z.shape[0] == 1
                ? "! what was drawn is unlike the pages that the model was trained on: it is worth little"
                : "! \(strange) of the \(z.shape[0]) pages drawn are unlike those that the model was trained on: they are worth little"
        )
    }
}

/// The most probable archetypes, with their probabilities.
func guesses(_ archetypes: [ArchetypeRegions.Probability]) -> String {
    archetypes.prefix(3).map { String(format: "%@ %.2f", $0.archetype, $0.probability) }.joined(separator: ", ")
}

/// What every verb that moves in a latent space is told.
struct SpaceOptions: ParsableArguments {
    @Argument(help: "A run folder, or a model file.", completion: .directory)
    var run: String

    @Option(
        help: "The index of pages. By default RUN/index.sqlite, of a model file MODEL.index.sqlite beside it.",
        completion: .file())
    var index: String?

    func space(refinement: CodeRefinement? = nil) throws -> LatentSpace {
        try LatentSpace(run, index: index, refinement: refinement)
    }
}

/// What every verb that may refine codes is told.
struct RefinementOptions: ParsableArguments {
    @Option(
        name: .customLong("refine"),
        help: "Steps by which codes are refined until they draw their pages better: 20 are a good number; 0 for none.")
    var steps = 0

    var refinement: CodeRefinement { CodeRefinement(steps: steps) }

    mutating func validate() throws { try Self.validate(steps) }

    static func validate(_ steps: Int) throws {
        guard (0...1000).contains(steps) else { throw ValidationError("--refine must be from 0 to 1000") }
    }
}

/// Prints what a program may read.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Draws codes, and shows the progress.
func draw(_ z: Tensor, sizes: [PNG.Size], in space: LatentSpace) throws -> [GrayImage] {
    let console = Console()
    console.begin()
    defer { console.clearBar() }
    return try space.draw(z, sizes: sizes) { console.progress("drawing", done: $0, of: sizes.count, unit: "pages") }
}

extension PNG.Size {
    /// With another height, if one was asked for.
    ///
    /// - Throws: `UserError` when a page so high cannot be drawn.
    func with(height: Int?) throws(UserError) -> PNG.Size {
        guard let height else { return self }
        let size = PNG.Size(width: width, height: height)
        try size.requireDrawable()
        return size
    }
}
