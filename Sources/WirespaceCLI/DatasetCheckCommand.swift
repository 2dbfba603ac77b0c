import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace dataset check`
struct DatasetCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is in a folder of wireframes and what is wrong with it.",
        discussion: """
            Examples:
              wirespace dataset check my-wireframes --report check.html
              wirespace dataset check my-wireframes --fix --dry-run
              wirespace dataset check my-wireframes --fix

            --fix deletes nothing: it moves what cannot be read, blank, tiny and inverted pages, and copies that would lie
            on both sides of a split or under two labels into FOLDER-aside, whose moves.json says what was where.
            Ends with 0 when there are pages and all of them can be read, else with 65.
            """)

    @Argument(help: "The folder.", completion: .directory)
    var folder: String

    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "Write the report as one HTML file with thumbnails.", completion: .file(extensions: ["html"]))
    var report: String?

    @Flag(help: "Move offending files out of the folder.")
    var fix = false

    @Flag(help: "With --fix: only say what would be moved.")
    var dryRun = false

    mutating func validate() throws {
        if dryRun, !fix { throw ValidationError("--dry-run goes with --fix") }
    }

    mutating func run() throws {
        let images = try ImageFolder(scanning: URL(filePath: folder, directoryHint: .isDirectory))
        let console = Console()
        console.begin()
        let total = images.entries.count
        // The check calls from several threads, but one at a time, and this one waits for it.
        nonisolated(unsafe) let reporter = console
        let found = try DatasetCheck.run(images, similarity: pageSimilarity) {
            reporter.progress("checking", done: $0, of: total, unit: "images")
        }
        console.clearBar()
        print(json ? try text(of: found) : found.summary)
        if let report {
            try AtomicFile.write(Data(try Report.dataset(found).utf8), to: URL(filePath: report))
            console.line("Report: \(report)")
        }
        if fix { try repair(found, console) }
        try require(found)
    }

    private func repair(_ report: DatasetReport, _ console: Console) throws {
        let repair = DatasetRepair(report)
        if !dryRun { try repair.apply() }
        let verb = dryRun ? "would be moved" : "moved"
        console.line("\(repair.moves.count) of \(report.images) images \(verb) to \(repair.aside)")
        for move in repair.moves where dryRun { console.line("  \(move.file): \(move.reason)") }
    }

    private func text(of report: DatasetReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    /// Says on standard error what stands in the way of using the folder.
    private func require(_ report: DatasetReport) throws {
        guard report.images > 0 else {
            throw UserError(
                .data, "there are no PNG or JPEG images", at: folder,
                remedy: "put pages there, or make some with `wirespace dataset generate`")
        }
        guard let first = report.unreadable.first, !fix || dryRun else { return }
        throw UserError(
            .data, "\(report.unreadable.count) of \(report.images) images cannot be read: \(first.reason)",
            at: folder + "/" + first.file, remedy: "replace or remove what is listed above, or use --fix")
    }
}
