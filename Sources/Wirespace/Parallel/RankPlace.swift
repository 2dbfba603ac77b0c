import Foundation
import Wireframes

/// Where a process stands among those that train together, as whoever started it says in its environment.
public struct RankPlace: Sendable, Equatable {
    /// Its number, from 0.
    public var rank: Int
    /// Number of processes.
    public var size: Int
    /// Its number on its machine, from 0: which GPU it takes.
    public var localRank: Int
    /// The machine where they meet …
    public var host: String
    /// … and the port there.
    public var port: Int
    /// Distinguishes attempts that meet at one place.
    public var attempt = 0
    /// Whether the launcher opens the meeting place; otherwise rank 0 does.
    public var launcherServes = false

    /// What `torchrun` (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) or SLURM's `srun` says; nil for a
    /// process on its own.
    ///
    /// - Throws: `UserError` naming the variable that is missing or no number.
    public init?(_ environment: [String: String]) throws {
        if environment["RANK"] != nil, environment["WORLD_SIZE"] != nil {
            try self.init(torchrun: environment)
        } else if let size = environment["SLURM_STEP_NUM_TASKS"].flatMap({ Int($0) }), size > 1 {
            // SLURM sets SLURM_NTASKS in the batch script too, where this process would be alone; the step's only in srun.
            try self.init(slurm: environment, size: size)
        } else {
            return nil
        }
        guard size >= 1, (0..<size).contains(rank), localRank >= 0, (1...65535).contains(port) else {
            throw UserError(
                .usage, "rank \(rank) of \(size), local rank \(localRank), port \(port) cannot be", at: "environment",
                remedy: "unset RANK and WORLD_SIZE to train with one process")
        }
        if size == 1 { return nil }
    }

    private init(torchrun environment: [String: String]) throws {
        rank = try Self.number("RANK", environment)
        size = try Self.number("WORLD_SIZE", environment)
        localRank = environment["LOCAL_RANK"].flatMap { Int($0) } ?? rank
        host = environment["MASTER_ADDR"] ?? "127.0.0.1"
        port = try Self.number("MASTER_PORT", environment)
        attempt = environment["TORCHELASTIC_RESTART_COUNT"].flatMap { Int($0) } ?? 0
        launcherServes = environment["TORCHELASTIC_USE_AGENT_STORE"] == "True"
    }

    private init(slurm environment: [String: String], size: Int) throws {
        self.size = size
        rank = try Self.number("SLURM_PROCID", environment)
        localRank = try Self.number("SLURM_LOCALID", environment)
        let nodes = environment["SLURM_STEP_NODELIST"] ?? environment["SLURM_JOB_NODELIST"] ?? ""
        host = environment["MASTER_ADDR"] ?? Self.firstNode(of: nodes)
        // The same on all nodes, another one for each job of a node, below the ports that systems hand out themselves.
        let job = try Self.number("SLURM_JOB_ID", environment)
        port = environment["MASTER_PORT"].flatMap { Int($0) } ?? 10_000 + job % 20_000
        attempt = environment["SLURM_RESTART_COUNT"].flatMap { Int($0) } ?? 0
        guard !host.isEmpty else {
            throw UserError(
                .usage, "SLURM does not say on which nodes", at: "SLURM_STEP_NODELIST",
                remedy: "export MASTER_ADDR, the first node's address")
        }
    }

    private static func number(_ name: String, _ environment: [String: String]) throws -> Int {
        guard let number = environment[name].flatMap({ Int($0) }) else {
            throw UserError(
                .usage, "\(name) is \(environment[name].map { "'\($0)', no number" } ?? "missing")", at: "environment",
                remedy: "start the processes with torchrun, srun or --processes")
        }
        return number
    }

    /// The first node of a list in SLURM's notation: `node-[001-003,7],other` begins with `node-001`.
    static func firstNode(of list: String) -> String {
        guard let open = list.firstIndex(of: "["), let close = list.firstIndex(of: "]"), open < close,
            !list[..<open].contains(",")
        else { return String(list.prefix { $0 != "," }) }
        let first = list[list.index(after: open)..<close].prefix { $0 != "," && $0 != "-" }
        return String(list[..<open] + first + list[list.index(after: close)...].prefix { $0 != "," })
    }
}
