internal import Crypto
public import Foundation
public import Wireframes

/// A page to capture: an address, or a file with the folder that it may read from.
public struct CaptureTarget: Sendable, Hashable {
    /// The address, or the path of the file, as reports name it.
    public let source: String
    /// What the browser opens.
    public let url: URL
    /// The folder that a file may read from, links resolved; nil for an address.
    public let root: String?
    /// What the page shares with others of its site: the group key.
    public let site: String
    /// What tells it from others of its site.
    public let page: String
    /// The sub-folder that it goes into.
    public let archetype: String?

    /// A file below `root`, by default its own folder.
    ///
    /// - Parameter site: by default the name of its folder.
    public init(file: URL, root: URL? = nil, site: String? = nil, page: String? = nil, archetype: String? = nil) {
        let file = file.standardizedFileURL
        let folder = file.deletingLastPathComponent()
        source = file.path(percentEncoded: false)
        url = file
        self.root = Self.realPath(root ?? folder)
        self.site = Self.plain(site ?? folder.lastPathComponent)
        self.page = Self.plain(page ?? file.deletingPathExtension().lastPathComponent)
        self.archetype = archetype
    }

    /// A page of the web.
    ///
    /// - Throws: `UserError` with code `.usage` when `address` is no `http:` or `https:` URL.
    public init(address: String, archetype: String? = nil) throws(UserError) {
        guard let url = URL(string: address), Self.isAddress(address), let host = url.host(percentEncoded: false),
            !host.isEmpty
        else {
            throw UserError(.usage, "not an address that can be captured", at: address, remedy: "use http: or https:")
        }
        source = address
        self.url = url
        root = nil
        let name = host.hasPrefix("www.") ? String(host.dropFirst(4)) : host
        site = Self.plain(name + (url.port.map { "-\($0)" } ?? ""))
        let path = url.path(percentEncoded: false).split(separator: "/").joined(separator: "-")
        let rest = url.query(percentEncoded: true).map { "?" + $0 } ?? ""
        page = Self.plain(path.isEmpty && rest.isEmpty ? "index" : path + rest)
        self.archetype = archetype
    }

    /// Whether an input is an address, not a file.
    public static func isAddress(_ text: String) -> Bool {
        let text = text.lowercased()
        return text.hasPrefix("http://") || text.hasPrefix("https://")
    }

    /// Where the page is kept, without ending: `ARCHETYPE/SITE__PAGE_WIDTH`.
    ///
    /// - Parameter isDistinct: with a part of the source's hash, where another page has the name already.
    package func path(width: Int, isDistinct: Bool) -> String {
        let mark = isDistinct ? "-" + Self.mark(of: source) : ""
        return (archetype.map { $0 + "/" } ?? "") + "\(site)__\(page)\(mark)_\(width)"
    }

    /// Letters, digits, `-` and `.`, at most 80: no `_`, which parts site, page and width.
    static func plain(_ name: String) -> String {
        var result = ""
        for character in name.precomposedStringWithCanonicalMapping {
            let isPlain = character.isLetter || character.isNumber || character == "."
            if isPlain {
                result.append(character)
            } else if result.last != "-" {
                result.append("-")
            }
        }
        let ends = CharacterSet(charactersIn: "-.")
        let trimmed = result.trimmingCharacters(in: ends)
        guard !trimmed.isEmpty else { return "page" }
        guard trimmed.utf8.count > 80 else { return trimmed }
        var short = trimmed
        while short.utf8.count > 70 { short.removeLast() }
        return short + "-" + mark(of: trimmed)
    }

    /// The first eight hexadecimal digits of a text's SHA-256.
    private static func mark(of text: String) -> String {
        hexadecimal(SHA256.hash(data: Data(text.utf8)).prefix(4))
    }

    package static func realPath(_ url: URL) -> String {
        let path = url.resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}

extension CaptureTarget {
    /// What a folder's sub-folders are.
    public enum Folders: Sendable {
        /// Sites: pages of one are near-copies of each other.
        case sites
        /// Archetypes: labels.
        case archetypes
    }

    /// The pages that `inputs` name: addresses, HTML files, folders of them, and lists (`.txt`, `.tsv`) with one of those
    /// a line, an archetype after a tab if it has one; `#` starts a comment.
    ///
    /// - Parameters:
    ///   - root: the folder that files may read from; by default the folder that was named, a list's own, or the file's.
    ///   - archetype: the sub-folder for all that have none of their own.
    ///   - folders: what a folder's sub-folders are.
    /// - Throws: `UserError`: `.missingInput` for what is not there, `.data` for a folder or a list with no page.
    public static func find(
        _ inputs: [String], root: URL? = nil, archetype: String? = nil, folders: Folders = .sites
    ) throws(UserError) -> [CaptureTarget] {
        var targets: [CaptureTarget] = []
        for input in inputs {
            if isAddress(input) {
                targets.append(try CaptureTarget(address: input, archetype: archetype))
                continue
            }
            let url = URL(filePath: input)
            switch try kind(of: url) {
            case .folder: targets += try pages(below: url, root: root, archetype, folders)
            case .list: targets += try pages(listedIn: url, root: root, archetype)
            case .file: targets.append(CaptureTarget(file: url, root: root, archetype: archetype))
            }
        }
        var seen: Set<String> = []
        return targets.filter { seen.insert("\($0.archetype ?? "")/\($0.source)").inserted }
    }

    private enum Kind {
        case folder, list, file
    }

    private static func kind(of url: URL) throws(UserError) -> Kind {
        let path = url.path(percentEncoded: false)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UserError(.missingInput, "there is no such file or folder", at: path, remedy: "check the path")
        }
        if isFolder.boolValue { return .folder }
        switch url.pathExtension.lowercased() {
        case "txt", "tsv": return .list
        case "html", "htm", "xhtml", "svg": return .file
        default:
            throw UserError(.data, "neither an HTML file nor a list of pages", at: path, remedy: "see --help for both")
        }
    }

    private static func pages(
        below folder: URL, root: URL?, _ archetype: String?, _ folders: Folders
    ) throws(UserError) -> [CaptureTarget] {
        let path = folder.path(percentEncoded: false)
        // The sub-paths of a link are those of what it leads to.
        let names = (FileManager.default.subpaths(atPath: realPath(folder)) ?? []).sorted().filter { name in
            ["html", "htm", "xhtml"].contains((name as NSString).pathExtension.lowercased())
                && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }
        guard !names.isEmpty else {
            throw UserError(.data, "there are no HTML files", at: path, remedy: "name HTML files, or their folder")
        }
        return names.map { name in
            let parts = ((name as NSString).deletingPathExtension).split(separator: "/").map(String.init)
            let first = parts.count > 1 ? parts[0] : nil
            let site = folders == .sites ? first : parts.count > 2 ? parts[1] : nil
            let rest = parts.dropFirst(site == nil ? 0 : folders == .sites ? 1 : 2)
            let label = folders == .archetypes ? first.map(fileName(of:)) : nil
            let page = folders == .archetypes && site == nil && first != nil ? rest.dropFirst() : rest
            return CaptureTarget(
                file: folder.appending(path: name), root: root ?? folder,
                site: site ?? folder.standardizedFileURL.lastPathComponent, page: page.joined(separator: "-"),
                archetype: label ?? archetype)
        }
    }

    private static func pages(listedIn list: URL, root: URL?, _ archetype: String?) throws(UserError) -> [CaptureTarget]
    {
        let path = list.path(percentEncoded: false)
        guard let text = try? String(contentsOf: list, encoding: .utf8) else {
            throw UserError(.data, "the list is no text in UTF-8", at: path, remedy: "save it as UTF-8")
        }
        let folder = list.standardizedFileURL.deletingLastPathComponent()
        var targets: [CaptureTarget] = []
        let lines = text.drop { $0 == "\u{FEFF}" }.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for line in lines {
            let fields = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let page = fields.first, !page.isEmpty, !page.hasPrefix("#") else { continue }
            let label = fields.count > 1 && !fields[1].isEmpty ? fileName(of: fields[1]) : archetype
            if isAddress(page) {
                targets.append(try CaptureTarget(address: page, archetype: label))
                continue
            }
            // One that is not there fails by itself: the others are captured.
            let file = URL(filePath: page, relativeTo: folder).standardizedFileURL
            let own = realPath(folder)
            let isInside = isPath(realPath(file), below: own)
            targets.append(CaptureTarget(file: file, root: root ?? (isInside ? folder : nil), archetype: label))
        }
        guard !targets.isEmpty else {
            throw UserError(.data, "the list names no page", at: path, remedy: "one address or HTML file a line")
        }
        return targets
    }

    /// Whether a file or folder is a folder or lies in it, links resolved; neither need be there.
    public static func isPath(_ path: String, within folder: String) -> Bool {
        isPath(realPath(URL(filePath: path)), below: realPath(URL(filePath: folder)))
    }

    /// Whether a path lies in a folder; both without links.
    static func isPath(_ path: String, below folder: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }
}
