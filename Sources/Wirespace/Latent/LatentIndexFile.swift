import Foundation
internal import GRDB
import Torch
import Wireframes

/// The latent index on disk: one SQLite file.
///
///     source(version, model, folder, dimension, refinement)                            one row
///     page(id, path, hash, archetype, pageGroup, width, height, mu, sigma)             one row a page
///
/// `mu` and `sigma` are little-endian float32. A change is one transaction: a process that is killed leaves what was
/// there before, and whatever it had finished.
final class LatentIndexFile {
    /// What all codes of an index have in common.
    struct Source: Equatable {
        /// What has to be equal for codes to be: the SHA-256 of the model's file, and in words what else.
        var model: String
        /// Absolute path of the folder.
        var folder: String
        /// Dimensions of a code.
        var dimension: Int
        /// Steps by which the encoder's codes were refined.
        var refinement: Int
    }

    /// A page with its code, to be stored.
    struct Record {
        let entry: ImageEntry
        let hash: String
        let size: PNG.Size
        let mu: [Float]
        let sigma: [Float]
    }

    /// Version 1 had no `refinement`, and only codes that were not refined. In version 2 refinement
    /// weighed the prior by the training's β.
    private static let version = 3
    private let url: URL
    private let queue: DatabaseQueue

    /// Opens a file, or makes an empty one.
    ///
    /// - Throws: `UserError` naming the file: not an index, damaged, locked by another process or not writable.
    init(_ url: URL) throws {
        self.url = url
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        queue = try Self.explaining(url) { try DatabaseQueue(path: url.path, configuration: configuration) }
    }

    // MARK: Reading

    /// What the codes come from; nil for an empty file.
    func source() throws -> Source? {
        try explaining {
            try queue.read { database in
                guard try database.tableExists("source") else {
                    guard try database.tableExists("page") else { return nil }
                    throw notAnIndex("it has pages, but says not whose")
                }
                let row = try Row.fetchOne(database, sql: "SELECT version, model, folder, dimension, * FROM source")
                guard let row, case let version = try row.decode(Int.self, atIndex: 0),
                    (1...Self.version).contains(version)
                else {
                    throw notAnIndex("it is of another version")
                }
                let model: String = try row.decode(atIndex: 1)
                let refinement: Int = version == 1 ? 0 : try row.decode(forColumn: "refinement")
                return Source(
                    model: version < 3 && refinement > 0 ? "\(model), refined as before" : model,
                    folder: try row.decode(atIndex: 2), dimension: try row.decode(atIndex: 3), refinement: refinement)
            }
        }
    }

    /// The content hash of every page, by path.
    func hashes() throws -> [String: String] {
        try explaining {
            try queue.read { database in
                let rows = try Row.fetchAll(database, sql: "SELECT path, hash FROM page")
                return try Dictionary(rows.map { (try $0.decode(atIndex: 0), try $0.decode(atIndex: 1)) }) { $1 }
            }
        }
    }

    /// Everything.
    ///
    /// - Throws: `UserError(.data)` when the index is of another model, empty or damaged.
    func index(of model: String, dimension: Int) throws -> LatentIndex {
        guard let source = try source() else { throw notAnIndex("it is empty") }
        guard source.model == model, source.dimension == dimension else {
            throw UserError(
                .data,
                "the index was made with another model, with this one before it was trained further, or by a program that refined codes otherwise",
                at: url.path, remedy: "make it anew with `wirespace encode RUN \(source.folder)`")
        }
        var pages: [LatentIndex.Page] = []
        var (mu, sigma) = (Data(), Data())
        try explaining {
            try queue.read { database in
                let rows = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT mu, sigma, id, path, IFNULL(archetype, ''), pageGroup, width, height
                        FROM page ORDER BY path
                        """)
                while let row = try rows.next() {
                    mu.append(try code(row, at: 0, dimension: dimension))
                    sigma.append(try code(row, at: 1, dimension: dimension))
                    pages.append(try page(row))
                }
            }
        }
        guard !pages.isEmpty else {
            throw UserError(
                .data, "the index has no pages yet", at: url.path, remedy: "go on with `wirespace encode RUN FOLDER`")
        }
        let tensors = [mu, sigma].map { Tensor($0.floats, shape: [pages.count, dimension]) }
        guard tensors.allSatisfy({ $0.isFinite().to(dtype: .uint8).amin().item() == 1 }) else {
            throw notAnIndex("a code is not finite")
        }
        return LatentIndex(
            folder: URL(filePath: source.folder, directoryHint: .isDirectory), pages: pages, mu: tensors[0],
            sigma: tensors[1])
    }

    private func code(_ row: Row, at column: Int, dimension: Int) throws -> Data {
        try row.withUnsafeData(atIndex: column) { data in
            guard let data, data.count == dimension * MemoryLayout<Float>.size else {
                throw notAnIndex("a code has a wrong length")
            }
            return Data(data)  // the row's own bytes do not outlive it
        }
    }

    private func page(_ row: Row) throws -> LatentIndex.Page {
        let (width, height): (Int, Int) = (try row.decode(atIndex: 6), try row.decode(atIndex: 7))
        let sides = PagePreparation.leastSide...PagePreparation.greatestSide
        guard sides.contains(width), sides.contains(height) else { throw notAnIndex("a page of an impossible size") }
        let archetype: String = try row.decode(atIndex: 4)
        return LatentIndex.Page(
            id: try row.decode(atIndex: 2), path: try row.decode(atIndex: 3),
            archetype: archetype.isEmpty ? nil : archetype, group: try row.decode(atIndex: 5),
            size: PNG.Size(width: width, height: height))
    }

    // MARK: Writing

    /// Forgets all pages and begins an index of another source.
    func reset(to source: Source) throws {
        try explaining {
            try queue.write { database in
                try database.execute(
                    sql: """
                        DROP TABLE IF EXISTS page;
                        DROP TABLE IF EXISTS source;
                        CREATE TABLE source (
                            version INTEGER NOT NULL, model TEXT NOT NULL, folder TEXT NOT NULL,
                            dimension INTEGER NOT NULL, refinement INTEGER NOT NULL);
                        CREATE TABLE page (
                            id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
                            archetype TEXT, pageGroup TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
                            mu BLOB NOT NULL, sigma BLOB NOT NULL);
                        """)
                try database.execute(
                    sql: "INSERT INTO source VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        Self.version, source.model, source.folder, source.dimension, source.refinement,
                    ])
            }
        }
    }

    /// Adds pages, or overwrites those of the same path, which keep their numbers; and removes others.
    func store(_ records: [Record], removing paths: [String] = []) throws {
        try explaining {
            try queue.write { database in
                let remove = try database.makeStatement(sql: "DELETE FROM page WHERE path = ?")
                for path in paths { try remove.execute(arguments: [path]) }
                let add = try database.makeStatement(
                    sql: """
                        INSERT INTO page (path, hash, archetype, pageGroup, width, height, mu, sigma)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT (path) DO UPDATE SET
                            hash = excluded.hash, archetype = excluded.archetype, pageGroup = excluded.pageGroup,
                            width = excluded.width, height = excluded.height, mu = excluded.mu, sigma = excluded.sigma
                        """)
                for record in records {
                    try add.execute(arguments: [
                        record.entry.relativePath, record.hash, record.entry.archetype, record.entry.groupKey,
                        record.size.width, record.size.height, Data(record.mu), Data(record.sigma),
                    ])
                }
            }
        }
    }

    // MARK: Errors

    private func notAnIndex(_ reason: String) -> UserError { Self.notAnIndex(reason, url) }

    private static func notAnIndex(_ reason: String, _ url: URL) -> UserError {
        let start = (try? Data(contentsOf: url, options: .mappedIfSafe))?.prefix(15) ?? Data()
        let isDatabase = start.isEmpty || start == Data("SQLite format 3".utf8)
        return UserError(
            .data, "not a usable latent index: \(reason)", at: url.path,
            remedy: isDatabase
                ? "remove the file and make it anew with `wirespace encode`" : "name another file with --index")
    }

    private func explaining<Result>(_ body: () throws -> Result) throws -> Result { try Self.explaining(url, body) }

    private static func explaining<Result>(_ url: URL, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch is RowDecodingError {
            throw notAnIndex("a value is of the wrong type", url)
        } catch let error as DatabaseError {
            let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw UserError(
                    .io, "another process is using the index", at: url.path, remedy: "wait until it is done")
            case .SQLITE_CANTOPEN, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_PERM, .SQLITE_READONLY:
                throw UserError(
                    .io, "the index cannot be read or written: \(message)", at: url.path,
                    remedy: "check its folder, the rights and the disk's space, or name another with --index")
            default:
                throw notAnIndex(message, url)
            }
        }
    }
}

extension Data {
    /// The bytes of numbers, little-endian.
    fileprivate init(_ values: [Float]) { self = values.withUnsafeBytes { Data($0) } }

    /// The numbers whose bytes these are.
    fileprivate var floats: [Float] {
        var values = [Float](repeating: 0, count: count / MemoryLayout<Float>.size)
        _ = values.withUnsafeMutableBytes { copyBytes(to: $0) }
        return values
    }
}
