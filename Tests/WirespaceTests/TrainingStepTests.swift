import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("A training step")
struct TrainingStepTests {
    private static func batch(_ size: Int, seed: UInt64, told: Tensor? = nil) -> TrainingBatch {
        let pages = (Tensor.rand([size, 1, 64, 48], generator: Generator(seed: seed)) .> 0.2).to(dtype: .float32)
        return TrainingBatch(
            input: pages, target: pages, noise: .randn([size, 8], generator: Generator(seed: seed + 1)),
            dropped: Tensor((0..<size).map { $0 % 2 == 0 }), way: way(size, seed: seed + 2), told: told,
            labels: Labels((0..<size).map { $0 == 1 ? nil : $0 % 3 }))
    }

    /// For every other batch.
    private static func way(_ size: Int, seed: UInt64) -> BetaVAE.Way? {
        let generator = Generator(seed: seed)
        return seed % 2 == 0
            ? nil : .init(end: .randn([size, 8], generator: generator), share: .rand([size, 1], generator: generator))
    }

    /// Does what a GPU does with a graph, but by running the work again.
    private final class Rerun: Replayable {
        private let body: () throws -> Void
        init(_ body: @escaping () throws -> Void) { self.body = body }
        func replay() { #expect(throws: Never.self) { try body() } }
    }

    private final class Log {
        var captures = 0
        var words: [String] = []
    }

    private static var loss: LossConfiguration {
        var loss = LossConfiguration()
        (loss.pixel, loss.perceptualWeight, loss.perceptualWeightMin, loss.priorPull) = (.bce, 0, 0, 1)
        (loss.geodesic, loss.ssimShare, loss.ssimWarmupEpochs) = (0.25, 0.5, 8)  // 1 − share rounds nowhere
        return loss
    }

    private static func model() throws -> BetaVAE {
        var settings = ModelConfiguration()
        (settings.width, settings.latentDimension, settings.useSkipConnections) = (0.125, 8, true)
        return try BetaVAE(settings, seed: 3)
    }

    private static var objective: Objective {
        Objective(loss, prior: Prior(means: Tensor.eye(8).narrow(0, from: 0, length: 3)), vgg: nil)
    }

    @Test("gradients add up over batches, and a step of the optimiser forgets them")
    func steps() throws {
        let weights = LossWeights(Self.loss, epoch: 5)
        let batches = [Self.batch(2, seed: 1), Self.batch(3, seed: 5)]

        let model = try Self.model()
        let step = TrainingStep(
            model, Self.objective, Adam(model.parameters, learningRate: 0.01), precision: nil, capture: nil)
        let losses = batches.map { step.accumulateGradients(of: $0, scale: 0.2, weights) }
        #expect(losses.map { $0.total.shape } == [[2], [3]])
        #expect(losses.allSatisfy { !$0.total.requiresGrad && $0.pull != nil && $0.perceptual == nil })
        let gradients = model.parameters.dictionary.compactMapValues { $0.grad?.floats }
        try step.updateParameters()
        #expect(model.parameters.tensors.allSatisfy { $0.grad == nil })

        // By hand, from the same parameters.
        let twin = try Self.model()
        let optimizer = Adam(twin.parameters, learningRate: 0.01)
        for (batch, expected) in zip(batches, losses) {
            let output = twin(batch.input, noise: batch.noise, dropped: batch.dropped, way: batch.way)
            let terms = Self.objective(output, target: batch.target, labels: batch.labels, weights: weights)
            #expect(terms.total.floats == expected.total.floats)
            (terms.total.sum() * 0.2).backward()
        }
        #expect(twin.parameters.dictionary.compactMapValues { $0.grad?.floats } == gradients)
        optimizer.step()
        #expect(zip(twin.parameters.tensors, model.parameters.tensors).allSatisfy { $0.floats == $1.floats })
    }

    /// Twelve steps of two batches each, whose sizes, weights, scales and learning rates change: all losses, and the parameters.
    private static func train(_ capture: TrainingStep.Capture?, _ log: Log = Log()) throws -> [Tensor] {
        let model = try model()
        let optimizer = Adam(model.parameters, learningRate: 1e-3)
        let step = TrainingStep(model, objective, optimizer, precision: nil, capture: capture) {
            log.words.append($0)
        }
        var losses: [Tensor] = []
        for number in 0..<12 {
            if number == 6 { optimizer.learningRate = 5e-4 }
            for part in 0..<2 {
                let batch = batch(number % 3 == 2 ? 3 : 2, seed: UInt64(10 * number + part))
                let before = batch.input.floats
                let loss = step.accumulateGradients(
                    of: batch, scale: 1 / Double(2 + number % 2), LossWeights(Self.loss, epoch: 1 + number / 3))
                losses += [loss.total.clone(), loss.kl.clone()]
                #expect(batch.input.floats == before, "the batch is the caller's")
            }
            try step.updateParameters()
        }
        return losses + model.parameters.tensors
    }

    @Test("what is captured is replayed with the numbers of the day: other pages, weights, scales, learning rates")
    func replayed() throws {
        let log = Log()
        let replayed = try Self.train(
            {
                log.captures += 1
                return Rerun($0)
            }, log)
        #expect(log.captures == 4 + 2, "four forms of batches, two learning rates")
        #expect(log.words.isEmpty)
        for (a, b) in zip(replayed, try Self.train(nil)) { #expect(a.floats == b.floats) }
    }

    @Test("where nothing can be captured the training goes on, and it is said once")
    func withoutGraphs() throws {
        let log = Log()
        let trained = try Self.train(
            { _ in
                log.captures += 1
                throw TorchError(.operation, "not while capturing")
            }, log)
        #expect(log.captures == 1)
        #expect(log.words.count == 1 && log.words.first?.contains("not while capturing") == true)
        for (a, b) in zip(trained, try Self.train(nil)) { #expect(a.floats == b.floats) }
    }

    @Test(
        "a way leads from the code of a page to its end, and teaches the decoder alone, which comes nearer to geodesics"
    )
    func geodesics() throws {
        let model = try Self.model()
        // As fresh parameters draw, all pages are nearly the same.
        withoutGradients { for parameter in model.parameters.tensors { parameter.copy(from: parameter * 1.5) } }
        let batch = Self.batch(3, seed: 1)
        let end = try #require(batch.way?.end)
        for share in [0.0, 1.0] {
            let way = BetaVAE.Way(end: end, share: .full([3, 1], share))
            let output = withoutGradients { model(batch.input, dropped: batch.dropped, way: way) }
            let drawn = try #require(output.way)
            let page = share == 0 ? output.logits : drawn.end
            #expect(difference(drawn.between, page) < 1e-5, "with its own skips, or without, as the page itself")
        }

        let alone = Tensor([true, true, true])
        try withoutGradients {
            let drawn = try #require(model(batch.input, dropped: alone, way: batch.way).way)
            #expect(difference(drawn.end, model.decode(end, height: 64, width: 48)) < 1e-5)
        }
        func deviation() throws -> Tensor {
            let output = model(batch.input, noise: batch.noise, dropped: alone, way: batch.way)
            let loss = Self.objective(
                output, target: batch.target, labels: batch.labels, weights: LossWeights(Self.loss, epoch: 0))
            return try #require(loss.geodesic)
        }
        let optimizer = Adam(model.parameters, learningRate: 1e-3)
        let before = try withoutGradients { try deviation().floats }
        #expect(before.count == 3 && before.allSatisfy { $0 > 0 })
        for _ in 0..<10 {
            try deviation().sum().backward()
            for (name, parameter) in model.parameters.parameters where !name.hasPrefix("decoder") {
                #expect(parameter.grad == nil, "\(name)")
            }
            optimizer.step()
            model.parameters.zeroGradients()
        }
        let after = try withoutGradients { try deviation().floats }
        #expect(after.reduce(0, +) < before.reduce(0, +) / 2, "\(before), then \(after)")
    }

    @Test("a batch made ready ahead is given once, and only for its own pages")
    func ahead() {
        let page = GrayImage(width: 4, height: 4, filledWith: 1)
        let samples = (0..<3).map {
            Sample(input: page, target: page, archetype: nil, name: "\($0)", index: $0)
        }
        var ahead = BatchAhead()
        #expect(ahead.take(samples) == nil)
        ahead.keep(Self.batch(2, seed: 1), of: Array(samples[..<2]))
        #expect(ahead.take(Array(samples[..<2])) != nil)
        #expect(ahead.take(Array(samples[..<2])) == nil)
        ahead.keep(Self.batch(2, seed: 1), of: Array(samples[..<2]))
        #expect(ahead.take(samples) == nil)
        #expect(ahead.take(Array(samples[..<2])) == nil, "what was ready for other pages is forgotten")
    }
}
