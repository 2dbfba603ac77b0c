import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace search`
struct SearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Find the pages that are most like a page, or most like an archetype.",
        discussion: """
            Examples:
              wirespace search runs/demo sketch.png
              wirespace search runs/demo sketch.png -k 20 --archetype-filter pricing --sheet found.png
              wirespace search runs/demo --page contact/000001__contact.png --json
              wirespace search runs/demo --archetype login

            A page of the index is not found for itself. Needs an index: wirespace encode RUN FOLDER
            """)

    @OptionGroup var options: SpaceOptions

    @Argument(help: "A page: a PNG or JPEG file, or a page of the index by its path or number.")
    var image: String?

    @Option(help: "A page of the index, by its path or number.")
    var page: String?

    @Option(help: "An archetype: searches near the middle of it.")
    var archetype: String?

    @Option(name: [.customShort("k"), .customLong("count")], help: "How many pages.")
    var count = 10

    @Option(help: "Only pages of this archetype.")
    var archetypeFilter: String?

    @Option(help: "Only pages of this group, the part of the file's name before `__`.")
    var group: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "A picture to write: what was searched for, if it is a page, then what was found.")
    var sheet: OutputFile?

    mutating func validate() throws {
        guard [image, page, archetype].compactMap({ $0 }).count == 1 else {
            throw ValidationError("give one of a page, --page or --archetype")
        }
        guard count >= 1 else { throw ValidationError("-k must be at least 1") }
    }

    mutating func run() throws {
        try sheet.prepare("png")
        let space = try options.space()
        let index = try space.index()
        let query = try image.map { try space.page($0) } ?? page.map { try space.indexedPage($0) }
        let filter = SearchFilter(
            archetype: archetypeFilter, group: group, excludedRow: query.flatMap(index.row(of:)))
        let (z, wanted) = try target(query, in: space)
        let result = try space.search(near: z, named: query?.name ?? archetype ?? "", count: count, filter: filter)
        let files = (query.map { [$0.file] } ?? []) + result.neighbours.map { index.file(of: $0.page) }
        try sheet?.requireOther(than: files, pagesOf: space)
        if json { try printJSON(result) } else { tell(result, archetype: wanted) }
        guard let sheet else { return }
        let names =
            (query == nil ? [] : ["searched for"])
            + result.neighbours.map { String(format: "%@  %.2f", $0.page.archetype ?? "", $0.distance) }
        let pages = try zip(files, names).map { Caption.under(try space.trained.page(at: $0), $1) }
        let shown = pagesForSheet(pages, columns: 6)
        if shown.count < pages.count { Console().line("\(sheet) has room for the first \(shown.count)") }
        try sheet.write(pageSheet(shown, columns: 6))
    }

    /// The code that is searched for, and the archetype whose middle it is.
    private func target(_ query: EncodedPage?, in space: LatentSpace) throws -> (z: Tensor, archetype: String?) {
        if let query { return (query.mu, nil) }
        let regions = try space.archetypeRegions()
        let label = try regions.label(of: archetype ?? "")
        return (try regions.mean(of: regions.names[label]), regions.names[label])
    }

    private func tell(_ result: SearchResult, archetype: String?) {
        if !result.archetypes.isEmpty { print("\(result.query): \(guesses(result.archetypes))") }
        if let archetype, let nearest = result.archetypes.first?.archetype, nearest != archetype {
            let isKnown = result.archetypes.contains { $0.archetype == archetype }
            print(
                isKnown
                    ? "! the middle of the pages '\(archetype)' looks like '\(nearest)' to the model:"
                    : "! the model was not trained on an archetype '\(archetype)':")
            print("  what is near is worth little, unless it was trained on pages like yours")
        } else if archetype == nil, result.isOutOfDistribution, let distance = result.mahalanobisDistance {
            print("! \(unlikeTrainingPages(distance)):")
            print("  what it says of this one is worth little")
        }
        if result.neighbours.isEmpty { print("no other page") }
        for found in result.neighbours {
            print(String(format: "%8.3f  %@", found.distance, found.page.path))
        }
    }
}
