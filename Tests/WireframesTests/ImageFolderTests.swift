import Foundation
import Testing
import Wireframes

/// A page with something on it, other for each `variant`.
private func page(_ variant: Int, width: Int = 40, height: Int = 50) -> PNGFixture {
    PNGFixture(width: width, height: height) { x, y, _ in (x + variant) % 7 == 0 || y == 3 ? 0 : 255 }
}

private func link(_ path: String, to target: String, in folder: TemporaryFolder) throws {
    try FileManager.default.createSymbolicLink(
        atPath: folder.url.appending(path: path).path(percentEncoded: false), withDestinationPath: target)
}

@Suite("Image folders")
struct ImageFolderTests {
    @Test("sub-folders are archetypes, sorted, with what lies below them; other files are counted")
    func archetypes() throws {
        let folder = try TemporaryFolder()
        try folder.add("Panier/shop__b.png", page(1))
        try folder.add("Panier/shop__a.PNG", page(2))
        try folder.add("Panier/deep/er/other__c.png", page(3))
        try folder.add("Accueil/shop__d.png", page(4))
        try folder.add("Accueil/shop__d.json", Data("{}".utf8))
        try folder.add("Accueil/alone.json", Data("{}".utf8))
        try folder.add("loose__x.png", page(5))
        try folder.add("manifest.csv", Data())
        try folder.add("Accueil/._shop__d.png", Data())
        try folder.add(".cache/hidden__e.png", page(6))
        try folder.add("Vide/readme.txt", Data())
        let images = try ImageFolder(scanning: folder.url)
        #expect(
            images.entries.map(\.relativePath) == [
                "Accueil/shop__d.png", "Panier/deep/er/other__c.png", "Panier/shop__a.PNG", "Panier/shop__b.png",
                "loose__x.png",
            ])
        #expect(images.entries.map(\.archetype) == ["Accueil", "Panier", "Panier", "Panier", nil])
        #expect(images.entries.map(\.groupKey) == ["shop", "other", "shop", "shop", "loose"])
        #expect(images.archetypes == ["Accueil", "Panier"])
        #expect(images.emptyFolders == ["Vide"])
        #expect(images.ignoredFiles == 4)
        for entry in images.entries { #expect(try PNG.size(of: entry.url).width == 40) }
    }

    @Test("without sub-folders nothing has a label; without a prefix the content is the group")
    func unlabelled() throws {
        let folder = try TemporaryFolder()
        try folder.add("a.png", page(1))
        try folder.add("b.png", page(1))
        try folder.add("c.png", page(2))
        try folder.add("__d.png", page(2))
        let entries = try ImageFolder(scanning: folder.url).entries
        #expect(entries.map(\.relativePath) == ["__d.png", "a.png", "b.png", "c.png"])
        #expect(entries.allSatisfy { $0.archetype == nil && $0.groupKey.count == 64 })
        #expect(entries[1].groupKey == entries[2].groupKey && entries[0].groupKey == entries[3].groupKey)
        #expect(entries[1].groupKey != entries[3].groupKey)
    }

    @Test("the content hash is SHA-256")
    func contentHash() throws {
        let folder = try TemporaryFolder()
        try folder.add("x.png", Data("abc".utf8))
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(try ImageFolder(scanning: folder.url).entries.map(\.groupKey) == [expected])
    }

    @Test("names in any script are kept, and one label written in two Unicode forms is one label")
    func unicode() throws {
        let folder = try TemporaryFolder()
        try folder.add("Référence/页面__一.png", page(1))
        try folder.add("Re\u{301}fe\u{301}rence/🙂 a.png", page(2))
        try folder.add("Tableau de bord/projet été__x.png", page(3))
        let images = try ImageFolder(scanning: folder.url)
        #expect(images.archetypes == ["Référence", "Tableau de bord"])
        #expect(images.entries.count { $0.archetype == "Référence" } == 2)
        #expect(Set(images.archetypes.map { Array($0.utf8).count }) == [11, 15], "labels are in composed form")
        #expect(
            images.entries.contains { $0.groupKey == "页面" } && images.entries.contains { $0.groupKey == "projet été" })
        for entry in images.entries { #expect(try PNG.read(entry.url).width == 40) }
    }

    @Test("an empty folder has no entries")
    func empty() throws {
        let folder = try TemporaryFolder()
        let images = try ImageFolder(scanning: folder.url)
        #expect(images.entries.isEmpty && images.archetypes.isEmpty && images.ignoredFiles == 0)
    }

    @Test("loops of links end, and links do not take images from their own folder", .timeLimit(.minutes(1)))
    func links() throws {
        let folder = try TemporaryFolder()
        try folder.add("Blog/a__1.png", page(1))
        try folder.add("FAQ/b__1.png", page(2))
        try link("Blog/self", to: ".", in: folder)
        try link("Blog/up", to: "..", in: folder)
        try link("FAQ/blog", to: "../Blog", in: folder)
        try link("Again", to: "Blog", in: folder)
        try link("round", to: "round", in: folder)
        let elsewhere = try TemporaryFolder()
        try elsewhere.add("c__1.png", page(3))
        try link("Linked", to: elsewhere.url.path(percentEncoded: false), in: folder)
        try link("FAQ/file__1.png", to: "../Blog/a__1.png", in: folder)
        let images = try ImageFolder(scanning: folder.url)
        #expect(
            images.entries.map(\.relativePath) == [
                "Blog/a__1.png", "FAQ/b__1.png", "FAQ/file__1.png", "Linked/c__1.png",
            ])
        #expect(images.archetypes == ["Blog", "FAQ", "Linked"])
    }

    @Test("a missing folder and a file in place of one are named")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        let file = try folder.add("a.png", page(1))
        let missing = try #require(throws: UserError.self) {
            try ImageFolder(scanning: folder.url.appending(path: "nowhere"))
        }
        #expect(missing.code == .missingInput && missing.place?.contains("nowhere") == true)
        #expect(try #require(throws: UserError.self) { try ImageFolder(scanning: file) }.code == .data)
    }

    @Test(
        "a folder without rights is named",
        .disabled(if: getuid() == 0, "root may read every folder"))
    func noRights() throws {
        let folder = try TemporaryFolder()
        let file = try folder.add("Secret/a.png", page(1))
        let secret = file.deletingLastPathComponent().path(percentEncoded: false)
        chmod(secret, 0)
        defer { chmod(secret, 0o755) }
        let thrown = try #require(throws: UserError.self) { try ImageFolder(scanning: folder.url) }
        #expect(thrown.code == .io && thrown.place?.contains("Secret") == true)
    }
}

@Suite("Splits")
struct SplitsTests {
    private func entries(_ groups: Range<Int>, copies: Int = 3) -> [ImageEntry] {
        groups.flatMap { group in
            (0..<copies).map {
                ImageEntry(
                    path: "/g\(group)__\($0).png", relativePath: "g\(group)__\($0).png", archetype: nil,
                    groupKey: "g\(group)")
            }
        }
    }

    @Test("shares come out as asked, over groups", arguments: [0, 1, 99] as [UInt64])
    func shares(seed: UInt64) throws {
        let splits = try Splits(seed: seed)
        let all = entries(0..<10_000, copies: 1)
        // Four standard deviations of a binomial share of 10,000.
        #expect(abs(splits.entries(.train, of: all).count - 7000) < 184)
        #expect(abs(splits.entries(.validation, of: all).count - 1000) < 120)
        #expect(abs(splits.entries(.test, of: all).count - 2000) < 160)
    }

    @Test("every image is in one part, with its whole group")
    func groups() throws {
        let splits = try Splits(train: 0.5, validation: 0.25, test: 0.25, seed: 3)
        let all = entries(0..<200)
        let parts = Split.allCases.map { Set(splits.entries($0, of: all).map(\.groupKey)) }
        #expect(parts.map(\.count).reduce(0, +) == 200)
        #expect(parts.reduce(Set()) { $0.union($1) }.count == 200)
    }

    @Test("adding files moves no other file, and another share of validation leaves the test images alone")
    func stable() throws {
        let splits = try Splits(seed: 8)
        let few = splits.entries(.test, of: entries(0..<100))
        let many = splits.entries(.test, of: entries(0..<300))
        #expect(few == many.filter { Int($0.groupKey.dropFirst()).map { $0 < 100 } ?? false })
        let other = try Splits(train: 0.6, validation: 0.2, test: 0.2, seed: 8)
        #expect(other.entries(.test, of: entries(0..<300)) == many)
    }

    @Test("another seed gives another assignment, the same seed the same on every machine")
    func seeds() throws {
        let all = entries(0..<100, copies: 1)
        let parts = try (0..<3).map { try Splits(seed: UInt64($0)).entries(.test, of: all) }
        #expect(parts[0] != parts[1] && parts[1] != parts[2])
        // python3: int.from_bytes(hashlib.sha256(b"5\n" + key).digest()[:8], "big") / 2**64
        let splits = try Splits(seed: 5)
        let keys = ["shop", "blog", "été", "a", "b", "c"]
        #expect(keys.map { splits.split(ofGroup: $0) } == [.test, .validation, .train, .test, .train, .train])
        #expect(splits.split(ofGroup: "e\u{301}te\u{301}") == splits.split(ofGroup: "été"))
    }

    @Test("shares of nothing and of everything hold")
    func extremes() throws {
        let all = entries(0..<500)
        #expect(try Splits(train: 1, validation: 0, test: 0).entries(.train, of: all) == all)
        #expect(try Splits(train: 0, validation: 0, test: 1).entries(.test, of: all) == all)
        #expect(try Splits(train: 0, validation: 1, test: 0).entries(.validation, of: all) == all)
        for (train, validation, test) in [(0.7, 0.1, 0.3), (1.2, -0.2, 0), (.nan, 0, 1)] {
            #expect(throws: UserError.self) { try Splits(train: train, validation: validation, test: test) }
        }
    }
}

@Suite("Dataset check")
struct DatasetCheckTests {
    @Test("everything wrong with a folder is found and named")
    func everything() throws {
        let folder = try TemporaryFolder()
        let good = page(1).data
        try folder.add("Blog/one__a.png", good)
        try folder.add("Blog/two__a.png", page(2, width: 60, height: 80))
        try folder.add("Blog/two__b.png", page(3))
        try folder.add("FAQ/one__copy.png", good)
        try folder.add("Profil/solo__a.png", page(4))
        try folder.add("Vide/.keep", Data())
        try folder.add("Blog/text__a.png", Data("not a picture".utf8))
        try folder.add("Blog/zero__a.png", PNGFixture(width: 0, height: 0))
        try folder.add("Blog/huge__a.png", PNGFixture(width: 20_000, height: 20_000).lyingHeader)
        for tenth in 0..<10 { try folder.add("Blog/cut\(tenth)__a.png", good.prefix(good.count * tenth / 10)) }
        try folder.add("FAQ/blank__a.png", PNGFixture(width: 40, height: 40) { _, _, _ in 254 })
        try folder.add("FAQ/tiny__a.png", page(5, width: 31, height: 90))
        try folder.add("FAQ/tall__a.png", page(5, width: 40, height: 4097))
        // The same picture as 16-bit colour: other bytes, equal pixels.
        var deep = page(3)
        deep.bitDepth = 16
        deep.colorType = .rgb
        deep.sample = { x, y, _ in (x + 3) % 7 == 0 || y == 3 ? 0 : 65_535 }
        try folder.add("Blog/three__a.png", deep)
        try link("Blog/gone__a.png", to: "nowhere.png", in: folder)

        let report = try DatasetCheck.run(folder.url)
        #expect(report.images == 23)
        #expect(report.unreadable.count == 14)
        let reasons = Dictionary(uniqueKeysWithValues: report.unreadable.map { ($0.file, $0.reason) })
        #expect(reasons["Blog/text__a.png"]?.contains("neither a PNG nor a JPEG") == true)
        #expect(reasons["Blog/zero__a.png"]?.contains("zero") == true)
        #expect(reasons["Blog/huge__a.png"]?.contains("too large") == true)
        #expect(reasons["Blog/gone__a.png"]?.contains("No such file") == true)
        #expect((0..<10).allSatisfy { reasons["Blog/cut\($0)__a.png"] != nil })
        #expect(report.archetypes.map(\.name) == ["Blog", "FAQ", "Profil"])
        #expect(report.archetypes.map(\.images) == [18, 4, 1])
        #expect(report.archetypes.map(\.groups) == [17, 4, 1])
        #expect(report.singletons == ["Profil"])
        #expect(report.emptyFolders == ["Vide"])
        #expect(report.blank == ["FAQ/blank__a.png"])
        #expect(report.tiny == ["FAQ/tiny__a.png"])
        #expect(report.oversized == ["FAQ/tall__a.png"])
        #expect(
            report.duplicates.map(\.files) == [
                ["Blog/one__a.png", "FAQ/one__copy.png"], ["Blog/three__a.png", "Blog/two__b.png"],
            ])
        #expect(report.duplicates.map(\.identicalFiles) == [true, false])
        #expect(report.duplicates.map(\.archetypes) == [["Blog", "FAQ"], ["Blog"]])
        #expect(report.duplicates.map(\.acrossArchetypes) == [true, false])
        #expect(report.duplicates.map(\.acrossGroups) == [false, true])
        for name in report.unreadable.prefix(10).map(\.file) + ["Profil", "Vide", "tiny__a", "tall__a", "blank__a"] {
            #expect(report.summary.contains(name), "\(name) is in the text")
        }
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(DatasetReport.self, from: data) == report)
    }

    @Test("sizes, ink and balance are what arithmetic says")
    func numbers() throws {
        let folder = try TemporaryFolder()
        // 10, 30 and 60 black columns of 100.
        for (index, ink) in [10, 30, 60].enumerated() {
            try folder.add(
                index < 2 ? "A/p\(index)__x.png" : "B/p\(index)__x.png",
                PNGFixture(width: 100, height: 40 + index) { x, _, _ in x < ink ? 0 : 255 })
        }
        let report = try DatasetCheck.run(folder.url)
        #expect(report.width.minimum == 100 && report.width.maximum == 100)
        #expect([report.height.minimum, report.height.median, report.height.maximum] == [40, 41, 42])
        #expect(abs(report.inkShare.minimum - 0.1) < 1e-9 && abs(report.inkShare.median - 0.3) < 1e-9)
        #expect(abs(report.archetypes[0].inkShare - 0.2) < 1e-9 && abs(report.archetypes[1].inkShare - 0.6) < 1e-9)
        let balance = try #require(report.balance)
        #expect(abs(balance.majorityShare - 2.0 / 3) < 1e-12 && balance.largestToSmallest == 2)
        // −(2/3 log₂ 2/3 + 1/3 log₂ 1/3)
        #expect(abs(balance.evenness - 0.918295834) < 1e-8)
        #expect(!report.isLightOnDark && report.unreadable.isEmpty)
    }

    @Test("light pages on dark are noticed")
    func dark() throws {
        let folder = try TemporaryFolder()
        try folder.add("a__1.png", PNGFixture(width: 40, height: 40) { x, _, _ in x == 5 ? 255 : 0 })
        let report = try DatasetCheck.run(folder.url)
        #expect(report.isLightOnDark && report.summary.contains("data.invert"))
        #expect(report.balance == nil && report.unlabelled == 1)
    }

    @Test("an empty folder is not usable, and says why")
    func empty() throws {
        let folder = try TemporaryFolder()
        let report = try DatasetCheck.run(folder.url)
        #expect(report.images == 0 && report.summary.contains("no PNG or JPEG files"))
        #expect(!report.summary.contains("No problems"))
        #expect(throws: UserError.self) { try DatasetCheck.run(folder.url.appending(path: "none")) }
    }
}
