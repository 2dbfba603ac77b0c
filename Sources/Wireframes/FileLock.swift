internal import Foundation

/// The right to change a store or a run, of one process at a time; it ends with the process, however that ends.
package final class FileLock {
    private let file: PlacedFile

    /// - Throws: `UserError` when the lock's file cannot be made.
    package init(_ path: String) throws(UserError) {
        let made = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard made >= 0 else { throw UserError(opening: path, errorNumber: errno) }
        close(made)
        file = try PlacedFile(path, writable: true)
        futimens(file.descriptor, nil)  // which store was used last is told by these times
    }

    /// Takes the lock for as long as this object lives; false when another process has it. A file system without locks gives it to all.
    package func take() -> Bool { flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK }

    /// Runs `body` while no other process changes the store; nil when another holds the lock for longer than two seconds,
    /// or the file system has no locks.
    func whileHeld<Result>(_ body: () throws(UserError) -> Result) throws(UserError) -> Result? {
        let deadline = Date().addingTimeInterval(2)
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, Date() < deadline else { return nil }
            usleep(500)
        }
        defer { flock(file.descriptor, LOCK_UN) }
        return try body()
    }
}
