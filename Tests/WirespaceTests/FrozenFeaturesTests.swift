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

    @Test("add nothing at first, then a linear map of the standardised features")
    func linear() throws {
        let page = try Goldens("vgg").image("target").narrow(0, from: 0, length: 1)
        let without = try BetaVAE(Self.configuration(.none), seed: 3)
        let model = try BetaVAE(Self.configuration(.vgg16), seed: 3)
        try model.parameters.load(model.parameters.dictionary.merging(without.parameters.dictionary) { $1 })
        let start = model.encode(page).mu
        #expect(difference(start, without.encode(page).mu) == 0)

        let latent = model.configuration.latentDimension
        let columns = (0..<latent).map { 7 + 512 * ($0 % 5) + $0 }
        var weight = [Float](repeating: 0, count: latent * 2560)
        for (row, column) in columns.enumerated() { weight[row * 2560 + column] = 1 }
        let map = try #require(model.parameters.dictionary["heads.features.weight"])
        withoutGradients { map.copy(from: Tensor(weight, shape: [latent, 2560])) }
        let all = try Self.expected(page)
        let moved = (model.encode(page).mu - start).floats
        for (row, column) in columns.enumerated() { #expect(abs(Double(moved[row]) - all[column]) < 1e-4) }
    }

    @Test("only the map is learned: VGG16 itself is neither a parameter nor part of a checkpoint")
    func frozen() throws {
        let plain = Set(try BetaVAE(Self.configuration(.none), seed: 0).parameters.dictionary.keys)
        let model = try BetaVAE(Self.configuration(.vgg16), seed: 0)
        #expect(
            Set(model.parameters.dictionary.keys).subtracting(plain)
                == ["heads.features.weight", "heads.features.bias"])
        model.encode(Tensor.rand([1, 1, 40, 48], generator: Generator(seed: 1))).mu.sum().backward()
        let gradient = try #require(model.parameters.dictionary["heads.features.weight"]?.grad)
        #expect(gradient.square().sum().item() > 0)
    }
}
