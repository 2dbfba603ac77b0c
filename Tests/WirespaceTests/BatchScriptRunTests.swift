import Foundation
import TestSupport
import Testing
import Wirespace

/// A folder that all nodes see, a node with its own disk, and stand-ins for SLURM's programs and for the training.
private struct Cluster {
    /// Where the job is submitted, with a configuration and a run whose checkpoint says `before`.
    let home: URL
    /// The node's own disk.
    let disk: URL
    /// What the stand-ins write down.
    let log: URL
    private let stubs: URL
    private let program: URL
    private let output: URL

    private static let config = "configs/my wireframes.yaml"
    static let run = "runs/it's"

    init(_ folder: URL) throws {
        (home, disk, log) = (
            folder.appending(path: "home"), folder.appending(path: "disk"), folder.appending(path: "log")
        )
        (stubs, program) = (folder.appending(path: "bin"), folder.appending(path: "wire space/wirespace"))
        output = folder.appending(path: "output")
        for url in [disk, log] { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        try write("the configuration", to: home.appending(path: Self.config))
        try write("before\n", to: home.appending(path: Self.run + "/checkpoints/last"))
        for (name, text) in Self.stubs { try writeProgram(text, to: stubs.appending(path: name)) }
        try writeProgram(Self.training, to: program)
    }

    private func write(_ text: String, to url: URL) throws {
        let folder = url.deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func writeProgram(_ text: String, to url: URL) throws {
        try write("#!/bin/bash\n" + text, to: url)
        chmod(url.path(percentEncoded: false), 0o755)
    }

    // MARK: Stand-ins

    private static let stubs: [String: String] = {
        var stubs = [
            // One process of a step. The training is told with which options.
            "srun": """
            export OPTIONS=
            while [[ $1 == -* ]]; do OPTIONS+="$1 "; shift; done
            exec "$@"
            """,
            "scontrol": """
            if [ "$1" = show ]; then echo "NodeName=$3 NodeAddr=10.0.0.7 Port=0"; else echo "$*" >> "$LOG/scontrol"; fi
            """,
            // The script sleeps between two copies: not at all, or once, until the training has begun.
            "sleep": """
            [ -e "$LOG/slept" ] && exit 1
            : > "$LOG/slept"
            [ "$ENDING $1" = "when copied 300" ] || exit 1
            for ((i = 0; i < 500; i++)); do [ -e "$LOG/begun" ] && exit; command -p sleep 0.02; done
            exit 1
            """,
        ]
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        if !folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/rsync") }) {
            // rsync -a[R] [--include PATTERN] [--exclude PATTERN] [--] FROM… TO, folders ending in a slash; it leaves nothing out.
            stubs["rsync"] = """
                set -e
                relative= from=()
                while [ $# -gt 1 ]; do
                    case $1 in
                        --include | --exclude) shift ;;
                        -aR) relative=yes ;;
                        -*) ;;
                        *) from+=("$1") ;;
                    esac
                    shift
                done
                for path in "${from[@]}"; do
                    to=$1
                    if [ -n "$relative" ]; then to=$1/$(dirname "$path"); fi
                    mkdir -p "$to"
                    cp -Rp "$path$([ -d "$path" ] && echo .)" "$to/"
                done
                """
        }
        return stubs
    }()

    /// Adds lines to the run folder's checkpoint and ends as `ENDING` says: with that code, once it is told to save, or once the
    /// folder has been copied.
    private static let training = """
        { printf '%s\\n' "${PWD##*/}" "$OPTIONS" "$MASTER_ADDR" "$@"; cat "$2"; } > "$LOG/started"
        while [ "$1" != --run ]; do shift; done
        checkpoint=$2/checkpoints/last
        mkdir -p "$2/checkpoints"
        echo begun >> "$checkpoint"
        trap 'echo saved >> "$checkpoint"; exit $((128 + $(kill -l USR1)))' USR1
        : > "$LOG/begun"
        for ((i = 0; i < 500; i++)); do
            case $ENDING in
                'when told') ;;
                'when copied') grep -q begun "$SLURM_SUBMIT_DIR/$checkpoint" && exit 0 ;;
                *) exit "$ENDING" ;;
            esac
            command -p sleep 0.02
        done
        exit 99  # nothing came
        """

    // MARK: A job

    /// Runs the script as SLURM does, and sends it a signal once it waits for the training; its exit code, or minus the signal that
    /// killed it.
    func job(ending: String, restarts: Int = 0, signal: Int32? = nil) throws -> Int32 {
        var script = BatchScript(config: Self.config, run: Self.run, program: program.path(percentEncoded: false))
        script.overrides = ["data.directory=/my pages"]
        let file = disk.deletingLastPathComponent().appending(path: "job.sbatch")
        try write(try script.text(), to: file)
        try write("", to: output)

        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [file.path(percentEncoded: false)]
        process.currentDirectoryURL = home
        let (standard, path) = (ProcessInfo.processInfo.environment, stubs.path(percentEncoded: false))
        process.environment = standard.merging([
            "PATH": path + ":" + (standard["PATH"] ?? "/usr/bin:/bin"), "TMPDIR": disk.path(percentEncoded: false),
            "LOG": log.path(percentEncoded: false), "ENDING": ending, "SLURM_JOB_ID": "17", "SLURM_NNODES": "1",
            "SLURM_SUBMIT_DIR": home.path(percentEncoded: false), "SLURMD_NODENAME": "n1",
            "SLURM_RESTART_COUNT": "\(restarts)",
        ]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = process.standardOutput
        try withSignalsUnblocked { try process.run() }
        if let signal {
            // The script sleeps once it knows which process the training is.
            while process.isRunning, !["begun", "slept"].allSatisfy(isLogged) { usleep(2000) }
            if process.isRunning { kill(process.processIdentifier, signal) }
        }
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Threads that run tests block signals and would hand the block down; bash never lifts it.
    private func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var (signals, before) = (sigset_t(), sigset_t())
        sigemptyset(&signals)
        for signal in [SIGUSR1, SIGTERM] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_UNBLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private func isLogged(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: log.appending(path: name).path(percentEncoded: false))
    }

    // MARK: What is left

    private func lines(_ url: URL) -> [String] {
        let text = FileManager.default.contents(atPath: url.path(percentEncoded: false)) ?? Data()
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The checkpoint in the run folder that the user sees.
    var checkpoint: [String] { lines(home.appending(path: Self.run + "/checkpoints/last")) }
    /// The checkpoint on the node, if it is still there.
    var checkpointOnDisk: [String] { lines(disk.appending(path: "wirespace-17/\(Self.run)/checkpoints/last")) }
    /// What is left on the node.
    var litter: [String] { FileManager.default.subpaths(atPath: disk.path(percentEncoded: false)) ?? [] }
    /// What SLURM was asked for.
    var requests: [String] { lines(log.appending(path: "scontrol")) }
    /// How the training was started, then its configuration.
    var started: [String] { lines(log.appending(path: "started")) }
    /// What the script said.
    var said: [String] { lines(output) }
}

/// A script that only parses may still lose a run.
@Suite("The script for SLURM, run on a node")
struct BatchScriptRunTests {
    private func withCluster(_ body: (Cluster) throws -> Void) throws {
        try withTemporaryFolder { try body(try Cluster($0)) }
    }

    @Test(
        "brings the run back and ends with the training's code; a process that was lost is a reason to queue again, ten times",
        arguments: [(0, 0, false), (65, 0, false), (75, 0, true), (75, 9, true), (75, 10, false), (137, 0, true)])
    func endings(code: Int32, restarts: Int, isContinued: Bool) throws {
        try withCluster { cluster in
            let ended = try cluster.job(ending: "\(code)", restarts: restarts)
            #expect(ended == code && cluster.checkpoint == ["before", "begun"], "\(cluster.said)")
            #expect(cluster.requests == (isContinued ? ["requeue 17"] : []))
            #expect(cluster.litter == [])
        }
    }

    @Test(
        "has the training save when SLURM warns or preempts, and queues the job again however often",
        arguments: [SIGUSR1, SIGTERM])
    func told(signal: Int32) throws {
        try withCluster { cluster in
            let code = try cluster.job(ending: "when told", restarts: 10, signal: signal)
            #expect(code == 128 + SIGUSR1 && cluster.checkpoint == ["before", "begun", "saved"], "\(cluster.said)")
            #expect(cluster.requests == ["requeue 17"])
            #expect(cluster.litter == [])
        }
    }

    @Test("starts the training by srun on the node's disk, with --resume: a job may find a run that was begun")
    func start() throws {
        try withCluster { cluster in
            let code = try cluster.job(ending: "0")
            #expect(code == 0)
            #expect(
                cluster.started == [
                    "wirespace-17", "--wait=60 ", "10.0.0.7", "train", "configs/my wireframes.yaml",
                    "data.directory=/my pages", "--run", Cluster.run, "--resume", "the configuration",
                ], "\(cluster.said)")
        }
    }

    @Test("brings the run back every five minutes")
    func copies() throws {
        try withCluster { cluster in
            let code = try cluster.job(ending: "when copied")
            #expect(code == 0 && cluster.checkpoint == ["before", "begun"], "\(cluster.said)")
        }
    }

    @Test("leaves on the node what cannot be brought back, and says where")
    func stranded() throws {
        try withCluster { cluster in
            let run = cluster.home.appending(path: Cluster.run)
            try FileManager.default.removeItem(at: run)
            try Data("a file".utf8).write(to: run)
            let code = try cluster.job(ending: "75")
            #expect(code == 1 && cluster.checkpointOnDisk == ["begun"], "\(cluster.said)")
            let place = cluster.disk.appending(path: "wirespace-17/\(Cluster.run)").path(percentEncoded: false)
            #expect(cluster.said.contains { $0.hasSuffix("they are in n1:\(place)") }, "\(cluster.said)")
            #expect(cluster.requests == [])
        }
    }
}
