import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// `wirespace layouts`
struct LayoutsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layouts",
        abstract: "Teach a trained model to draw layouts: boxes, words and symbols instead of grey pixels.",
        discussion: """
            Examples:
              wirespace layouts runs/demo
              wirespace layouts runs/mine layouts.epochs=40 --resume

            Trains a second decoder on the codes of the model, which stays as it is. Needs pages with layouts: generated ones, or
            a folder with the .json files that `wirespace dataset capture` and `generate` write. Leaves a file beside the model;
            from then on `generate` draws layouts, of codes from where those of the pages lie; `reconstruct` shows them and `evaluate`
            measures them.
            """)

    @Argument(help: "A run folder, or a model file.", completion: .directory)
    var model: String

    @Argument(help: "Keys to change, such as layouts.epochs=10 or data.directory=pages.")
    var overrides: [String] = []

    @Flag(help: "Go on where a training was stopped; start it if there is nothing yet.")
    var resume = false

    mutating func run() throws {
        let stored = try TrainedModel(model, device: .cpu)
        let configuration = try Configuration(
            yaml: stored.configuration.yaml(), file: stored.file.path, overrides: overrides)
        let trained = try TrainedModel(model, device: configuration.device)
        if let threads = configuration.optimization.threads { Runtime.threads = threads }
        Interruption.listen()
        let console = Console()
        let pages = try configuration.pageSource(store: configuration.pageStore(report: console.line))
        let trainer = try LayoutTrainer(trained, configuration, pages: pages, resume: resume, console: console)
        if case .interrupted(let signal) = try trainer.train() { throw ExitCode(128 + signal) }
    }
}
