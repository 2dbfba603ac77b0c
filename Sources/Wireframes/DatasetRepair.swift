internal import Foundation

/// Moves what does not belong into a data set out of it, into a folder beside it. Nothing is deleted, and the log of it
/// says what lay where.
///
/// Moved are images that cannot be read, blank and tiny ones, those of inverted colours, all copies of an image that
/// carries two labels (which of them is right, a person must say), and every copy but the first of an image or of
/// near-copies in several groups. Near-copies within a group are never split, and stay; so do near-copies under several
/// labels, unusual pages, and those that Exif turns or that are in CMYK, which may be right as they are.
public struct DatasetRepair: Sendable, Codable, Equatable {
    /// One file's move.
    public struct Move: Sendable, Codable, Equatable {
        /// The file's path below both folders.
        public let file: String
        /// What is wrong with it.
        public let reason: String
    }

    /// The data set.
    public let folder: String
    /// Where the files go.
    public let aside: String
    /// The moves, by path.
    public let moves: [Move]

    /// The moves that a report asks for.
    ///
    /// - Parameter aside: by default a new folder beside the data set's, with `-aside` after its name, or `-aside-2` and so on.
    public init(_ report: DatasetReport, aside: String? = nil) {
        let root = URL(filePath: report.folder, directoryHint: .isDirectory).standardizedFileURL
        folder = report.folder
        self.aside = aside ?? Self.freeFolder(beside: root)
        var reasons: [String: String] = [:]
        func move(_ files: some Sequence<String>, _ reason: String) {
            for file in files where reasons[file] == nil { reasons[file] = reason }
        }
        for file in report.unreadable { move([file.file], "cannot be read: \(file.reason)") }
        move(report.blank, "blank")
        move(report.tiny, "under \(DatasetCheck.smallestSide) pixels a side")
        move(report.inverted, "inverted: its ground is not that of most pages")
        for set in report.duplicates where set.acrossArchetypes {
            move(set.files, "one image under several labels: \(set.archetypes.joined(separator: ", "))")
        }
        for set in report.duplicates where !set.acrossArchetypes {
            move(set.files.dropFirst(), "a copy of \(set.files[0])")
        }
        for set in report.nearDuplicates where set.acrossGroups && !set.acrossArchetypes {
            move(set.copies.map(\.file), "a near-copy of \(set.file), in another group")
        }
        moves = reasons.sorted { $0.key < $1.key }.map { Move(file: $0.key, reason: $0.value) }
    }

    private static func freeFolder(beside root: URL) -> String {
        let names = ["-aside"] + (2...9999).map { "-aside-\($0)" }
        let folders = names.lazy.map { root.deletingLastPathComponent().appending(path: root.lastPathComponent + $0) }
        let isFree = { (folder: URL) in
            (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)))?.isEmpty ?? true
        }
        return (folders.first(where: isFree) ?? root).path(percentEncoded: false)
    }

    /// Moves the files, each with the `.json` beside it, after writing `moves.json` into the folder aside: should the
    /// work be cut off, it says what may have been moved.
    ///
    /// - Throws: `UserError` naming the file that cannot be moved; `.data` when the folder aside is not empty.
    public func apply() throws(UserError) {
        guard !moves.isEmpty else { return }
        let target = URL(filePath: aside, directoryHint: .isDirectory)
        try target.makeEmptyFolder()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let log = try? encoder.encode(self) else { throw UserError(.internal, "the log cannot be encoded") }
        try AtomicFile.write(log, to: target.appending(path: "moves.json"))
        let source = URL(filePath: folder, directoryHint: .isDirectory)
        for move in moves {
            try Self.move(source.appending(path: move.file), to: target.appending(path: move.file))
            let sidecar = (move.file as NSString).deletingPathExtension + ".json"
            let described = source.appending(path: sidecar)
            if FileManager.default.fileExists(atPath: described.path(percentEncoded: false)) {
                try Self.move(described, to: target.appending(path: sidecar))
            }
        }
    }

    private static func move(_ file: URL, to target: URL) throws(UserError) {
        try target.deletingLastPathComponent().makeFolder()
        do {
            try FileManager.default.moveItem(at: file, to: target)
        } catch {
            throw UserError(
                .io, "the file cannot be moved: \(UserError.reason(of: error))", at: file.path(percentEncoded: false),
                remedy: "check the rights, move back what moves.json in the folder aside names, and try again")
        }
    }
}
