import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

/// A folder of tiny pages that goes away with the test.
private final class TemporaryPages {
    let root = FileManager.default.temporaryDirectory.appending(path: "pages-\(UUID().uuidString)")

    init(_ names: [String]) throws { try add(names) }

    func add(_ names: [String]) throws {
        for (index, name) in names.enumerated() {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try PNG.write(GrayImage(width: 33, height: 32, filledWith: Float(index % 256) / 255), to: file)
        }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func configuration(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        var configuration = Configuration()
        configuration.data.directory = root.path
        change(&configuration)
        return configuration
    }
}

private func names(_ source: FolderSource, _ split: Split) -> Set<String> {
    Set(source.pages(in: split).map(\.name))
}

@Suite("Folder of pages")
struct FolderSourceTests {
    private static let sites = (0..<40).flatMap { site in
        ["home/site\(site)__a.png", "contact/site\(site)__b.png"]
    }

    @Test("sub-folders are labels, sorted, and every page is in one split with the rest of its group")
    func labelled() throws {
        let folder = try TemporaryPages(Self.sites)
        let source = try FolderSource(folder.configuration())
        #expect(source.archetypes == ["contact", "home"])
        var splitOfSite: [String: Split] = [:]
        var count = 0
        for split in Split.allCases {
            let pages = source.pages(in: split)
            #expect(!pages.isEmpty)
            #expect(pages.map(\.index) == Array(pages.indices))
            for page in pages {
                #expect(page.archetype == (page.name.hasPrefix("contact/") ? 0 : 1))
                let site = String(page.name.split(separator: "/")[1].prefix { $0 != "_" })
                #expect(splitOfSite[site, default: split] == split)
                splitOfSite[site] = split
            }
            count += pages.count
        }
        #expect(count == 80)
    }

    @Test("group_pattern decides what stays together")
    func groupPattern() throws {
        let folder = try TemporaryPages((0..<30).map { "a/\($0)__x-one.png" } + (0..<30).map { "a/\($0)__x-two.png" })
        let source = try FolderSource(folder.configuration { $0.data.groupPattern = "x-([a-z]+)" })
        for split in Split.allCases {
            #expect(source.pages(in: split).count % 30 == 0, "all of a kind together")
        }
    }

    @Test("pages are read as stored, or turned around")
    func load() throws {
        let folder = try TemporaryPages(["a.png", "b.png", "c.png"])
        func change(_ configuration: inout Configuration, invert: Bool) {
            configuration.data.splits.train = 1
            configuration.data.splits.validation = 0
            configuration.data.splits.test = 0
            configuration.data.invert = invert
        }
        let source = try FolderSource(folder.configuration { change(&$0, invert: false) })
        let inverted = try FolderSource(folder.configuration { change(&$0, invert: true) })
        #expect(source.archetypes.isEmpty)
        let page = try #require(source.pages(in: .train).first { $0.name == "b.png" })
        #expect(page.archetype == nil)
        #expect(try source.load(page, epoch: 0)[0, 0] == Float(1) / 255)
        #expect(try inverted.load(page, epoch: 0)[0, 0] == 1 - Float(1) / 255)
    }

    @Test("with a store and without, pages are equal: scaled, turned around, in 256 levels; a model reads them so too")
    func stored() throws {
        let folder = try TemporaryPages([])
        try FileManager.default.createDirectory(at: folder.root, withIntermediateDirectories: true)
        for (index, page) in (0..<4).map({ PageGenerator(width: 100).page(.faq, seed: $0).render() })
            .enumerated()
        {
            try PNG.write(page, to: folder.root.appending(path: "\(index).png"), depth: index < 2 ? .eight : .sixteen)
        }
        let cache = folder.root.appending(path: "cache")
        for invert in [false, true] {
            let configuration = folder.configuration {
                $0.data.width = 64
                $0.data.maxHeight = 4096
                $0.data.invert = invert
                $0.data.cache = cache.path
                $0.data.splits.train = 1
                $0.data.splits.validation = 0
                $0.data.splits.test = 0
                $0.model.width = 0.125
                $0.model.latentDimension = 8
            }
            let plain = try FolderSource(configuration)
            let file = folder.root.appending(path: "model.safetensors")
            let parameters = try BetaVAE(configuration.model, seed: 1).parameters.dictionary
            try ModelFile(configuration: configuration, archetypes: [], epoch: 1, parameters: parameters).write(
                to: file)
            let model = try TrainedModel(file.path, device: .cpu)
            for _ in 0..<2 {
                let store = try #require(try configuration.pageStore { _ in })
                let stored = try FolderSource(configuration, store: store)
                for page in plain.pages(in: .train) {
                    let image = try plain.load(page, epoch: 0)
                    #expect(image.width == 64 && GrayBytes(rounding: image).image == image)
                    #expect(try stored.load(page, epoch: 0) == image)
                    #expect(try model.page(at: try #require(page.file)) == image)
                }
                #expect(store.size.pages == 4)
            }
        }
    }

    @Test("pages are kept where the configuration, the environment or the system says")
    func cachePlaces() throws {
        func folder(_ value: String, _ environment: [String: String]) -> String {
            PageCache.folder(value, environment: environment).path
        }
        #expect(folder("auto", ["WIRESPACE_CACHE": "/a/b", "XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/a/b")
        #expect(folder("/own", ["WIRESPACE_CACHE": "/a/b"]) == "/own")
        #if os(Linux)
            #expect(folder("auto", ["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/wirespace/pages")
            #expect(folder("auto", ["HOME": "/h"]) == "/h/.cache/wirespace/pages")
        #endif
        let none = try Configuration(yaml: "data: {directory: x, cache: null}")
        #expect(none.data.cache == nil && Configuration().data.cache == "auto")
        #expect(try none.pageStore { _ in } == nil)
        #expect(try Configuration(yaml: "data: {generator: {}}").pageStore { _ in } == nil)
    }

    @Test("screenshots are reduced to ink on paper as they are read, in training and afterwards")
    func screenshots() throws {
        let folder = try TemporaryPages(["a__1.png"])
        var screen = RGBImage(width: 160, height: 160, red: 10, green: 20, blue: 60)
        for y in 20..<120 { for i in 3 * (160 * y + 20)..<3 * (160 * y + 120) { screen.bytes[i] = 240 } }
        try PNG.write(screen, to: folder.root.appending(path: "a__1.png"))
        let configuration = folder.configuration {
            ($0.data.splits.train, $0.data.splits.validation, $0.data.splits.test) = (1, 0, 0)
            $0.data.screenshots = true
        }
        let source = try FolderSource(configuration)
        let page = try source.load(try #require(source.pages(in: .train).first), epoch: 0)
        #expect(page == GrayBytes(rounding: screen.wireframe()).image)
        #expect(page[0, 0] == 1 && page[60, 60] == 1 && page[20, 60] < 0.5)
        let stored = try Configuration(yaml: configuration.yaml(), file: "config.yaml")
        #expect(stored.data.screenshots)
    }

    @Test("exemplars are labelled training pages and bring the pages of their groups along")
    func exemplars() throws {
        let folder = try TemporaryPages((0..<40).map { "site\($0)__page.png" })
        let labelled = try TemporaryPages(["home/site3__x.png", "home/site5__x.png", "contact/other__x.png"])
        for seed in UInt64(0)..<5 {
            let source = try FolderSource(
                folder.configuration {
                    $0.data.archetypesDirectory = labelled.root.path
                    $0.seed = seed
                })
            #expect(source.archetypes == ["contact", "home"])
            #expect(names(source, .train).isSuperset(of: ["home/site3__x.png", "site3__page.png", "site5__page.png"]))
            #expect(source.pages(in: .train).filter { $0.archetype != nil }.map(\.archetype) == [0, 1, 1])
            #expect(source.pages(in: .train).map(\.index) == Array(source.pages(in: .train).indices))
            #expect(source.pages(in: .test).allSatisfy { $0.archetype == nil })
        }
    }

    @Test("folders that cannot be trained on are refused with the way out")
    func refusals() throws {
        let folder = try TemporaryPages(["home/a.png", "notes/b.png"])
        let refused: [(inout Configuration) -> Void] = [
            { $0.data.directory = "no/such/folder" },
            { $0.data.archetypesDirectory = folder.root.path },
            { $0.data.directory = nil },
        ]
        for change in refused {
            #expect { try FolderSource(folder.configuration(change)) } throws: { ($0 as? UserError)?.remedy != nil }
        }
        let flat = try TemporaryPages(["a.png"])
        #expect(throws: UserError.self) {
            try FolderSource(flat.configuration { $0.data.archetypesDirectory = flat.root.path })
        }
        let empty = try TemporaryPages([])
        try FileManager.default.createDirectory(at: empty.root, withIntermediateDirectories: true)
        #expect(throws: UserError.self) { try FolderSource(empty.configuration()) }
    }

    @Test("the loader reads a folder and skips a damaged file by name")
    func loading() throws {
        let folder = try TemporaryPages((0..<24).map { "a/\($0).png" })
        try Data("no picture".utf8).write(to: folder.root.appending(path: "a/7.png"))
        let configuration = folder.configuration {
            $0.data.splits.train = 1
            $0.data.splits.validation = 0
            $0.data.splits.test = 0
        }
        let loader = Loader(
            try FolderSource(configuration), split: .train, purpose: .training, configuration: configuration,
            report: { page, error in
                #expect(page.name == "a/7.png")
                #expect(error is UserError)
            })
        let stream = loader.groups(epoch: 0)
        #expect(try stream.next()?.count == 23)
        #expect(try stream.next() == nil)
    }

    // MARK: Labels and splits

    @Test("a table labels pages and groups them; an empty label, and a page that it lacks, is unlabelled")
    func labelTable() throws {
        let folder = try TemporaryPages(["a__1.png", "x/b__1.png", "c__1.png", "d__1.png"])
        let table = folder.root.appending(path: "labels.csv")
        func source(_ text: String) throws -> FolderSource {
            try Data(text.utf8).write(to: table)
            return try FolderSource(
                folder.configuration {
                    $0.data.labels = table.path
                    $0.data.splits.train = 1
                    $0.data.splits.validation = 0
                    $0.data.splits.test = 0
                })
        }
        let labelled = try source(
            "\u{FEFF}file,archetype,group\r\na__1.png,\"shop, big\",g\r\nx/b__1.png,blog,g\r\nc__1.png,,\r\n")
        #expect(labelled.archetypes == ["blog", "shop, big"])
        let labels = Dictionary(
            uniqueKeysWithValues: labelled.pages(in: .train).map { ($0.name, $0.archetype) })
        #expect(labels == ["a__1.png": 1, "x/b__1.png": 0, "c__1.png": nil, "d__1.png": nil])
        let rows = try #require(labelled.splitTable).split(separator: "\n")
        #expect(rows[1] == "a__1.png,train,\"shop, big\",g" && rows[2] == "c__1.png,train,,c")
        for (text, words) in [
            ("name,label\na,b", "names of columns"), ("file,archetype\nno.png,b", "not in data.directory"),
            ("file,archetype\na__1.png", "row 2 has 1 field"), ("file,archetype\n\"a,b", "never closed"),
            ("file,archetype\na__1.png,b\na__1.png,c", "two rows"), ("", "names of columns"),
        ] {
            let error = try #require(throws: UserError.self) { try source(text) }
            #expect(error.code == .data && error.message.contains(words) && error.place == table.path, "\(error)")
        }
    }

    @Test("archetypes are renamed, merged and made unlabelled; a name that no page has is refused")
    func renamed() throws {
        let folder = try TemporaryPages(Self.sites + ["shop/z__1.png"])
        let source = try FolderSource(
            folder.configuration { $0.data.archetypes = ["home": "start", "contact": "start", "shop": nil] })
        #expect(source.archetypes == ["start"])
        let pages: [PageReference] = Split.allCases.flatMap { source.pages(in: $0) }
        #expect(pages.count == 81 && pages.filter { $0.archetype == nil }.map(\.name) == ["shop/z__1.png"])
        let error = try #require(throws: UserError.self) {
            try FolderSource(folder.configuration { $0.data.archetypes = ["hom": "start"] })
        }
        #expect(error.description.contains("'home'"))
    }

    @Test("runs of several seeds share their test pages by data.splits.seed; without it the run's seed decides")
    func sharedSplits() throws {
        let folder = try TemporaryPages(Self.sites)
        func test(_ seed: UInt64, splits: UInt64?) throws -> Set<String> {
            names(
                try FolderSource(
                    folder.configuration {
                        $0.seed = seed
                        $0.data.splits.seed = splits
                    }), .test)
        }
        #expect(try test(1, splits: 9) == test(2, splits: 9) && test(1, splits: nil) == test(5, splits: 1))
        #expect(try test(1, splits: nil) != test(2, splits: nil))
    }

    @Test(
        "a run's table of splits gives the same splits again, whatever the seed, and new pages are placed by the shares"
    )
    func splitFile() throws {
        let folder = try TemporaryPages(Self.sites)
        let first = try FolderSource(folder.configuration { $0.seed = 3 })
        let file = folder.root.appending(path: "splits.csv")
        try Data(try #require(first.splitTable).utf8).write(to: file)
        let again = try FolderSource(
            folder.configuration {
                $0.seed = 4
                $0.data.splits.file = file.path
            })
        for split in Split.allCases { #expect(names(again, split) == names(first, split)) }
        #expect(again.splitTable == first.splitTable)

        let known = Set(Self.sites)
        try folder.add((40..<100).map { "home/site\($0)__a.png" })
        let byRule = try FolderSource(folder.configuration { $0.seed = 4 })
        let grown = try FolderSource(
            folder.configuration {
                $0.seed = 4
                $0.data.splits.file = file.path
            })
        for split in Split.allCases {
            let new = names(byRule, split).subtracting(known)
            #expect(!new.isEmpty && names(grown, split) == names(first, split).union(new))
        }

        try Data("file,split\nhome/site1__a.png,test\ncontact/site1__b.png,train\n".utf8).write(to: file)
        let error = try #require(throws: UserError.self) {
            try FolderSource(folder.configuration { $0.data.splits.file = file.path })
        }
        #expect(error.message.contains("two splits"))
    }

    @Test("stratified splits give every archetype its shares, keep groups whole, and depend on the seed alone")
    func stratified() throws {
        // 100, 20 and 10 pages, each of a site of its own, and 5 sites with pages of two archetypes.
        let rare = (0..<10).map { "rare/r\($0)__a.png" } + (0..<20).map { "less/l\($0)__a.png" }
        let mixed = (0..<5).flatMap { ["rare/m\($0)__a.png", "common/m\($0)__b.png"] }
        let folder = try TemporaryPages((0..<100).map { "common/c\($0)__a.png" } + rare + mixed)
        func source(_ seed: UInt64) throws -> FolderSource {
            try FolderSource(
                folder.configuration {
                    $0.seed = seed
                    $0.data.splits.stratify = true
                })
        }
        let stratified = try source(0)
        func count(_ split: Split, _ archetype: Int) -> Int {
            stratified.pages(in: split).count { $0.archetype == archetype }
        }
        #expect(stratified.archetypes == ["common", "less", "rare"])
        for (archetype, total) in [105, 20, 15].enumerated() {
            #expect(abs(Double(count(.train, archetype)) - 0.7 * Double(total)) <= 1)
            #expect(abs(Double(count(.validation, archetype)) - 0.1 * Double(total)) <= 1)
            #expect(abs(Double(count(.test, archetype)) - 0.2 * Double(total)) <= 1)
        }
        for site in 0..<5 {
            let parts = Split.allCases.filter { names(stratified, $0).contains { $0.contains("/m\(site)__") } }
            #expect(parts.count == 1)
        }
        #expect(try source(0).splitTable == stratified.splitTable && source(1).splitTable != stratified.splitTable)
    }
}
