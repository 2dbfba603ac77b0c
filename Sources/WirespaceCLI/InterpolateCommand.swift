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
            Pages are drawn in pixels. An animation is an animated PNG, which browsers play.
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
    var out: OutputFile?

    @Option(help: "A new folder for the single pages.", completion: .directory)
    var frames: String?

    @Option(help: "An animated PNG.")
    var animation: OutputFile?

    @Option(help: "Milliseconds that a page of the animation is shown, by default 80.")
    var delay: Int?

    mutating func validate() throws {
        guard pages.count >= 2 else { throw ValidationError("give two pages or more") }
        guard (1...1000).contains(steps) else { throw ValidationError("--steps must be from 1 to 1000") }
        guard (1...65_535).contains(delay ?? 80) else { throw ValidationError("--delay must be from 1 to 65535") }
        guard delay == nil || animation != nil else { throw ValidationError("--delay goes with --animation") }
    }

    mutating func run() throws {
        try strip.prepare("png")
        try animation?.prepare("png", "apng")
        let space = try options.space()
        let ends = try pages.map { try space.refined(space.pageToDraw($0), by: refinement.refinement) }
        try strip?.requireOther(than: ends.map(\.file), pagesOf: space)
        try animation?.requireOther(than: ends.map(\.file) + (strip.map { [$0.url] } ?? []), pagesOf: space)
        if let frames { try URL(filePath: frames, directoryHint: .isDirectory).makeEmptyFolder() }
        let ownSizes = try ends.map { try $0.size.with(height: height) }
        let sizes = LatentPath.sizes(through: ownSizes, steps: steps)
        if strip != nil {
            let remedy = "take fewer --steps, or --frames or --animation without --out"
            try requireSheet(of: sizes, columns: sizes.count, remedy: remedy)
        }
        let path = spherical ? LatentPath.spherical : .linear
        let stations = Tensor.concatenate(ends.map(\.mu), dim: 0)
        let codes =
            codeSteps
            ? path.through(stations, steps: steps)
            : try evenly(path, through: stations, sizes: ownSizes, in: space)
        try write(try draw(codes, sizes: sizes, in: space))
    }

    /// The picture of all pages side by side; the only thing that is written if nothing is asked for.
    private var strip: OutputFile? {
        out ?? (frames == nil && animation == nil ? OutputFile("interpolation.png") : nil)
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
            console.line("wrote \(counted(drawn.count, "page")) to \(frames)")
        }
        if let animation {
            let data = try PNG.animation(padded(drawn), milliseconds: delay ?? 80)
            try AtomicFile.write(data, to: animation.url)
            console.line("wrote \(animation)")
        }
        try strip?.write(pageSheet(drawn, columns: drawn.count))
    }
}
