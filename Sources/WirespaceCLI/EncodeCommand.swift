import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace encode`
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Keep the codes of a folder's pages, to be searched.",
        discussion: """
            Examples:
              wirespace encode runs/demo my-wireframes
              wirespace encode runs/demo my-wireframes --refine 20

            Leaves RUN/index.sqlite. Called again it encodes only what is new or has changed and drops what is gone. It may
            be stopped at any time: what is finished is kept. With --refine the codes draw their pages better, and cost some
            sixty times as much; whatever uses the index then refines other pages likewise.
            """)

    @OptionGroup var options: SpaceOptions

    @Argument(help: "A folder of pages; its sub-folders are their archetypes.", completion: .directory)
    var folder: String

    @Option(help: "Steps by which codes are refined. By default as many as the index has, and at first none.")
    var refine: Int?

    @Flag(help: "Print JSON for programs.")
    var json = false

    mutating func validate() throws {
        if folder.isEmpty { throw ValidationError("the folder's name is empty") }
        try refine.map(RefinementOptions.validate)
    }

    mutating func run() throws {
        let space = try options.space(refinement: refine.map { CodeRefinement(steps: $0) })
        let update = try space.updateIndex(
            from: URL(filePath: folder, directoryHint: .isDirectory), console: Console())
        if json { return try printJSON(update) }
        print(
            "\(counted(update.pages, "page")) in \(space.indexFile.relativePath): \(update.encoded) encoded, \(update.kept) kept, "
                + "\(update.removed) dropped, \(update.skipped.count) skipped")
    }
}
