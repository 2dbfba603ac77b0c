import Foundation
import GRDB
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("A latent space and its index")
struct LatentSpaceTests {
    @Test("pages are drawn from their codes alone, each at its own size")
    func drawing() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let z = Tensor.randn([2, 8], generator: Generator(seed: 4))
            let drawn = try space.draw(z, sizes: [.init(width: 40, height: 50), .init(width: 64, height: 33)])
            #expect(drawn.map(\.width) == [40, 64] && drawn.map(\.height) == [50, 33])
            let expected = withoutGradients {
                space.trained.model.decode(z.narrow(0, from: 1, length: 1), height: 33, width: 64).sigmoid()
            }
            #expect(drawn[1].pixels == expected.floats)
            for side in [31, 5000] {
                #expect(throws: UserError.self) { try space.draw(z, size: .init(width: 64, height: side)) }
            }
        }
    }

    @Test(
        "an index follows its folder: new and changed pages are encoded, the others kept, those that are gone dropped")
    func incremental() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let pages = try writePages(6, in: folder)
            let first = try space.updateIndex(from: pages)
            #expect(first.encoded == 6 && first.pages == 6 && first.skipped.isEmpty)
            let before = try space.index()
            let files = before.pages.map { before.file(of: $0) }
            for (row, file) in files.enumerated() {
                // A code does not depend on a page's company.
                let page = try space.page(at: file)
                #expect(page.mu.floats == before.mu.narrow(0, from: row, length: 1).floats)
                #expect(page.sigma.floats == before.sigma.narrow(0, from: row, length: 1).floats)
                #expect(page.size == before.pages[row].size)
            }

            try FileManager.default.removeItem(at: files[0])
            try Data(contentsOf: files[2]).write(to: files[1])
            try Data("no page".utf8).write(to: files[3])
            let second = try space.updateIndex(from: pages)
            #expect(second.encoded == 1 && second.kept == 3 && second.removed == 2 && second.pages == 4)
            #expect(second.skipped.map(\.path) == [before.pages[3].path])
            let after = try space.index()
            #expect(after.pages.map(\.id) == [1, 2, 4, 5].map { before.pages[$0].id }, "pages keep their numbers")
            #expect(after.mu.floats.prefix(8) == after.mu.floats.dropFirst(8).prefix(8))
        }
    }

    @Test("an index remembers how its codes were refined: so is what is read with it, and other steps make it anew")
    func refinedIndex() throws {
        try withTemporaryFolder { folder in
            let plain = try tinySpace(in: folder)
            let pages = try writePages(3, in: folder)
            let model = plain.trained.file.path
            func space(steps: Int?) throws -> LatentSpace {
                try LatentSpace(model, index: plain.indexFile.path, refinement: steps.map { CodeRefinement(steps: $0) })
            }
            _ = try plain.updateIndex(from: pages)
            func setVersion(_ version: Int) throws {
                try DatabaseQueue(path: plain.indexFile.path).write {
                    try $0.execute(sql: "UPDATE source SET version = ?", arguments: [version])
                }
            }
            try setVersion(2)
            #expect(try plain.updateIndex(from: pages).kept == 3)
            let update = try space(steps: 3).updateIndex(from: pages)
            #expect(update.encoded == 3 && update.rebuilt?.contains("0 steps, not 3") == true)
            let reader = try space(steps: nil)
            let index = try reader.index()
            #expect(reader.refinement.steps == 3)
            let page = try reader.page(at: index.file(of: index.pages[0]))
            #expect(page.mu.floats == index.mu.narrow(0, from: 0, length: 1).floats)
            #expect(page.mu.floats != (try plain.page(at: page.file)).mu.floats)
            #expect(try reader.refined(page, by: CodeRefinement(steps: 2)).mu.floats == page.mu.floats)
            #expect(try reader.updateIndex(from: pages).kept == 3)

            // Codes that were refined before refinement changed are not mixed with those of now.
            try setVersion(2)
            #expect { _ = try space(steps: nil).index() } throws: { "\($0)".contains("refined codes otherwise") }
            #expect(try space(steps: nil).updateIndex(from: pages).encoded == 3)
            #expect(try space(steps: nil).refinement.steps == 3)
            #expect(try space(steps: 0).updateIndex(from: pages).encoded == 3)
            #expect(try space(steps: nil).refinement.steps == 0)
        }
    }

    @Test("a search leaves a page out, and keeps to an archetype and to a group, by any of an archetype's names")
    func filters() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            _ = try space.updateIndex(from: try writePages(6, in: folder))
            let index = try space.index()
            let code = index.mu.narrow(0, from: 2, length: 1)
            func found(_ count: Int, _ filter: SearchFilter) throws -> [String] {
                try space.search(near: code, named: "it", count: count, filter: filter).neighbours.map(\.page.path)
            }
            let all = try found(6, SearchFilter())
            #expect(all.count == 6 && all[0] == index.pages[2].path)
            #expect(try found(6, SearchFilter(excludedRow: 2)) == Array(all.dropFirst()))
            #expect(try found(2, SearchFilter(excludedRow: 2)) == Array(all[1...2]))
            let questions = all.filter { $0.hasPrefix("faq/") }
            #expect(try questions.count == 3 && found(6, SearchFilter(archetype: "FAQ")) == questions)
            let group = index.pages[2].group
            let grouped = all.filter { path in index.pages.contains { $0.path == path && $0.group == group } }
            #expect(try found(6, SearchFilter(group: group)) == grouped)
            #expect(try found(6, SearchFilter(archetype: "contact", group: group)) == grouped, "a site of one page")
            #expect(try found(6, SearchFilter(archetype: "faq", group: group)).isEmpty)
            #expect(throws: UserError.self) { try found(1, SearchFilter(archetype: "nonsense")) }
            #expect(throws: UserError.self) { try found(1, SearchFilter(group: "nonsense")) }
        }
    }

    @Test("the codes of another model are never used: search refuses them, encoding makes the index anew")
    func otherModel() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let pages = try writePages(2, in: folder)
            #expect(refusal { try space.index() }?.code == .missingInput)
            _ = try space.updateIndex(from: pages)
            let other = try tinySpace(in: folder, seed: 9)
            #expect(refusal { try other.index() }?.code == .data)
            let update = try other.updateIndex(from: pages)
            #expect(update.encoded == 2 && update.rebuilt != nil)
            #expect(try other.index().pages.count == 2)
        }
    }

    @Test(
        "an index is of one folder; an empty folder, one without readable pages and files that are no index are refused"
    )
    func refusals() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let pages = try writePages(2, in: folder)
            _ = try space.updateIndex(from: pages)
            #expect(refusal { try space.updateIndex(from: pages.appending(path: "contact")) }?.code == .data)
            let bad = folder.appending(path: "bad")
            try FileManager.default.createDirectory(at: bad, withIntermediateDirectories: true)
            #expect(refusal { try space.updateIndex(from: bad) }?.code == .data)
            try Data("no page".utf8).write(to: bad.appending(path: "a.png"))
            let model = space.trained.file.path
            let fresh = try LatentSpace(model, index: folder.appending(path: "fresh.sqlite").path)
            #expect(refusal { try fresh.updateIndex(from: bad) }?.code == .data)

            let text = folder.appending(path: "text.sqlite")
            try Data(String(repeating: "not a database ", count: 100).utf8).write(to: text)
            let damaged = try LatentSpace(model, index: text.path)
            #expect(refusal { try damaged.index() }?.code == .data)
            #expect(refusal { try damaged.updateIndex(from: pages) }?.code == .data)
            // Cut off in the middle.
            let cut = folder.appending(path: "cut.sqlite")
            try Data(contentsOf: space.indexFile).prefix(9000).write(to: cut)
            #expect(refusal { try LatentSpace(model, index: cut.path).index() }?.code == .data)
        }
    }

    @Test("archetypes lie where the pages say, and those of which there are none where the prior says")
    func regionSources() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder, prior: "archetypes")
            let prior = try #require(space.trained.prior.means)
            #expect(try space.archetypeRegions().mixture.means.floats == prior.floats)
            _ = try space.updateIndex(from: try writePages(4, in: folder))
            let pages = try space.archetypeRegions()
            #expect(pages.names == ["contact", "faq"])
            #expect(difference(pages.mixture.means, try space.index().archetypeRegions().mixture.means) == 0)

            let page = try space.page("1")
            let edit = try space.edited(page.mu, minus: "contact", plus: "faq")
            let step = try pages.mean(of: "faq") - pages.mean(of: "contact")
            #expect(difference(edit.z, page.mu + step) < 1e-6)

            // Of one archetype, and under another of its names.
            let single = folder.appending(path: "single")
            try PageGenerator(width: 64).write(3, of: [.contact], firstSeed: 9, into: single)
            try FileManager.default.moveItem(
                at: single.appending(path: "contact"), to: single.appending(path: "Contact us"))
            let index = folder.appending(path: "single.sqlite").path
            let known = try LatentSpace(space.trained.file.path, index: index, device: .cpu)
            _ = try known.updateIndex(from: single)
            let both = try known.archetypeRegions()
            #expect(both.names == ["Contact us", "faq"])
            #expect(difference(try both.mean(of: "contact"), try known.index().mu.mean(0, keepDims: true)) < 1e-6)
            #expect(try both.mean(of: "faq").floats == prior.narrow(0, from: 1, length: 1).floats)
            // What a code probably is the prior says, in the pages' words.
            let contact = prior.narrow(0, from: 0, length: 1)
            #expect(try known.probabilities(of: contact).map(\.archetype) == ["Contact us", "faq"])
            #expect(try known.source(of: "contact").archetype == "contact", "the model draws it")
            #expect(try known.edited(contact, plus: "faq").minus == "Contact us")
            #expect(try known.label(of: known.page("1")) == "Contact us")

            let standard = try LatentSpace(tinySpace(in: folder, named: "standard").trained.file.path)
            #expect(refusal { try standard.archetypeRegions() }?.code == .missingInput)
            #expect(try standard.probabilities(of: contact).isEmpty)
        }
    }

    @Test("samples are those of the seed; diverse ones are a choice of more that lie further apart")
    func samples() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let prior = try space.trained.codeDistribution()
            let plain = space.sample(6, from: prior, seed: 7)
            #expect(plain.floats == space.sample(6, from: prior, seed: 7).floats)
            let diverse = space.sample(6, from: prior, seed: 7, diverse: true)
            #expect(diverse.shape == [6, 8])
            func nearest(_ x: Tensor) -> Double { x.distances(to: x).topK(2, largest: false).values.amin(0).doubles[1] }
            #expect(nearest(diverse) > nearest(plain))
        }
    }
}

/// The error that a body throws.
func refusal<Result>(_ body: () throws -> Result) -> UserError? {
    #expect(throws: UserError.self) { _ = try body() }
}
