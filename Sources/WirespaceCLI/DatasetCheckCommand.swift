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
              wirespace dataset check --config configs/real.yaml
              wirespace dataset check my-wireframes --model runs/mine --report check.html

            --config looks at the pages as a training by that configuration would: labels, groups, splits, width, colours.
            --model encodes the pages and lists those whose neighbours of other groups carry another label: hints, which
            --fix does not act on.
            --fix deletes nothing: it moves what cannot be read, blank, tiny and inverted pages, and copies that would lie
            on both sides of a split or under two labels into FOLDER-aside, whose moves.json says what was where.
            Ends with 0 when there are pages and all of them can be read, else with 65.
            """)

    @Argument(
        help: """
            The folder, by default data.directory of --config; and keys of --config to change, such as data.width=64.
            """, completion: .directory)
    var words: [String] = []

    @Option(help: "Look at the folder as this configuration does.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(
        help: "A run folder or a model file: list labels that the neighbours in its space doubt.",
        completion: .directory)
    var model: String?

    @Option(help: "With --model: keep the codes in this index. By default the run's own, if it is of this folder.")
    var index: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    @Option(help: "Write the report as one HTML file with thumbnails.", completion: .file(extensions: ["html"]))
    var report: OutputFile?

    @Flag(help: "Move offending files out of the folder.")
    var fix = false

    @Flag(help: "With --fix: only say what would be moved.")
    var dryRun = false

    /// With --config, words like `data.width=64` change a key, as in `train`.
    private var overrides: [String] {
        guard config != nil else { return [] }
        return words.filter { $0.contains(/^[a-z0-9_.]+=/) && !FileManager.default.fileExists(atPath: $0) }
    }

    private var folder: String? { words.first { !overrides.contains($0) } }

    mutating func validate() throws {
        if words.contains("") { throw ValidationError("the folder's name is empty") }
        if words.count - overrides.count > 1 {
            throw ValidationError("name one folder, not \(words.joined(separator: ", "))")
        }
        if dryRun, !fix { throw ValidationError("--dry-run goes with --fix") }
        if index != nil, model == nil { throw ValidationError("--index goes with --model") }
        if folder == nil, config == nil { throw ValidationError("name a folder, or a configuration with --config") }
    }

    mutating func run() throws {
        try report.prepare("html")
        let (images, configured) = try pages()
        let data = configured?.configuration.data
        let console = Console()
        console.begin()
        let total = images.entries.count
        let treatment = data.map(PageTreatment.init)
        var found = try DatasetCheck.run(
            images, splits: configured?.labelled.split(ofGroup:), reading: treatment?.image(in:),
            maximumHeight: data?.maxHeight ?? .max, similarity: pageSimilarity,
            progress: { console.progress("checking", done: $0, of: total, unit: "images") })
        console.clearBar()
        if let model, found.images > found.unreadable.count {
            found = found.adding(try labels(of: images, by: model, console))
        }
        print(json ? try text(of: found) : found.summary)
        if let report {
            try AtomicFile.write(Data(try Report.dataset(found).utf8), to: report.url)
            console.line("Report: \(report)")
        }
        if fix { try repair(found, console) }
        try require(found)
    }

    /// The folder's pages, as `--config` labels them if there is one.
    private func pages() throws -> (ImageFolder, (configuration: Configuration, labelled: LabelledFolder)?) {
        guard let config else {
            return (try ImageFolder(scanning: URL(filePath: folder ?? "", directoryHint: .isDirectory)), nil)
        }
        // As a person would write it after `train`; in YAML's single quotes only they themselves are doubled.
        let directory = folder.map { folder in
            ["data.generator=null", "data.directory='\(folder.replacingOccurrences(of: "'", with: "''"))'"]
        }
        let configuration = try Configuration.load(config, overrides: overrides + (directory ?? []))
        guard configuration.data.directory != nil else {
            throw UserError(
                .data, "the configuration names no folder: its pages are generated", at: config,
                remedy: "name a folder, or another configuration")
        }
        let labelled = try LabelledFolder(configuration)
        return (labelled.folder.labelled(as: labelled.entries), (configuration, labelled))
    }

    /// What a model says of the labels. Its codes are kept only where an index of this folder is, or is asked for.
    private func labels(
        of images: ImageFolder, by model: String, _ console: Console
    ) throws -> DatasetReport.LabelCheck {
        let temporary = FileManager.default.temporaryDirectory.appending(path: "labels-\(UUID().uuidString).sqlite")
        defer { try? FileManager.default.removeItem(at: temporary) }
        var space = try LatentSpace(model, index: index)
        if index == nil, !space.hasIndex(of: images.root) {
            space = try LatentSpace(model, index: temporary.path(percentEncoded: false))
        }
        return try space.labelCheck(of: images.entries, in: images.root, model: model, console: console)
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
                .data, "there are no PNG or JPEG images", at: report.folder,
                remedy: "put pages there, or make some with `wirespace dataset generate`")
        }
        guard let first = report.unreadable.first, !fix || dryRun else { return }
        throw UserError(
            .data, "\(report.unreadable.count) of \(report.images) images cannot be read; the first: \(first.reason)",
            at: report.folder + (report.folder.hasSuffix("/") ? "" : "/") + first.file,
            remedy: "replace or remove what is listed above, or use --fix")
    }
}
