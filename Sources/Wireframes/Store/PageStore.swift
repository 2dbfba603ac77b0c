public import Foundation

/// Pages as training wants them (decoded, turned around, scaled, in 256 levels), kept on disk, so that later epochs and later
/// runs decode nothing and memory does not grow with the data set.
///
/// Two files: `NAME.pages`, the levels one page after the other, of which windows are mapped into memory, and `NAME.index`, an
/// entry of 128 bytes for every page. Both only grow, and an entry is written after its page: a process that is killed at any
/// moment leaves a valid store. Nothing in it is trusted: an entry and a page have a CRC-32 each, and a page is that of a
/// file while the file's size and times are as they were, else while its SHA-256 is. What does not hold is read from the
/// file and stored again. Several processes may use a store at once, by a lock on `NAME.lock`.
///
/// A store never is a reason to fail: what cannot be stored is read from its file.
public final class PageStore: @unchecked Sendable {
    /// How it has been used since it was opened.
    public struct Counts: Sendable, Equatable {
        /// Pages taken from the store.
        public var found = 0
        /// Pages read from their files.
        public var read = 0
        /// Pages that were in the store but damaged.
        public var damaged = 0
        /// Pages that were read but could not be stored.
        public var unstored = 0
    }

    /// The files' folder.
    public let folder: URL
    /// Bytes that all stores of the folder may have together.
    public let limit: Int
    /// Whether pages can be added.
    public let isWritable: Bool

    private let name: String
    private let identity: [UInt8]
    private let report: @Sendable (String) -> Void
    private let storeLock: FileLock?
    /// Guards what follows.
    private let lock = NSLock()
    private var index: StoreIndex
    private var room: StoreRoom
    private var counters = Counts()
    private var isFull = false

    /// Opens a store, or makes an empty one. One that is damaged beyond its entries, of another version, or half full of what
    /// nothing refers to any more, is made anew.
    ///
    /// - Parameters:
    ///   - folder: made if it is not there. Where it cannot be written, a store that is there is used as it is.
    ///   - purpose: whatever decides the pixels of its pages; a store for each.
    ///   - limit: bytes that all stores of the folder may have together. Those that have not been used for longest make
    ///     room; then nothing more is stored.
    ///   - report: told, once each, what stands in the way of storing.
    /// - Throws: `UserError` when the folder cannot be made or written and has no such store.
    public init(
        _ folder: URL, for purpose: String, limit: Int, report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(UserError) {
        self.folder = folder
        self.limit = limit
        self.report = report
        identity = PageStoreFormat.hash(purpose)
        name = hexadecimal(identity.prefix(8))
        let files = StoreIndex.Paths(folder: folder, name: name)
        do throws(UserError) {
            try folder.makeFolder()
            let lock = try FileLock(files.lock)
            let identity = identity
            let opened = try lock.whileHeld { () throws(UserError) in
                try StoreIndex.open(files, identity: identity, writable: true)
            }
            guard let opened else {
                throw UserError(
                    .io, "another process holds the lock of the store", at: files.lock,
                    remedy: "wait for it, or train with data.cache=null")
            }
            index = opened
            storeLock = lock
        } catch {
            guard FileManager.default.isReadableFile(atPath: files.index) else { throw error }
            index = try StoreIndex.open(files, identity: identity, writable: false)
            storeLock = nil
        }
        isWritable = storeLock != nil
        room = StoreRoom(folder: folder, own: name, limit: limit)
    }

    /// The page that a file shows: the stored one, or what `read` says, which is then stored.
    ///
    /// Called from several threads at once.
    ///
    /// - Throws: what `read` throws.
    public func page(of file: URL, read: () throws -> GrayBytes) throws -> GrayBytes {
        let path = file.path(percentEncoded: false)
        guard let stamp = FileStamp(path: path) else { return try read() }
        let key = PageStoreFormat.path(path)
        if let page = stored(lock.withLock { index.entry(ofPath: key, stamp: stamp) }) { return page }
        guard let content = try? contentHash(ofFileAt: path) else { return try read() }
        let digest = PageStoreFormat.content(content)
        catchUp()
        if let page = stored(lock.withLock { index.entry(ofContent: digest) }) {
            remember(key, stamp, digest, nil)
            return page
        }
        let page = try read()
        lock.withLock { counters.read += 1 }
        // A file that was written meanwhile may not be what was hashed.
        if FileStamp(path: path) == stamp { remember(key, stamp, digest, page) }
        return page
    }

    /// How it has been used since it was opened.
    public var counts: Counts { lock.withLock { counters } }

    /// Pages in it, and bytes of its two files.
    public var size: (pages: Int, bytes: Int) { lock.withLock { (index.pages, index.bytes) } }

    /// The page of an entry, if it is sound.
    private func stored(_ entry: PageStoreFormat.Entry?) -> GrayBytes? {
        guard let entry else { return nil }
        let place = entry.place
        let data = lock.withLock { index.data }
        guard let levels = data.mapped(at: Int(place.offset), count: place.count),
            PageStoreFormat.checksum(levels[...]) == place.checksum
        else {
            lock.withLock {
                counters.damaged += 1
                index.forget(entry)
            }
            return nil
        }
        lock.withLock { counters.found += 1 }
        return GrayBytes(width: Int(place.width), height: Int(place.height), levels: levels)
    }

    /// Takes in what other processes have stored since.
    private func catchUp() {
        lock.withLock {
            guard index.hasNews else { return }
            _ = try? storeLock?.whileHeld { () throws(UserError) in index.readEntries() }
        }
    }

    /// Stores a page, or only that a file shows a page that is stored.
    private func remember(
        _ path: PageStoreFormat.Path, _ stamp: FileStamp, _ content: PageStoreFormat.Content, _ page: GrayBytes?
    ) {
        lock.withLock {
            guard let storeLock, !isFull else {
                counters.unstored += page == nil ? 0 : 1
                return
            }
            do throws(UserError) {
                let done: Void? = try storeLock.whileHeld { () throws(UserError) in
                    index.readEntries()
                    let needed = (page?.levels.count ?? 0) + 2 * PageStoreFormat.block
                    guard room.has(needed, besides: index.bytes) else {
                        throw UserError(.io, "its limit of \(limit) bytes is reached", at: folder.path)
                    }
                    try index.add(path: path, stamp: stamp.lasting, content: content, page)
                }
                if done == nil { counters.unstored += page == nil ? 0 : 1 }
            } catch {
                isFull = true
                counters.unstored += page == nil ? 0 : 1
                report("The store of pages takes no more (\(error.message)): other pages are read from their files.")
            }
        }
    }
}
