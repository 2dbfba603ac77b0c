internal import Foundation

/// A file that is read and written at places, for `PageStore`.
final class PlacedFile {
    let descriptor: Int32
    private let path: String

    /// Opens a file that is there.
    ///
    /// - Throws: `UserError` naming it.
    init(_ path: String, writable: Bool) throws(UserError) {
        self.path = path
        descriptor = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        guard descriptor >= 0 else { throw UserError(opening: path, errorNumber: errno) }
    }

    deinit { close(descriptor) }

    /// Bytes in it now; 0 when that cannot be known.
    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Bytes from a place on; fewer when the file ends or cannot be read.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            done = 0
            while done < count {
                let read = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { return }
                done += read
            }
        }
    }

    /// Bytes by way of memory: a window of the file is mapped, copied and let go, so that what a process holds does not grow
    /// with the file. Nil when the file is too short or cannot be mapped.
    func mapped(at offset: Int, count: Int) -> [UInt8]? {
        // Behind the end of the file memory cannot be touched.
        guard count > 0, offset + count <= size else { return nil }
        let start = offset / Self.pageSize * Self.pageSize
        let length = offset - start + count
        guard let window = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, off_t(start)), window != MAP_FAILED
        else { return nil }
        defer { munmap(window, length) }
        let levels = UnsafeRawBufferPointer(start: window + (offset - start), count: count)
        return Array(levels)
    }

    /// Writes all bytes at a place, or what fits.
    ///
    /// - Throws: `UserError(.io)`.
    func write(_ bytes: [UInt8], at offset: Int) throws(UserError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                pwrite(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw UserError(.io, "cannot write: \(String(cString: strerror(errno)))", at: path)
            }
            done += written
        }
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// The right to change a store, of one process at a time; it ends with the process, however that ends.
final class StoreLock {
    private let file: PlacedFile

    /// - Throws: `UserError` when the lock's file cannot be made.
    init(_ path: String) throws(UserError) {
        let made = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard made >= 0 else { throw UserError(opening: path, errorNumber: errno) }
        close(made)
        file = try PlacedFile(path, writable: true)
        futimens(file.descriptor, nil)  // which store was used last is told by these times
    }

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
