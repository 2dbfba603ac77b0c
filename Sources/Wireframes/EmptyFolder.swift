public import Foundation

/// Makes a folder that is to be filled; one that exists must be empty.
///
/// - Throws: `UserError`: `.data` when there is something in it, `.io` when it cannot be made.
public func makeEmptyFolder(_ folder: URL) throws(UserError) {
    let present = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    guard present.isEmpty else {
        throw UserError(
            .data, "the folder is not empty", at: folder.path, remedy: "name a new one; nothing is overwritten")
    }
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
        throw UserError(
            .io, "the folder cannot be made: \(UserError.reason(of: error))", at: folder.path,
            remedy: "check the path and the rights")
    }
}
