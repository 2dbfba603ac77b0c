internal import Foundation

/// A file that is read and written at places, by several threads if they keep to their own.
final class PlacedFile: Sendable {
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

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// An empty file that has no name any more: it goes when the process does, however that ends.
    ///
    /// - Throws: `UserError(.io)` naming the folder for temporary files.
    static func temporary() throws(UserError) -> PlacedFile {
        let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
        var template = Array((folder + "/wirespace-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw UserError(
                .io, "no temporary file can be made: \(String(cString: strerror(errno)))", at: folder,
                remedy: "make room there, or set TMPDIR to another folder")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return PlacedFile(descriptor: descriptor, path: "a temporary file in " + folder)
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
