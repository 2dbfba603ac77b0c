import Foundation
import Testing
import Wireframes
import Wirespace

/// A folder of tiny pages that goes away with the test.
private final class TemporaryPages {
    let root = FileManager.default.temporaryDirectory.appending(path: "pages-\(UUID().uuidString)")

    init(_ names: [String]) throws {
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
}
