import Foundation
import TestSupport
import Testing
import Torch
import Wirespace

@Suite("The objective agrees with PyTorch")
struct ObjectiveTests {
    private typealias Divergence =
        @Sendable (_ mu: Tensor, _ logVariance: Tensor, _ means: Tensor, _ labels: [Int?]) -> Tensor

    private static func objective(_ means: Tensor?, freeBits: Double = 0) -> Objective {
        var configuration = LossConfiguration()
        configuration.freeBits = freeBits
        return Objective(configuration, prior: Prior(means: means), vgg: nil)
    }

    private static let divergences: [String: Divergence] = [
        "standard": { mu, logVariance, _, labels in
            objective(nil).klTerm(.init(mu: mu, logVariance: logVariance, skips: []), labels: Labels(labels))
        },
        "standard_free_bits": { mu, logVariance, _, labels in
            objective(nil, freeBits: 0.5)
                .klTerm(.init(mu: mu, logVariance: logVariance, skips: []), labels: Labels(labels))
        },
        "archetypes": { mu, logVariance, means, labels in
            objective(means).klTerm(.init(mu: mu, logVariance: logVariance, skips: []), labels: Labels(labels))
        },
        "archetypes_free_bits": { mu, logVariance, means, labels in
            objective(means, freeBits: 0.5)
                .klTerm(.init(mu: mu, logVariance: logVariance, skips: []), labels: Labels(labels))
        },
        "mixture": { mu, logVariance, means, _ in
            klDivergenceToMixture(mu: mu, logVariance: logVariance, means: means)
        },
        "pull": { mu, logVariance, means, labels in
            (pullToMean(mu, Labels(labels), Prior(means: means)) ?? mu) + (logVariance * 0).sum(1)
        },
    ]

    @Test(
        "divergences to the priors and the pull, with their gradients",
        arguments: ["standard", "standard_free_bits", "archetypes", "archetypes_free_bits", "mixture", "pull"])
    func divergence(_ name: String) throws {
        let goldens = try Goldens("model")
        let divergence = try #require(Self.divergences[name])
        let (mu, logVariance) = (try goldens["prior.mu"], try goldens["prior.logvar"])
        mu.requiresGrad = true
        logVariance.requiresGrad = true
        let labels = try goldens["prior.labels"].integers.map { $0 < 0 ? nil : $0 }
        let output = divergence(mu, logVariance, try goldens["prior.means"], labels)
        output.sum().backward()
        #expect(difference(output, try goldens["prior.\(name).output"]) < 1e-5)
        #expect(difference(mu.grad, try goldens["prior.\(name).grad_mu"]) < 1e-4)
        #expect(difference(logVariance.grad, try goldens["prior.\(name).grad_logvar"]) < 1e-4)
    }

    @Test(
        "the pixel term with a share of 1 − SSIM, with its gradient", arguments: ["7x40", "11x11", "48x64"],
        [(PixelLossKind.l1, 1.0), (.bce, 0.3)])
    func dissimilarity(size: String, term: (kind: PixelLossKind, share: Double)) throws {
        let goldens = try Goldens("dissimilarity")
        var configuration = LossConfiguration()
        configuration.pixel = term.kind
        configuration.ssimShare = term.share
        let objective = Objective(configuration, prior: .standard, vgg: nil)
        let logits = try goldens["\(size).logits"]
        logits.requiresGrad = true
        let target = try goldens["\(size).target"].to(dtype: .float32) / 255
        let output = objective.pixelTerm(logits, target)
        output.sum().backward()
        #expect(difference(output, try goldens["\(size).\(term.kind).output"]) < 1e-5)
        #expect(difference(logits.grad, try goldens["\(size).\(term.kind).grad"]) < 1e-4)
    }

    @Test("1 − SSIM of equal pages is 0, its share has its own warm-up, and a share of 0 is the plain pixel term")
    func shares() {
        let page = Tensor.ones([1, 1, 20, 30])
        page.narrow(2, from: 8, length: 1).fill(0)
        #expect(abs(structuralDissimilarity(page, page).item()) < 1e-3)
        var configuration = LossConfiguration()
        #expect(LossWeights(configuration, epoch: 100).ssimShare == 0)
        configuration.ssimShare = 0.8
        configuration.ssimWarmupEpochs = 4
        #expect([0, 1, 4, 9].map { LossWeights(configuration, epoch: $0).ssimShare } == [0, 0.2, 0.8, 0.8])
        let logits = Tensor.zeros([1, 1, 20, 30])
        let objective = Objective(configuration, prior: .standard, vgg: nil)
        let plain = Objective(LossConfiguration(), prior: .standard, vgg: nil)
        #expect(objective.pixelTerm(logits, page, ssimShare: 0).item() == plain.pixelTerm(logits, page).item())
    }

    @Test(
        "a page that is on a geodesic costs nothing; else what neither end has is pulled away, and a page too near to one end to the other"
    )
    func geodesics() {
        func page(_ pixels: [Float]) -> Tensor { Tensor(pixels, shape: [1, 1, 1, pixels.count]) }
        let (a, b) = (page([1, 1, 0, 0.5]), page([0, 0, 0, 0.5]))
        func deviation(_ m: Tensor, at t: Float) -> Tensor {
            geodesicDeviation(of: m, at: Tensor([t], shape: [1, 1]), from: a, to: b)
        }
        for half in [page([1, 0, 0, 0.5]), page([0.5, 0.5, 0, 0.5]), page([0.25, 0.75, 0, 0.5])] {
            #expect(deviation(half, at: 0.5).floats == [0])
        }
        #expect(deviation(a, at: 0).floats == [0] && deviation(b, at: 1).floats == [0])

        func gradient(_ m: Tensor, at t: Float) -> (value: Double, pixels: [Float]?) {
            m.requiresGrad = true
            let value = deviation(m, at: t)
            value.sum().backward()
            return (value.item(), m.grad?.floats)
        }
        let grey = gradient(page([0.75, 0.25, 0.5, 0.25]), at: 0.5)
        #expect(grey.value == 2 * (0.5 + 0.25))
        #expect(grey.pixels == [0, 0, 2, -2], "nothing but what neither end has")
        let slow = gradient(page([0.75, 0.75, 0, 0.5]), at: 0.5)
        #expect(slow.value == 0.5)
        #expect(slow.pixels?.prefix(2) == [1, 1], "on, towards black")
        let fast = gradient(page([0.25, 0.75, 0, 0.5]), at: 0.25)
        #expect(fast.value == 0.5)
        #expect(fast.pixels?.prefix(2) == [-1, -1], "back, towards white")
    }

    @Test("what a way costs is a part of the loss, by its weight, and there is none where no way was drawn")
    func geodesicTerm() {
        var configuration = LossConfiguration()
        (configuration.perceptualWeight, configuration.perceptualWeightMin, configuration.warmupEpochs) = (0, 0, 0)
        configuration.geodesic = 0.75
        let weights = LossWeights(configuration, epoch: 0)
        #expect(weights.geodesic == 0.75)
        func logits(_ seed: UInt64) -> Tensor { .randn([2, 1, 8, 8], generator: Generator(seed: seed)) }
        let posterior = BetaVAE.Posterior(mu: .ones([2, 4]), logVariance: .zeros([2, 4]), skips: [])
        let share = Tensor([0.25, 0.5] as [Float], shape: [2, 1])
        let way = BetaVAE.DrawnWay(share: share, between: logits(2), end: logits(3))
        func loss(_ way: BetaVAE.DrawnWay?) -> Loss {
            Objective(configuration, prior: .standard, vgg: nil)(
                BetaVAE.Output(logits: logits(1), posterior: posterior, way: way), target: .ones([2, 1, 8, 8]),
                labels: Labels([nil, nil]), weights: weights)
        }
        let (with, without) = (loss(way), loss(nil))
        let expected = geodesicDeviation(
            of: logits(2).sigmoid(), at: share, from: logits(1).sigmoid(), to: logits(3).sigmoid())
        #expect(without.geodesic == nil)
        #expect(with.geodesic?.floats == expected.floats)
        #expect(expected.floats.allSatisfy { $0 > 1 })
        #expect(difference(with.total, without.total + expected * 0.75) < 1e-6)
    }

    @Test("a code that is its prior costs nothing; the mixture's bound is exact where all components are one")
    func zeroDivergence() {
        let (mu, logVariance) = (Tensor.full([2, 4], 3), Tensor.zeros([2, 4]))
        let means = Tensor.full([5, 4], 3)
        #expect(
            klDivergence(mu: mu, logVariance: logVariance, means: means.narrow(0, from: 0, length: 1)).floats
                .allSatisfy { $0 == 0 })
        #expect(
            klDivergenceToMixture(mu: mu, logVariance: logVariance, means: means).floats.allSatisfy { abs($0) < 1e-6 })
        #expect(klDivergence(mu: mu, logVariance: logVariance).sum(1).floats == [18, 18])
    }

    @Test("the means of the archetypes lie the configured distance apart, and a code beside all of them is not pulled")
    func means() throws {
        var configuration = ModelConfiguration()
        configuration.prior = .archetypes
        configuration.priorDistance = 20
        let means = try #require(Prior(configuration, archetypes: 6).means)
        #expect(means.shape == [6, 128])
        let distances = means.distances(to: means).doubles
        for row in 0..<6 {
            for column in 0..<6 { #expect(abs(distances[row * 6 + column] - (row == column ? 0 : 20)) < 1e-4) }
        }
        let mu = means.narrow(0, from: 2, length: 1) + Tensor.eye(128).narrow(0, from: 100, length: 1) * 7
        let pull = { try #require(pullToMean(mu, Labels([$0]), Prior(means: means))).item() }
        #expect(try pull(2) < 1e-8)
        #expect(abs(try pull(3) - 400) < 1e-3)
        #expect(try pull(nil) == 0)
        #expect(pullToMean(mu, Labels([2]), .standard) == nil)
        #expect(Prior(ModelConfiguration(), archetypes: 6).means == nil)
    }

    private struct Alpha: Decodable {
        let minimum: Double
        let maximum: Double
        let warmup_epochs: Int
        let values: [Double]
    }

    private struct Beta: Decodable {
        let maximum: Double
        let warmup_epochs: Int
        let values: [Double]
    }

    @Test("α and β over 40 epochs are the source's curves, by default")
    func warmUps() throws {
        let alpha: Alpha = try Goldens.settings("alpha", in: "scheduler.json")
        let beta: Beta = try Goldens.settings("beta", in: "scheduler.json")
        let configuration = LossConfiguration()
        #expect(configuration.perceptualWeightMin == alpha.minimum)
        #expect(configuration.perceptualWeight == alpha.maximum)
        #expect(configuration.perceptualWarmupEpochs == alpha.warmup_epochs)
        #expect(configuration.betaKLD == beta.maximum)
        #expect(configuration.warmupEpochs == beta.warmup_epochs)
        let weights = (0...40).map { LossWeights(configuration, epoch: $0) }
        #expect(difference(weights.map(\.perceptual), alpha.values) < 1e-12)
        #expect(difference(weights.map(\.kl), beta.values) < 1e-12)
    }

    @Test("a warm-up of no epochs has the full weight from the start")
    func withoutWarmUp() {
        var configuration = LossConfiguration()
        configuration.warmupEpochs = 0
        configuration.perceptualWarmupEpochs = 0
        configuration.priorPull = 4
        configuration.priorPullWarmupEpochs = 8
        let weights = LossWeights(configuration, epoch: 0)
        #expect(weights.kl == 1)
        #expect(weights.perceptual == 0.08)
        #expect(weights.pull == 0)
        #expect(LossWeights(configuration, epoch: 2).pull == 1)
        #expect(LossWeights(configuration, epoch: 80).pull == 4)
    }

    @Test("losses are fp32 whatever the network ran in")
    func singlePrecision() {
        let posterior = BetaVAE.Posterior(
            mu: Tensor.ones([1, 4]).to(dtype: .bfloat16), logVariance: Tensor.zeros([1, 4]).to(dtype: .bfloat16),
            skips: [])
        let output = BetaVAE.Output(logits: Tensor.zeros([1, 1, 300, 300]).to(dtype: .bfloat16), posterior: posterior)
        var weights = LossWeights(LossConfiguration(), epoch: 20)
        weights.perceptual = 0
        let loss = Self.objective(nil)(
            output, target: .ones([1, 1, 300, 300]), labels: Labels([nil]), weights: weights)
        #expect(loss.total.dtype == .float32)
        #expect(loss.pixel.item() == 45_000, "half precision holds no such sum of 90,000 terms")
        #expect(loss.kl.item() == 2)
        #expect(loss.total.item() == 45_002)
        #expect(loss.perceptual == nil)
        #expect(loss.pull == nil)
    }

    @Test("labels as tensors: unknown ones are zero twice, and the prior's means follow them on any way")
    func labels() {
        let labels = Labels([2, nil, 0])
        #expect(labels.indices.integers == [2, 0, 0])
        #expect(labels.known.floats == [1, 0, 1])
        #expect(!labels.areComplete && Labels([1, 0]).areComplete)
        let means = Tensor([5, 0, 0, 5, -5, 0] as [Float], shape: [3, 2])
        let mu = Tensor.zeros([3, 2])
        #expect(Prior(means: means).means(of: labels, like: mu).floats == [-5, 0, 0, 0, 5, 0])
        #expect(Prior(means: means).means(of: [2, nil, 0], like: mu).floats == [-5, 0, 0, 0, 5, 0])
        #expect(Prior.standard.means(of: labels, like: mu).floats == [Float](repeating: 0, count: 6))
    }
}
