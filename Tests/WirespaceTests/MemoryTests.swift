import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Training in little memory")
struct MemoryTests {
    /// A small model with every option that lies in the way of a gradient, or the source's plain one.
    private static func configuration(_ kind: String) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.width = 0.25
        configuration.latentDimension = 8
        configuration.useSkipConnections = true
        if kind != "plain" {
            configuration.modulation = true
            configuration.coordinates = true
        }
        if kind == "subpixel" { (configuration.upsampling, configuration.furtherBlocks) = (.subpixel, 1) }
        return configuration
    }

    /// The loss of two pages and the gradient of every parameter.
    static func step(
        _ model: BetaVAE, _ vgg: VGG16?, height: Int, width: Int, checkpointing: Bool
    ) -> (loss: [Float], gradients: [String: [Float]]) {
        var configuration = LossConfiguration()
        configuration.pixel = .bce
        let objective = Objective(configuration, prior: .standard, vgg: vgg)
        configuration.geodesic = 0.5
        var weights = LossWeights(configuration, epoch: 100)
        if vgg == nil { weights.perceptual = 0 }
        let pages = (Tensor.rand([2, 1, height, width], generator: Generator(seed: 2)) .> 0.2).to(dtype: .float32)
        let noise = Tensor.randn([2, 8], generator: Generator(seed: 3))
        let way = BetaVAE.Way(
            end: .randn([2, 8], generator: Generator(seed: 4)) * 3,
            share: Tensor([0.25, 0.5] as [Float], shape: [2, 1]))
        let output = model(pages, noise: noise, dropped: Tensor([true, false]), way: way, checkpointing: checkpointing)
        let loss = objective(
            output, target: pages, labels: Labels([nil, nil]), weights: weights, checkpointing: checkpointing)
        model.parameters.zeroGradients()
        loss.total.sum().backward()
        let gradients = model.parameters.dictionary.compactMapValues { $0.grad?.floats }
        return (loss.total.floats, gradients)
    }

    @Test("a network of an eighth of the width trains on large pages")
    func narrow() throws {
        var configuration = ModelConfiguration()
        (configuration.width, configuration.latentDimension) = (0.125, 8)
        let model = try BetaVAE(configuration, seed: 1)
        for _ in 0..<2 {
            let step = Self.step(model, nil, height: 512, width: 256, checkpointing: false)
            let isFinite = step.gradients.values.joined().allSatisfy { $0.isFinite }
            #expect(isFinite)
        }
    }

    @Test(
        "a step with activation checkpointing has the loss and the gradients of a plain one",
        arguments: ["plain", "conditioned", "subpixel"])
    func sameStep(_ kind: String) throws {
        let model = try BetaVAE(Self.configuration(kind), seed: 1)
        withoutGradients {
            for (name, tensor) in model.parameters.parameters
            where ["null", "modulation", "norm2"].contains(where: name.contains) {
                tensor.fillUniform(-0.2, 0.2, generator: Generator(seed: 5))
            }
        }
        let vgg = try VGG16()
        let plain = Self.step(model, vgg, height: 47, width: 66, checkpointing: false)
        let again = Self.step(model, vgg, height: 47, width: 66, checkpointing: true)
        #expect(again.loss == plain.loss)
        #expect(Set(again.gradients.keys) == Set(plain.gradients.keys) && plain.gradients.count > 80)
        func whole(_ gradients: [String: [Float]]) -> Tensor {
            let values = gradients.sorted { $0.key < $1.key }.flatMap(\.value)
            return Tensor(values, shape: [values.count]).to(dtype: .float64)
        }
        let (a, b) = (whole(again.gradients), whole(plain.gradients))
        #expect((a - b).norm().item() < 1e-6 * b.norm().item())
        for (name, gradient) in plain.gradients {
            let same = try #require(again.gradients[name])
            if name.hasPrefix("decoder") {
                #expect(same.elementsEqual(gradient), "\(name)")
            } else {
                // What several stages share, codes and skips, gets the sum of their gradients, added in another order.
                #expect(difference(same.map(Double.init), gradient.map(Double.init)) < 1e-5, "\(name)")
            }
        }
    }
}
