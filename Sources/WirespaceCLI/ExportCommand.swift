import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace export`
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Turn pictures of pages into shapes to edit: SVG for a drawing program, a layout tree for code.",
        discussion: """
            Examples:
              wirespace export page.png
              wirespace export drawn/*.png --svg --out shapes

            Leaves DIR/NAME.svg and DIR/NAME.layout.json; --svg or --json alone asks for one of them. Boxes, circles, lines
            and crossed boxes are found again, letters and what is not recognised are traced outlines. For each page it says
            how well the shapes, drawn again, match its ink (F1, 1 pixel of tolerance).
            """)

    @Argument(help: "Pages, PNG or JPEG files.", completion: .file(extensions: ["png", "jpg", "jpeg"]))
    var images: [String]

    @Flag(help: "Write SVG.")
    var svg = false

    @Flag(help: "Write the layout tree as JSON.")
    var json = false

    @Option(help: "The folder to write to; it is made if it is not there.", completion: .directory)
    var out = "."

    mutating func validate() throws {
        let names = Dictionary(grouping: images) { Self.name(of: $0).lowercased() }
        if let pair = names.values.first(where: { $0.count > 1 }) {
            throw ValidationError("\(pair[0]) and \(pair[1]) would be written to the same file; export them one by one")
        }
    }

    mutating func run() throws {
        let folder = URL(filePath: out, directoryHint: .isDirectory)
        try folder.makeFolder()
        let console = Console()
        var failures: [UserError] = []
        for path in images {
            do throws(UserError) {
                try export(path, to: folder.appending(path: Self.name(of: path)))
            } catch {
                guard error.code != .io || images.count == 1 else { throw error }
                if images.count > 1 { console.line("skipped: \(error)") }
                failures.append(error)
            }
        }
        if let first = failures.first { throw first }
    }

    private func export(_ path: String, to file: URL) throws(UserError) {
        let image = try PictureFile.read(URL(filePath: path))
        let tree = Vectorizer().tree(of: image)
        var written: [String] = []
        func write(_ data: Data, ending: String) throws(UserError) {
            let target = file.appendingPathExtension(ending)
            try AtomicFile.write(data, to: target)
            written.append(target.relativePath)
        }
        if svg || !json { try write(Data(WireframeRenderer().svg(tree).utf8), ending: "svg") }
        if json || !svg { try write(LayoutDocument(tree).json(), ending: "layout.json") }
        print("\(path): \(try VectorQuality(of: tree, showing: image)); wrote \(written.joined(separator: " and "))")
    }

    private static func name(of path: String) -> String {
        URL(filePath: path).deletingPathExtension().lastPathComponent
    }
}
