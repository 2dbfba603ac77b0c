import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace evaluate`
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Say what a trained space is worth, on pages that it has never seen.",
        discussion: """
            Examples:
              wirespace evaluate runs/demo
              wirespace evaluate runs/demo --refine 20
              wirespace evaluate runs/a runs/b runs/c --compare

            Leaves RUN/evaluation/metrics.json and RUN/evaluation/report.html, one file that opens in any browser; of a model file
            both in MODEL.evaluation/ beside it. With --compare, runs that were evaluated before are not evaluated again. With
            --refine, every figure is of refined codes, as the report says. With a layout decoder every test page takes some three
            seconds of a core. What was stopped on the way goes on by the same command, with the codes and layouts it had found.
            """)

    @Argument(help: "Run folders, or model files.", completion: .directory)
    var runs: [String]

    @Flag(help: "Also set the runs side by side in one page.")
    var compare = false

    @Option(help: "Where --compare writes its page. By default comparison.html.")
    var out: OutputFile?

    @Option(help: "Most training pages that probes and baselines are fitted on, evenly spaced.")
    var trainPages = 2000

    @Option(
        help: "The folder of pages, where it is not (or no longer) where the training found it.", completion: .directory
    )
    var pages: String?

    @OptionGroup var refinement: RefinementOptions

    @Option(help: "Layouts that are drawn of each sample's code, if the model draws any; one of them is kept.")
    var candidates = TrainedModel.usualLayoutCandidates

    @Flag(help: "Print each metrics.json for programs.")
    var json = false

    mutating func validate() throws {
        guard out == nil || compare else { throw ValidationError("--out goes with --compare") }
        guard pages == nil || runs.count == 1 else { throw ValidationError("--pages goes with one run") }
        guard trainPages >= 1 else { throw ValidationError("--train-pages must be at least 1") }
        guard (1...64).contains(candidates) else { throw ValidationError("--candidates must be from 1 to 64") }
    }

    mutating func run() throws {
        let out = out ?? OutputFile("comparison.html")
        if compare { try out.prepare("html") }
        let console = Console()
        var compared: [(name: String, result: EvaluationResult, records: [EpochRecord])] = []
        for path in runs {
            let folder = RunFolder(path)
            let result = try (compare ? folder.evaluationResult() : nil) ?? evaluate(folder, console)
            if json { print(String(decoding: try result.json(), as: UTF8.self)) }
            compared.append((folder.name, result, try folder.records()))
        }
        if compare {
            try AtomicFile.write(Data(try Report.comparison(compared).utf8), to: out.url)
            console.line("Comparison: \(out)")
        }
    }

    private func evaluate(_ folder: RunFolder, _ console: Console) throws -> EvaluationResult {
        let evaluator = try Evaluator(
            TrainedModel(folder.url.path, pages: pages), run: folder.name, trainingPages: trainPages,
            refinement: refinement.refinement, layoutCandidates: candidates,
            unfinished: folder.unfinishedEvaluation, console: console)
        let (result, pictures) = try evaluator.evaluate()
        try folder.write(result, pictures)
        for verdict in Verdict.all(for: result) { console.line(verdict.line) }
        for warning in EvaluationWarning.all(for: result) { console.line("! \(warning.title)") }
        if folder.hasOtherSplits(than: result) {
            console.line(
                "! the pages or their splits have changed since the training began: see \(folder.splits.relativePath)")
        }
        console.line("Report: \(folder.report.relativePath)")
        return result
    }
}
