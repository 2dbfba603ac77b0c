import ArgumentParser
import Foundation
import Torch
import Wireframes
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

              wirespace train configs/demo.yaml --processes 2
              torchrun --nproc-per-node 4 --no-python -- wirespace train configs/real.yaml data.directory=my-wireframes

            Ctrl-C saves and stops; --resume goes on exactly where it stopped. Curves: tensorboard --logdir runs
            Several processes share every step (Docs/cluster.md). Start them with --processes on one machine, with
            torchrun or with SLURM's srun; a run goes on with any number of them.
            """)

    @Argument(help: "The configuration, a YAML file.", completion: .file(extensions: ["yaml"]))
    var config: String

    @Argument(help: "Keys to change, such as optimization.lr=1e-3.")
    var overrides: [String] = []

    @Option(name: .customLong("run"), help: "The run folder. By default runs/NAME, NAME being the configuration's.")
    var runFolder: String?

    @Flag(help: "Go on where the run stopped; start it if there is nothing yet.")
    var resume = false

    @Option(help: "Train with so many processes on this machine, which share its cores or take a GPU each.")
    var processes = 1

    func validate() throws {
        guard (1...1024).contains(processes) else { throw ValidationError("--processes is between 1 and 1024.") }
    }

    mutating func run() throws {
        let configuration = try Configuration.load(config, overrides: overrides)
        Interruption.listen()
        let team = try self.team(configuration)
        do {
            let outcome = try team.together { try train(configuration, team) }
            if case .interrupted(let signal) = outcome { throw ExitCode(128 + signal) }
        } catch let error as StoppedElsewhere {
            // The rank whose error it was says it.
            throw ExitCode(error.code.rawValue)
        } catch let error as UserError where error.code == .temporary && !team.leads {
            // Once is enough, if rank 0 is there to say it.
            if error.message.hasPrefix("rank 0") { throw error }
            throw ExitCode(error.code.rawValue)
        }
    }

    private func train(_ configuration: Configuration, _ team: Team) throws -> Trainer.Outcome {
        let name = URL(filePath: config).deletingPathExtension().lastPathComponent
        let folder = RunFolder(runFolder ?? "runs/\(name)")
        let resumes = team.leads ? try folder.prepare(for: configuration, resume: resume) : false
        let lock = team.leads ? try folder.lock() : nil
        defer { withExtendedLifetime(lock) {} }
        let console = Console(quiet: !team.leads)
        let pages = try configuration.pageSource(store: configuration.pageStore(report: console.line))
        let trainer = try Trainer(
            configuration, pages: pages, run: folder, resume: resumes, team: team, console: console)
        if team.leads { try folder.record(splitsOf: pages) }
        let outcome = try trainer.train()
        if team.leads, outcome == .finished {
            let path = folder.url.relativePath
            console.line("The model is in \(path). What it is worth: wirespace evaluate \(path)")
        }
        return outcome
    }

    /// Those that a launcher has started, those that `--processes` asks for, or this process alone.
    private func team(_ configuration: Configuration) throws -> Team {
        let environment = ProcessInfo.processInfo.environment
        if let place = try RankPlace(environment) { return try Team.join(place) }
        guard processes > 1 else { return .alone }
        let own = environment["OMP_NUM_THREADS"].flatMap { Int($0) }.flatMap { (1...4096).contains($0) ? $0 : nil }
        let threads = own ?? max(1, ProcessInfo.processInfo.activeProcessorCount / processes)
        Runtime.threads = threads
        return try Team.start(processes, arguments: ["train", config] + overrides, threads: threads)
    }
}
