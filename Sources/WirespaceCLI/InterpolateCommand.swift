import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace interpolate`
struct InterpolateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interpolate",
        abstract: "Draw the pages on the way from one page to another.",
        discussion: """
            Examples:
              wirespace interpolate runs/demo a.png b.png --out strip.png
              wirespace interpolate runs/demo a.png b.png c.png --steps 20 --spherical --animation morph.png
              wirespace interpolate runs/demo a.png b.png --refine 20
              wirespace interpolate runs/demo 12 40 --frames frames --height 512

            A page is a PNG or JPEG file, or a page of the index by its path or number. The height goes from one page's to the
            next's, unless --height says otherwise. At one height every step changes the page equally; equal steps of the code
            (--code-steps) change it little at both ends and much in the middle. With --refine the ends look more like the pages themselves.
            An animation is an animated PNG, which browsers play.
            """)

    @OptionGroup var options: SpaceOptions

    @Argument(help: "Two pages or more.")
    var pages: [String]

    @Option(help: "Steps from one page to the next.")
    var steps = 10

    @Flag(help: "Go along an arc about the origin, in the place of a straight line.")
    var spherical = false

    @Flag(help: "Equal steps of the code, in the place of steps that change the page equally.")
    var codeSteps = false

    @OptionGroup var refinement: RefinementOptions

    @Option(help: "The height of all pages in pixels, at the model's width.")
    var height: Int?

    @Option(help: "A picture of all pages side by side. Written to interpolation.png if nothing else is asked for.")
    var out: String?

    @Option(help: "A new folder for the single pages.", completion: .directory)
    var frames: String?

    @Option(help: "An animated PNG.")
    var animation: String?

    @Option(help: "Milliseconds that a page of the animation is shown.")
    var delay = 80

    mutating func validate() throws {
        guard pages.count >= 2 else { throw ValidationError("give two pages or more") }
        guard (1...1000).contains(steps) else { throw ValidationError("--steps must be from 1 to 1000") }
        guard (1...65_535).contains(delay) else { throw ValidationError("--delay must be from 1 to 65535") }
    }

    mutating func run() throws {
        let space = try options.space()
        let ends = try pages.map { try space.refined(space.page($0), by: refinement.refinement) }
        if let frames { try URL(filePath: frames, directoryHint: .isDirectory).makeEmptyFolder() }
        let ownSizes = ends.map { $0.size.with(height: height) }
        let sizes = LatentPath.sizes(through: ownSizes, steps: steps)
        try requireStrip(of: sizes)
        let path = spherical ? LatentPath.spherical : .linear
        let stations = Tensor.concatenate(ends.map(\.mu), dim: 0)
        let codes =
            codeSteps
            ? path.through(stations, steps: steps)
            : try evenly(path, through: stations, sizes: ownSizes, in: space)
        try write(try draw(codes, sizes: sizes, in: space))
    }

    /// The picture of all pages side by side; the only thing that is written if nothing is asked for.
    private var strip: String? { out ?? (frames == nil && animation == nil ? "interpolation.png" : nil) }

    /// - Throws: `UserError` when the pages side by side would be too wide for a picture, before any is drawn.
    private func requireStrip(of sizes: [PNG.Size]) throws {
        let width = sizes.reduce(4) { $0 + min($1.width, 256) + 4 }  // as `pageSheet` lays them out
        guard strip != nil, width > PNG.maximumSide else { return }
        throw UserError(
            .usage,
            "\(sizes.count) pages side by side are \(width) pixels, more than the \(PNG.maximumSide) of a picture",
            remedy: "take fewer --steps, or --frames or --animation without --out")
    }

    private func evenly(
        _ path: LatentPath, through codes: Tensor, sizes: [PNG.Size], in space: LatentSpace
    ) throws -> Tensor {
        let console = Console()
        console.begin()
        defer { console.clearBar() }
        return try space.evenly(path, through: codes, sizes: sizes, steps: steps) {
            console.progress("pacing", done: $0, of: (sizes.count - 1) * 4 * steps, unit: "pages")
        }
    }

    private func write(_ drawn: [GrayImage]) throws {
        let console = Console()
        if let frames {
            for (index, page) in drawn.enumerated() {
                try PNG.write(page, to: URL(filePath: frames).appending(path: String(format: "%04d.png", index)))
            }
            console.line("wrote \(drawn.count) pages to \(frames)")
        }
        if let animation {
            let data = try PNG.animation(padded(drawn), milliseconds: delay)
            try AtomicFile.write(data, to: URL(filePath: animation))
            console.line("wrote \(animation)")
        }
        guard let strip else { return }
        try PNG.write(pageSheet(drawn, columns: drawn.count), to: URL(filePath: strip))
        console.line("wrote \(strip)")
    }
}
