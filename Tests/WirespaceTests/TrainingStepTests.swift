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
            dropped: Tensor((0..<size).map { $0 % 2 == 0 }), told: told,
            labels: Labels((0..<size).map { $0 == 1 ? nil : $0 % 3 }))
    }

    @Test("gradients add up over batches, and a step of the optimiser forgets them")
    func steps() throws {
        var settings = ModelConfiguration()
        (settings.width, settings.latentDimension, settings.useSkipConnections) = (0.125, 8, true)
        var loss = LossConfiguration()
        (loss.perceptualWeight, loss.perceptualWeightMin, loss.priorPull) = (0, 0, 1)
        let weights = LossWeights(loss, epoch: 100)
        let objective = Objective(loss, prior: Prior(means: Tensor.eye(8).narrow(0, from: 0, length: 3)), vgg: nil)
        let batches = [Self.batch(2, seed: 1), Self.batch(3, seed: 5)]

        let model = try BetaVAE(settings, seed: 3)
        let step = TrainingStep(
            model, objective, Adam(model.parameters, learningRate: 0.01), precision: nil, records: true)
        let losses = batches.map { step.addGradients(of: $0, factor: 0.2, weights) }
        #expect(losses.map { $0.total.shape } == [[2], [3]])
        #expect(losses.allSatisfy { !$0.total.requiresGrad && $0.pull != nil && $0.perceptual == nil })
        let gradients = model.parameters.dictionary.compactMapValues { $0.grad?.floats }
        try step.move()
        #expect(model.parameters.tensors.allSatisfy { $0.grad == nil })

        // By hand, from the same parameters.
        let twin = try BetaVAE(settings, seed: 3)
        let optimizer = Adam(twin.parameters, learningRate: 0.01)
        for (batch, expected) in zip(batches, losses) {
            let output = twin(batch.input, noise: batch.noise, dropped: batch.dropped)
            let terms = objective(output, target: batch.target, labels: batch.labels, weights: weights)
            #expect(terms.total.floats == expected.total.floats)
            (terms.total.sum() * 0.2).backward()
        }
        #expect(twin.parameters.dictionary.compactMapValues { $0.grad?.floats } == gradients)
        optimizer.step()
        #expect(zip(twin.parameters.tensors, model.parameters.tensors).allSatisfy { $0.floats == $1.floats })
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
