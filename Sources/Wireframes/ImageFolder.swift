internal import Crypto
public import Foundation

/// One image file of a data set.
public struct ImageEntry: Sendable, Hashable, Codable {
    /// Where the file is: the data set's folder and `relativePath`.
    public let path: String
    /// The path below the data set's folder, with `/` between its parts. It identifies the image in reports.
    public let relativePath: String
    /// The label: the name of the sub-folder of the data set that holds the file, nil for a file outside of any.
    public let archetype: String?
    /// What the file shares with its near-copies (same site, same project): files of one group are never split.
    public let groupKey: String

    /// Creates an entry.
    public init(path: String, relativePath: String, archetype: String?, groupKey: String) {
        self.path = path
        self.relativePath = relativePath
        self.archetype = archetype
        self.groupKey = groupKey
    }

    /// `path` as a URL.
    public var url: URL { URL(filePath: path, directoryHint: .notDirectory) }
}

/// The image files of a data set folder.
///
/// Each sub-folder is an archetype, with all that lies below it; files outside of sub-folders are unlabelled. Links are
/// followed, but no folder is visited twice, so a loop of links ends. Hidden files and folders are left out.
public struct ImageFolder: Sendable {
    /// The folder that was scanned.
    public let root: URL
    /// All files whose name ends as those of PNG or JPEG files do, readable or not, sorted by relative path. May be empty.
    public internal(set) var entries: [ImageEntry]
    /// The names of the archetypes that have a file, sorted. The position of a name is its class number.
    public internal(set) var archetypes: [String]
    /// Sub-folders of the data set that hold no such file, sorted.
    public let emptyFolders: [String]
    /// Number of files that are no images of the data set: other endings, hidden files, pipes. A `.json` file beside
    /// the image of the same name describes it and is not counted.
    public let ignoredFiles: Int

    /// Finds the images below `root`.
    ///
    /// The group key is the part of a file's name before the first `__`; where there is none, the SHA-256 of its content
    /// in hexadecimal digits; and the relative path of a file that cannot be read, which is found when it is used.
    ///
    /// - Throws: `UserError`: `.missingInput` when there is no such folder, `.data` when it is a file, `.io` naming the
    ///   folder, this or one below, that cannot be read.
    public init(scanning root: URL) throws(UserError) {
        var scan = FolderScan(root: root)
        try scan.run()
        let files = scan.files.sorted { $0.relativePath < $1.relativePath }
        entries = concurrentMap(files.count) { index in
            let file = files[index]
            return ImageEntry(
                path: file.path, relativePath: file.relativePath, archetype: file.archetype, groupKey: file.groupKey)
        }
        self.root = root
        archetypes = Set(entries.compactMap(\.archetype)).sorted()
        emptyFolders = scan.topFolders.subtracting(archetypes).sorted()
        ignoredFiles = scan.ignored
    }
}

/// SHA-256 of the content of the file at `path`, read in pieces, in hexadecimal digits.
package func contentHash(ofFileAt path: String) throws -> String {
    let handle = try FileHandle(forReadingFrom: URL(filePath: path, directoryHint: .notDirectory))
    defer { try? handle.close() }
    var hash = SHA256()
    while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
    return hexadecimal(hash.finalize())
}

/// Bytes in hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

private struct FoundFile: Sendable {
    let path: String
    let relativePath: String
    let archetype: String?

    var groupKey: String {
        let name = (relativePath as NSString).lastPathComponent
        if let separator = name.range(of: "__"), separator.lowerBound > name.startIndex {
            return name[..<separator.lowerBound].precomposedStringWithCanonicalMapping
        }
        return (try? contentHash(ofFileAt: path)) ?? relativePath
    }
}

/// The walk through the folders.
private struct FolderScan {
    /// A folder's path below the root (empty for the root itself).
    private typealias Relative = String

    private struct Identity: Hashable {
        let device: UInt64
        let node: UInt64
    }

    private let root: String
    private var visited: Set<Identity> = []
    private var folders: [Relative] = [""]
    /// Visited when no real folder is left, so that a link never takes images away from the folder they lie in.
    private var links: [Relative] = []
    private(set) var files: [FoundFile] = []
    private(set) var topFolders: Set<String> = []
    private(set) var ignored = 0

    init(root: URL) {
        self.root = root.path(percentEncoded: false)
    }

    mutating func run() throws(UserError) {
        guard let status = Self.status(of: root) else {
            throw UserError(opening: root, errorNumber: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw UserError(.data, "is not a folder", at: root, remedy: "name a folder")
        }
        while let folder = folders.popLast() ?? (links.isEmpty ? nil : links.removeFirst()) {
            try visit(folder)
        }
    }

    private mutating func visit(_ folder: Relative) throws(UserError) {
        guard let status = Self.status(of: path(folder)),
            visited.insert(Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))).inserted
        else { return }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
        } catch {
            throw UserError(
                .io, "cannot read the folder: \(UserError.reason(of: error))", at: path(folder),
                remedy: "change its rights or move it out of the data set")
        }
        let images = Set(names.map(Self.split).filter { PictureFile.endings.contains($0.ending) }.map(\.stem))
        for name in names {
            let (stem, ending) = Self.split(name)
            if ending == "json" && images.contains(stem) { continue }
            add(name, in: folder, isImage: PictureFile.endings.contains(ending))
        }
    }

    private mutating func add(_ name: String, in folder: Relative, isImage: Bool) {
        let relative = folder.isEmpty ? name : folder + "/" + name
        // A link to nothing has no status: under an image's name it is kept, and reported when it is read.
        let kind = Self.status(of: path(relative)).map { $0.st_mode & S_IFMT }
        if kind == S_IFDIR {
            if name.hasPrefix(".") { return }
            if folder.isEmpty { topFolders.insert(name.precomposedStringWithCanonicalMapping) }
            if Self.isLink(path(relative)) { links.append(relative) } else { folders.append(relative) }
        } else if isImage && !name.hasPrefix(".") && (kind == S_IFREG || kind == nil) {
            let parts = relative.split(separator: "/")
            let archetype = parts.count > 1 ? parts[0].precomposedStringWithCanonicalMapping : nil
            files.append(FoundFile(path: path(relative), relativePath: relative, archetype: archetype))
        } else {
            ignored += 1
        }
    }

    private func path(_ relative: Relative) -> String {
        relative.isEmpty ? root : root.hasSuffix("/") ? root + relative : root + "/" + relative
    }

    private static func split(_ name: String) -> (stem: String, ending: String) {
        ((name as NSString).deletingPathExtension, (name as NSString).pathExtension.lowercased())
    }

    private static func status(of path: String) -> stat? {
        var result = stat()
        return stat(path, &result) == 0 ? result : nil
    }

    private static func isLink(_ path: String) -> Bool {
        var result = stat()
        return lstat(path, &result) == 0 && result.st_mode & S_IFMT == S_IFLNK
    }
}
