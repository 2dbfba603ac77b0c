import Foundation
import Testing
import Wireframes

@Suite("Hostile PNG files")
struct HostilePNGTests {
    private static let good = PNGFixture(width: 40, height: 40) { x, y, _ in (x * y) % 5 == 0 ? 0 : 255 }.data

    /// Files that must be refused, by name.
    private static let corpus: [(name: String, data: Data)] = {
        var corpus: [(name: String, data: Data)] = (0..<10).map { ("cut \($0)", good.prefix(good.count * $0 / 10)) }
        func changed(_ name: String, _ change: (inout Data) -> Void) {
            var data = good
            change(&data)
            corpus.append((name, data))
        }
        changed("no end") { $0.removeLast(12) }
        changed("signature") { $0[1] = 0x51 }
        changed("header's checksum") { $0[30] ^= 1 }
        changed("pixels") { $0[$0.count / 2] ^= 0x40 }
        changed("chunk's length") { $0[33] = 0x7F }
        changed("line ends") { $0 = Data($0.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }) }
        changed("two headers") { $0.insert(contentsOf: $0[8..<33], at: 33) }
        changed("no header") { $0.removeSubrange(8..<33) }
        for (width, height) in [(0, 40), (40, 0), (20_001, 1), (1, 20_001), (20_000, 20_000), (10_001, 10_001)] {
            corpus.append(("\(width)×\(height)", PNGFixture(width: width, height: height).lyingHeader))
        }
        // As a bomb begins: pixels that its bytes cannot hold.
        corpus.append(("bomb", PNGFixture(width: 9000, height: 9000).lyingHeader))
        corpus.append(("negative", PNGFixture(width: Int(UInt32.max), height: 1).lyingHeader))
        var deep = PNGFixture(width: 9, height: 9)
        deep.bitDepth = 7
        corpus.append(("depth", deep.data))
        var palette = PNGFixture(width: 9, height: 9)
        palette.colorType = .palette
        corpus.append(("no palette", palette.data))
        let others = ["JPEG": [0xFF, 0xD8, 0xFF, 0xE0], "zip": [0x50, 0x4B, 3, 4], "GIF": Array("GIF89a".utf8)]
        for (name, bytes) in others { corpus.append((name, Data(bytes as [UInt8]) + Data(count: 100))) }
        corpus.append(("text", Data("pixels".utf8)))
        return corpus
    }()

    @Test("each of a corpus of broken files is found and named with its reason, and --fix would take all of them out")
    func corpus() throws {
        let folder = try TemporaryFolder()
        for (name, data) in Self.corpus { try folder.add("faq/\(name)__x.png", data) }
        try folder.add("faq/good__x.png", Self.good)
        let report = try DatasetCheck.run(folder.url)
        #expect(Self.corpus.count >= 30 && report.images == Self.corpus.count + 1)
        let refused = Set(report.unreadable.map(\.file))
        for (name, _) in Self.corpus { #expect(refused.contains("faq/\(name)__x.png"), "\(name)") }
        #expect(report.unreadable.count == Self.corpus.count && report.unreadable.allSatisfy { !$0.reason.isEmpty })
        #expect(DatasetRepair(report).moves.count == Self.corpus.count)
    }
}
