import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

/// The file that `make model` makes and the repository holds.
@Suite("The released model")
struct ReleasedModelTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../models/demo.safetensors").standardizedFileURL

    /// Without the index that somebody may have made beside the model.
    private static func space() throws -> LatentSpace {
        try LatentSpace(file.path, index: file.path + ".none", device: .cpu)
    }

    private static func pages(of kind: Archetype) -> [GrayImage] {
        let generator = PageGenerator(width: 128, heightMultiple: 32)
        // Far from the seeds of its training, which are drawn from 2⁶⁴.
        return (0..<2).map { generator.page(kind, seed: 7_000_000 + $0).render() }
    }

    @Test("knows the archetype of pages that it has never seen")
    func archetypes() throws {
        let space = try Self.space()
        var right = 0
        for kind in Archetype.allCases {
            for page in Self.pages(of: kind) {
                let guess = try space.probabilities(of: space.encode(EncoderInput(image: page)).mu).first
                right += guess?.archetype == kind.rawValue ? 1 : 0
            }
        }
        #expect(right >= 28, "\(right) of 30")
    }

    @Test("knows more of the pages that were drawn eight times as wide than their pale strokes would tell it")
    func widePages() throws {
        let space = try Self.space()
        var confidence = 0.0
        let right = try (0..<30).count { number in
            let kind = Archetype.allCases[number % Archetype.allCases.count]
            let page = PageGenerator(width: 1024).page(kind, seed: 7_000_200 + UInt64(number)).render()
            let input = try space.trained.input(page, named: kind.rawValue)
            let guess = try space.probabilities(of: space.encode(input).mu).first
            confidence += (guess?.probability ?? 1) / 30
            return guess?.archetype == kind.rawValue
        }
        // 19; with strokes as pale as reducing makes them 15.
        #expect(right >= 17, "\(right) of 30")
        // By the prior alone 1.00, whatever is right.
        #expect((0.5...0.9).contains(confidence), "\(confidence)")
    }

    @Test("tells pages of which it has learned nothing from pages like its own")
    func strangePages() throws {
        try withTemporaryFolder { folder in
            let index = folder.appending(path: "index.sqlite").path
            let space = try LatentSpace(Self.file.path, index: index, device: .cpu)
            let pages = folder.appending(path: "pages")
            try PageGenerator(width: 128, heightMultiple: 32).write(
                15, of: Archetype.allCases, firstSeed: 7_000_300, into: pages)
            _ = try space.updateIndex(from: pages)
            for row in 0..<15 {
                let found = try space.search(near: space.index().mu.narrow(0, from: row, length: 1), named: "own")
                let distance = try #require(found.mahalanobisDistance)
                #expect(!found.isOutOfDistribution && (0.4...1.3).contains(distance), "\(found)")
            }
            var disc = GrayImage(width: 128, height: 160)
            for place in disc.pixels.indices {
                let (x, y) = (place % 128 - 64, place / 128 - 80)
                if x * x + y * y < 2500 { disc.pixels[place] = 0 }
            }
            let found = try space.search(near: space.encode(EncoderInput(image: disc)).mu, named: "disc")
            #expect(found.isOutOfDistribution, "\(found)")

            // Without its layout decoder the model does not know, and with a damaged one it searches all the same.
            let copy = folder.appending(path: "model.safetensors")
            try FileManager.default.copyItem(at: Self.file, to: copy)
            for damaged in [false, true] {
                if damaged { try Data("damaged".utf8).write(to: folder.appending(path: "model.layouts.safetensors")) }
                let other = try LatentSpace(copy.path, index: index, device: .cpu)
                let answer = try other.search(near: other.page("1").mu, named: "own")
                #expect(answer.mahalanobisDistance == nil && !answer.isOutOfDistribution && !answer.neighbours.isEmpty)
            }
        }
    }

    @Test("draws pages again with its skips")
    func reconstruction() throws {
        let model = try TrainedModel(Self.file.path, device: .cpu)
        let pages = Archetype.allCases.map { Self.pages(of: $0)[0] }
        let scores = try model.reconstruct(pages.map { EncoderInput(image: $0) }).map { try $0.ssim().withSkips ?? 0 }
        let mean = scores.reduce(0, +) / Double(scores.count)
        #expect(mean > 0.85, "\(mean)")
    }

    @Test("draws pages of any width and height to their last row, as those it was trained on")
    func anyHeight() throws {
        try withTemporaryFolder { folder in
            let model = try TrainedModel(Self.file.path, device: .cpu)
            for (index, width) in [128, 300].enumerated() {
                let file = folder.appending(path: "\(width).png")
                let page = PageGenerator(width: width).page(.contact, seed: 7_000_100 + UInt64(index))
                try PNG.write(page.render(), to: file)
                let input = try model.input(at: file)
                #expect(input.image.width == 128 && input.image.height % 32 == 0)
                let drawn = try #require(try model.reconstruct([input])[0].withSkips)
                let (last, wanted) = (drawn.pixels.suffix(256), input.image.pixels.suffix(256))
                let error = zip(last, wanted).reduce(0) { $0 + abs($1.0 - $1.1) } / 256
                #expect(error < 0.05, "\(error)")
            }
        }
    }

    @Test("has directions for what pages were made with, the best known first")
    func factors() throws {
        try withTemporaryFolder { folder in
            let model = folder.appending(path: "model.safetensors")
            try FileManager.default.copyItem(at: Self.file, to: model)
            let pages = folder.appending(path: "pages")
            let generator = PageGenerator(width: 128, heightMultiple: 32)
            try generator.write(80, of: [.contact, .faq], firstSeed: 7_000_000, into: pages)
            let space = try LatentSpace(model.path, device: .cpu)
            _ = try space.updateIndex(from: pages)
            let found = try space.directionsOfFactors()
            #expect(found.map(\.explained) == found.map(\.explained).sorted(by: >))
            #expect(found.contains { $0.name == "density" } && found.contains { $0.name == "device=phone" })
            #expect(found.allSatisfy { $0.explained >= 0.2 && $0.pages >= 15 })
            #expect(try space.directionsOfFactors(explaining: (0, 1000)).isEmpty)
        }
    }

    @Test("draws layouts that have what their archetype needs")
    func layouts() throws {
        let space = try Self.space()
        func drawn(_ kind: Archetype) throws -> [[LayoutNode]] {
            let new = try space.source(of: kind.rawValue)
            let codes = space.sample(20, from: new.codes, temperature: TrainedModel.usualTemperature, seed: 3)
            return try space.trained.layouts(of: codes, sizes: Array(repeating: new.size, count: 20)).map(\.allNodes)
        }
        let (logins, galleries) = (try drawn(.login), try drawn(.gallery))
        // Of 80 others 60 and 80.
        #expect(logins.count { page in page.count { $0.role == .input } >= 2 } >= 10)
        #expect(logins.count { page in page.contains { $0.role == .button } } >= 12)
        #expect(galleries.count { page in page.count { $0.role == .image } >= 3 } >= 14)
        // Of the generator's log-ins an eighth have so many: those whose window lies over another page.
        let pictured = logins.count { page in page.count { $0.role == .image } >= 3 }
        #expect(pictured <= 6, "\(pictured)")
    }

    @Test("draws the layout of a page from its code alone nearer to the page than the likeliest layout is")
    func pageLayouts() throws {
        let space = try Self.space()
        var (found, likeliest) = ([Double](), [Double]())
        for (number, kind) in [Archetype.pricing, .gallery, .contact, .dashboard].enumerated() {
            let page = PageGenerator(width: 128, heightMultiple: 32).page(kind, seed: 7_000_200 + UInt64(number))
                .render()
            let reconstruction = try space.trained.reconstruct([EncoderInput(image: page)])[0]
            found.append(try #require(try reconstruction.ssim().layout))
            let z = try space.encode(EncoderInput(image: page)).mu
            let layout = try space.trained.layouts(
                of: z, sizes: [PNG.Size(width: page.width, height: page.height)], temperature: 0, candidates: 1)[0]
            likeliest.append(
                try ssim(.batch([WireframeRenderer().render(layout)], device: .cpu), .batch([page], device: .cpu))[0])
        }
        // On 180 others .59 and .44 on average.
        #expect(found.reduce(0, +) > likeliest.reduce(0, +) + 0.2, "\(found) \(likeliest)")
    }

    @Test("is small enough to ship")
    func size() throws {
        let layouts = Self.file.deletingPathExtension().appendingPathExtension("layouts.safetensors")
        let sizes = try [Self.file, layouts].map {
            try #require(FileManager.default.attributesOfItem(atPath: $0.path)[.size] as? Int)
        }
        #expect(sizes.reduce(0, +) < 20_000_000)
    }
}
