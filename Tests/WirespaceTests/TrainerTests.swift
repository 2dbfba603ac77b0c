import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

/// Five pages of two sizes and two archetypes, all of them to train on.
private struct FivePages: PageSource {
    let archetypes = ["contact", "home"]

    func pages(in split: Split) -> [PageReference] {
        (0..<(split == .train ? 5 : 0)).map {
            PageReference(split: split, index: $0, name: "page \($0)", archetype: $0 % 2)
        }
    }

    func load(_ page: PageReference, epoch: Int) -> GrayImage {
        var image = GrayImage(width: 32, height: 32 * (1 + page.index % 2))
        for x in 4..<28 { image[x, 4 + 5 * page.index] = 0 }
        return image
    }
}

@Suite("Training")
struct TrainerTests {
    /// Every term of the loss, varied pages, noise and dropped skips; the second of an epoch's two steps is on two pages, not on three.
    private static var configuration: Configuration {
        var configuration = Configuration()
        (configuration.seed, configuration.device) = (11, .cpu)
        // A batch of one page keeps all in one thread's order, however many there are.
        (configuration.data.batchSize, configuration.data.workers) = (1, 1)
        (configuration.model.width, configuration.model.latentDimension) = (0.125, 8)
        (configuration.model.prior, configuration.model.skipDropout) = (.archetypes, 0.5)
        (configuration.loss.pixel, configuration.loss.geodesic) = (.bce, 0.25)
        (configuration.loss.betaKLD, configuration.loss.warmupEpochs) = (0.5, 4)
        (configuration.loss.perceptualWeightMin, configuration.loss.perceptualWeight) = (0.01, 0.08)
        configuration.loss.perceptualWarmupEpochs = 4
        (configuration.loss.priorPull, configuration.loss.priorPullWarmupEpochs) = (2, 4)
        (configuration.optimization.epochs, configuration.optimization.accumulationSteps) = (2, 3)
        (configuration.optimization.clipNorm, configuration.optimization.weightDecay) = (0.5, 1e-4)
        configuration.optimization.learningRate = 0.01
        (configuration.scheduler.params.firstCycle, configuration.scheduler.params.minimum) = (2, 0.002)
        return configuration
    }

    private static var prior: Prior { Prior(configuration.model, archetypes: 2) }

    private static func objective() throws -> Objective {
        Objective(configuration.loss, prior: prior, vgg: try VGG16())
    }

    private static var loader: Loader {
        Loader(FivePages(), split: .train, purpose: .training, configuration: configuration)
    }

    private static func batch(_ samples: [Sample], epoch: Int) -> TrainingBatch {
        let noise = TrainingNoise(seed: 11, latentDimension: 8, skipDropout: 0.5, waysTo: prior)
        let (epsilon, dropped, way) = noise.draw(samples, epoch: epoch, device: .cpu)
        return TrainingBatch(
            input: .batch(samples.map(\.input), device: .cpu), target: .batch(samples.map(\.target), device: .cpu),
            noise: epsilon, dropped: dropped, way: way, labels: Labels(samples.map(\.archetype)))
    }

    @Test("steps as its parts do by hand: with the epoch's weights and learning rate, on varied pages, clipped")
    func byHand() throws {
        try withTemporaryFolder { folder in
            let configuration = Self.configuration
            let run = RunFolder(folder.path)
            _ = try run.prepare(for: configuration, resume: false)
            let trainer = try Trainer(
                configuration, pages: FivePages(), run: run, resume: false, console: Console(quiet: true))
            #expect(try trainer.train() == .finished)

            let model = try BetaVAE(configuration.model, seed: 11)
            let optimizer = Adam(model.parameters, learningRate: .nan, weightDecay: 1e-4)
            let objective = try Self.objective()
            var (losses, norms): ([Double], [Double]) = ([], [])
            for epoch in 0..<2 {
                let wave = cos(.pi * Double(epoch) / 2)
                optimizer.learningRate = 0.002 + (0.01 - 0.002) * (1 + wave) / 2
                let warm = Double(epoch) / 4
                var weights = LossWeights(configuration.loss, epoch: 0)
                (weights.perceptual, weights.kl, weights.pull) = (0.01 + (0.08 - 0.01) * warm, 0.5 * warm, 2 * warm)
                let groups = Self.loader.groups(epoch: epoch)
                while let group = try groups.next() {
                    for samples in group.batches {
                        #expect(samples.count == 1 && samples[0].input != samples[0].target)
                        let batch = Self.batch(samples, epoch: epoch)
                        let output = model(batch.input, noise: batch.noise, dropped: batch.dropped, way: batch.way)
                        let loss = objective(output, target: batch.target, labels: batch.labels, weights: weights)
                        (loss.total.sum() * (1 / Double(group.count))).backward()
                        losses.append(loss.total.item())
                    }
                    norms.append(clipGradientNorm(model.parameters.tensors, to: 0.5))
                    optimizer.step()
                    model.parameters.zeroGradients()
                }
            }
            #expect(losses.count == 10 && norms.count == 4 && norms.allSatisfy { $0 > 0.5 })
            for (name, expected) in model.parameters.parameters {
                #expect(trainer.model.parameters.dictionary[name]?.floats == expected.floats, "\(name)")
            }

            func means(_ values: [Double], of count: Int) -> [Double] {
                values.chunks(of: count).map { $0.reduce(0, +) / Double(count) }
            }
            let records = try run.records()
            #expect(difference(records.map(\.learningRate), [0.01, 0.006]) < 1e-9)
            #expect(difference(records.map(\.alpha), [0.01, 0.0275]) < 1e-9)
            #expect(difference(records.map(\.beta), [0, 0.125]) < 1e-9)
            #expect(difference(records.map(\.pullWeight), [0, 0.5]) < 1e-9)
            #expect(difference(records.map(\.train.total), means(losses, of: 5)) < 1e-9)
            #expect(difference(records.map(\.gradientNorm), means(norms, of: 2)) < 1e-9)
        }
    }

    @Test("where a pass may be captured, and reads its weights from memory, each weight is still of its own term")
    func weightsInMemory() throws {
        let samples = try #require(try Self.loader.groups(epoch: 0).next()?.batches.first)
        let model = try BetaVAE(Self.configuration.model, seed: 11)
        let step = TrainingStep(
            model, try Self.objective(), Adam(model.parameters, learningRate: 1e-3), precision: nil,
            capture: { _ in throw TorchError(.operation, "the first pass is not captured") })
        var weights = LossWeights(Self.configuration.loss, epoch: 0)
        (weights.perceptual, weights.kl, weights.pull, weights.geodesic) = (0.08, 0.5, 2, 0.25)
        let loss = step.accumulateGradients(of: Self.batch(samples, epoch: 0), scale: 1, weights)
        let (perceptual, pull) = (try #require(loss.perceptual), try #require(loss.pull))
        let geodesic = try #require(loss.geodesic)
        let sum = loss.pixel + perceptual * 0.08 + loss.kl * 0.5 + pull * 2 + geodesic * 0.25
        #expect(difference(loss.total, sum) < 1e-5)
    }
}
