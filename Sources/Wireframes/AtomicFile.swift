public import Foundation

/// Files that appear whole or not at all.
public enum AtomicFile {
    /// Writes `data` under a temporary name in the folder of `file`, then renames it: a reader, or a run that was
    /// killed half-way, finds the old file or the new one.
    ///
    /// - Parameter durably: waits for the disk first, so that a loss of power cannot leave the new name without its content: for what
    ///   cannot be made again.
    /// - Throws: `UserError` with code `.io` naming the file.
    public static func write(_ data: Data, to file: URL, durably: Bool = false) throws(UserError) {
        // Without the file's name: with it a long one would be too long.
        let temporary = file.deletingLastPathComponent().appending(path: ".\(UUID().uuidString).tmp")
        do {
            try data.write(to: temporary)
            if durably { try synchronize(temporary) }
            try rename(temporary, to: file)
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw UserError(
                .io, "cannot write the file: \(UserError.reason(of: error))", at: file.path(percentEncoded: false),
                remedy: "check that its folder exists, is writable and has space")
        }
    }

    private static func synchronize(_ file: URL) throws {
        let handle = try FileHandle(forUpdating: file)
        defer { try? handle.close() }
        try handle.synchronize()
    }

    private static func rename(_ source: URL, to target: URL) throws {
        let status = source.withUnsafeFileSystemRepresentation { source in
            target.withUnsafeFileSystemRepresentation { target -> Int32 in
                guard let source, let target else { return -1 }
                return Foundation.rename(source, target)
            }
        }
        if status != 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
}

extension UserError {
    /// A file or folder that could not be opened, from `errno`.
    package init(opening name: String, errorNumber: Int32) {
        if errorNumber == ENOTDIR, name.hasSuffix("/") {
            self.init(.missingInput, "a file, not a folder", at: String(name.dropLast()), remedy: "name a folder")
            return
        }
        self.init(
            errorNumber == ENOENT || errorNumber == ENOTDIR ? .missingInput : .io,
            "cannot open: \(String(cString: strerror(errorNumber)))", at: name,
            remedy: errorNumber == EACCES ? "change its rights" : "check the path")
    }

    /// Why a call of Foundation failed, in the words of the operating system.
    package static func reason(of error: any Error) -> String {
        if let error = error as? POSIXError { return String(cString: strerror(error.code.rawValue)) }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
        let underlying = error.userInfo[NSUnderlyingErrorKey] as? any Error
        return underlying.map(reason(of:)) ?? error.localizedDescription
    }
}
