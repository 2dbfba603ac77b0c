import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace traverse`
struct TraverseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traverse",
        abstract: "Draw a page as its code moves: along dimensions, towards an archetype, along a learned direction.",
        discussion: """
            Examples:
              wirespace traverse runs/demo page.png
              wirespace traverse runs/demo page.png --dimension 3 --dimension 17 --range 4
              wirespace traverse runs/demo page.png --toward pricing
              wirespace traverse runs/demo page.png --direction phone.json --range 2

            One row a dimension, by default the eight of which the page says most; the page itself is in the middle if --steps is odd. Towards
            an archetype it is on the left, the archetype's middle on the right. Pages are drawn in pixels.
            """)

    @OptionGroup var options: SpaceOptions

    @Argument(help: "A page: a PNG or JPEG file, or a page of the index by its path or number.")
    var page: String

    @Option(help: "A dimension, from 0; may be repeated.")
    var dimension: [Int] = []

    @Option(help: "An archetype to go to.")
    var toward: String?

    @Option(help: "A direction that `wirespace direction` has learned.", completion: .file(extensions: ["json"]))
    var direction: String?

    @Option(
        help:
            "How far to go either way: standard deviations of a dimension (by default 3), steps of a direction (2); towards an archetype, its middle is at 1, which is usual."
    )
    var range: Double?

    @Option(help: "Pages in a row.")
    var steps = 7

    @Option(help: "Their height in pixels, at the model's width. By default the page's with its paper below.")
    var height: Int?

    @Option(help: "The picture to write.")
    var out = OutputFile("traversal.png")

    mutating func validate() throws {
        guard [!dimension.isEmpty, toward != nil, direction != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("give one of --dimension, --toward and --direction")
        }
        guard (2...1000).contains(steps) else { throw ValidationError("--steps must be from 2 to 1000") }
        guard (range ?? 1).isFinite else { throw ValidationError("--range must be a number") }
    }

    mutating func run() throws {
        try out.prepare("png")
        let space = try options.space()
        let page = try space.pageToDraw(page)
        try out.requireOther(than: [page.file], pagesOf: space)
        let rows = try codes(from: page, in: space)
        let sizes = Array(repeating: page.size.with(height: height), count: rows.count * steps)
        try requireSheet(of: sizes, columns: steps, remedy: "take fewer --steps, or a smaller --height")
        let codes = Tensor.concatenate(rows.map(\.codes), dim: 0)
        let drawn = try draw(codes, sizes: sizes, in: space)
        for (number, row) in rows.enumerated() { print("row \(number + 1): \(row.name)") }
        if toward == nil { space.warn(ofStrange: codes) }  // between archetypes no page lies
        try out.write(pageSheet(drawn, columns: steps))
    }

    private func codes(from page: EncodedPage, in space: LatentSpace) throws -> [(name: String, codes: Tensor)] {
        func amounts(_ low: Double, _ high: Double) -> [Double] {
            (0..<steps).map { low + (high - low) * Double($0) / Double(steps - 1) }
        }
        func around(_ direction: Tensor, _ usualRange: Double) -> Tensor {
            space.moved(page.mu, along: direction, by: amounts(-(range ?? usualRange), range ?? usualRange))
        }
        if let toward {
            let way = try space.archetypeRegions().mean(of: toward) - page.mu
            return [("toward \(toward)", space.moved(page.mu, along: way, by: amounts(0, range ?? 1)))]
        }
        if let direction {
            let learned = try LatentDirection(contentsOf: URL(filePath: direction), for: space)
            return [(learned.name, around(learned.step, 2))]
        }
        let dimensions = dimension.isEmpty ? space.informativeDimensions(of: page, count: 8) : dimension
        return try dimensions.map { ("dimension \($0)", around(try space.axis($0), 3)) }
    }
}
