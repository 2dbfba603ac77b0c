import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

/// Pages of one black box, which fills the left half or the right one: of a training page another one in each epoch. It notes in
/// which epoch each page was loaded last, and whether its layout is asked for in that.
private struct Boxes: PageSource {
    let notes = Notes()
    let archetypes: [String] = []

    static let places = [0, 32].map { Bounds(x: $0, y: 0, width: 32, height: 64) }

    static func page(_ place: Bounds) -> LayoutNode {
        let box = LayoutNode(.image, place, style: NodeStyle(fill: 0))
        return LayoutNode(.page, Bounds(x: 0, y: 0, width: 64, height: 64), children: [box])
    }

    private func page(_ page: PageReference, epoch: Int) -> LayoutNode {
        Self.page(Self.places[(page.index + epoch) % 2])
    }

    func pages(in split: Split) -> [PageReference] {
        (0..<(split == .train ? 16 : 2)).map {
            PageReference(split: split, index: $0, name: "\(split.rawValue) \($0)")
        }
    }

    func load(_ page: PageReference, epoch: Int) throws -> GrayImage {
        notes.loaded(page, epoch: epoch)
        return WireframeRenderer().render(self.page(page, epoch: epoch))
    }

    func layout(of page: PageReference, epoch: Int) throws -> LayoutNode? {
        notes.asked(page, epoch: epoch)
        return self.page(page, epoch: epoch)
    }
}

private final class Notes: @unchecked Sendable {
    private let lock = NSLock()
    private var epochs: [String: Int] = [:]
    private var layouts: [(page: String, asked: Int, loaded: Int)] = []

    func loaded(_ page: PageReference, epoch: Int) { lock.withLock { epochs[page.name] = epoch } }

    /// Of a page that was loaded; before, it is only asked whether there are layouts.
    func asked(_ page: PageReference, epoch: Int) {
        lock.withLock {
            if let loaded = epochs[page.name] { layouts.append((page.name, epoch, loaded)) }
        }
    }

    var all: [(page: String, asked: Int, loaded: Int)] { lock.withLock { layouts } }
}

@Suite("Training a layout decoder")
struct LayoutTrainerTests {
    private static let settings = [
        "layouts.width=16", "layouts.layers=1", "layouts.heads=2", "layouts.epochs=2", "layouts.batch_size=4",
    ]

    /// A model with chance weights, whose pages `data` describes.
    private func model(
        _ data: String, prior: String = "standard", archetypes: [String] = [], in folder: URL
    ) throws -> TrainedModel {
        let configuration = try Configuration(
            yaml: "data: \(data)\nmodel: {width: 0.0625, latent_dim: 8, prior: \(prior)}\nseed: 3", file: "test.yaml")
        let stored = ModelFile(
            configuration: configuration, archetypes: archetypes, epoch: 1,
            parameters: try BetaVAE(configuration.model, seed: 3).parameters.dictionary)
        let file = folder.appending(path: "model.safetensors")
        try stored.write(to: file)
        return try TrainedModel(file.path, device: .cpu)
    }

    private static let generated =
        "{generator: {width: 64, train_pages: 60, validation_pages: 6, test_pages: 3, fresh_pages: true}}"

    private func train(_ model: TrainedModel, _ overrides: [String] = [], resume: Bool = false) throws {
        let configuration = try Configuration(
            yaml: model.configuration.yaml(), overrides: Self.settings + overrides)
        let trainer = try LayoutTrainer(
            model, configuration, pages: configuration.pageSource(), resume: resume, console: Console(quiet: true))
        #expect(try trainer.train() == .finished)
    }

    private func layouts(_ folder: URL) -> URL { folder.appending(path: "model.layouts.safetensors") }

    @Test("a model draws layouts once it was taught to, the same for the same seed")
    func draws() throws {
        try withTemporaryFolder { folder in
            let model = try model(Self.generated, in: folder)
            #expect(!model.drawsLayouts)
            let z = Tensor.randn([2, 8], generator: Generator(seed: 0))
            let sizes = [PNG.Size(width: 64, height: 96), PNG.Size(width: 200, height: 100)]
            #expect(throws: UserError.self) { try model.layouts(of: z, sizes: sizes) }
            try train(model)
            #expect(model.drawsLayouts)
            #expect(
                !FileManager.default.fileExists(atPath: folder.appending(path: "model.layouts.resume.safetensors").path)
            )
            #expect(try model.codeDistribution().factors.shape == [1, 8, 8])
            let drawn = try model.layouts(of: z, sizes: sizes, seed: 4)
            #expect(drawn.map(\.bounds.width) == [64, 200])
            #expect(try model.layouts(of: z, sizes: sizes, seed: 4) == drawn)
            #expect(try model.layouts(of: z, sizes: sizes, seed: 5) != drawn)
            for height in [-5, 0, 31, 5000, Int.max] {
                let size = PNG.Size(width: 64, height: height)
                let error = #expect(throws: UserError.self) { try model.layouts(of: z, sizes: [size, size]) }
                #expect(error?.code == .usage)
            }
            for value in [Double.nan, .infinity] {
                let broken = Tensor.full([2, 8], value)
                #expect(#expect(throws: UserError.self) { try model.layouts(of: broken, sizes: sizes) }?.code == .data)
                #expect(
                    #expect(throws: UserError.self) { try model.pageLayouts(of: broken, sizes: sizes) }?.code == .data)
            }
            // Far beyond what pages are told on: judged no farther down than that.
            #expect(
                try model.layouts(of: z, sizes: [PNG.Size(width: 32, height: 4096), sizes[0]])[0].bounds.height == 4096)
            let reconstruction = try model.reconstruct([EncoderInput(image: GrayImage(width: 64, height: 64))])[0]
            #expect(reconstruction.layout?.width == 64)
        }
    }

    @Test("of several layouts of a code one with the fewest crossings is kept")
    func tidy() throws {
        try withTemporaryFolder { folder in
            let model = try model(Self.generated, in: folder)
            try train(model)
            let z = Tensor.randn([1, 8], generator: Generator(seed: 0))
            func crossings(candidates: Int, seed: UInt64) throws -> Int {
                try model.layouts(
                    of: z, sizes: [PNG.Size(width: 128, height: 96)], temperature: 1, candidates: candidates, seed: seed
                )[0].crossings
            }
            let single = try (0..<5).map { try crossings(candidates: 1, seed: 4 + UInt64($0) << 32) }
            #expect(Set(single).count > 1, "a choice: \(single)")
            #expect(try crossings(candidates: 5, seed: 4) == single.min())
        }
    }

    @Test("two trainings with one seed leave the same bytes")
    func deterministic() throws {
        let files = try (0..<2).map { _ in
            try withTemporaryFolder { folder in
                try train(try model(Self.generated, in: folder))
                return try Data(contentsOf: layouts(folder))
            }
        }
        #expect(files[0] == files[1])
    }

    @Test("pages of a folder are learned from the layouts beside them; without any there is nothing to learn")
    func folder() throws {
        try withTemporaryFolder { folder in
            let pages = folder.appending(path: "pages")
            try FileManager.default.createDirectory(at: pages, withIntermediateDirectories: true)
            for index in 0..<24 {
                let page = PageGenerator(width: 64).page(.login, seed: UInt64(index))
                try PNG.write(page.render(), to: pages.appending(path: "p\(index).png"))
            }
            let model = try model("{directory: \(pages.path), width: 64}", in: folder)
            let error = #expect(throws: UserError.self) { try train(model) }
            #expect(error?.message.contains("no layouts") == true)
            for index in 0..<24 {
                let page = PageGenerator(width: 64).page(.login, seed: UInt64(index))
                let file = pages.appending(path: "p\(index).json")
                try (index % 2 == 0 ? page.sidecar() : LayoutDocument(page.tree).json()).write(to: file)
            }
            try train(model)
            #expect(model.drawsLayouts)
            try FileManager.default.removeItem(at: layouts(folder))
            try Data("{}".utf8).write(to: pages.appending(path: "p3.json"))
            let damaged = #expect(throws: UserError.self) { try train(model) }
            #expect(damaged?.place?.hasSuffix("p3.json") == true)
        }
    }

    @Test("it looks where the codes of pages lie, archetype by archetype, whatever the folder calls its first")
    func codes() throws {
        try withTemporaryFolder { folder in
            let pages = folder.appending(path: "pages")
            try PageGenerator(width: 64).write(60, of: [.faq, .login], firstSeed: 1, into: pages)
            let names = ["contact", Archetype.faq.rawValue, Archetype.login.rawValue]
            let data = "{directory: \(pages.path), width: 64}"
            let model = try model(data, prior: "archetypes", archetypes: names, in: folder)
            try train(model)
            let space = try LatentSpace(model.file.path, device: .cpu)
            let codes = try space.trained.codeDistribution()
            let prior = space.trained.prior.mixture(dimension: 8)
            #expect(difference(codes[0].means, prior[0].means) < 0.01)
            for (label, name) in names.enumerated() where label > 0 {
                #expect(difference(codes[label].means, prior[label].means) > 0.1)
                let new = try space.source(of: name)
                #expect(
                    space.sample(3, from: new.codes, seed: 1).floats
                        == space.sample(3, from: codes[label], seed: 1).floats)
                // As tall as the middle one of its pages.
                let own = try FileManager.default.contentsOfDirectory(atPath: pages.appending(path: name).path)
                let heights = try own.filter { $0.hasSuffix(".png") }.map {
                    try PictureFile.read(pages.appending(path: "\(name)/\($0)")).height
                }
                let below = heights.filter { $0 <= new.size.height }.count
                #expect(new.size.width == 64 && heights.contains(new.size.height))
                #expect(2 * below >= heights.count && 2 * (heights.count - below) <= heights.count, "\(heights)")
            }
            // A file from before this was kept: only that is added.
            let file = layouts(folder)
            let whole = try Data(contentsOf: file)
            var old = try SafeTensors(contentsOf: file)
            #expect(old.metadata["codes.usual_distance"].flatMap(Double.init) != nil)
            var wrong = old
            wrong.tensors["codes.proportions"] = .full([3], .nan)
            try wrong.write(to: file)
            #expect(throws: UserError.self) {
                try LatentSpace(model.file.path, device: .cpu).source(of: "faq")
            }
            for key in ["codes.proportions", "codes.factors", "codes.means"] {
                old.tensors[key] = nil
                try old.write(to: file)
                let before = try LatentSpace(model.file.path, device: .cpu)
                #expect(try before.source(of: "faq").size == before.usualSize())
                try train(try TrainedModel(model.file.path, device: .cpu), resume: true)
                #expect(try Data(contentsOf: file) == whole)
            }
        }
    }

    @Test("a decoder of another model and a damaged one are refused; a new one is trained in their place")
    func refusals() throws {
        try withTemporaryFolder { folder in
            let model = try model(Self.generated, in: folder)
            try train(model)
            let file = layouts(folder)
            let whole = try Data(contentsOf: file)
            func message() throws -> String? {
                let fresh = try TrainedModel(model.file.path, device: .cpu)
                let size = PNG.Size(width: 64, height: 64)
                return #expect(throws: UserError.self) { try fresh.layouts(of: .zeros([1, 8]), sizes: [size]) }?.message
            }
            for length in [0, 9, whole.count / 2] {
                try whole.prefix(length).write(to: file)
                #expect(try message() != nil)
            }
            try SafeTensors(["x": .ones([2])], metadata: ["format": "pt"]).write(to: file)
            #expect(try message()?.contains("not a layout decoder") == true)
            // It says that it is far larger than its tensors are: nothing of that size is made.
            try whole.write(to: file)
            var claims = try SafeTensors(contentsOf: file)
            claims.metadata.merge(["width": "4096", "layers": "64"]) { $1 }
            try claims.write(to: file)
            #expect(try message()?.contains("not a layout decoder") == true)
            try whole.write(to: file)
            var stray = try SafeTensors(contentsOf: file)
            stray.tensors["codes.means"] = .zeros([3, 8])
            try stray.write(to: file)
            #expect(try message()?.contains("codes.means") == true)
            // One from before it was looked at where codes lie: they are drawn from the prior.
            (stray.tensors["codes.means"], stray.tensors["codes.factors"]) = (nil, nil)
            try stray.write(to: file)
            #expect(
                try TrainedModel(model.file.path, device: .cpu).codeDistribution().factors.floats
                    == .init(repeating: 1, count: 8))
            try whole.write(to: file)
            var parameters = try ModelFile(contentsOf: model.file).parameters
            parameters["heads.mu.bias"] = .ones([8])
            try ModelFile(configuration: model.configuration, archetypes: [], epoch: 2, parameters: parameters)
                .write(to: model.file)
            #expect(try message()?.contains("another model") == true)
            try train(try TrainedModel(model.file.path, device: .cpu))
            #expect(try Data(contentsOf: file) != whole)
        }
    }

    @Test("a decoder goes on from another model's, if that has the same shape")
    func pretrained() throws {
        try withTemporaryFolder { folder in
            let first = try model(Self.generated, in: folder)
            try train(first)
            let learned = try SafeTensors(contentsOf: layouts(folder)).tensors
            let other = folder.appending(path: "other")
            try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
            let second = try model(Self.generated, in: other)
            let pretrained = "layouts.pretrained=\(first.file.path)"
            let error = #expect(throws: UserError.self) { try train(second, [pretrained, "layouts.width=8"]) }
            #expect(error?.remedy?.contains("layouts.pretrained") == true)
            try train(second, [pretrained, "layouts.epochs=1", "layouts.lr=1e-8"])
            for (name, tensor) in try SafeTensors(contentsOf: layouts(other)).tensors where !name.hasPrefix("codes.") {
                #expect(difference(tensor, try #require(learned[name])) < 1e-3, "\(name)")
            }
        }
    }

    @Test("what is told of a page is the layout of the very picture that the code was made of, and the code is used")
    func ownCodes() throws {
        try withTemporaryFolder { folder in
            let source = Boxes()
            let model = try tellingModel(in: folder)
            let configuration = try Configuration(
                yaml: model.configuration.yaml(),
                overrides: Self.settings + ["layouts.epochs=16", "layouts.batch_size=2", "layouts.lr=4e-2"])
            let trainer = try LayoutTrainer(
                model, configuration, pages: source, resume: false, console: Console(quiet: true))
            #expect(try trainer.train() == .finished)
            let layouts = source.notes.all
            #expect(layouts.allSatisfy { $0.asked == $0.loaded })
            #expect(Set(layouts.map(\.asked)) == Set(0..<16) && layouts.count == 16 * (16 + 2))

            let pictures = Boxes.places.map { EncoderInput(image: WireframeRenderer().render(Boxes.page($0))) }
            let drawn = try model.layouts(
                of: model.model.encode(pictures).mu, sizes: Array(repeating: PNG.Size(width: 64, height: 64), count: 2),
                temperature: 0, candidates: 1)
            #expect(drawn.map { $0.allNodes.dropFirst().map(\.bounds) } == Boxes.places.map { [$0] })
        }
    }

    /// A model with chance weights whose codes tell pages far apart, and hardly vary.
    private func tellingModel(in folder: URL) throws -> TrainedModel {
        let model = try model(Self.generated, in: folder)
        var parameters = try ModelFile(contentsOf: model.file).parameters
        parameters["heads.mu.weight"] = try #require(parameters["heads.mu.weight"]) * 20
        parameters["heads.logvar.weight"] = .zeros(try #require(parameters["heads.logvar.weight"]).shape)
        parameters["heads.logvar.bias"] = .full([8], -10)
        try ModelFile(configuration: model.configuration, archetypes: [], epoch: 1, parameters: parameters)
            .write(to: model.file)
        return try TrainedModel(model.file.path, device: .cpu)
    }

    @Test("a width that the heads do not divide is refused")
    func width() throws {
        try withTemporaryFolder { folder in
            let model = try model(Self.generated, in: folder)
            let error = #expect(throws: UserError.self) { try train(model, ["layouts.heads=3"]) }
            #expect(error?.message.contains("layouts.heads") == true)
        }
    }
}
