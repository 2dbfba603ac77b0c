import Testing
import Wireframes
import Wirespace

private func source(seed: UInt64 = 1, splits: UInt64? = nil, fresh: Bool = true) throws -> GeneratorSource {
    var configuration = Configuration()
    configuration.seed = seed
    configuration.data.splits.seed = splits
    configuration.data.generator = GeneratorConfiguration()
    configuration.data.generator?.width = 64
    configuration.data.generator?.trainPages = 31
    configuration.data.generator?.validationPages = 15
    configuration.data.generator?.testPages = 4
    configuration.data.generator?.freshPages = fresh
    return try GeneratorSource(configuration)
}

@Suite("Generated pages")
struct GeneratorSourceTests {
    @Test("splits have the configured sizes, and archetypes take turns")
    func splits() throws {
        let source = try source()
        #expect(source.archetypes.count == 15 && source.archetypes == source.archetypes.sorted())
        let pages = source.pages(in: .train)
        #expect(pages.count == 31 && source.pages(in: .test).count == 4)
        #expect(pages.map(\.archetype) == (0..<31).map { $0 % 15 })
        #expect(Set(source.pages(in: .validation).compactMap(\.archetype)) == Set(0..<15))
    }

    @Test("training pages are new in each epoch, those of evaluation never, and none is drawn twice")
    func freshness() throws {
        let source = try source()
        let page = source.pages(in: .train)[3]
        #expect(try source.load(page, epoch: 0) == source.load(page, epoch: 0))
        #expect(try source.load(page, epoch: 0) != source.load(page, epoch: 1))
        let held = source.pages(in: .validation)[3]
        #expect(try source.load(held, epoch: 0) == source.load(held, epoch: 1))
        #expect(try source.load(held, epoch: 0) != source.load(page, epoch: 0))
        let measured = source.pages(in: .test)[3]
        #expect(try source.load(measured, epoch: 0) != source.load(held, epoch: 0))
        #expect(try source.load(measured, epoch: 0) != source.load(page, epoch: 0))
        #expect(try source.load(source.pages(in: .train)[18], epoch: 0) != source.load(page, epoch: 0))
        let fixed = try self.fixed()
        #expect(try fixed.load(page, epoch: 0) == fixed.load(page, epoch: 1))
    }

    @Test("another seed gives other pages")
    func seeds() throws {
        let page = try source().pages(in: .train)[0]
        #expect(try source(seed: 1).load(page, epoch: 0) != source(seed: 2).load(page, epoch: 0))
    }

    @Test("runs of several seeds share what is measured on by data.splits.seed, and train on pages of their own")
    func sharedPages() throws {
        func pages(_ split: Split, _ seed: UInt64, splits: UInt64?) throws -> [GrayImage] {
            let source = try source(seed: seed, splits: splits)
            return try source.pages(in: split).prefix(3).map { try source.load($0, epoch: 0) }
        }
        func areOthers(_ one: [GrayImage], _ two: [GrayImage]) -> Bool { zip(one, two).allSatisfy { $0 != $1 } }
        for split in [Split.validation, .test] {
            #expect(try pages(split, 1, splits: 9) == pages(split, 2, splits: 9))
            #expect(try areOthers(pages(split, 1, splits: 9), pages(split, 1, splits: 8)))
            #expect(try pages(split, 1, splits: nil) == pages(split, 5, splits: 1), "without it the run's seed decides")
        }
        #expect(try areOthers(pages(.train, 1, splits: 9), pages(.train, 2, splits: 9)))
        #expect(try pages(.train, 1, splits: 9) == pages(.train, 1, splits: 8))
    }

    @Test("the configuration says which source it is")
    func choice() throws {
        var configuration = Configuration()
        configuration.data.generator = GeneratorConfiguration()
        #expect(try configuration.pageSource() is GeneratorSource)
        configuration.data.generator = nil
        #expect(throws: UserError.self) { try configuration.pageSource() }
    }

    private func fixed() throws -> GeneratorSource { try source(fresh: false) }
}
