import Foundation
import Wireframes
import Wirespace

/// Labels that a person has corrected, beside the index (`LatentSpace.fileOfIndex(_:)`): a table of all its pages as `data.labels` reads it.
struct PageLabels {
    private let file: URL
    /// Labels in the file, by path; empty for none.
    private var rows: [String: String] = [:]

    /// Reads the table, if there is one.
    ///
    /// - Throws: `UserError` naming the file when it is no such table.
    init(_ file: URL) throws {
        self.file = file
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let table = try CSVTable(file.path, key: file.lastPathComponent, columns: ["file", "archetype"])
        for row in table.rows { rows[row["file"] ?? ""] = row["archetype"] ?? "" }
    }

    /// The labels that there are.
    var names: Set<String> { Set(rows.values.filter { !$0.isEmpty }) }

    /// What a page is: as a person said, else as its folder says.
    func archetype(of page: LatentIndex.Page) -> String? {
        guard let label = rows[page.path] else { return page.archetype }
        return label.isEmpty ? nil : label
    }

    /// Writes another label for some pages; rows of pages that the index does not know stay.
    ///
    /// - Throws: `UserError(.io)` when the file cannot be written; nothing has changed then.
    mutating func set(_ archetype: String, of chosen: [LatentIndex.Page], among pages: [LatentIndex.Page]) throws {
        var changed = rows
        for page in pages where changed[page.path] == nil { changed[page.path] = page.archetype ?? "" }
        for page in chosen { changed[page.path] = archetype }
        let lines = changed.sorted { $0.key < $1.key }.map { CSV.line([$0.key, $0.value]) }
        try AtomicFile.write(Data((CSV.line(["file", "archetype"]) + lines.joined()).utf8), to: file)
        rows = changed
    }
}
