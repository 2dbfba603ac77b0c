package import Foundation
package import Wireframes

/// The words on pages, read once each: kept in memory, and from one program to the next in the folder of caches (`data.cache`), in a
/// file that is named after the picture's content.
package final class WordStore: @unchecked Sendable {
    private let caches: URL?
    private let program: URL?
    private let lock = NSLock()
    /// Guarded by the lock.
    private var opened: (reader: WordReader, folder: URL?)?
    /// By path, of files that are as they were. Guarded by the lock.
    private var known: [String: (stamp: FileStamp, words: [PageWord])] = [:]

    /// Nil where `model.features` reads no words. Nothing is looked for before the first use: a model that draws needs no reader.
    ///
    /// - Parameter cache: a value of `data.cache`.
    init?(_ configuration: Configuration, cache: String?) {
        guard configuration.model.features.readsWords else { return nil }
        caches = cache.map { PageCache.folder($0) }
        program = nil
    }

    /// A store of what a program reads; see ``WordReader/init(program:)``.
    package init(in caches: URL?, program: URL) {
        self.caches = caches
        self.program = program
    }

    /// Finds the reader and the folder. One that cannot be written is no reason to stop.
    ///
    /// - Throws: `UserError` when words cannot be read on this machine.
    @discardableResult
    package func open() throws(UserError) -> (reader: WordReader, folder: URL?) {
        lock.lock()
        defer { lock.unlock() }
        if let opened { return opened }
        let reader = if let program { try WordReader(program: program) } else { try WordReader() }
        // Another version may read otherwise.
        let name = "words-1-" + reader.version.replacing(" ", with: "-")
        var folder = caches?.appending(path: name, directoryHint: .isDirectory)
        if let own = folder {
            do {
                try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            } catch {
                folder = nil
            }
        }
        opened = (reader, folder)
        return (reader, folder)
    }

    /// The words on the picture in a file.
    ///
    /// - Throws: `UserError` naming the file.
    package func words(on file: URL) throws -> [PageWord] {
        let path = file.path(percentEncoded: false)
        let stamp = FileStamp(path: path)
        if let known = lock.withLock({ known[path] }), known.stamp == stamp { return known.words }
        let (reader, folder) = try open()
        let place = try folder?.appending(path: contentHash(ofFileAt: path) + ".json")
        let kept = place.flatMap { try? JSONDecoder().decode([PageWord].self, from: Data(contentsOf: $0)) }
        let words = try kept ?? reader.words(on: PictureFile.read(file), named: path)
        if let stamp { lock.withLock { known[path] = (stamp, words) } }
        // A full disk is no reason to stop: they are read again next time.
        if kept == nil, let place { try? AtomicFile.write(try JSONEncoder().encode(words), to: place) }
        return words
    }

    /// The words on a picture that is no file; `name` stands for it in errors.
    ///
    /// - Throws: `UserError` naming it.
    func words(on picture: GrayImage, named name: String) throws(UserError) -> [PageWord] {
        try open().reader.words(on: picture, named: name)
    }
}
