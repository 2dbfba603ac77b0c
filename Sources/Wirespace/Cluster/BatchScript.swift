import Foundation
import Wireframes

/// A training as a job for SLURM: a script for `sbatch` that a person can read and change.
///
/// It copies code and pages to the nodes' own disks, trains there, and brings the run folder back every few minutes and
/// at the end. A job that is to be preempted or reaches its time limit saves, and is queued again to go on.
public struct BatchScript: Sendable {
    /// The configuration, a path; and what is changed in it.
    public var config: String
    /// `key=value`, for all tasks.
    public var overrides: [String] = []
    /// The run folder; of an array's tasks, the beginning of its name.
    public var run: String
    /// Paths that the configuration names.
    public var inputs: [String] = []
    /// For every task of an array, its own `key=value`s; empty for a single job.
    public var variants: [[String]] = []
    /// The program, an absolute path.
    public var program: String
    /// Builds the program on each node from the package in this folder.
    public var source: String?
    /// Lines to run before anything else, such as `module load cuda`.
    public var setup: [String] = []
    /// What SLURM is asked for.
    public var resources = Resources()

    /// What a job asks SLURM for.
    public struct Resources: Sendable {
        /// Machines.
        public var nodes = 1
        /// Processes on each: one for every GPU.
        public var tasksPerNode = 1
        /// GPUs on each machine, if any.
        public var gpusPerNode: Int?
        /// Cores of each process, if it matters.
        public var cpusPerTask: Int?
        /// The time limit, as SLURM writes it: `48:00:00`, `2-00:00:00`.
        public var time = "48:00:00"
        /// The partition, if not SLURM's default.
        public var partition: String?
        /// The account that pays, if not SLURM's default.
        public var account: String?
        /// Seconds before the end at which the training is told to save.
        public var grace = 120

        /// The defaults.
        public init() {}
    }

    /// - Parameters:
    ///   - config: the configuration's path; a relative one lies below the folder from which the job is submitted.
    ///   - run: the run folder.
    ///   - program: the absolute path of `wirespace`.
    public init(config: String, run: String, program: String) {
        self.config = config
        self.run = run
        self.program = program
    }

    /// The script.
    ///
    /// - Throws: `UserError(.usage)` for values that SLURM could not understand or a path that leads out of the folder.
    public func text() throws -> String {
        try check()
        return [header, what, places, copying, training, ending].joined(separator: "\n\n") + "\n"
    }

    private func check() throws {
        for (name, value) in [("--partition", resources.partition), ("--account", resources.account)] {
            guard value?.wholeMatch(of: #/[A-Za-z0-9_.,-]+/#) != nil || value == nil else {
                throw UserError(.usage, "'\(value ?? "")' is no name", at: name, remedy: "see sinfo and sacctmgr")
            }
        }
        guard resources.time.wholeMatch(of: #/(\d+-)?\d+(:\d\d){0,2}/#) != nil else {
            throw UserError(.usage, "'\(resources.time)' is no time", at: "--time", remedy: "for example 48:00:00")
        }
        for path in [config, run] + inputs where Self.leadsOut(path) {
            throw UserError(
                .usage, "the path leads out of the folder that the job is submitted from", at: path,
                remedy: "go to a folder that holds it, or write it in full")
        }
        guard !run.hasPrefix("/") else {
            throw UserError(
                .usage, "the run folder must lie below the folder that the job is submitted from", at: run,
                remedy: "for example --run runs/mine")
        }
    }

    private static func leadsOut(_ path: String) -> Bool { path.split(separator: "/").contains("..") }

    // MARK: Its parts

    private var header: String {
        let name = String(
            URL(filePath: run).lastPathComponent.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        let options: [String?] = [
            "job-name=\(name)",
            resources.partition.map { "partition=\($0)" },
            resources.account.map { "account=\($0)" },
            "nodes=\(resources.nodes)",
            "ntasks-per-node=\(resources.tasksPerNode)",
            resources.cpusPerTask.map { "cpus-per-task=\($0)" },
            resources.gpusPerNode.map { "gres=gpu:\($0)" },
            "time=\(resources.time)",
            variants.isEmpty ? nil : "array=0-\(variants.count - 1)",
            "output=\(name)-\(variants.isEmpty ? "%j" : "%A_%a").out",
            "open-mode=append",
            "requeue",
            "signal=B:USR1@\(resources.grace)",
        ]
        return """
            #!/bin/bash
            # Written by `wirespace slurm train`; change it as you like. Submit it with `sbatch` from the folder in which it was
            # written, which all nodes must see.
            \(options.compactMap { $0.map { "#SBATCH --" + $0 } }.joined(separator: "\n"))
            set -uo pipefail
            """
    }

    private var what: String {
        var lines = [
            "# --- What is trained ---",
            "config=\(shellQuoted(config))",
            "overrides=(\(overrides.map(shellQuoted).joined(separator: " ")))",
            "run=\(shellQuoted(run))",
        ]
        if !variants.isEmpty {
            lines.append("case $SLURM_ARRAY_TASK_ID in")
            for (task, changes) in variants.enumerated() {
                lines.append("    \(task)) overrides+=(\(changes.map(shellQuoted).joined(separator: " "))) ;;")
            }
            lines += ["esac", "run=$run-$SLURM_ARRAY_TASK_ID"]
        }
        return lines.joined(separator: "\n")
    }

    private var places: String {
        """
        # --- Where ---
        \((setup + [
            "home=$SLURM_SUBMIT_DIR",
            "place=${TMPDIR:-/tmp}/wirespace-$SLURM_JOB_ID   # on every node's own disk",
        ]).joined(separator: "\n"))
        address=$(scontrol show node "$SLURMD_NODENAME" | sed -n 's/.*NodeAddr=\\([^ ]*\\).*/\\1/p')
        export MASTER_ADDR=${address:-$SLURMD_NODENAME}          # the first node's: this script runs there
        export PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
        export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1}
        if [ -n "${SLURM_CPUS_PER_TASK:-}" ]; then export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK; fi
        on_every_node() { srun --ntasks="$SLURM_NNODES" --ntasks-per-node=1 "$@"; }
        fail() { echo "slurm job $SLURM_JOB_ID: $*" >&2; exit 1; }
        """
    }

    private var copying: String {
        let copied = (source == nil ? [config] : [config]) + inputs
        let relative = copied.filter { !$0.hasPrefix("/") }.uniqued()
        var lines = [
            "# --- Code and pages to the nodes ---",
            "cd \"$home\" && on_every_node mkdir -p \"$place/bin\" || fail \"no room in $place\"",
        ]
        if !relative.isEmpty {
            // "./" keeps a name that begins with a dash from being an option.
            let names = relative.map { shellQuoted("./" + $0) }.joined(separator: " ")
            lines.append("on_every_node rsync -aR -- \(names) \"$place/\" || fail \"the pages cannot be copied\"")
        }
        if let source {
            lines += [
                "on_every_node rsync -a --exclude .build --exclude runs \(shellQuoted(source + "/")) \"$place/source/\" \\",
                "    && on_every_node make -C \"$place/source\" build || fail \"the program cannot be built\"",
                "wirespace=$place/source/.build/release/wirespace",
            ]
        } else {
            lines += [
                "program=\(shellQuoted(program))",
                "on_every_node rsync -a --include '*.resources' --include '*.resources/**' --include \"/${program##*/}\" \\",
                "    --exclude '*' \"${program%/*}/\" \"$place/bin/\" || fail \"the program cannot be copied\"",
                "wirespace=$place/bin/${program##*/}",
            ]
        }
        lines += [
            "if [ -d \"$run\" ]; then mkdir -p \"$place/$run\" && rsync -a \"$run/\" \"$place/$run/\"; fi   # to go on with"
        ]
        return lines.joined(separator: "\n")
    }

    private var training: String {
        """
        # --- Training; the run folder comes back every five minutes ---
        bring_back() {
            [ -d "$place/$run/checkpoints" ] || return 0
            mkdir -p "$home/$run/checkpoints"
            # What the training goes on from first: curves that are newer than it do no harm.
            rsync -a "$place/$run/checkpoints/" "$home/$run/checkpoints/"
            rsync -a "$place/$run/" "$home/$run/"
        }
        told= training=
        tell() { told=yes; [ -z "$training" ] || kill -USR1 "$training" 2>/dev/null; }   # srun hands it to all processes: they save and stop
        trap tell USR1 TERM

        cd "$place" || fail "no $place"
        srun --wait=60 "$wirespace" train "$config" ${overrides[@]+"${overrides[@]}"} --run "$run" --resume &
        training=$!
        [ -z "$told" ] || tell   # warned before there was anybody to tell
        while sleep 300; do bring_back; done &
        copying=$!
        # A signal ends `wait`, not the training.
        while wait "$training"; code=$?; kill -0 "$training" 2>/dev/null; do :; done
        """
    }

    private var ending: String {
        """
        # --- Results ---
        kill "$copying" 2>/dev/null
        bring_back || fail "the results cannot be copied; they are in $SLURMD_NODENAME:$place/$run"
        cd "$home" && on_every_node rm -rf "$place" 2>/dev/null
        # 75: a process or a machine was lost, and the others have ended; above 128: killed. Not again and again for ever.
        lost() { [ "$code" = 75 ] || [ "$code" -gt 128 ]; }
        if [ "$code" != 0 ] && { [ -n "$told" ] || { lost && [ "${SLURM_RESTART_COUNT:-0}" -lt 10 ]; }; }; then
            echo "slurm job $SLURM_JOB_ID: to be continued"
            scontrol requeue "$SLURM_JOB_ID"
        fi
        exit "$code"
        """
    }
}

/// A word for a shell, whatever is in it.
public func shellQuoted(_ word: String) -> String {
    if word.wholeMatch(of: #/[A-Za-z0-9_.,:=/+%@-]+/#) != nil { return word }
    return "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
}

extension [String] {
    /// Each once, in order.
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Configuration {
    /// The files and folders that it names, and the layout decoders beside its models.
    public var inputs: [String] {
        let models = [model.pretrained, layouts.pretrained].compactMap { $0 }
        let decoders = models.map { LayoutModelFile(beside: URL(filePath: $0)) }.filter(\.exists)
        return [data.directory, data.archetypesDirectory, data.labels, data.splits.file].compactMap { $0 } + models
            + decoders.map(\.url.relativePath)
    }
}
