internal import Foundation
internal import Wireframes

/// A program with a pipe on its file descriptors 3 and 4, in a process group of its own, so that it and all that it
/// starts can be ended together. Foundation's `Process` passes on the first three descriptors only.
final class ChildProcess {
    let pid: pid_t
    /// What the program writes to its descriptor 4.
    let output: Int32
    /// What it reads from its descriptor 3.
    let input: Int32
    private var isReaped = false

    /// While one is started, others wait: a descriptor that is meant for one of them must not slip into another.
    private static let starting = NSLock()

    /// - Parameter errors: the file that takes what it writes to standard error.
    init(_ executable: String, _ arguments: [String], errors: String) throws(UserError) {
        Self.starting.lock()
        defer { Self.starting.unlock() }
        let (theirInput, ourOutput) = try Self.makePipe()
        let (ourInput, theirOutput) = try Self.makePipe()
        defer {
            close(theirInput)
            close(theirOutput)
        }
        do {
            pid = try Self.spawn(executable, arguments, theirInput, theirOutput, errors)
        } catch {
            close(ourInput)
            close(ourOutput)
            throw error
        }
        (output, input) = (ourInput, ourOutput)
    }

    deinit { end() }

    /// Ends the program and all that it has started.
    func end() {
        guard !isReaped else { return }
        isReaped = true
        kill(-pid, SIGKILL)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Reading and writing end, both closed to other programs and above the descriptors that the child gets.
    private static func makePipe() throws(UserError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure("a pipe cannot be made", errno) }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        let number = errno
        for end in ends { close(end) }
        guard moved.allSatisfy({ $0 >= 0 }) else { throw failure("a pipe cannot be made", number) }
        return (moved[0], moved[1])
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ reading: Int32, _ writing: Int32, _ errors: String
    ) throws(UserError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, reading, 3)
        posix_spawn_file_actions_adddup2(&actions, writing, 4)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let number = posix_spawn(&pid, executable, &actions, &attributes, words, environ)
        guard number == 0 else { throw failure("the program cannot be started", number, executable) }
        return pid
    }

    private static func failure(_ what: String, _ number: Int32, _ place: String? = nil) -> UserError {
        UserError(.io, "\(what): \(String(cString: strerror(number)))", at: place, remedy: "check its path and rights")
    }
}
