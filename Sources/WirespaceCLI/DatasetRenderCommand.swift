public import ArgumentParser
import Foundation
public import Wireframes
import Wirespace

extension LayoutStyle: ExpressibleByArgument {}

/// `wirespace dataset render`
struct DatasetRenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Draw wireframes from layout trees.",
        discussion: """
            Examples:
              wirespace dataset render page.json --out pages
              wirespace dataset render layouts --out depth --style depth --width 256 --max-layers 40

            Reads view hierarchies (RICO), trees of {bounds, children} or {b, c}, lists of elements, the sidecars of
            `dataset generate`, and what `dataset capture` and `export` leave; Docs/formats.md shows each. A folder is searched for .json files and its sub-folders are
            kept, since they are labels. Ends with 0 when every file was drawn, else with 65 after drawing the others.
            """)

    @Argument(help: "Layout files, or folders of them.", completion: .file(extensions: ["json"]))
    var inputs: [String]

    @Option(help: "The folder to fill. One that exists must be empty.", completion: .directory)
    var out: String

    @Option(help: "depth: layers of rectangles, light on dark; line: outlines and symbols, ink on paper.")
    var style = LayoutStyle.line

    @Option(help: "Width of the pictures in pixels, from 32 to 4096. By default the layout's.")
    var width: Int?

    @Option(help: "Layers that are white, for --style depth. By default the most on the page.")
    var maxLayers: Int?

    mutating func validate() throws {
        if let width, !(32...4096).contains(width) { throw ValidationError("--width must be from 32 to 4096") }
        if let maxLayers, !(1...65_535).contains(maxLayers) {
            throw ValidationError("--max-layers must be from 1 to 65535")
        }
        if maxLayers != nil, style != .depth { throw ValidationError("--max-layers is for --style depth") }
    }

    mutating func run() throws {
        let files = try LayoutFile.find(inputs.map { URL(filePath: $0) })
        let folder = try LayoutFolder(
            URL(filePath: out, directoryHint: .isDirectory),
            LayoutPicture(style: style, width: width, maximumLayers: maxLayers))
        let console = Console()
        console.begin()
        var failures: [UserError] = []
        for (index, (file, name)) in files.enumerated() {
            do {
                for note in try folder.add(file, named: name) { console.line(note) }
            } catch let error as UserError where error.code == .data || error.code == .missingInput {
                failures.append(error)
                console.line("skipped: \(error)")
            }
            console.progress("drawing", done: index + 1, of: files.count, unit: "files")
        }
        console.line("\(counted(folder.count, "page")) in \(out)")
        if let first = failures.first {
            throw UserError(
                .data, "\(failures.count) of \(files.count) files could not be drawn: \(first.message)",
                at: first.place,
                remedy: first.remedy ?? "correct or remove what is listed above")
        }
    }
}
