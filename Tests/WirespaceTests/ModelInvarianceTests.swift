import Foundation
import TestSupport
import Testing
import Torch
import Wirespace

@Suite("What must not depend on size, batch or order")
struct ModelInvarianceTests {
    /// A model with every option, which sees whatever one of them would mix up.
    private static func tiny() throws -> BetaVAE {
        var configuration = ModelConfiguration.golden(conditioned: true)
        configuration.latentDimension = 8
        configuration.furtherBlocks = 1
        let model = try BetaVAE(configuration, seed: 1)
        let generator = Generator(seed: 2)
        withoutGradients {
            for (name, parameter) in model.parameters.parameters
            where name.contains("null_skips") || name.contains("modulation") || name.contains("norm2") {
                parameter.fillUniform(-0.2, 0.2, generator: generator)
            }
        }
        return model
    }

    private static func pages(_ count: Int, _ height: Int, _ width: Int, seed: UInt64) -> Tensor {
        let noise = Tensor.rand([count, 1, height, width], generator: Generator(seed: seed))
        return (noise .> 0.2).to(dtype: .float32)
    }

    @Test(
        "a page comes out in its own size, with its skips and from its code alone",
        arguments: [32, 33, 47, 64, 100, 257, 500], [32, 33, 47, 64, 100, 257, 500])
    func sizes(_ height: Int, _ width: Int) throws {
        let model = try Self.tiny()
        withoutGradients {
            let output = model(Self.pages(1, height, width, seed: 3))
            #expect(output.posterior.mu.shape == [1, 8])
            let alone = model.decode(output.posterior.mu, height: height, width: width)
            for logits in [output.logits, alone] {
                #expect(logits.shape == [1, 1, height, width])
                #expect(logits.isFinite().to(dtype: .float32).amin().item() == 1)
            }
        }
    }

    @Test("pages that are drawn in parts are those that are drawn at once, to 1e-5")
    func parts() throws {
        let model = try Self.tiny()
        let z = Tensor.randn([5, 8], generator: Generator(seed: 9))
        withoutGradients {
            let together = model.decode(z, height: 1024, width: 512).sigmoid()  // two at a time
            let drawn = model.draw(z, height: 1024, width: 512)
            #expect(drawn.shape == together.shape && (drawn - together).abs().amax().item() < 1e-5)
        }
    }

    @Test("a batch of n has the gradient of n accumulated images", arguments: [2, 5])
    func accumulation(_ count: Int) throws {
        let model = try Self.tiny()
        var configuration = LossConfiguration()
        configuration.pixel = .bce
        configuration.freeBits = 0.1
        let objective = Objective(configuration, prior: Prior(means: Tensor.eye(8) * 3), vgg: nil)
        var weights = LossWeights(configuration, epoch: 10)
        weights.perceptual = 0
        weights.pull = 2
        weights.geodesic = 0.5
        let pages = Self.pages(count, 47, 64, seed: 4)
        let noise = Tensor.randn([count, 8], generator: Generator(seed: 5))
        // Far away, so that the ends differ: where pages are all but equal, rounding decides the sign of their difference.
        let ends = Tensor.randn([count, 8], generator: Generator(seed: 6)) * 30
        let shares = Tensor.rand([count, 1], generator: Generator(seed: 7))
        let labels = (0..<count).map { $0 % 3 == 0 ? nil : $0 }
        let dropped = (0..<count).map { $0 % 2 == 1 }

        func accumulate(_ range: Range<Int>) {
            func part(_ tensor: Tensor) -> Tensor { tensor.narrow(0, from: range.lowerBound, length: range.count) }
            let output = model(
                part(pages), noise: part(noise), dropped: Tensor(Array(dropped[range])),
                way: BetaVAE.Way(end: part(ends), share: part(shares)))
            let loss = objective(output, target: part(pages), labels: Labels(Array(labels[range])), weights: weights)
            (loss.total.sum() / Double(count)).backward()
        }
        accumulate(0..<count)
        let batch = model.parameters.parameters.map { ($0.name, $0.tensor.grad) }
        model.parameters.zeroGradients()
        for image in 0..<count { accumulate(image..<image + 1) }
        for (name, gradient) in batch {
            let accumulated = try #require(model.parameters.dictionary[name]?.grad, "\(name)")
            #expect(difference(gradient, accumulated) < 1e-4, "\(name)")
        }
    }

    @Test("in evaluation a page's code and drawing do not depend on the batch or the order")
    func evaluation() throws {
        let model = try Self.tiny()
        let pages = Self.pages(5, 33, 64, seed: 6)
        let order = [3, 0, 4, 2, 1]
        withoutGradients {
            let together = model(pages)
            let shuffled = model(pages.indexSelect(0, Tensor(order)))
            for (place, image) in order.enumerated() {
                func at(_ index: Int, _ tensor: Tensor) -> Tensor { tensor.narrow(0, from: index, length: 1) }
                let alone = model(at(image, pages))
                #expect(difference(alone.logits, at(image, together.logits)) < 1e-5)
                #expect(difference(alone.posterior.mu, at(image, together.posterior.mu)) < 1e-5)
                #expect(difference(at(place, shuffled.logits), at(image, together.logits)) < 1e-5)
                #expect(difference(at(place, shuffled.posterior.mu), at(image, together.posterior.mu)) < 1e-5)
            }
        }
    }

    #if compiler(>=6.2)
        @Test("nothing grows over 1,000 training steps: no live tensor, and no memory behind libtorch's back")
        func leak() async {
            // Its own process: other tests make tensors at the same time.
            await #expect(processExitsWith: .success) {
                var configuration = ModelConfiguration()
                configuration.width = 0.125
                configuration.latentDimension = 8
                let model = try BetaVAE(configuration, seed: 1)
                let objective = Objective(LossConfiguration(), prior: .standard, vgg: nil)
                var weights = LossWeights(objective.configuration, epoch: 20)
                weights.perceptual = 0
                let optimizer = Adam(model.parameters, learningRate: 3e-4, weightDecay: 1e-4)
                let generator = Generator(seed: 2)
                let pages = (Tensor.rand([2, 1, 32, 32], generator: generator) .> 0.2).to(dtype: .float32)

                func step() {
                    let noise = Tensor.randn([2, 8], generator: generator)
                    let output = model(pages, noise: noise, dropped: Tensor([true, false]))
                    let loss = objective(output, target: pages, labels: Labels([nil, nil]), weights: weights)
                    loss.total.mean().backward()
                    clipGradientNorm(model.parameters.tensors, to: 1)
                    optimizer.step()
                    model.parameters.zeroGradients()
                }
                for _ in 0..<50 { step() }
                let (tensors, memory) = (Tensor.liveCount, residentBytes())
                for number in 1...1000 {
                    step()
                    try #require(Tensor.liveCount == tensors, "after \(number) steps")
                }
                // One step's graph holds about half a megabyte: a leak of one in ten would show.
                #expect(residentBytes() - memory < 50 << 20)
            }
        }
    #endif
}

/// Main memory that the process holds; 0 where the system does not say it in `/proc`.
private func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4096
}
