import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace duplicates`
struct DuplicatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duplicates",
        abstract: "Name the pairs of pages of the index that are nearly the same.",
        discussion: """
            Examples:
              wirespace duplicates runs/demo
              wirespace duplicates runs/demo --threshold 0.5 --ssim 0.95 --json

            Pairs that lie near each other in the space are compared as pictures where their files are still there, and
            left out when their structural similarity (SSIM) is too low. Needs an index: wirespace encode RUN FOLDER
            """)

    @OptionGroup var options: SpaceOptions

    @Option(
        help: "Greatest distance in the space. By default half of what is usual between a page and the nearest other.")
    var threshold: Double?

    @Option(help: "Least structural similarity of the pictures, up to 1.")
    var ssim = 0.9

    @Flag(help: "Print JSON for programs.")
    var json = false

    mutating func validate() throws {
        guard threshold.map({ $0 > 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--threshold must be greater than 0")
        }
        guard (-1...1).contains(ssim) else { throw ValidationError("--ssim must be from -1 to 1") }
    }

    mutating func run() throws {
        let space = try options.space()
        let pairs = try confirmed(try candidates(in: space.index()), in: space)
        if json { return try printJSON(pairs) }
        for pair in pairs {
            let ssim = pair.ssim.map { String(format: "SSIM %.3f", $0) } ?? "file gone"
            print(String(format: "%8.3f  %@  %@  %@", pair.distance, ssim, pair.first.path, pair.second.path))
        }
        print(counted(pairs.count, "pair"))
    }

    private func candidates(in index: LatentIndex) throws -> [LatentIndex.Pair] {
        let console = Console()
        console.begin()
        defer { console.clearBar() }
        // At the least a little: copies have a distance of 0.
        let usual = max(index.usualDuplicateDistance(), 1e-6)
        return try index.duplicates(within: threshold ?? usual) {
            console.progress("comparing", done: $0, of: index.pages.count, unit: "pages")
        }
    }

    private func confirmed(_ pairs: [LatentIndex.Pair], in space: LatentSpace) throws -> [LatentIndex.Pair] {
        let console = Console()
        console.begin()
        defer { console.clearBar() }
        return try pairs.enumerated().compactMap { number, pair in
            var pair = pair
            pair.ssim = try space.similarity(of: pair)
            console.progress("looking at", done: number + 1, of: pairs.count, unit: "pairs")
            return (pair.ssim ?? 1) >= ssim ? pair : nil
        }
    }
}
