import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace reconstruct`
struct ReconstructCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconstruct",
        abstract: "Draw pages again from their latent codes.",
        discussion: """
            Examples:
              wirespace reconstruct runs/demo page.png other.png --out reconstructions.png
              wirespace reconstruct runs/demo page.png --refine 20

            Each column of the picture is a page: as the model saw it, drawn from its 128 numbers alone, for a model that was
            taught to draw layouts (`wirespace layouts`) as a layout from the same numbers, and, for a model with skips, drawn
            with them.
            """)

    @Argument(help: "A run folder, or a model file.", completion: .directory)
    var model: String

    @Argument(help: "Pages, PNG or JPEG files.", completion: .file(extensions: ["png", "jpg", "jpeg"]))
    var pages: [String]

    @Option(help: "The picture to write.")
    var out = OutputFile("reconstructions.png")

    @OptionGroup var refinement: RefinementOptions

    mutating func run() throws {
        try out.prepare("png")
        let trained = try TrainedModel(model)
        try out.requireOther(than: pages.map { URL(filePath: $0) })
        let prepared = try pages.map { try trained.input(at: URL(filePath: $0)) }
        let sizes = prepared.map { PNG.Size(width: $0.image.width, height: $0.image.height) }
        let rowCount = 2 + (trained.drawsLayouts ? 1 : 0) + (trained.configuration.model.useSkipConnections ? 1 : 0)
        let all = Array(repeating: [Reconstruction.captionSize] + sizes, count: rowCount).flatMap { $0 }
        try requireSheet(
            of: all, columns: sizes.count + 1, width: .max, pages: sizes.count, remedy: "name fewer pages at a time")
        let reconstructions = try trained.reconstruct(prepared, refinement: refinement.refinement)
        for (path, reconstruction) in zip(pages, reconstructions) {
            let ssim = try reconstruction.ssim()
            let layout = ssim.layout.map { String(format: ", as a layout %.3f", $0) } ?? ""
            let skips = ssim.withSkips.map { String(format: ", with skips %.3f", $0) } ?? ""
            print("\(path): SSIM from the latent \(String(format: "%.3f", ssim.fromLatent))\(layout)\(skips)")
        }
        print("From top to bottom: " + reconstructions[0].pictures.map(\.name).joined(separator: ", "))
        try out.write(reconstructionGrid(reconstructions, named: true))
    }
}
