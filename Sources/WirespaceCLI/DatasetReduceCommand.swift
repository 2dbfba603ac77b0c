import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace dataset reduce`
struct DatasetReduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reduce",
        abstract: "Turn screenshots in colour into wireframes.",
        discussion: """
            Examples:
              wirespace dataset reduce screenshots pages
              wirespace dataset reduce screenshots pages --again --jobs 4

            Reads PNG and JPEG files and leaves OUT/…/NAME.png under the same names: ink on paper, outlines instead of fills,
            crossed boxes instead of photographs (Docs/screenshots.md). A picture that is there and not older than its screenshot is
            left out, so that a reduction that was stopped goes on where it was. Ends with 0 when every screenshot was
            reduced, else with 65 after reducing the others. `data.screenshots: true` reduces as pages are read instead.
            """)

    @Argument(help: "The folder of screenshots.", completion: .directory)
    var folder: String

    @Argument(help: "The folder to fill. It may have pages already.", completion: .directory)
    var out: String

    @Flag(help: "Reduce what is there already, too.")
    var again = false

    @Option(help: "Screenshots at a time, from 1 to 64.")
    var jobs = 2

    mutating func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 64") }
    }

    mutating func run() throws {
        let reduction = try ScreenshotFolder(
            URL(filePath: folder, directoryHint: .isDirectory), into: URL(filePath: out, directoryHint: .isDirectory))
        guard reduction.count > 0 else {
            throw UserError(.data, "there are no PNG or JPEG images", at: folder, remedy: "put screenshots there")
        }
        let console = Console()
        console.begin()
        Interruption.listen()
        let total = reduction.count
        let result = try reduction.run(
            again: again, jobs: jobs, shouldStop: { Interruption.signal != nil },
            report: { failure, done in
                if let failure { console.line("skipped: \(failure)") }
                console.progress("reducing", done: done, of: total, unit: "screenshots")
            })
        console.clearBar()
        let present = result.present > 0 ? ", \(result.present) there already" : ""
        console.line("\(counted(result.reduced, "page")) in \(out)\(present)")
        if let signal = Interruption.signal { throw ExitCode(128 + signal) }
        if let first = result.failures.first {
            throw UserError(
                .data, "\(result.failures.count) of \(total) screenshots could not be reduced: \(first.message)",
                at: first.place, remedy: "replace or remove what is listed above; the same command goes on")
        }
    }
}
