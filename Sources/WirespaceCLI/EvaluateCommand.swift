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
              wirespace evaluate runs/a runs/b runs/c --compare comparison.html

            Leaves RUN/evaluation/metrics.json and RUN/evaluation/report.html, one file that opens in any browser.
            """)

    @Argument(help: "Run folders.", completion: .directory)
    var runs: [String]

    @Flag(help: "Print metrics.json for programs.")
    var json = false

    mutating func run() throws {
        let console = Console()
        for path in runs {
            let trained = try TrainedModel(path)
            let folder = RunFolder(path)
            let evaluator = try Evaluator(trained, run: folder.url.lastPathComponent, console: console)
            let (result, _) = try evaluator.evaluate()
            try FileManager.default.createDirectory(at: folder.evaluation, withIntermediateDirectories: true)
            try AtomicFile.write(try result.json(), to: folder.evaluation.appending(path: "metrics.json"))
            if json { print(String(decoding: try result.json(), as: UTF8.self)) }
        }
    }
}
