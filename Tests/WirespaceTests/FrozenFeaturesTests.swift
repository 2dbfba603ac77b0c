import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Features of a frozen VGG16 as a part of the code")
struct FrozenFeaturesTests {
    private static func configuration(_ features: FeatureKind) -> ModelConfiguration {
        var configuration = ModelConfiguration.golden()
        configuration.features = features
        return configuration
    }

    /// log(1 + x) of relu4_3 over the page and its quarters, standardised, in doubles.
    private static func expected(_ page: Tensor) throws -> [Double] {
        let top = try #require(VGG16()(page).last)
        let pooled = [1, 2].flatMap { top.adaptiveAvgPool2d($0, $0).reshape(-1).floats }
        let compressed = pooled.map { Foundation.log(1 + Double($0)) }
        let mean = compressed.reduce(0, +) / Double(compressed.count)
        let variance = compressed.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(compressed.count)
        return compressed.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }

    private static var means: Tensor { Tensor.eye(16).narrow(0, from: 0, length: 3) * 20 }

    /// Generated pages of three archetypes, `[N, 1, 96, 64]`, and which of the three each is.
    private static func pages(_ count: Int, seed: UInt64) -> (pages: Tensor, archetypes: [Int]) {
        let kinds: [Archetype] = [.login, .dashboard, .faq]
        let generator = PageGenerator(width: 64, heights: 96...96)
        let pages = (0..<count).map { generator.page(kinds[$0 % 3], seed: seed + UInt64($0)).render() }
        return (.batch(pages, device: .cpu), (0..<count).map { $0 % 3 })
    }

    /// A model, whose features know the three archetypes if it was told.
    private static func model(of means: Tensor?) throws -> BetaVAE {
        let model = try BetaVAE(configuration(.vgg16), seed: 3)
        guard let means else { return model }
        let features = try #require(model.frozenFeatures)
        let (pages, labels) = pages(48, seed: 100)
        let regression = features.regression(archetypes: 3)
        features.add(pages.narrow(0, from: 0, length: 10), Array(labels.prefix(10)), of: 3, to: regression)
        features.add(pages.narrow(0, from: 10, length: 38), Array(labels.dropFirst(10)), of: 3, to: regression)
        features.take(regression, means: means)
        return model
    }

    @Test("change nothing before they have learned; then the archetypes' numbers are theirs, the others the encoder's")
    func shares() throws {
        let (pages, labels) = Self.pages(12, seed: 900)
        let fresh = try Self.model(of: nil)
        let without = try BetaVAE(Self.configuration(.none), seed: 3)
        try fresh.parameters.load(fresh.parameters.dictionary.merging(without.parameters.dictionary) { $1 })
        let start = without.encode(pages).mu
        #expect(difference(fresh.encode(pages).mu, start) == 0)

        let model = try Self.model(of: Self.means)
        try model.parameters.load(model.parameters.dictionary.merging(without.parameters.dictionary) { $1 })
        let mu = model.encode(pages).mu
        #expect(difference(mu.narrow(1, from: 3, length: 13), start.narrow(1, from: 3, length: 13)) == 0)
        let told = mu.narrow(1, from: 0, length: 3).argmax(1).integers
        #expect(zip(told, labels).filter { $0 == $1 }.count >= 10, "\(told), not \(labels)")
    }

    @Test("are shares, the squares of what a linear map of log(1 + relu4_3), standardised per page, gives")
    func squares() throws {
        let page = try Goldens("vgg").image("target").narrow(0, from: 0, length: 1)
        let model = try Self.model(of: Self.means)
        let weight = try #require(model.parameters.dictionary["heads.archetype.weight"]).doubles
        let bias = try #require(model.parameters.dictionary["heads.archetype.bias"]).doubles
        let features = try Self.expected(page)
        let mu = model.encode(page).mu.doubles
        let guesses = (0..<3).map { row in
            zip(weight[row * 2560..<(row + 1) * 2560], features).reduce(bias[row]) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(guesses.reduce(0, +) - 1) < 1e-4)
        let squares = guesses.map { max($0, 0) * max($0, 0) }
        for (number, square) in zip(mu, squares) { #expect(abs(number - 20 * square / squares.reduce(0, +)) < 1e-4) }
    }

    @Test("are not trained: VGG16 is no parameter, the map has no gradient, the encoder only one of its own numbers")
    func frozen() throws {
        let plain = Set(try BetaVAE(Self.configuration(.none), seed: 0).parameters.dictionary.keys)
        let model = try Self.model(of: Self.means)
        let names = ["weight", "bias", "reach"].map { "heads.archetype." + $0 }
        #expect(Set(model.parameters.dictionary.keys).subtracting(plain) == Set(names))
        model.encode(Tensor.rand([1, 1, 40, 48], generator: Generator(seed: 1))).mu.sum().backward()
        for name in names { #expect(model.parameters.dictionary[name]?.grad == nil) }
        let gradient = try #require(model.parameters.dictionary["heads.mu.weight"]?.grad).square().sum(1).doubles
        #expect(gradient.prefix(3).allSatisfy { $0 == 0 } && gradient.dropFirst(3).allSatisfy { $0 > 0 })
    }

    @Test("tell a training of the page without augmentation, and of a page that has changed anew")
    func codes() throws {
        let model = try Self.model(of: Self.means)
        let codes = FrozenCodes()
        let (pages, _) = Self.pages(3, seed: 900)
        let clean = pages.pages
        func samples(_ targets: [GrayImage]) -> [Sample] {
            targets.enumerated().map { index, target in
                let noisy = GrayImage(width: target.width, height: target.height, filledWith: 0.5)
                let faint = GrayImage(width: target.width, height: target.height, pixels: target.pixels.map { $0 / 2 })
                return Sample(
                    input: noisy, target: faint, page: target, archetype: nil, name: "\(index)", index: index)
            }
        }
        let expected = model.encode(pages).mu.narrow(1, from: 0, length: 3)
        for _ in 0..<2 {
            let told = try #require(try codes(samples(clean), by: model))
            #expect(difference(told.narrow(1, from: 0, length: 3), expected) < 1e-4)
            #expect(told.narrow(1, from: 3, length: 13).abs().sum().item() == 0)
        }
        let swapped = try #require(try codes(samples([clean[1], clean[0], clean[2]]), by: model))
        let alone = try #require(try codes(samples([clean[1]]), by: model))
        #expect(swapped.floats.prefix(16) == alone.floats[...], "a page's code depends on its company")
        #expect(difference(swapped.narrow(1, from: 0, length: 3), expected) > 1e-2)
        #expect(try codes(samples(clean), by: BetaVAE(Self.configuration(.none), seed: 3)) == nil)
    }
}
