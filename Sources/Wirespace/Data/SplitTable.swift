import Crypto
import Foundation
import Wireframes

/// A table that says which split each page lies in: what a run leaves in `splits.csv`, and `data.splits.file` reads.
enum SplitTable {
    /// The table of pages by split, sorted by file.
    static func text(_ pages: [Split: [ImageEntry]]) -> String {
        let rows = pages.flatMap { split, entries in
            entries.map { [$0.relativePath, split.rawValue, $0.archetype ?? "", $0.groupKey] }
        }
        return (["file,split,archetype,group\n"] + rows.sorted { $0[0] < $1[0] }.map(CSV.line)).joined()
    }

    /// SHA-256 of a table, in hexadecimal digits.
    static func hash(_ text: String) -> String {
        hexadecimal(SHA256.hash(data: Data(text.utf8)))
    }

    /// The splits of the groups that the table at `path` names pages of.
    ///
    /// - Throws: `UserError` naming the file, for a split that is none, a group in two splits, and a table of other pages.
    static func read(_ path: String, for entries: [ImageEntry]) throws -> [String: Split] {
        let groups = Dictionary(uniqueKeysWithValues: entries.map { ($0.relativePath, $0.groupKey) })
        var splits: [String: Split] = [:]
        for row in try CSVTable(path, key: "data.splits.file", columns: ["file", "split"]).rows {
            guard let split = Split(rawValue: row["split"] ?? "") else {
                throw UserError(
                    .data, "'\(row["split"] ?? "")' is no split", at: path,
                    remedy: "write train, validation or test for \(row["file"] ?? "")")
            }
            guard let group = groups[row["file"] ?? ""] else { continue }
            guard splits.updateValue(split, forKey: group) ?? split == split else {
                throw UserError(
                    .data, "pages of the group '\(group)' lie in two splits", at: path,
                    remedy: "near-copies must lie in one: correct the table, or data.group_pattern")
            }
        }
        guard !splits.isEmpty else {
            throw UserError(
                .data, "none of its files is in data.directory", at: path,
                remedy: "take the table of a run on this folder")
        }
        return splits
    }
}

extension SplitAssignment {
    /// The assignment that `data.splits` describes.
    init(of entries: [ImageEntry], _ configuration: Configuration) throws {
        let settings = configuration.data.splits
        let rule = try Splits(
            train: settings.train, validation: settings.validation, test: settings.test,
            seed: settings.seed ?? configuration.seed)
        if let file = settings.file {
            self.init(rule, fixed: try SplitTable.read(file, for: entries))
        } else if settings.stratify {
            self.init(stratifying: entries.map { ($0.groupKey, $0.archetype) }, by: rule)
        } else {
            self.init(rule)
        }
    }
}
