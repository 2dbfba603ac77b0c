import Foundation
import Wireframes

/// The other processes of a group on this machine: children that run the same program.
final class LocalProcesses {
    private var children: [Process] = []

    /// Starts ranks 1 to `size − 1`.
    ///
    /// - Throws: `UserError(.io)` when a process cannot be started; those that were are ended.
    init(arguments: [String], size: Int, port: Int, threads: Int) throws {
        guard let program = Bundle.main.executableURL else {
            throw UserError(.internal, "this program does not know where it is", remedy: "start it with torchrun")
        }
        for rank in 1..<size {
            let child = Process()
            child.executableURL = program
            child.arguments = arguments
            child.standardInput = FileHandle.nullDevice
            child.environment = ProcessInfo.processInfo.environment.merging([
                "RANK": "\(rank)", "WORLD_SIZE": "\(size)", "LOCAL_RANK": "\(rank)",
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)", "OMP_NUM_THREADS": "\(threads)",
            ]) { $1 }
            do {
                try child.run()
            } catch {
                end()
                throw UserError(
                    .io, "rank \(rank) cannot be started: \(UserError.reason(of: error))", at: program.path,
                    remedy: "ask for fewer --processes")
            }
            children.append(child)
        }
    }

    /// Waits a little for their own end, then ends them.
    func end() {
        let deadline = Date() + 10
        while children.contains(where: \.isRunning), Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
        for child in children where child.isRunning { kill(child.processIdentifier, SIGKILL) }
    }
}
