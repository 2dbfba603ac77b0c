public import Foundation

extension PageGenerator {
    /// Fills a folder with pages: `ARCHETYPE/SEED__ARCHETYPE.png`, and beside each its sidecar `.json`.
    ///
    /// The part of the name before `__` is the group key: what a site is, to the splits.
    ///
    /// - Parameters:
    ///   - count: pages in all; the archetypes take turns, each page is of a site of its own.
    ///   - firstSeed: the seed of the first page; the others follow it.
    ///   - progress: told the number of pages written so far; throwing stops the work.
    /// - Throws: `UserError` when the folder is not empty or cannot be written.
    public func write(
        _ count: Int, of archetypes: [Archetype], firstSeed: UInt64, into folder: URL,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        try folder.makeEmptyFolder()
        for archetype in archetypes { try folder.appending(path: archetype.rawValue).makeFolder() }
        for index in 0..<count {
            let archetype = archetypes[index % archetypes.count]
            let page = page(archetype, seed: firstSeed &+ UInt64(index))
            let name = String(format: "%06llu__%@", page.seed, archetype.rawValue)
            let file = folder.appending(path: "\(archetype.rawValue)/\(name).png")
            try PNG.write(page.render(), to: file)
            try AtomicFile.write(page.sidecar(), to: file.deletingPathExtension().appendingPathExtension("json"))
            try progress(index + 1)
        }
    }
}
