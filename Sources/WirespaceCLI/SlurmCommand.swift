import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace slurm`
struct SlurmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slurm",
        abstract: "Write, and submit if asked, a job for a cluster that runs SLURM.",
        discussion: """
            Example:
              wirespace slurm train configs/real.yaml data.directory=pages --partition gpu_prod_long --time 48:00:00
            """,
        subcommands: [SlurmTrainCommand.self])
}

/// `wirespace slurm train`
struct SlurmTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "A training as a SLURM job: one node or many, queued again and exact after every interruption.",
        discussion: """
            Examples:
              wirespace slurm train configs/real.yaml data.directory=pages --partition gpu_prod_long --out train.sbatch
              wirespace slurm train configs/real.yaml data.directory=pages --nodes 2 --gpus-per-node 4 --submit
              wirespace slurm train configs/demo.yaml --array 5 --submit           # five seeds
              wirespace slurm train configs/demo.yaml --variant "loss.beta_kld=0.5 seed=1" --variant loss.beta_kld=2

            Write it in a folder that all nodes see. Docs/cluster.md says what the script does.
            """)

    @Argument(help: "The configuration, a YAML file.", completion: .file(extensions: ["yaml"]))
    var config: String

    @Argument(help: "Keys to change, such as optimization.lr=1e-3.")
    var overrides: [String] = []

    @Option(name: .customLong("run"), help: "The run folder. By default runs/NAME; with -0, -1 … in an array.")
    var runFolder: String?

    @Option(help: "Machines.")
    var nodes = 1

    @Option(help: "GPUs of each machine.")
    var gpusPerNode: Int?

    @Option(help: "Processes on each machine. By default one for every GPU, else one.")
    var tasksPerNode: Int?

    @Option(help: "Cores of each process.")
    var cpusPerTask: Int?

    @Option(help: "The time limit, as SLURM writes it.")
    var time = "48:00:00"

    @Option(help: "The partition; SLURM's default if left out.")
    var partition: String?

    @Option(help: "The account that pays; SLURM's default if left out.")
    var account: String?

    @Option(help: "So many tasks, each with its own seed, from the configuration's on.")
    var array: Int?

    @Option(help: "One task of an array: keys to change, separated by spaces. Again for each task.")
    var variant: [String] = []

    @Option(help: "A line to run first, such as \"module load cuda\". Again for more.")
    var setup: [String] = []

    @Option(help: "Build on each node from Wirespace's sources in this folder, instead of using this program.")
    var build: String?

    @Option(help: "Seconds before the end at which the training saves.")
    var grace = 120

    @Option(help: "Write the script to this file instead of standard output.")
    var out: String?

    @Flag(help: "Submit it.")
    var submit = false

    func validate() throws {
        let counts = [
            ("--nodes", nodes), ("--gpus-per-node", gpusPerNode), ("--tasks-per-node", tasksPerNode),
            ("--cpus-per-task", cpusPerTask), ("--array", array), ("--grace", grace),
        ]
        if let (name, _) = counts.first(where: { !(1...100_000).contains($0.1 ?? 1) }) {
            throw ValidationError("\(name) must be from 1 to 100000")
        }
        guard array == nil || variant.isEmpty else { throw ValidationError("give --array or --variant, not both") }
    }

    mutating func run() throws {
        let text = try script().text()
        if let out {
            try AtomicFile.write(Data(text.utf8), to: URL(filePath: out))
            Console().line("wrote \(out)" + (submit ? "" : "; submit it with `sbatch \(out)`"))
        }
        if submit {
            try Self.submit(text)
        } else if out == nil {
            print(text, terminator: "")
        }
    }

    private func script() throws -> BatchScript {
        let configuration = try Configuration.load(config, overrides: overrides)
        var variants = variant.map { $0.split(separator: " ").map(String.init) }
        if let array { variants = (0..<array).map { ["seed=\(configuration.seed &+ UInt64($0))"] } }
        let changed = try variants.map { try Configuration.load(config, overrides: overrides + $0) }
        let program = Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? "wirespace"
        let name = URL(filePath: config).deletingPathExtension().lastPathComponent

        var script = BatchScript(config: config, run: runFolder ?? "runs/\(name)", program: program)
        script.overrides = overrides
        script.inputs = ([configuration] + changed).flatMap(\.inputs)
        script.variants = variants
        script.source = build.map { URL(filePath: $0).standardizedFileURL.path(percentEncoded: false) }
        script.setup = setup
        script.resources.nodes = nodes
        script.resources.gpusPerNode = gpusPerNode
        script.resources.tasksPerNode = tasksPerNode ?? gpusPerNode ?? 1
        script.resources.cpusPerTask = cpusPerTask
        script.resources.time = time
        script.resources.partition = partition
        script.resources.account = account
        script.resources.grace = grace
        return script
    }

    /// Hands the script to `sbatch`, which prints the job's number.
    private static func submit(_ text: String) throws {
        let sbatch = Process()
        sbatch.executableURL = URL(filePath: "/usr/bin/env")
        sbatch.arguments = ["sbatch"]
        let input = Pipe()
        sbatch.standardInput = input
        try sbatch.run()
        // One that is not there, or ends early, tells so by its status.
        signal(SIGPIPE, SIG_IGN)
        try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try? input.fileHandleForWriting.close()
        sbatch.waitUntilExit()
        guard sbatch.terminationStatus == 0 else {
            throw UserError(
                .io, "the job was not submitted: sbatch ended with \(sbatch.terminationStatus)",
                remedy: sbatch.terminationStatus == 127
                    ? "run this where SLURM is, or write the script with --out" : "see its message above")
        }
    }
}
