package import Foundation

extension URL {
    /// Makes the folder, and those above it.
    package func makeFolder() throws(UserError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: plainPath, isDirectory: &isFolder), !isFolder.boolValue {
            throw UserError(.io, "a file of this name is there", at: plainPath, remedy: "name a new folder")
        }
        do {
            try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
        } catch {
            throw UserError(
                .io, "the folder cannot be made: \(UserError.reason(of: error))", at: path(percentEncoded: false),
                remedy: "check the path and the rights")
        }
    }

    /// The path without the slash after a folder's name.
    private var plainPath: String {
        let path = path(percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Whether both are paths of one file, through whatever links.
    package func isSameFile(as other: URL) -> Bool { resolvedComponents == other.resolvedComponents }

    /// The parts of the path, without links and detours.
    package var resolvedComponents: [String] { resolvingSymlinksInPath().standardizedFileURL.pathComponents }

    /// Paths below the folder of all files with these endings (in lower case), sorted within each folder. Links are
    /// followed, each folder is entered once, hidden files and folders are left out.
    package func files(withEndings endings: Set<String>) -> [String] {
        var found: [String] = []
        var visited: Set<String> = []
        func visit(_ folder: URL, _ prefix: String) {
            let path = folder.resolvingSymlinksInPath().path(percentEncoded: false)
            guard visited.insert(path).inserted else { return }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            for name in names.sorted() where !name.hasPrefix(".") {
                let file = folder.appending(path: name)
                var isFolder: ObjCBool = false
                let isThere = FileManager.default.fileExists(
                    atPath: file.path(percentEncoded: false), isDirectory: &isFolder)
                if isThere, isFolder.boolValue {
                    visit(file, prefix + name + "/")
                } else if endings.contains(file.pathExtension.lowercased()) {
                    found.append(prefix + name)
                }
            }
        }
        visit(self, "")
        return found
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

/// A word as the name of one visible file or folder, or a part of it: letters, digits, hyphens, underscores and spaces, at most 100 bytes.
package func fileName(of word: String) -> String {
    var name = String(word.map { $0.isLetter || $0.isNumber || "-_ ".contains($0) ? $0 : "-" }.prefix(100))
    while name.utf8.count > 100 { name.removeLast() }
    return name.isEmpty ? "-" : name
}
