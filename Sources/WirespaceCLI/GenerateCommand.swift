import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace generate`
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Draw new pages.",
        discussion: """
            Examples:
              wirespace generate runs/demo --count 12 --out new
              wirespace generate runs/demo --archetype login --archetype pricing --count 6 --temperature 0.7 --out forms
              wirespace generate runs/demo --around sketch.png --radius 0.5 --diverse --out variants

            Leaves one PNG file a page, and sheet.png with all of them. The same seed draws the same pages. A model that was taught
            to draw layouts (`wirespace layouts`) draws them, and leaves each as SVG too.
            """)

    @OptionGroup var options: SpaceOptions

    @Option(help: "An archetype; may be repeated. By default anything that the model may draw.")
    var archetype: [String] = []

    @Option(help: "A page to draw variants of: a PNG or JPEG file, or a page of the index.")
    var around: String?

    @Option(help: "The standard deviation of variants about their page, in the units of the space, by default 0.5.")
    var radius: Double?

    @Option(help: "How many pages, of each archetype if there are any.")
    var count = 8

    @Option(
        help: "Their height in pixels, at the model's width. By default the page's, or what is usual for the archetype."
    )
    var height: Int?

    @Option(
        help: """
            What the deviations of codes are multiplied by, 0 to 3: lower is more typical, higher more varied. By default \
            \(TrainedModel.usualTemperature), for variants 1.
            """)
    var temperature: Double?

    @Option(help: "The seed.")
    var seed: UInt64 = 0

    @Flag(help: "Draw eight times as many codes and keep those that lie far from each other.")
    var diverse = false

    @Option(
        help: """
            Layouts that are drawn of each code, by default \(TrainedModel.usualLayoutCandidates); of the tidiest the one \
            that comes nearest to it is kept.
            """)
    var candidates: Int?

    @Flag(help: "Draw pixels, even if the model has learned to draw layouts.")
    var pixels = false

    @Option(help: "The folder to fill. One that exists must be empty.", completion: .directory)
    var out = "generated"

    mutating func validate() throws {
        guard around == nil || archetype.isEmpty else {
            throw ValidationError("give --around or --archetype, not both")
        }
        guard (1...10_000).contains(count) else { throw ValidationError("--count must be from 1 to 10000") }
        guard (0...3).contains(temperature ?? 1) else { throw ValidationError("--temperature must be from 0 to 3") }
        guard (1...64).contains(candidates ?? 1) else { throw ValidationError("--candidates must be from 1 to 64") }
        guard (0...1e6).contains(radius ?? 0) else { throw ValidationError("--radius must be at least 0") }
        guard radius == nil || around != nil else { throw ValidationError("--radius goes with --around") }
        guard candidates == nil || !pixels else {
            throw ValidationError("--candidates are of layouts, not of --pixels")
        }
    }

    mutating func run() throws {
        let space = try options.space()
        guard candidates == nil || space.trained.drawsLayouts else {
            throw UserError(
                .usage, "the model draws no layouts to choose among", at: "--candidates",
                remedy: "leave it away, or train a layout decoder with `wirespace layouts`")
        }
        let page = try around.map { try space.pageToDraw($0) }
        let sources = try sources(in: space, around: page)
        let folder = URL(filePath: out, directoryHint: .isDirectory)
        try folder.makeEmptyFolder()
        let temperature = temperature ?? (page == nil ? TrainedModel.usualTemperature : 1)
        let codes = sources.enumerated().map { number, source in
            space.sample(
                count, from: source.distribution, temperature: temperature, seed: seed &+ UInt64(number),
                diverse: diverse)
        }
        let sizes = try sources.flatMap { Array(repeating: try $0.size.with(height: height), count: count) }
        let z = Tensor.concatenate(codes, dim: 0)
        let layouts = try space.trained.drawsLayouts && !pixels ? drawLayouts(z, sizes: sizes, in: space) : nil
        let drawn = try layouts.map { $0.map { WireframeRenderer().render($0) } } ?? draw(z, sizes: sizes, in: space)
        for (index, page) in drawn.enumerated() {
            let name = String(format: "%@-%04d", fileName(of: sources[index / count].name), index % count)
            try PNG.write(page, to: folder.appending(path: name + ".png"))
            guard let layout = layouts?[index] else { continue }
            try AtomicFile.write(Data(WireframeRenderer().svg(layout).utf8), to: folder.appending(path: name + ".svg"))
        }
        let shown = pagesForSheet(drawn, columns: min(count, 8))
        try PNG.write(pageSheet(shown, columns: min(count, 8)), to: folder.appending(path: "sheet.png"))
        if shown.count < drawn.count { Console().line("sheet.png has room for the first \(shown.count)") }
        let kinds = Set(sizes.map { "\($0.width)×\($0.height)" }).sorted().joined(separator: ", ")
        print("\(counted(drawn.count, "page")) of \(kinds) pixels in \(out)")
        space.warn(ofStrange: z)
        if layouts == nil, !pixels {
            Console().line(
                "drawn as grey pixels: there is no \(space.trained.layoutsFile.lastPathComponent) beside the model; "
                    + "`wirespace layouts` makes it from pages with layouts beside them, as generated and captured ones have"
            )
        }
    }

    private func drawLayouts(_ z: Tensor, sizes: [PNG.Size], in space: LatentSpace) throws -> [LayoutNode] {
        let console = Console()
        console.begin()
        defer { console.clearBar() }
        return try space.trained.layouts(
            of: z, sizes: sizes, candidates: candidates ?? TrainedModel.usualLayoutCandidates, seed: seed
        ) {
            console.progress("drawing", done: $0, of: sizes.count, unit: "pages")
        }
    }

    /// What is drawn from, what its pages are called, and how large they are.
    private func sources(
        in space: LatentSpace, around page: EncodedPage?
    ) throws -> [(name: String, distribution: GaussianMixture, size: PNG.Size)] {
        if let page { return [("variant", GaussianMixture(around: page.mu, deviation: radius ?? 0.5), page.size)] }
        if archetype.isEmpty { return [("page", try space.trained.codeDistribution(), space.usualSize())] }
        let sources = try archetype.map { try space.source(of: $0) }
        guard Set(sources.map { fileName(of: $0.archetype) }).count == sources.count else {
            throw UserError(
                .usage, "an archetype is named twice, or two would have files of one name", at: "--archetype",
                remedy: "ask for more with --count")
        }
        return sources.map { ($0.archetype, $0.codes, $0.size) }
    }
}
