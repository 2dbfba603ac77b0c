import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace direction`
struct DirectionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "direction",
        abstract: "Learn a direction with a meaning, for `wirespace traverse --direction`.",
        discussion: """
            Examples:
              wirespace direction runs/demo --from without-pictures --to with-pictures --out pictures.json
              wirespace direction runs/demo --factor length --out length.json
              wirespace direction runs/demo --factor device --value phone --out phone.json

            From two folders of examples the direction is the difference of their means. From a factor it is the
            least-squares slope of the codes on it, over the pages of the index that `wirespace dataset generate` has made,
            within archetypes.
            """)

    @OptionGroup var options: SpaceOptions

    @Option(help: "A folder of pages without the attribute.", completion: .directory)
    var from: String?

    @Option(help: "A folder of pages with it.", completion: .directory)
    var to: String?

    @Option(help: "A generating factor in the pages' sidecars.")
    var factor: String?

    @Option(help: "For a factor that is a choice: the one to go towards. By default `yes`.")
    var value: String?

    @Option(help: "The file to write, JSON.")
    var out = OutputFile("direction.json")

    mutating func validate() throws {
        guard (from != nil) == (to != nil), (from != nil) != (factor != nil) else {
            throw ValidationError("give --from and --to, or --factor")
        }
        guard value == nil || factor != nil else { throw ValidationError("--value goes with --factor") }
    }

    mutating func run() throws {
        try out.prepare("json")
        let space = try options.space()
        let direction = try learn(in: space)
        try direction.write(to: out.url)
        print(
            "\(direction.name): from \(counted(direction.pages, "page")), explains "
                + String(format: "%.0f %%", 100 * direction.explained) + " of it on others; wrote \(out)")
        if direction.explained < 0.05 {
            Console().line("! this direction means next to nothing: learn it from more pages, or from others")
        }
    }

    private func learn(in space: LatentSpace) throws -> LatentDirection {
        if let factor { return try space.direction(ofFactor: factor, value: value) }
        guard let from, let to, !URL(filePath: from).isSameFile(as: URL(filePath: to)) else {
            throw UserError(
                .usage, "both folders are the same", at: from, remedy: "name pages without and with the attribute")
        }
        let codes = try [from, to].map { folder in
            try space.codes(ofPagesIn: URL(filePath: folder, directoryHint: .isDirectory), console: Console())
        }
        return try space.direction(named: "\(from) → \(to)", from: codes[0], to: codes[1])
    }
}
