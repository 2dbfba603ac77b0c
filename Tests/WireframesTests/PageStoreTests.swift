import Foundation
import Testing
import Wireframes

/// A store in a folder of its own, and page files to put into it.
private final class Fixture {
    let root = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
    var store: URL { root.appending(path: "store") }
    let files: [URL]
    let pages: [GrayBytes]

    init(pages count: Int = 12, seed: UInt64 = 1) throws {
        var random = SeededGenerator(seed: seed)
        let folder = root.appending(path: "pages")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        pages = (0..<count).map { index in
            let (width, height) = (32 + index, 40 + 7 * index)
            return GrayBytes(
                width: width, height: height,
                levels: (0..<width * height).map { _ in UInt8(truncatingIfNeeded: random.next() as UInt64) })
        }
        files = pages.indices.map { folder.appending(path: "\($0).png") }
        for (page, file) in zip(pages, files) { try PNG.write(page.image, to: file) }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func open(
        limit: Int = 1 << 30, purpose: String = "test", _ report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> PageStore { try PageStore(store, for: purpose, limit: limit, report: report) }

    /// Expects every page as its file shows it, whatever is in the store.
    func expectPages(of store: PageStore, _ location: SourceLocation = #_sourceLocation) throws {
        for (file, page) in zip(files, pages) { try expect(page, file, store, location) }
    }

    func expect(
        _ page: GrayBytes, _ file: URL, _ store: PageStore, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let loaded = try store.page(of: file) { GrayBytes(rounding: try PNG.read(file)) }
        #expect(loaded == page, "\(file.lastPathComponent)", sourceLocation: location)
    }

    /// The store's file with this ending.
    func file(_ ending: String) throws -> URL {
        let names = try FileManager.default.contentsOfDirectory(atPath: store.path)
        return store.appending(path: try #require(names.first { $0.hasSuffix(ending) }))
    }

    var bytes: Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: store.path)) ?? []
        return names.compactMap { name in
            let path = store.appending(path: name).path
            return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue
        }.reduce(0, +)
    }
}

/// Pages found, read, damaged and not stored.
private func numbers(_ store: PageStore) -> [Int] {
    let counts = store.counts
    return [counts.found, counts.read, counts.damaged, counts.unstored]
}

private final class Notes: @unchecked Sendable {
    private let lock = NSLock()
    private var texts: [String] = []
    func add(_ text: String) { lock.withLock { texts.append(text) } }
    var all: [String] { lock.withLock { texts } }
}

@Suite("Store of pages", .timeLimit(.minutes(2)))
struct PageStoreTests {
    @Test("levels read as an 8-bit PNG file does, and values between levels are rounded to the nearest")
    func levels() throws {
        let ramp = GrayBytes(width: 256, height: 1, levels: (0...255).map { UInt8($0) })
        #expect(try PNG.decode(PNG.encode(ramp.image)) == ramp.image && GrayBytes(rounding: ramp.image) == ramp)
        #expect(ramp.inverted.image.pixels.first == 1 && ramp.inverted.inverted == ramp)
        let values: [Float] = [-1, 0.0019, 0.0020, 0.5, 0.9981, 2, .nan, .infinity]
        let rounded = GrayBytes(rounding: GrayImage(width: 8, height: 1, pixels: values))
        #expect(rounded.levels == [0, 0, 1, 128, 255, 255, 0, 255])
    }

    @Test("pages are read once, and found by a later process, by copies of a file and after files are touched")
    func kept() throws {
        let fixture = try Fixture()
        let first = try fixture.open()
        for _ in 0..<2 { try fixture.expectPages(of: first) }
        #expect(numbers(first) == [12, 12, 0, 0])
        let size = first.size.bytes
        let later = try fixture.open()
        #expect(later.size.pages == 12)
        let copy = fixture.root.appending(path: "copy.png")
        try FileManager.default.copyItem(at: fixture.files[3], to: copy)
        try fixture.expect(fixture.pages[3], copy, later)
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: fixture.files[5].path)
        try fixture.expectPages(of: later)
        #expect(numbers(later) == [13, 0, 0, 0] && later.size.pages == 12)
        #expect(later.size.bytes < size + 20 * 128, "no page twice")
    }

    @Test("a changed file is read again, even one of the same size whose time of change was set back")
    func changed() throws {
        let fixture = try Fixture(pages: 2)
        Thread.sleep(forTimeInterval: 2.2)  // the files are old enough for their times to be trusted
        try fixture.expectPages(of: fixture.open())
        let (file, other) = (fixture.files[0], GrayImage(width: 32, height: 40, filledWith: 0.2))
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        var bytes = try PNG.encode(other)
        let size = try #require((attributes[.size] as? NSNumber)?.intValue)
        try #require(bytes.count <= size)
        bytes += Data(count: size - bytes.count)  // readers stop at the end of the picture
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: bytes)
        try handle.close()
        let time = try #require(attributes[.modificationDate] as? Date)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file.path)
        let store = try fixture.open()
        try fixture.expect(GrayBytes(rounding: other), file, store)
        try fixture.expect(fixture.pages[1], fixture.files[1], store)
        #expect(numbers(store) == [1, 1, 0, 0])
    }

    @Test("purposes do not share pages")
    func purposes() throws {
        let fixture = try Fixture(pages: 1)
        try fixture.expectPages(of: fixture.open(purpose: "width 1"))
        let other = try fixture.open(purpose: "width 2")
        let blank = GrayBytes(width: 1, height: 1, levels: [9])
        #expect(try other.page(of: fixture.files[0]) { blank } == blank)
        try fixture.expectPages(of: fixture.open(purpose: "width 1"))
    }

    @Test("files that cannot be read are told of by their reader, and do not enter the store")
    func unreadable() throws {
        let fixture = try Fixture(pages: 1)
        let store = try fixture.open()
        let missing = fixture.root.appending(path: "none.png")
        for file in [missing, fixture.root] {
            #expect(throws: UserError.self) { try store.page(of: file) { GrayBytes(rounding: try PNG.read(file)) } }
        }
        #expect(store.size.pages == 0)
    }

    // MARK: Hostile files

    /// What happens to a file of a store.
    enum Damage: String, CaseIterable {
        case cutOff, flippedBit, manyFlippedBits, overwritten, grown, emptied, missing, otherVersion, foreign
        case zeroes

        func apply(to file: URL, _ random: inout SeededGenerator) throws {
            var data = try Data(contentsOf: file)
            func place() -> Int { random.integer(below: max(data.count, 1)) }
            switch self {
            case .cutOff: data = data.prefix(place())
            case .flippedBit: data[place()] ^= 1 << UInt8(random.integer(below: 8))
            case .manyFlippedBits: for _ in 0..<50 { data[place()] ^= 1 << UInt8(random.integer(below: 8)) }
            case .overwritten:
                let start = place()
                for index in start..<min(start + 300, data.count) { data[index] = UInt8(random.integer(below: 256)) }
            case .grown: data += Data((0..<200).map { _ in UInt8(random.integer(below: 256)) })
            case .emptied: data = Data()
            case .missing: return try FileManager.default.removeItem(at: file)
            case .otherVersion: data[8] = 77
            case .foreign: data = try PNG.encode(GrayImage(width: 50, height: 50))
            case .zeroes:
                let start = place()
                data.resetBytes(in: start..<min(start + 4096, data.count))
            }
            try data.write(to: file)
        }
    }

    @Test(
        "whatever has happened to a store's files, pages are right, and the store is whole again",
        arguments: Damage.allCases)
    func hostile(_ damage: Damage) throws {
        for (number, ending) in [".pages", ".index"].enumerated() {
            for seed in UInt64(0)..<8 {
                let fixture = try Fixture()
                try fixture.expectPages(of: fixture.open())
                var random = SeededGenerator(seed: seed * 2 + UInt64(number))
                try damage.apply(to: fixture.file(ending), &random)
                try fixture.expectPages(of: fixture.open())
                let healed = try fixture.open()
                try fixture.expectPages(of: healed)
                #expect(healed.counts.read == 0 && healed.counts.found == 12, "\(damage) of \(ending), seed \(seed)")
            }
        }
    }

    @Test("a store that is cut off or overwritten while it is open gives right pages")
    func damagedWhileOpen() throws {
        let fixture = try Fixture()
        let store = try fixture.open()
        try fixture.expectPages(of: store)
        let handle = try FileHandle(forWritingTo: fixture.file(".pages"))
        try handle.truncate(atOffset: 5000)
        try fixture.expectPages(of: store)
        try handle.write(contentsOf: Data(repeating: 7, count: 9000))
        try fixture.expectPages(of: store)
        #expect(store.counts.damaged > 0)
        try FileManager.default.removeItem(at: fixture.store)
        try fixture.expectPages(of: store)
        try fixture.expectPages(of: fixture.open())
    }

    @Test("index and pages of two stores do not go together")
    func mixed() throws {
        let (one, other) = (try Fixture(seed: 1), try Fixture(seed: 2))
        try one.expectPages(of: one.open())
        try other.expectPages(of: other.open())
        let bytes = try Data(contentsOf: other.file(".pages"))
        try bytes.write(to: one.file(".pages"))
        try one.expectPages(of: one.open())
    }

    @Test("a store that is mostly of files that have changed is begun anew")
    func waste() throws {
        let fixture = try Fixture(pages: 1)
        let file = fixture.files[0]
        var random = SeededGenerator(seed: 5)
        for _ in 0..<6 {
            let levels = (0..<500_000).map { _ in UInt8(random.integer(below: 256)) }
            let page = GrayBytes(width: 1000, height: 500, levels: levels)
            try PNG.write(page.image, to: file)
            try fixture.expect(page, file, fixture.open())
        }
        #expect(fixture.bytes < 2_500_000)
    }

    // MARK: Room

    @Test("the limit is kept: what does not fit is read from files, and said once")
    func limit() throws {
        let fixture = try Fixture()
        let notes = Notes()
        let store = try fixture.open(limit: 12_000) { notes.add($0) }
        for _ in 0..<2 { try fixture.expectPages(of: store) }
        #expect(fixture.bytes <= 12_000 && store.size.pages > 1 && store.counts.unstored > 0)
        #expect(notes.all.count == 1 && notes.all[0].contains("limit"))
    }

    @Test("stores that were not used for longest make room")
    func room() throws {
        let fixture = try Fixture()
        for (age, purpose) in ["old", "older", "oldest"].enumerated() {
            try fixture.expectPages(of: fixture.open(purpose: purpose))
            for name in try FileManager.default.contentsOfDirectory(atPath: fixture.store.path) {
                let path = fixture.store.appending(path: name).path
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                let date = try #require(attributes[.modificationDate] as? Date)
                guard date.timeIntervalSinceNow > -1000 else { continue }
                let past = Date(timeIntervalSinceNow: -Double(age + 1) * 10_000)
                try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path)
            }
        }
        let three = fixture.bytes
        let store = try fixture.open(limit: three + 1000, purpose: "new")
        try fixture.expectPages(of: store)
        #expect(store.counts.unstored == 0 && fixture.bytes <= three + 1000)
        #expect(try fixture.open(purpose: "oldest").size.pages == 0)
        #expect(try fixture.open(purpose: "old").size.pages == 12)
    }

    @Test("a folder that cannot be made is an error that names it")
    func unusable() throws {
        let fixture = try Fixture(pages: 1)
        let error = try #require(throws: UserError.self) {
            try PageStore(fixture.files[0].appending(path: "below"), for: "test", limit: 1 << 20)
        }
        #expect(error.code == .io && error.place?.contains("0.png") == true)
    }

    // MARK: Several at once

    @Test("several processes and threads share a store, in which each page is once")
    func shared() throws {
        let fixture = try Fixture(pages: 60)
        // Each has files and locks of its own, as processes have.
        let stores = try (0..<3).map { _ in try fixture.open() }
        let (files, pages) = (fixture.files, fixture.pages)
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            var random = SeededGenerator(seed: UInt64(thread))
            for _ in 0..<200 {
                let index = random.integer(below: files.count)
                let page = try? stores[thread % 3].page(of: files[index]) {
                    GrayBytes(rounding: try PNG.read(files[index]))
                }
                #expect(page == pages[index])
            }
        }
        let least = pages.map(\.levels.count).reduce(0, +)
        let last = try fixture.open()
        try fixture.expectPages(of: last)
        #expect(last.counts.read == 0 && last.size.pages == 60)
        let pagesFile = try FileManager.default.attributesOfItem(atPath: fixture.file(".pages").path)
        #expect(try #require(pagesFile[.size] as? NSNumber).intValue < least + 60 * 64 + 128)
    }
}
