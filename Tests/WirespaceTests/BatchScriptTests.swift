import Foundation
import Testing
import Wireframes
import Wirespace

@Suite("The script for SLURM")
struct BatchScriptTests {
    private func script(_ change: (inout BatchScript) -> Void = { _ in }) throws -> String {
        var script = BatchScript(
            config: "configs/my wireframes.yaml", run: "runs/it's", program: "/opt/wire space/wirespace")
        change(&script)
        return try script.text()
    }

    /// Runs bash; standard output.
    private func bash(_ arguments: String..., input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = arguments
        let (source, output) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try source.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try source.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }

    @Test("is valid bash in every form")
    func syntax() throws {
        let forms: [(inout BatchScript) -> Void] = [
            { _ in },
            { $0.variants = [["seed=1"], ["loss.beta_kld=2", "seed=2"]] },
            { $0.source = "/home/me/it's here" },
            { $0.overrides = ["data.directory=my pages", "model.pretrained=$(touch broken)"] },
            { $0.setup = ["module load cuda", "export X='a b'"] },
        ]
        for form in forms {
            let text = try script(form)
            #expect(try bash("-n", input: text).isEmpty)
        }
    }

    @Test(
        "a word comes out of the shell as it went in",
        arguments: ["a b", "it's", "$(id)", "`id`", "-n", "*", "a\"b", "é;x", ""])
    func quoting(word: String) throws {
        #expect(try bash("-c", "printf '<%s>' \(shellQuoted(word))") == "<\(word)>")
    }

    @Test("configuration, overrides and run folder reach the program as they are, in an array too")
    func arguments() throws {
        let text = try script {
            $0.overrides = ["data.directory=my pages"]
            $0.variants = [["seed=1"], ["seed=2", "model.pretrained=it's.safetensors"]]
        }
        let start = try #require(text.range(of: "config="))
        let end = try #require(text.range(of: "# --- Where"))
        let words = try bash(
            "-c",
            "set -u; SLURM_ARRAY_TASK_ID=1\n\(text[start.lowerBound..<end.lowerBound])\n"
                + "printf '%s|' \"$config\" \"${overrides[@]}\" \"$run\"")
        #expect(
            words
                == "configs/my wireframes.yaml|data.directory=my pages|seed=2|model.pretrained=it's.safetensors|runs/it's-1|"
        )
    }

    @Test("asks SLURM for what was wanted")
    func header() throws {
        let text = try script {
            $0.resources.nodes = 2
            $0.resources.tasksPerNode = 4
            $0.resources.gpusPerNode = 4
            $0.resources.partition = "gpu_prod_long"
            $0.variants = [["seed=0"], ["seed=1"], ["seed=2"]]
        }
        for line in [
            "partition=gpu_prod_long", "nodes=2", "ntasks-per-node=4", "gres=gpu:4", "time=48:00:00", "array=0-2",
            "requeue", "signal=B:USR1@120",
        ] {
            #expect(text.contains("\n#SBATCH --\(line)\n"), "\(line)")
        }
        #expect(text.contains("\nsrun --wait=60 \"$wirespace\" train "))
        #expect(text.contains("\nexport PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True\n"))
    }

    @Test("copies the inputs that are named relatively, once, and leaves the others where they are")
    func inputs() throws {
        let text = try script { $0.inputs = ["my pages", "my pages", "/data/shared/labels.csv"] }
        #expect(text.contains("'./my pages' \"$place/\"") && !text.contains("labels.csv"))
    }

    @Test("what SLURM could not understand is refused")
    func refused() {
        let wrong: [(inout BatchScript) -> Void] = [
            { $0.resources.partition = "long\n#SBATCH --nodes=99" }, { $0.resources.time = "two days" },
            { $0.run = "/scratch/run" }, { $0.inputs = ["../pages"] }, { $0.run = "../run" },
        ]
        for change in wrong {
            #expect(throws: UserError.self) { try script(change) }
        }
    }
}
