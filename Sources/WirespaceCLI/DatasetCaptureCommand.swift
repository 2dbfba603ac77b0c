import ArgumentParser
import Capture
import Foundation
import Wireframes
import Wirespace

/// `wirespace dataset capture`
struct DatasetCaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Make wireframes from web pages, by means of Chromium.",
        discussion: """
            Examples:
              wirespace dataset capture https://example.org/ --out pages
              wirespace dataset capture templates --out pages --width 1280 --width 390 --archetype-folders
              wirespace dataset capture pages.txt --out pages --jobs 4 --timeout 60

            An input is an address, an HTML file, a folder of them, or a list (.txt): one address or file a line, its
            archetype after a tab if it has one. Leaves SITE__PAGE_WIDTH.png and, beside it, the layout tree that it is
            drawn from, which `dataset render` draws again. What is there already is left out, so that a capture that was
            stopped goes on where it was. HTML files read from their own folder only, and not from the network.
            Ends with 0 when every page was captured, else with 65 after capturing the others.
            """)

    @Argument(help: "Addresses, HTML files, folders of them, lists of them.")
    var inputs: [String]

    @Option(help: "The folder to fill. It may have pages already.", completion: .directory)
    var out: String

    @Option(help: "Width of the window in pixels, from 240 to 4096; may be repeated. By default 1280.")
    var width: [Int] = []

    @Option(help: "The sub-folder for pages: their archetype.")
    var archetype: String?

    @Flag(help: "The sub-folders of an input folder are archetypes, not sites.")
    var archetypeFolders = false

    @Option(help: "Seconds for one page, from 2 to 3600.")
    var timeout = 30.0

    @Option(help: "Seconds that a page must not change before it is looked at, from 0 to 30.")
    var wait = 0.5

    @Option(help: "Pages at a time, each in a browser of its own, from 1 to 64.")
    var jobs = 2

    @Option(
        help: "The folder that HTML files may read from. By default the one named, else the file's.",
        completion: .directory)
    var root: String?

    @Flag(help: "HTML files may use the network.")
    var network = false

    @Flag(help: "Capture what is there already, too.")
    var again = false

    @Option(help: "A folder for screenshots of the same pages, named alike.", completion: .directory)
    var screenshots: String?

    @Option(help: "The browser: Chromium or Chrome. By default one on the PATH.", completion: .file())
    var chromium: String?

    @Flag(help: "Print JSON for programs: what became of each page.")
    var json = false

    mutating func validate() throws {
        for width in width where !(240...4096).contains(width) {
            throw ValidationError("--width must be from 240 to 4096")
        }
        guard archetype == nil || !archetypeFolders else {
            throw ValidationError("give --archetype or --archetype-folders, not both")
        }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 64") }
        guard !inputs.contains("") else { throw ValidationError("an input is empty: name pages") }
        guard (0...30).contains(wait) else { throw ValidationError("--wait must be from 0 to 30") }
        guard (2...3600).contains(timeout) else { throw ValidationError("--timeout must be from 2 to 3600") }
    }

    mutating func run() throws {
        let targets = try CaptureTarget.find(
            inputs, root: root.map { URL(filePath: $0, directoryHint: .isDirectory) },
            archetype: archetype.map(fileName(of:)), folders: archetypeFolders ? .archetypes : .sites)
        if let screenshots, CaptureTarget.isPath(screenshots, within: out) {
            throw UserError(
                .usage, "screenshots would lie among the wireframes", at: screenshots,
                remedy: "name a folder outside of --out")
        }
        var settings = CaptureQueue.Settings()
        var seen: Set<Int> = []
        settings.widths = width.isEmpty ? [1280] : width.filter { seen.insert($0).inserted }
        (settings.jobs, settings.timeout, settings.usesNetwork, settings.again) = (jobs, timeout, network, again)
        settings.wait = wait
        settings.screenshots = screenshots.map { URL(filePath: $0, directoryHint: .isDirectory) }
        let queue = CaptureQueue(
            try Browser.find(chromium), into: URL(filePath: out, directoryHint: .isDirectory), settings: settings)
        let console = Console()
        console.begin()
        Interruption.listen()
        let total = targets.count * settings.widths.count
        let outcomes = try queue.run(
            targets, shouldStop: { Interruption.signal != nil },
            report: { outcome, done in
                if let reason = outcome.reason {
                    console.line("skipped: \(outcome.source) at \(outcome.width) px: \(reason)")
                }
                console.progress("capturing", done: done, of: total, unit: "pages")
            })
        console.clearBar()
        try tell(outcomes, console)
    }

    private func tell(_ outcomes: [CaptureQueue.Outcome], _ console: Console) throws {
        func count(_ kind: CaptureQueue.Outcome.Kind) -> Int { outcomes.count { $0.kind == kind } }
        if json {
            try printJSON(outcomes)
        }
        let present = count(.present) > 0 ? ", \(count(.present)) there already" : ""
        let captured = count(.captured)
        console.line("\(counted(captured, "page")) captured into \(out)\(present)")
        if let signal = Interruption.signal { throw ExitCode(128 + signal) }
        if let first = outcomes.first(where: { $0.kind == .failed }) {
            let failures = "\(count(.failed)) of \(outcomes.count) pages could not be captured"
            throw UserError(
                .data, "\(failures); the first: \(first.reason ?? "")",
                at: first.source, remedy: "the same command tries them again; see --timeout, --network and --root")
        }
    }
}
