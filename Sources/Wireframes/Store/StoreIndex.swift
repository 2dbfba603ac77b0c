internal import Foundation

/// What a page store holds: the entries of its index in memory, and its two files.
struct StoreIndex {
    typealias Entry = PageStoreFormat.Entry

    /// Where a store's files are.
    struct Paths {
        let pages: String
        let index: String
        let lock: String

        init(folder: URL, name: String) {
            func path(_ ending: String) -> String {
                folder.appending(path: "\(name).\(ending)").path(percentEncoded: false)
            }
            (pages, index, lock) = (path("pages"), path("index"), path("lock"))
        }
    }

    /// The file of levels.
    let data: PlacedFile
    private let file: PlacedFile
    private var ofPath: [PageStoreFormat.Path: Entry] = [:]
    private var ofContent: [PageStoreFormat.Content: Entry] = [:]
    /// Bytes of the index that have been read: whole entries.
    private var readUntil = PageStoreFormat.block

    /// Opens a store's files; where they are not usable, makes them anew if they may be written.
    ///
    /// To be called under the store's lock.
    static func open(_ paths: Paths, identity: [UInt8], writable: Bool) throws(UserError) -> StoreIndex {
        let present = try? StoreIndex(paths, identity: identity, writable: writable)
        if let present, !writable || !present.isMostlyWaste { return present }
        guard writable else {
            throw UserError(
                .data, "the store of pages is damaged or of another version, and cannot be written", at: paths.index,
                remedy: "change its rights, or remove it")
        }
        let pairing = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let header = Data(PageStoreFormat.Header(identity: identity, pairing: pairing).bytes)
        // Should the process end between the two, they do not belong together, and are made anew the next time.
        try AtomicFile.write(header, to: URL(filePath: paths.pages))
        try AtomicFile.write(header, to: URL(filePath: paths.index))
        return try StoreIndex(paths, identity: identity, writable: true)
    }

    private init(_ paths: Paths, identity: [UInt8], writable: Bool) throws(UserError) {
        data = try PlacedFile(paths.pages, writable: writable)
        file = try PlacedFile(paths.index, writable: writable)
        let headers = [data, file].map { PageStoreFormat.Header($0.bytes(at: 0, count: PageStoreFormat.block)) }
        guard let header = headers[0], header == headers[1], header.identity == identity else {
            throw UserError(.data, "not a store of these pages", at: paths.index)
        }
        readEntries()
    }

    // MARK: Reading

    /// Pages in it.
    var pages: Int { ofContent.count }
    /// Bytes of both files.
    var bytes: Int { data.size + file.size }
    /// Whether the index has grown since it was read.
    var hasNews: Bool { file.size > readUntil }

    /// The page of a file that looks as it did when its page was stored.
    func entry(ofPath path: PageStoreFormat.Path, stamp: FileStamp) -> Entry? {
        guard let entry = ofPath[path], entry.stamp == stamp else { return nil }
        return entry
    }

    /// The page of a content.
    func entry(ofContent content: PageStoreFormat.Content) -> Entry? { ofContent[content] }

    /// Takes in entries that have been added; damaged ones are passed over. To be called under the store's lock, since an
    /// entry that is being written looks damaged.
    mutating func readEntries() {
        let block = PageStoreFormat.block
        let available = (file.size - readUntil) / block * block
        guard available > 0 else { return }
        let bytes = file.bytes(at: readUntil, count: available)
        for start in stride(from: 0, through: bytes.count - block, by: block) {
            if let entry = Entry(bytes[start..<(start + block)]) { take(entry) }
        }
        readUntil += bytes.count / block * block
    }

    private mutating func take(_ entry: Entry) {
        ofPath[entry.path] = entry
        ofContent[entry.content] = entry
    }

    /// Leaves out a page that turned out damaged.
    mutating func forget(_ entry: Entry) {
        if ofContent[entry.content]?.place == entry.place { ofContent[entry.content] = nil }
        if ofPath[entry.path]?.place == entry.place { ofPath[entry.path] = nil }
    }

    /// More than half of the files, and more than a mebibyte, is of no use any more: changed files, damaged entries.
    private var isMostlyWaste: Bool {
        let places = Dictionary(ofPath.values.map { ($0.place.offset, $0.place.count) }) { $1 }
        let used = places.values.reduce(0, +) + ofPath.count * PageStoreFormat.block
        return bytes > 1 << 20 && used < bytes / 2
    }

    // MARK: Writing

    /// Adds an entry, after its page unless a page of the same content is there. To be called under the store's lock, after
    /// `readEntries`.
    ///
    /// - Throws: `UserError(.io)` when the disk is full; the store is then as it was.
    mutating func add(
        path: PageStoreFormat.Path, stamp: FileStamp, content: PageStoreFormat.Content, _ page: GrayBytes?
    ) throws(UserError) {
        var place = ofContent[content]?.place
        if place == nil, let page {
            let alignment = PageStoreFormat.alignment
            let offset = (data.size + alignment - 1) / alignment * alignment
            try data.write(page.levels, at: offset)
            place = PageStoreFormat.Place(
                offset: UInt64(offset), width: UInt32(page.width), height: UInt32(page.height),
                checksum: PageStoreFormat.checksum(page.levels[...]))
        }
        guard let place else { return }
        let entry = Entry(content: content, path: path, stamp: stamp, place: place)
        if ofPath[path] == entry { return }
        // The place of the next whole entry: half a one, of a process that was killed, is written over.
        try file.write(entry.bytes, at: readUntil)
        readUntil += PageStoreFormat.block
        take(entry)
    }
}

/// The space that the stores of a folder take.
struct StoreRoom {
    private let folder: URL
    private let own: String
    private let limit: Int
    private var others: [(name: String, bytes: Int, used: Date)]

    init(folder: URL, own: String, limit: Int) {
        self.folder = folder
        self.own = own
        self.limit = limit
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        others = names.filter { $0.hasSuffix(".pages") && $0 != own + ".pages" }.map { file in
            let name = String(file.dropLast(6))
            func attributes(_ ending: String) -> [FileAttributeKey: Any] {
                let path = folder.appending(path: "\(name).\(ending)").path
                return (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
            }
            func bytes(_ ending: String) -> Int { (attributes(ending)[.size] as? NSNumber)?.intValue ?? 0 }
            let used = attributes("lock")[.modificationDate] as? Date ?? .distantPast
            return (name, bytes("pages") + bytes("index"), used)
        }.sorted { $0.used > $1.used }
    }

    /// Whether so many bytes more may be written; other stores, those first that have not been used for longest, are
    /// removed for it. A process that still uses one keeps it until it ends.
    mutating func has(_ bytes: Int, besides own: Int) -> Bool {
        while own + bytes + others.reduce(0, { $0 + $1.bytes }) > limit, own + bytes <= limit,
            let oldest = others.popLast()
        {
            // The index first: without it the pages are nothing. The lock stays: a process may hold it.
            for ending in ["index", "pages"] {
                try? FileManager.default.removeItem(at: folder.appending(path: "\(oldest.name).\(ending)"))
            }
        }
        return own + bytes + others.reduce(0) { $0 + $1.bytes } <= limit
    }
}
