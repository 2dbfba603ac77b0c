import Foundation
import Testing
import Wireframes
import Wirespace

private let measuredFolder = ProcessInfo.processInfo.environment["WIRESPACE_PAGES"]

/// What the store of pages saves, on a folder of one's own:
///
///     WIRESPACE_PAGES=my-wireframes WIRESPACE_LIMIT=500 swift test -c release --filter LoaderSpeed
@Suite("Speed of the loader", .enabled(if: measuredFolder != nil, "WIRESPACE_PAGES names no folder"))
struct LoaderSpeed {
    @Test("pages a second, and memory, of two epochs with the store, and of one without")
    func speed() throws {
        let environment = ProcessInfo.processInfo.environment
        let place = FileManager.default.temporaryDirectory.appending(path: "speed-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        var configuration = Configuration()
        configuration.data.directory = measuredFolder
        configuration.data.width = environment["WIRESPACE_WIDTH"].flatMap { Int($0) } ?? 128
        configuration.data.maxHeight = 512
        configuration.data.heightMultiple = 32
        configuration.data.cache = place.path
        configuration.data.workers = environment["WIRESPACE_WORKERS"].flatMap { Int($0) } ?? 2
        configuration.data.batchSize = 8
        configuration.data.bucketGroups = 12
        configuration.augmentation.enabled = false
        configuration.optimization.accumulationSteps = 8
        let limit = environment["WIRESPACE_LIMIT"].flatMap { Int($0) } ?? .max
        print("scanned: \(residentMemory()) MB")
        let store = try #require(try configuration.pageStore { print($0) })
        let stored = Loader(
            try configuration.pageSource(store: store), split: .train, purpose: .training,
            configuration: configuration, limit: limit)
        let kept = try [0, 1].map { try epoch($0, of: stored, "store, epoch \($0 + 1)") }
        print("store: \(store.size.pages) pages, \(store.size.bytes / 1_000_000) MB; \(store.counts)")
        let plain = Loader(
            try configuration.pageSource(), split: .train, purpose: .training, configuration: configuration,
            limit: limit)
        #expect(try epoch(0, of: plain, "no store") == kept[0], "the pages are not the same")
    }

    /// A sum over all that the loader gives, in order.
    private func epoch(_ epoch: Int, of loader: Loader, _ name: String) throws -> Int {
        let start = Date()
        var (pages, sum) = (0, Hasher())
        let stream = loader.groups(epoch: epoch)
        while let group = try stream.next() {
            for sample in group.batches.joined() {
                pages += 1
                sum.combine(sample.name)
                sum.combine(sample.target.pixels.reduce(0, +))
            }
        }
        let seconds = Date().timeIntervalSince(start)
        let rate = String(
            format: "%.0f pages/s, %.2f ms a page", Double(pages) / seconds, seconds * 1000 / Double(pages))
        print("\(name): \(pages) pages, \(rate), \(residentMemory()) MB resident")
        return sum.finalize()
    }

    /// In megabytes, by Linux's account; 0 elsewhere.
    private func residentMemory() -> Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return fields.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * 4096 / 1_000_000 } ?? 0
    }
}
