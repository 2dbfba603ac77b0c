import Foundation
package import Wireframes

/// What `data` makes of a folder's files: their labels, groups and splits.
package struct LabelledFolder {
    /// The folder as it lies on the disk.
    package let folder: ImageFolder
    /// Its files, with the labels and groups that `data` gives them.
    package let entries: [ImageEntry]
    /// The files of `data.archetypes_dir`, which are for training.
    package let exemplars: [ImageEntry]
    /// Names of the archetypes (of the exemplars, where there are any), sorted.
    package let archetypes: [String]
    private let taught: Set<String>
    private let assignment: SplitAssignment

    /// Scans the folder.
    ///
    /// - Throws: `UserError` naming the folder: not there, not readable, without pages; or the key that is wrong.
    package init(_ configuration: Configuration) throws {
        let data = configuration.data
        guard let directory = data.directory else {
            throw UserError(.data, "data.directory is not set", remedy: "set data.directory=FOLDER")
        }
        folder = try Self.scan(directory, key: "data.directory")
        guard !folder.entries.isEmpty else {
            throw UserError(
                .data, "there are no PNG or JPEG images", at: directory, remedy: "set data.directory=FOLDER")
        }
        let taughtFolder = try Self.exemplars(data, for: folder)
        let labelling = try Labelling(data)
        entries = try labelling.apply(to: folder.entries)
        exemplars = try taughtFolder.map { try labelling.apply(to: $0.entries) } ?? []
        archetypes = Set((taughtFolder == nil ? entries : exemplars).compactMap(\.archetype)).sorted()
        try labelling.requireUsed(in: folder.entries + (taughtFolder?.entries ?? []))
        taught = Set(exemplars.map(\.groupKey))
        assignment = try SplitAssignment(of: entries, configuration)
    }

    /// The split of a group; what exemplars have taught is for training.
    package func split(ofGroup key: String) -> Split { taught.contains(key) ? .train : assignment.split(ofGroup: key) }

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
            let message =
                FileManager.default.fileExists(atPath: directory) ? "a file, not a folder" : "there is no such folder"
            throw UserError(.missingInput, message, at: directory, remedy: "set \(key)=FOLDER")
        }
        return try ImageFolder(scanning: URL(filePath: directory, directoryHint: .isDirectory))
    }
}
