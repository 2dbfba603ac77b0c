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

            One row a dimension, by default the eight of which the page says most; above the columns stands how far each goes, in
            standard deviations, in steps of a direction or in shares of the way; the page itself is in the middle if --steps is odd. Towards
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
        let size = try page.size.with(height: height)
        let sizes = Array(repeating: size, count: rows.count * steps)
        let (nameSize, headSize) = (Caption.size(of: rows.map(\.name) + [page.name]), Caption.size(over: size.width))
        let row = [nameSize] + Array(repeating: size, count: steps)
        let cells = [nameSize] + Array(repeating: headSize, count: steps) + rows.flatMap { _ in row }
        try requireSheet(
            of: cells, columns: steps + 1, pages: sizes.count, remedy: "take fewer --steps, or a smaller --height")
        let codes = Tensor.concatenate(rows.map(\.codes), dim: 0)
        let drawn = try draw(codes, sizes: sizes, in: space)
        for row in rows { print(row.name) }
        if toward == nil { space.warn(ofStrange: codes) }  // between archetypes no page lies
        let distances = amounts.map { $0 == 0 ? "0" : String(format: "%+.3g", $0).replacing("-", with: "−") }
        let head = [Caption.drawn(page.name, nameSize)] + distances.map { Caption.drawn($0, headSize) }
        let named = zip(rows, drawn.chunks(of: steps)).flatMap { [Caption.drawn($0.name, nameSize)] + $1 }
        try out.write(pageSheet(head + named, columns: steps + 1))
    }

    /// How far each column goes.
    private var amounts: [Double] {
        let most = range ?? (toward != nil ? 1 : direction != nil ? 2 : 3)
        let least = toward == nil ? -most : 0
        // So that the middle is 0, without a rounding.
        return (0..<steps).map { (least * Double(steps - 1 - $0) + most * Double($0)) / Double(steps - 1) }
    }

    private func codes(from page: EncodedPage, in space: LatentSpace) throws -> [(name: String, codes: Tensor)] {
        func row(_ name: String, _ step: Tensor) -> (name: String, codes: Tensor) {
            (name, space.moved(page.mu, along: step, by: amounts))
        }
        if let toward { return [row("toward \(toward)", try space.archetypeRegions().mean(of: toward) - page.mu)] }
        if let direction {
            let learned = try LatentDirection(contentsOf: URL(filePath: direction), for: space)
            return [row(learned.name, learned.step)]
        }
        let dimensions = dimension.isEmpty ? space.informativeDimensions(of: page, count: 8) : dimension
        return try dimensions.map { row("dimension \($0)", try space.axis($0)) }
    }
}
