public import Foundation
import Torch
import Wireframes

/// What an update of an index has done.
public struct IndexUpdate: Codable, Sendable, Equatable {
    /// A file that could not be encoded.
    public struct Skipped: Codable, Sendable, Equatable {
        /// Path below the folder.
        public let path: String
        /// Why.
        public let reason: String
    }

    /// Pages in the index now.
    public var pages = 0
    /// New pages, and pages whose files have changed.
    public var encoded = 0
    /// Pages whose codes were there already.
    public var kept = 0
    /// Pages whose files are gone, or cannot be read any more.
    public var removed = 0
    /// Files that cannot be read.
    public var skipped: [Skipped] = []
    /// Why all earlier codes were dropped; nil when they were not.
    public var rebuilt: String?
}

extension LatentSpace {
    /// Makes the index, or brings it up to date with a folder: new and changed files are encoded, those that are gone
    /// are dropped. What is finished is kept if the work is stopped. An index of another model, or with another
    /// ``refinement``, is made anew.
    ///
    /// A file has changed when its SHA-256 has.
    ///
    /// - Throws: `UserError` naming the folder or the index: no pages, none that can be read, an index of another folder.
    public func updateIndex(from folder: URL, console: Console = Console(quiet: true)) throws -> IndexUpdate {
        let images = try ImageFolder(scanning: folder)
        guard !images.entries.isEmpty else {
            throw UserError(.data, "there are no PNG or JPEG images", at: folder.path, remedy: "name a folder of pages")
        }
        var update = IndexUpdate()
        let file = try LatentIndexFile(indexFile)
        forgetIndex()
        update.rebuilt = try prepare(file, for: folder)
        if let reason = update.rebuilt { console.line(reason) }

        let known = try file.hashes()
        let gone = Set(known.keys).subtracting(images.entries.map(\.relativePath))
        try file.store([], removing: gone.sorted())
        update.removed = gone.count
        _ = refinement  // lazy: known before several lanes ask for it
        let lanes = Lanes(forJobs: Self.blockSize, device: trained.model.parameters.device)
        console.begin()
        for start in stride(from: 0, to: images.entries.count, by: Self.blockSize) {
            let block = images.entries[start..<min(start + Self.blockSize, images.entries.count)]
            try encode(Array(block), known, into: file, &update, lanes, console)
            console.progress("encoding", done: block.endIndex, of: images.entries.count, unit: "pages")
        }
        console.clearBar()
        update.pages = update.kept + update.encoded
        guard update.pages > 0 else {
            throw UserError(
                .data, "none of the \(images.entries.count) images can be read", at: folder.path,
                remedy: "run `wirespace dataset check` on the folder")
        }
        return update
    }

    /// Pages that are in memory at a time, and are stored in one transaction.
    private static let blockSize = 16

    /// Makes sure that a file is an index of this model and this folder.
    ///
    /// - Returns: why the codes in it were dropped, if they were.
    private func prepare(_ file: LatentIndexFile, for folder: URL) throws -> String? {
        let wanted = LatentIndexFile.Source(
            model: indexedModel, folder: folder.standardizedFileURL.path, dimension: dimension,
            refinement: refinement.steps)
        guard let present = try file.source() else {
            try file.reset(to: wanted)
            return nil
        }
        guard present.folder == wanted.folder else {
            throw UserError(
                .data, "the index is of the folder \(present.folder)", at: indexFile.path,
                remedy: "name another with --index, or remove this one")
        }
        guard present != wanted else { return nil }
        try file.reset(to: wanted)
        if present.model == wanted.model, present.dimension == wanted.dimension {
            let (before, now) = (present.refinement, wanted.refinement)
            return "the codes in the index were refined by \(before) steps, not \(now): all pages are encoded again"
        }
        return "the index was made with another model, or its codes refined otherwise: all pages are encoded again"
    }

    private func encode(
        _ entries: [ImageEntry], _ known: [String: String], into file: LatentIndexFile, _ update: inout IndexUpdate,
        _ lanes: Lanes?, _ console: Console
    ) throws {
        let reader = trained.reader
        let loaded = concurrentMap(entries.count) { index in
            Result { () throws -> (hash: String, page: EncoderInput?) in
                let entry = entries[index]
                let hash = try contentHash(of: entry)
                return (hash, known[entry.relativePath] == hash ? nil : try reader.input(at: entry.url))
            }
        }
        let records = try sideBySide(Array(zip(entries, loaded)), in: lanes) { entry, result in
            guard case .success((let hash, let page?)) = result else { return nil as LatentIndexFile.Record? }
            let (mu, sigma) = try encode(page)
            let size = PNG.Size(width: page.image.width, height: page.image.height)
            return LatentIndexFile.Record(entry: entry, hash: hash, size: size, mu: mu.floats, sigma: sigma.floats)
        }.compactMap { $0 }
        var unreadable: [String] = []
        for (entry, result) in zip(entries, loaded) {
            switch result {
            case .success((_, let page)): update.kept += page == nil ? 1 : 0
            case .failure(let error):
                console.line("skipped: \(error)")
                update.skipped.append(.init(path: entry.relativePath, reason: "\(error)"))
                if known[entry.relativePath] != nil { unreadable.append(entry.relativePath) }
            }
        }
        if !records.isEmpty || !unreadable.isEmpty { try file.store(records, removing: unreadable) }
        update.encoded += records.count
        update.removed += unreadable.count
    }
}

private func contentHash(of entry: ImageEntry) throws -> String {
    do {
        return try contentHash(ofFileAt: entry.path)
    } catch {
        throw UserError(
            .io, "cannot be read: \(UserError.reason(of: error))", at: entry.path, remedy: "replace it or remove it")
    }
}
