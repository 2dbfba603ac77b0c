import Foundation
import Testing

/// What of the command line reaches the script; what the script does, BatchScriptRunTests try.
@Suite("wirespace slurm train")
struct SlurmCommandTests {
    private func slurm(_ arguments: [String], in folder: TemporaryFolder) throws -> Outcome {
        try CommandLineTool.run(["slurm", "train"] + arguments, in: folder)
    }

    @Test("an array is one configuration with as many seeds, from its own on; each GPU has a process")
    func array() throws {
        let folder = try TemporaryFolder()
        try folder.add("tiny.yaml", TinyRun.configuration)
        let arguments = ["tiny.yaml", "optimization.epochs=7", "seed=5", "--array", "3", "--gpus-per-node", "2"]
        let printed = try slurm(arguments, in: folder)
        #expect(printed.code == 0 && printed.errors.isEmpty, "\(printed)")
        let lines = printed.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        for line in [
            "#SBATCH --nodes=1", "#SBATCH --ntasks-per-node=2", "#SBATCH --gres=gpu:2", "#SBATCH --array=0-2",
            "config=tiny.yaml", "overrides=(optimization.epochs=7 seed=5)", "0) overrides+=(seed=5) ;;",
            "1) overrides+=(seed=6) ;;", "2) overrides+=(seed=7) ;;", "run=runs/tiny", "run=$run-$SLURM_ARRAY_TASK_ID",
        ] {
            #expect(lines.contains(line), "\(line) is not in \(printed.output)")
        }

        let written = try slurm(arguments + ["--out", "tiny.sbatch"], in: folder)
        #expect(written.code == 0 && written.errors.contains("sbatch tiny.sbatch"), "\(written)")
        #expect(folder.text("tiny.sbatch") == printed.output)
    }

    @Test("what the configuration, the command line and the tasks name is copied to the nodes")
    func inputs() throws {
        let folder = try TemporaryFolder()
        try folder.add("folder.yaml", TinyRun.configuration(folder: "pages"))
        let outcome = try slurm(
            [
                "folder.yaml", "data.labels=my labels.csv", "--variant", "data.splits.file=splits.csv", "--variant",
                "loss.beta_kld=2 seed=7",
            ], in: folder)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.output.contains(" -- ./folder.yaml ./pages './my labels.csv' ./splits.csv \"$place/\""))
        #expect(outcome.output.contains("1) overrides+=(loss.beta_kld=2 seed=7) ;;"))
    }

    @Test("a configuration that is not there is named")
    func absent() throws {
        let outcome = try slurm(["absent.yaml", "--array", "3"], in: try TemporaryFolder())
        expectFailure(outcome, code: 66, naming: "absent.yaml")
        #expect(outcome.output.isEmpty)
    }
}
