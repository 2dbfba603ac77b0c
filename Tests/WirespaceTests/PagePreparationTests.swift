import Testing
import Wireframes
import Wirespace

private func sample(
    _ page: GrayImage, training: Bool = false, epoch: Int = 0, index: Int = 0,
    _ change: (inout Configuration) -> Void = { _ in }
) throws -> Sample {
    var configuration = Configuration()
    configuration.augmentation.enabled = false
    change(&configuration)
    return try PagePreparation(configuration, training: training).sample(
        of: page, PageReference(split: .train, index: index, name: "page.png"), epoch: epoch)
}

/// Each row has its own grey, to tell where a crop comes from.
private func rows(_ count: Int, width: Int = 40) -> GrayImage {
    GrayImage(
        width: width, height: count,
        pixels: (0..<count).flatMap { row in Array(repeating: Float(row) / Float(count), count: width) })
}

@Suite("Page preparation")
struct PagePreparationTests {
    @Test("a page of a good size stays as it is")
    func unchanged() throws {
        let page = rows(50)
        let sample = try sample(page, training: true)
        #expect(sample.target == page)
        #expect(sample.input == page)
    }

    @Test("paper is added below to a multiple of the height, and to sides below 32 pixels")
    func padding() throws {
        let tall = try sample(GrayImage(width: 40, height: 65, filledWith: 0.25)) { $0.data.heightMultiple = 32 }
        #expect(tall.target.height == 96 && tall.target.width == 40)
        #expect(tall.target.pixels[..<(65 * 40)].allSatisfy { $0 == 0.25 })
        #expect(tall.target.pixels[(65 * 40)...].allSatisfy { $0 == 1 })

        let small = try sample(GrayImage(width: 10, height: 5, filledWith: 0)).target
        #expect(small.width == 32 && small.height == 32)
        #expect(small.pixels.count { $0 == 0 } == 50)
        #expect(small[9, 4] == 0 && small[10, 4] == 1 && small[9, 5] == 1)
        #expect(try sample(rows(64)) { $0.data.heightMultiple = 32 }.target.height == 64)
    }

    @Test("a tall page is cropped in its middle for evaluation, anywhere for training")
    func crop() throws {
        let page = rows(300)
        let centred = try sample(page) { $0.data.maxHeight = 100 }.target
        #expect(centred.height == 100 && centred[0, 0] == page[0, 100])
        let tops = try (0..<200).map { index in
            try sample(page, training: true, index: index) { $0.data.maxHeight = 100 }.target[0, 0] * 300
        }
        #expect(tops.allSatisfy { $0 > -0.01 && $0 < 200.01 })
        #expect((tops.min() ?? 99) < 10 && (tops.max() ?? 0) > 190)
    }

    @Test("data.width rescales with the aspect ratio kept")
    func rescale() throws {
        let target = try sample(GrayImage(width: 200, height: 300)) { $0.data.width = 100 }.target
        #expect(target.width == 100 && target.height == 150)
    }

    @Test("pages without pixels or too wide are refused by name")
    func refusals() {
        for page in [GrayImage(width: 0, height: 0), GrayImage(width: 5000, height: 40)] {
            #expect { try sample(page) } throws: { ($0 as? UserError)?.place == "page.png" }
        }
        #expect(throws: Never.self) { try sample(GrayImage(width: 5000, height: 40)) { $0.data.width = 64 } }
    }

    @Test("in training the input is worse than the target; seed, epoch and index decide how")
    func training() throws {
        func varied(epoch: Int = 1, index: Int = 2, seed: UInt64 = 3) throws -> Sample {
            try sample(rows(80), training: true, epoch: epoch, index: index) {
                $0.augmentation.enabled = true
                $0.seed = seed
            }
        }
        let first = try varied()
        #expect(first.input != first.target && first.target != rows(80))
        #expect(try varied() == first)
        #expect(try varied(epoch: 2).input != first.input)
        #expect(try varied(index: 3).input != first.input)
        #expect(try varied(seed: 4).input != first.input)
    }
}
