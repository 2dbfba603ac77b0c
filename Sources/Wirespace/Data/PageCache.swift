public import Foundation
public import Wireframes

/// Where `data.cache` puts the pages of a folder.
public enum PageCache {
    /// The word for the user's own folder of caches.
    public static let automatic = "auto"

    /// The folder that a value of `data.cache` names, if it is one.
    ///
    /// `auto` is the folder that the environment's `WIRESPACE_CACHE` names, else `wirespace/pages` in the user's folder of
    /// caches (`XDG_CACHE_HOME`, by default `~/.cache`; `~/Library/Caches` on a Mac).
    public static func folder(
        _ value: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> URL {
        func named(_ path: String) -> URL { URL(filePath: path, directoryHint: .isDirectory) }
        guard value == automatic else { return named((value as NSString).expandingTildeInPath) }
        if let own = environment["WIRESPACE_CACHE"], !own.isEmpty { return named(own) }
        #if os(macOS)
            let caches = named(NSHomeDirectory()).appending(path: "Library/Caches", directoryHint: .isDirectory)
        #else
            let set = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? named($0) : nil }
            let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
            let caches = set ?? named(home).appending(path: ".cache", directoryHint: .isDirectory)
        #endif
        return caches.appending(path: "wirespace/pages", directoryHint: .isDirectory)
    }
}

extension Configuration {
    /// The store that `data.cache` asks for; nil where there is none, or no folder of files.
    ///
    /// A folder of caches that cannot be used is no reason to stop, and `report` is told; one that `data.cache` names is.
    ///
    /// - Throws: `UserError` naming the folder.
    public func pageStore(report: @escaping @Sendable (String) -> Void) throws -> PageStore? {
        guard let cache = data.cache, let directory = data.directory else { return nil }
        let place = URL(filePath: directory, directoryHint: .isDirectory).resolvingSymlinksInPath().path
        let folder = PageCache.folder(cache)
        do throws(UserError) {
            let store = try PageStore(
                folder, for: PageTreatment(data).purpose + "\n" + place, limit: Int(data.cacheGigabytes * 1e9),
                report: report)
            let (pages, bytes) = store.size
            report(
                "Pages are kept in \(folder.path): \(pages) pages, \(Console.bytes(bytes)) of at most "
                    + Console.bytes(store.limit) + (store.isWritable ? "" : ", which cannot be written to"))
            return store
        } catch {
            if cache == PageCache.automatic {
                report("Pages are not kept between epochs: \(error). Set data.cache=FOLDER, or data.cache=null.")
                return nil
            }
            throw UserError(
                error.code, error.message, at: error.place ?? folder.path,
                remedy: "set data.cache to a folder that can be written, to auto, or to null for none")
        }
    }
}
