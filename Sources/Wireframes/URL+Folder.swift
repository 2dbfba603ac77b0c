package import Foundation

extension URL {
    /// Makes the folder, and those above it.
    package func makeFolder() throws(UserError) {
        do {
            try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
        } catch {
            throw UserError(
                .io, "the folder cannot be made: \(UserError.reason(of: error))", at: path(percentEncoded: false),
                remedy: "check the path and the rights")
        }
    }

    /// Makes the folder; one that is there must be empty.
    package func makeEmptyFolder() throws(UserError) {
        let present = (try? FileManager.default.contentsOfDirectory(atPath: path(percentEncoded: false))) ?? []
        guard present.isEmpty else {
            throw UserError(
                .data, "the folder is not empty", at: path(percentEncoded: false),
                remedy: "name a new one; nothing is overwritten")
        }
        try makeFolder()
    }
}
