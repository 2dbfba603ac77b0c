import Foundation
import Wireframes

/// What `data` says about the labels and groups of pages: a table instead of sub-folders, other names, a pattern.
struct Labelling {
    private let table: LabelTable?
    private let names: [String: String?]
    private let pattern: NSRegularExpression?

    /// - Throws: `UserError` for a table that cannot be read.
    init(_ data: DataConfiguration) throws {
        table = try data.labels.map { try LabelTable($0) }
        names = data.archetypes
        do {
            pattern = try data.groupPattern.map { try NSRegularExpression(pattern: $0) }
        } catch {
            throw UserError(
                .data, "data.group_pattern is not a regular expression", at: data.groupPattern,
                remedy: "correct it, or leave it out: a group is then what stands before `__` in a page's name")
        }
    }

    /// The entries with their labels and groups: the table's where it has one, else the pattern's, else their own.
    ///
    /// - Throws: `UserError` when the table names files that are not there.
    func apply(to entries: [ImageEntry]) throws(UserError) -> [ImageEntry] {
        try table?.requireFiles(among: entries)
        return entries.map { entry in
            let row = table?.rows[entry.relativePath]
            let label = table == nil ? entry.archetype : row?.archetype
            return ImageEntry(
                path: entry.path, relativePath: entry.relativePath,
                archetype: label.flatMap { name in names[name] ?? .some(name) },
                groupKey: row?.group ?? captured(in: entry) ?? entry.groupKey)
        }
    }

    /// Refuses a new name for an archetype that there is not: it is probably misspelt.
    func requireUsed(in entries: [ImageEntry]) throws(UserError) {
        let known = Set(table.map { $0.rows.values.compactMap(\.archetype) } ?? entries.compactMap(\.archetype))
        guard let unknown = names.keys.sorted().first(where: { !known.contains($0) }) else { return }
        let meant = nearestName(to: unknown, among: known.sorted()).map { "did you mean '\($0)'?" }
        throw UserError(
            .data, "data.archetypes renames '\(unknown)', which no page has", at: "data.archetypes",
            remedy: meant ?? "there are \(known.sorted().joined(separator: ", "))")
    }

    private func captured(in entry: ImageEntry) -> String? {
        let name = (entry.relativePath as NSString).lastPathComponent
        let whole = NSRange(location: 0, length: (name as NSString).length)
        guard let match = pattern?.firstMatch(in: name, range: whole), match.numberOfRanges > 1,
            match.range(at: 1).location != NSNotFound
        else { return nil }
        return (name as NSString).substring(with: match.range(at: 1))
    }
}

/// The table that `data.labels` names.
private struct LabelTable {
    struct Row {
        let archetype: String?
        let group: String?
    }

    /// By path below the data set's folder.
    private(set) var rows: [String: Row] = [:]
    private let path: String

    init(_ path: String) throws {
        self.path = path
        let table = try CSVTable(path, key: "data.labels", columns: ["file", "archetype"])
        for row in table.rows {
            let file = row["file"] ?? ""
            func value(_ column: String) -> String? {
                let value = row[column]?.trimmingCharacters(in: .whitespaces) ?? ""
                return value.isEmpty ? nil : value.precomposedStringWithCanonicalMapping
            }
            guard rows.updateValue(Row(archetype: value("archetype"), group: value("group")), forKey: file) == nil
            else {
                throw UserError(.data, "has two rows for the file '\(file)'", at: path, remedy: "take one away")
            }
        }
    }

    func requireFiles(among entries: [ImageEntry]) throws(UserError) {
        let missing = Set(rows.keys).subtracting(entries.map(\.relativePath)).sorted()
        guard let first = missing.first else { return }
        throw UserError(
            .data, "\(missing.count) of \(rows.count) files are not in data.directory, the first is '\(first)'",
            at: path,
            remedy: "name files relative to data.directory, or take these rows away; what `dataset check --fix` "
                + "has moved is listed in FOLDER-aside/moves.json")
    }
}

/// A CSV file with a line of column names.
package struct CSVTable {
    /// The rows after the first, by column.
    package let rows: [[String: String]]

    /// - Parameters:
    ///   - key: the key of the configuration that names it.
    ///   - columns: those that it must have; others may be there.
    /// - Throws: `UserError` naming the file, and the row.
    package init(_ path: String, key: String, columns: [String]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UserError(
                .missingInput, "there is no such table, or it cannot be read", at: path, remedy: "set \(key)=FILE")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw UserError(.data, "not UTF-8 text", at: path, remedy: "save the table as CSV in UTF-8")
        }
        let table: [[String]]
        do {
            table = try CSV.rows(of: text)
        } catch {
            throw UserError(error.code, error.message, at: path, remedy: error.remedy)
        }
        let names = table.first?.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? []
        guard Set(columns).isSubset(of: names), Set(names).count == names.count else {
            throw UserError(
                .data, "its first row is not the names of columns, among them \(columns.joined(separator: " and "))",
                at: path,
                remedy: names.count == 1 && names[0].contains { ";\t".contains($0) }
                    ? "separate columns by commas" : "begin it with \(columns.joined(separator: ","))")
        }
        for (index, row) in table.enumerated() where row.count != names.count {
            throw UserError(
                .data, "row \(index + 1) has \(row.count) fields, not \(names.count)", at: path,
                remedy: "quote fields that have commas")
        }
        rows = table.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
    }
}
