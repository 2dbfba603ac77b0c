import Foundation
import Torch
public import Wireframes

/// The processes that train one model together, or this one alone.
///
/// All of them hold the same parameters. Each computes the gradients of its share of a group of pages; the sums are the
/// gradients of the whole group, so all take the same step. Rank 0 alone writes.
public final class Team {
    /// A process on its own.
    public static var alone: Team { Team(group: nil, localRank: 0, children: nil) }

    /// This process's number, from 0.
    public var rank: Int { group?.rank ?? 0 }
    /// Number of processes.
    public var size: Int { group?.size ?? 1 }
    /// This process's number on its machine, from 0.
    public let localRank: Int
    /// Whether there are no others.
    public var isAlone: Bool { group == nil }
    /// Whether this process writes files and talks.
    public var leads: Bool { rank == 0 }

    private let group: ProcessGroup?
    private let children: LocalProcesses?

    private init(group: ProcessGroup?, localRank: Int, children: LocalProcesses?) {
        self.group = group
        self.localRank = localRank
        self.children = children
    }

    /// Joins those that a launcher has started.
    ///
    /// - Throws: `UserError(.temporary)` naming the ranks that do not come.
    public static func join(_ place: RankPlace) throws -> Team {
        let group = try told {
            let group = try ProcessGroup(
                rank: place.rank, of: place.size, host: place.host, port: place.port,
                serves: place.rank == 0 && !place.launcherServes, name: "wirespace/\(place.attempt)")
            try group.connect()
            return group
        }
        return Team(group: group, localRank: place.localRank, children: nil)
    }

    /// Starts `size − 1` more processes of this program on this machine, with `arguments`.
    ///
    /// - Throws: `UserError` when they cannot be started or do not come.
    public static func start(_ size: Int, arguments: [String], threads: Int) throws -> Team {
        guard size > 1 else { return alone }
        let group = try told {
            try ProcessGroup(rank: 0, of: size, host: "127.0.0.1", port: 0, name: "wirespace/0", timeout: 120)
        }
        let children = try LocalProcesses(arguments: arguments, size: size, port: group.port, threads: threads)
        do {
            try told { try group.connect() }
        } catch {
            children.end()
            throw error
        }
        return Team(group: group, localRank: 0, children: children)
    }

    /// Runs `body`, and tells the others when it throws, so that they end too and say why.
    public func together<Result>(_ body: () throws -> Result) throws -> Result {
        defer { children?.end() }
        do {
            let result = try body()
            group?.finish()
            return result
        } catch {
            // A rank that only ends because of another has nothing to tell.
            guard !(error is StoppedElsewhere), (error as? UserError)?.code != .temporary else { throw error }
            let known = error as? UserError ?? UserError(.internal, "\(error)")
            group?.leave(because: "\(known.code.rawValue) \(known)")
            throw error
        }
    }

    // MARK: What is done together

    /// The sums of some numbers over all ranks.
    func sum(_ values: [Double]) throws -> [Double] {
        guard let group else { return values }
        return try Self.told { try group.sum(values) }
    }

    /// Replaces tensors by their sums over all ranks.
    func sum(_ tensors: [Tensor]) throws {
        guard let group else { return }
        try Self.told { try group.sum(tensors) }
    }

    /// For the sums of a step's gradients; nil for a process on its own.
    func gradientSum(of parameters: [Tensor]) throws -> GradientSum? {
        guard let group else { return nil }
        return try Self.told { try GradientSum(of: parameters, over: group) }
    }

    /// What the first rank has that has something.
    func first<Value: Codable>(of value: Value?) throws -> Value? {
        guard !isAlone else { return value }
        return try gather(value).lazy.compactMap { $0 }.first
    }

    /// Overwrites tensors with rank 0's.
    func takeOver(_ tensors: [Tensor]) throws {
        guard let group else { return }
        try Self.told { for tensor in tensors { try group.broadcast(tensor) } }
    }

    /// The values of every rank, in the order of the ranks.
    func gather<Value: Codable>(_ value: Value) throws -> [Value] {
        guard let group else { return [value] }
        let encoded = try JSONEncoder().encode(value)
        return try Self.told { try group.gather([UInt8](encoded)) }.map {
            try JSONDecoder().decode(Value.self, from: Data($0))
        }
    }

    /// The numbers of every rank, in the order of the ranks.
    func gather(_ values: [Float]) throws -> [[Float]] {
        guard let group else { return [values] }
        let bytes = values.withUnsafeBytes { [UInt8]($0) }
        return try Self.told { try group.gather(bytes) }.map { bytes in
            bytes.withUnsafeBytes { [Float]($0.bindMemory(to: Float.self)) }
        }
    }

    /// What went wrong in the group, in the user's terms. A rank that stopped because of an error has left its code and
    /// words.
    static func told<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as TorchError {
            let parts = error.message.components(separatedBy: " stopped: ")
            if parts.count > 1 {
                let reason = parts.dropFirst().joined(separator: " stopped: ").split(separator: " ", maxSplits: 1)
                let code = reason.first.flatMap { Int32($0) }.flatMap { UserError.Code(rawValue: $0) }
                throw StoppedElsewhere(code: code ?? .internal, message: "\(parts[0]) stopped: \(reason.last ?? "")")
            }
            throw UserError(
                .temporary, error.message,
                remedy: "go on from the last checkpoint with --resume, with as many processes as you like")
        }
    }
}

/// Another rank had an error, and has said it.
public struct StoppedElsewhere: Error, CustomStringConvertible {
    /// Of the other rank's error.
    public let code: UserError.Code
    let message: String

    /// The rank and its words.
    public var description: String { message }
}
