import ArgumentParser
import Foundation
import Wirespace

/// `wirespace train`
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a β-VAE and leave a run folder.",
        discussion: """
            Examples:
              wirespace train configs/demo.yaml
              wirespace train configs/real.yaml data.directory=my-wireframes loss.beta_kld=0.5 --run runs/mine
              wirespace train configs/real.yaml data.directory=my-wireframes loss.beta_kld=0.5 --run runs/mine --resume

            Ctrl-C saves and stops; --resume goes on exactly where it stopped. Curves: tensorboard --logdir runs
            """)

    @Argument(help: "The configuration, a YAML file.", completion: .file(extensions: ["yaml"]))
    var config: String

    @Argument(help: "Keys to change, such as optimization.lr=1e-3.")
    var overrides: [String] = []

    @Option(name: .customLong("run"), help: "The run folder. By default runs/NAME, NAME being the configuration's.")
    var runFolder: String?

    @Flag(help: "Go on where the run stopped; start it if there is nothing yet.")
    var resume = false

    mutating func run() throws {
        let configuration = try Configuration.load(config, overrides: overrides)
        let name = URL(filePath: config).deletingPathExtension().lastPathComponent
        let folder = RunFolder(runFolder ?? "runs/\(name)")
        let resumes = try folder.prepare(for: configuration, resume: resume)
        let console = Console()
        Interruption.listen()
        let pages = try configuration.pageSource()
        let trainer = try Trainer(configuration, pages: pages, run: folder, resume: resumes, console: console)
        try folder.record(splitsOf: pages)
        if try trainer.train() == .interrupted { throw ExitCode(128 + (Interruption.signal ?? 0)) }
    }
}
