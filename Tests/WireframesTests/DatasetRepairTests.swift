import Foundation
import Testing
import Wireframes

/// A page of the generator, moved by `dx` columns: a near-copy.
private func page(_ archetype: Archetype, _ seed: UInt64, dx: Int = 0) throws -> Data {
    var image = PageGenerator(width: 160, heights: 240...240).page(archetype, seed: seed).render()
    if dx > 0 { for y in 0..<image.height { for x in 0..<dx { image[image.width - 1 - x, y] = 0.4 } } }
    return try PNG.encode(image)
}

/// 1 − mean absolute difference: enough for tests of what is done with a likeness.
private let likeness: DatasetCheck.Similarity = { one, other in
    1 - Double(zip(one.pixels, other.pixels).reduce(0) { $0 + abs($1.0 - $1.1) }) / Double(one.pixels.count)
}

@Suite("Dataset repair")
struct DatasetRepairTests {
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.add("set/tarifs/a__1.png", page(.pricing, 1))
        try folder.add("set/tarifs/a__2.png", page(.pricing, 1, dx: 1))
        try folder.add("set/tarifs/b__1.png", page(.pricing, 1, dx: 2))
        try folder.add("set/tarifs/b__1.json", Data("{}".utf8))
        try folder.add("set/faq/c__1.png", page(.faq, 2))
        try folder.add("set/faq/d__1.png", page(.faq, 2))
        try folder.add("set/faq/e__1.png", page(.faq, 3))
        try folder.add("set/blog/e__1.png", page(.faq, 3))
        try folder.add("set/blog/f__1.png", page(.blog, 4))
        try folder.add("set/blog/g__1.png", PNGFixture(width: 60, height: 60) { _, _, _ in 255 })
        try folder.add("set/blog/h__1.png", PNGFixture(width: 60, height: 60) { x, _, _ in x == 9 ? 255 : 0 })
        try folder.add("set/blog/i__1.png", Data("no picture".utf8))
        return folder
    }

    private func report(_ folder: TemporaryFolder) throws -> DatasetReport {
        try DatasetCheck.run(
            ImageFolder(scanning: folder.url.appending(path: "set", directoryHint: .isDirectory)), similarity: likeness)
    }

    private func files(_ folder: URL) -> [String] {
        (FileManager.default.subpaths(atPath: folder.path(percentEncoded: false)) ?? [])
            .filter { $0.hasSuffix(".png") || $0.hasSuffix(".json") }.sorted()
    }

    @Test("near-copies, inverted pages and their reach are found")
    func findings() throws {
        let report = try report(folder())
        let set = try #require(report.nearDuplicates.first)
        #expect(report.nearDuplicates.count == 1)
        #expect(set.files == ["tarifs/a__1.png", "tarifs/a__2.png", "tarifs/b__1.png"])
        #expect(set.acrossGroups && !set.acrossArchetypes)
        // Splits of seed 0: python3 as in SplitsTests says where "a" and "b" lie.
        #expect(set.acrossSplits == (try Splits().split(ofGroup: "a") != Splits().split(ofGroup: "b")))
        #expect(set.copies.allSatisfy { $0.similarity > 0.9 && $0.similarity < 1 })
        #expect(report.inverted == ["blog/h__1.png"] && report.blank == ["blog/g__1.png"])
        #expect(report.summary.contains("near-copies") && report.summary.contains("dark among light"))
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(DatasetReport.self, from: data) == report)
    }

    @Test("offenders go to the folder aside with their sidecars, nothing is lost, and the log says where from")
    func apply() throws {
        let folder = try folder()
        let before = files(folder.url.appending(path: "set"))
        let repair = DatasetRepair(try report(folder))
        #expect(
            repair.moves.map(\.file) == [
                "blog/e__1.png", "blog/g__1.png", "blog/h__1.png", "blog/i__1.png", "faq/d__1.png", "faq/e__1.png",
                "tarifs/a__2.png", "tarifs/b__1.png",
            ])
        #expect(files(folder.url.appending(path: "set")) == before, "planning moves nothing")
        try repair.apply()
        let kept = files(folder.url.appending(path: "set"))
        let aside = files(folder.url.appending(path: "set-aside"))
        #expect(kept == ["blog/f__1.png", "faq/c__1.png", "tarifs/a__1.png"])
        #expect((kept + aside.filter { $0 != "moves.json" }).sorted() == before && aside.contains("tarifs/b__1.json"))
        let log = try Data(contentsOf: folder.url.appending(path: "set-aside/moves.json"))
        #expect(try JSONDecoder().decode(DatasetRepair.self, from: log) == repair)
        #expect(DatasetRepair(try report(folder)).moves.isEmpty, "a second look finds nothing more")
        let error = try #require(throws: UserError.self) { try repair.apply() }
        #expect(error.code == .data && error.message.contains("not empty"))
    }

    @Test("a copy without a label makes way for the labelled one; a second repair has a folder of its own")
    func unlabelledCopy() throws {
        let folder = try TemporaryFolder()
        let page = PNGFixture(width: 64, height: 64) { x, y, _ in x < 20 && y < 30 ? 0 : 255 }
        try folder.add("set/blog/z__1.png", page)
        try folder.add("set/a__1.png", page)
        let set = folder.url.appending(path: "set")
        let repair = DatasetRepair(try DatasetCheck.run(set))
        #expect(repair.moves.map(\.file) == ["a__1.png"])
        try repair.apply()
        try folder.add("set/faq/empty.png", Data())
        let second = DatasetRepair(try DatasetCheck.run(set))
        #expect(second.aside.hasSuffix("set-aside-2"))
        try second.apply()
        #expect(files(set) == ["blog/z__1.png"])
        #expect(files(folder.url.appending(path: "set-aside-2")) == ["faq/empty.png", "moves.json"])
    }

    @Test("unusual sizes and ink are told from 20 pages on")
    func outliers() throws {
        let folder = try TemporaryFolder()
        for index in 0..<24 {
            let ink = index == 5 ? 45 : 3 + index % 4
            try folder.add(
                "p\(index)__x.png",
                PNGFixture(width: 100 + index % 3, height: index == 7 ? 900 : 150) { x, _, _ in x < ink ? 0 : 255 })
        }
        let report = try DatasetCheck.run(folder.url)
        #expect(report.unusualSizes == ["p7__x.png"] && report.unusualInk == ["p5__x.png"])
        #expect(report.nearDuplicates.isEmpty, "without a measure of likeness none are looked for")
    }

    @Test("the perceptual hash is that of SciPy's DCT")
    func perceptualHash() {
        var image = GrayImage(width: 32, height: 32)
        for y in 0..<32 { for x in 0..<32 { image[x, y] = Float((7 * x + 13 * y + x * y) % 31) / 30 } }
        // Tests/Goldens/perceptual_hash_golden.py
        #expect(PerceptualHash(image).bits == 4_271_988_161_387_879_783)
    }
}
