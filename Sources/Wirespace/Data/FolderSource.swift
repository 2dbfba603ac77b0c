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
    private let treatment: PageTreatment
    private let store: PageStore?
    private let wordStore: WordStore?

    /// Scans the folder. The pages themselves are only read when they are loaded.
    ///
    /// - Parameter store: where pages are kept once they are read.
    /// - Throws: `UserError` naming the folder: not there, not readable, without pages, or with none for training.
    public init(_ configuration: Configuration, store: PageStore? = nil) throws {
        let labelled = try LabelledFolder(configuration)
        treatment = PageTreatment(configuration.data)
        self.store = store
        wordStore = WordStore(configuration, cache: configuration.data.cache)
        try wordStore?.open()
        archetypes = labelled.archetypes
        var entries = Dictionary(grouping: labelled.entries) { labelled.split(ofGroup: $0.groupKey) }
        entries[.train, default: []] += labelled.exemplars
        splitTable = SplitTable.text(entries)
        pages = Self.references(entries, archetypes: archetypes)
        guard pages[.train]?.isEmpty == false else {
            throw UserError(
                .data, "none of the \(labelled.entries.count) images falls to training",
                at: configuration.data.directory,
                remedy: "near-copies stay together: look at data.group_pattern and data.splits, or add pages")
        }
    }

    /// The pages of a split, by name; exemplars come last.
    public func pages(in split: Split) -> [PageReference] { pages[split] ?? [] }

    /// Reads the file, or the store, and treats the page as `data` says.
    ///
    /// - Throws: `UserError` naming the file.
    public func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        guard let file = page.file else { throw UserError(.internal, "the page has no file", at: page.name) }
        func read() throws -> GrayBytes { try treatment.read(file) }
        return try (store?.page(of: file, read: read) ?? read()).image
    }

    /// Reads them in the file, or takes them from where they were kept.
    ///
    /// - Throws: `UserError` naming the file.
    public func words(on page: PageReference) throws -> [PageWord] {
        guard let wordStore, let file = page.file else { return [] }
        return try wordStore.words(on: file)
    }

    /// What lies beside the picture as a `.json` file, written with it by `wirespace dataset generate` or `capture`.
    public func layout(of page: PageReference, epoch: Int) throws -> LayoutNode? {
        guard let file = page.file?.deletingPathExtension().appendingPathExtension("json"),
            FileManager.default.fileExists(atPath: file.path)
        else { return nil }
        return try LayoutNode(contentsOf: file)
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
