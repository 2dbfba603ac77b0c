import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// A file that a verb is to write, looked at before the work that ends with it.
struct OutputFile: ExpressibleByArgument, CustomStringConvertible {
    /// As it was typed.
    let description: String

    init(_ path: String) { description = path }
    init?(argument: String) { self.init(argument) }

    var url: URL { URL(filePath: description) }

    /// Makes the folder that the file is to lie in, if it is missing.
    ///
    /// - Throws: `UserError` when the name does not end as what will be in the file, or nothing can be written there.
    func prepare(_ endings: String...) throws(UserError) {
        guard endings.contains(url.pathExtension.lowercased()) else {
            throw UserError(
                .usage, "what will be written is not what the file's name says", at: description,
                remedy: "let the name end in .\(endings[0])")
        }
        let folder = url.deletingLastPathComponent()
        try folder.makeFolder()
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path(percentEncoded: false), isDirectory: &isFolder)
        guard !(exists && isFolder.boolValue) else {
            throw UserError(.usage, "there is a folder of this name", at: description, remedy: "name a file")
        }
        guard FileManager.default.isWritableFile(atPath: folder.path(percentEncoded: false)) else {
            throw UserError(
                .io, "nothing can be written into this folder", at: folder.path(percentEncoded: false),
                remedy: "change its rights, or name another")
        }
    }

    /// - Parameter space: whose index's pages must not be overwritten.
    /// - Throws: `UserError` when this is one of the files that the same command reads or writes, or a page of the index.
    func requireOther(than others: [URL], pagesOf space: LatentSpace? = nil) throws(UserError) {
        if let space, space.hasIndex, FileManager.default.fileExists(atPath: url.path(percentEncoded: false)),
            let index = try? space.index(), index.row(ofFile: url) != nil
        {
            throw UserError(
                .usage, "this is a page of the index, which would be lost", at: description,
                remedy: "name another to write")
        }
        guard others.contains(where: { $0.isSameFile(as: url) }) else { return }
        throw UserError(
            .usage, "the same command reads or writes this file for something else", at: description,
            remedy: "name another to write")
    }

    /// Writes pages side by side in rows.
    func write(_ sheet: RGBImage) throws {
        try PNG.write(sheet, to: url)
        Console().line("wrote \(description)")
    }
}

extension Optional where Wrapped == OutputFile {
    /// The same, if there is to be such a file.
    func prepare(_ ending: String) throws(UserError) { try self?.prepare(ending) }
}

/// Makes sure, before any page is drawn, that a sheet of pages of these sizes is not too large for a picture.
///
/// - Parameter pages: how many of them are pages, if not all.
/// - Throws: `UserError(.usage)` otherwise.
func requireSheet(
    of sizes: [PNG.Size], columns: Int, width: Int = widestPage, pages: Int? = nil, remedy: String
) throws(UserError) {
    do {
        try pageSheetSize(of: sizes, columns: columns, width: width).requirePicture()
    } catch {
        throw UserError(
            .usage, "\(counted(pages ?? sizes.count, "page")) in one picture: \(error.message)", remedy: remedy)
    }
}
