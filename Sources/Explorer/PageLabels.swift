import Foundation
import Wireframes
import Wirespace

/// Labels that a person has corrected, beside the index (`LatentSpace.fileOfIndex(_:)`): a table of all its pages as `data.labels` reads it.
struct PageLabels {
    private let file: URL
    /// Which file was read.
    private let version: Version
    /// Labels in the file, by path; empty for none.
    private var rows: [String: String] = [:]

    /// Reads the table, if there is one.
    ///
    /// - Throws: `UserError` naming the file when it is no such table.
    init(_ file: URL) throws {
        self.file = file
        version = Version(of: file)
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let table = try CSVTable(file.path, key: file.lastPathComponent, columns: ["file", "archetype"])
        for row in table.rows { rows[row["file"] ?? ""] = row["archetype"] ?? "" }
    }

    /// The table as it is now, where a person or another explorer has written it since; nil where nobody has.
    ///
    /// - Throws: as ``init(_:)``.
    func renewed() throws -> PageLabels? { Version(of: file) == version ? nil : try PageLabels(file) }

    /// Tells a file from what is written in its place: times alone are too coarse.
    private struct Version: Equatable {
        private let date: Date?
        private let size: NSNumber?
        private let number: NSNumber?

        init(of file: URL) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
            date = attributes?[.modificationDate] as? Date
            size = attributes?[.size] as? NSNumber
            number = attributes?[.systemFileNumber] as? NSNumber
        }
    }

    /// The labels that there are.
    var names: Set<String> { Set(rows.values.filter { !$0.isEmpty }) }

    /// What a page is: as a person said, else as its folder says.
    func archetype(of path: String, folder: String?) -> String? {
        guard let label = rows[path] else { return folder }
        return label.isEmpty ? nil : label
    }

    /// The table with another label for some pages, which is written; rows of pages that the index does not know stay.
    ///
    /// - Throws: `UserError(.io)` when the file cannot be written; nothing has changed then.
    func setting(
        _ archetype: String, of chosen: [LatentIndex.Page], among pages: [LatentIndex.Page]
    ) throws -> PageLabels {
        var changed = rows
        for page in pages where changed[page.path] == nil { changed[page.path] = page.archetype ?? "" }
        for page in chosen { changed[page.path] = archetype }
        let lines = changed.sorted { $0.key < $1.key }.map { CSV.line([$0.key, $0.value]) }
        try AtomicFile.write(Data((CSV.line(["file", "archetype"]) + lines.joined()).utf8), to: file, durably: true)
        return try PageLabels(file)
    }
}
