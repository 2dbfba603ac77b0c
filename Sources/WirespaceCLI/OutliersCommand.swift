import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace outliers`
struct OutliersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outliers",
        abstract: "Name the pages of the index that are least like any other.",
        discussion: """
            Examples:
              wirespace outliers runs/demo
              wirespace outliers runs/demo --count 50 --json

            The figure is the mean distance to the nearest other pages: five, or fewer where archetypes have fewer pages.
            Needs an index: wirespace encode RUN FOLDER
            """)

    @OptionGroup var options: SpaceOptions

    @Option(name: [.customShort("k"), .customLong("neighbours")], help: "Neighbours that count.")
    var neighbours: Int?

    @Option(help: "How many pages to name.")
    var count = 20

    @Flag(help: "Print JSON for programs.")
    var json = false

    mutating func validate() throws {
        guard neighbours ?? 1 >= 1, count >= 1 else { throw ValidationError("-k and --count must be at least 1") }
    }

    mutating func run() throws {
        let index = try options.space().index()
        let console = Console()
        console.begin()
        let outliers = try index.outliers(neighbours: neighbours) {
            console.progress("comparing", done: $0, of: index.pages.count, unit: "pages")
        }
        console.clearBar()
        if json { return try printJSON(Array(outliers.prefix(count))) }
        for outlier in outliers.prefix(count) {
            print(String(format: "%8.3f  %@", outlier.distance, outlier.page.path))
        }
        let used = min(neighbours ?? index.usualNeighbours, outliers.count - 1)
        let usual = String(format: "%.3f", outliers[outliers.count / 2].distance)
        console.line("\(usual) is usual (the middle of \(counted(outliers.count, "page")), -k \(used))")
    }
}
