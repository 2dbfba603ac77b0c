import Foundation
public import Wireframes

/// Pages from a folder of PNG and JPEG files, as `data` describes it.
///
/// Groups of near-copies are kept in one split. Files of the folder itself are unlabelled, those of its sub-folders are
/// labelled, unless `data.labels` says it all. Where `data.archetypes_dir` names exemplars, they are training pages, and so is every page of their groups.
public struct FolderSource: PageSource {
    /// Names of the sub-folders (of the exemplars' folder, if there is one), sorted.
    public let archetypes: [String]

    /// Which split each page lies in, as `data.splits.file` reads it.
    public let splitTable: String?

    private let pages: [Split: [PageReference]]
    private let input: PageInput

    /// Scans the folder. The pages themselves are only read when they are loaded.
    ///
    /// - Throws: `UserError` naming the folder: not there, not readable, without pages, or with none for training.
    public init(_ configuration: Configuration) throws {
        let data = configuration.data
        guard let directory = data.directory else {
            throw UserError(.data, "data.directory is not set", remedy: "set data.directory=FOLDER")
        }
        let folder = try Self.scan(directory, key: "data.directory")
        guard !folder.entries.isEmpty else {
            throw UserError(
                .data, "there are no PNG or JPEG images", at: directory, remedy: "set data.directory=FOLDER")
        }
        let exemplars = try Self.exemplars(data, for: folder)
        input = PageInput(data)

        let labelling = try Labelling(data)
        let labelled = try labelling.apply(to: folder.entries)
        let taughtEntries = try exemplars.map { try labelling.apply(to: $0.entries) } ?? []
        archetypes = Set((exemplars == nil ? labelled : taughtEntries).compactMap(\.archetype)).sorted()
        try labelling.requireUsed(in: folder.entries + (exemplars?.entries ?? []))
        let taught = Set(taughtEntries.map(\.groupKey))
        let assignment = try SplitAssignment(of: labelled, configuration)
        var entries = Dictionary(grouping: labelled) { entry in
            taught.contains(entry.groupKey) ? .train : assignment.split(ofGroup: entry.groupKey)
        }
        entries[.train, default: []] += taughtEntries
        splitTable = SplitTable.text(entries)
        pages = Self.references(entries, archetypes: archetypes)
        guard pages[.train]?.isEmpty == false else {
            throw UserError(
                .data, "none of the \(folder.entries.count) images falls to training", at: directory,
                remedy: "near-copies stay together: look at data.group_pattern and data.splits, or add pages")
        }
    }

    /// The pages of a split, by name; exemplars come last.
    public func pages(in split: Split) -> [PageReference] { pages[split] ?? [] }

    /// Reads the file, reduces it with `data.screenshots` and turns it around with `data.invert`.
    ///
    /// - Throws: `UserError` naming the file.
    public func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        guard let file = page.file else { throw UserError(.internal, "the page has no file", at: page.name) }
        return try input.read(file)
    }

    private static func exemplars(_ data: DataConfiguration, for folder: ImageFolder) throws -> ImageFolder? {
        guard let directory = data.archetypesDirectory else { return nil }
        guard folder.archetypes.isEmpty else {
            throw UserError(
                .data,
                "data.archetypes_dir is for unlabelled pages, but data.directory has sub-folders, which label them",
                at: data.directory, remedy: "set data.archetypes_dir=null")
        }
        let exemplars = try scan(directory, key: "data.archetypes_dir")
        guard !exemplars.archetypes.isEmpty else {
            throw UserError(
                .data, "there are no sub-folders with PNG or JPEG images", at: directory,
                remedy: "put the exemplars of each archetype into a sub-folder of its name")
        }
        return exemplars
    }

    private static func scan(_ directory: String, key: String) throws -> ImageFolder {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue else {
            throw UserError(.missingInput, "there is no such folder", at: directory, remedy: "set \(key)=FOLDER")
        }
        return try ImageFolder(scanning: URL(filePath: directory, directoryHint: .isDirectory))
    }

    private static func references(
        _ entries: [Split: [ImageEntry]], archetypes: [String]
    ) -> [Split: [PageReference]] {
        let labels = Dictionary(uniqueKeysWithValues: archetypes.enumerated().map { ($1, $0) })
        return Dictionary(
            uniqueKeysWithValues: entries.map { split, entries in
                let references = entries.enumerated().map { index, entry in
                    PageReference(
                        split: split, index: index, name: entry.relativePath,
                        archetype: entry.archetype.flatMap { labels[$0] }, file: entry.url)
                }
                return (split, references)
            })
    }
}
