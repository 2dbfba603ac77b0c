public import Torch
import Wireframes

/// What the network and the loss want to know of a batch, on the device.
public struct TrainingBatch {
    /// What the encoder sees, `[B, 1, H, W]`.
    public let input: Tensor
    /// What is to be drawn, `[B, 1, H, W]`.
    public let target: Tensor
    /// ε, `[B, latent]`.
    public let noise: Tensor
    /// Which images lose their skips, `[B]` of truth values.
    public let dropped: Tensor?
    /// Where to draw besides, for the deviation from geodesics; nil without one.
    public let way: BetaVAE.Way?
    /// What frozen features tell of the pages, `[B, latent]`; nil for a model that is told nothing.
    public let told: Tensor?
    /// Their archetypes.
    public let labels: Labels

    public init(
        input: Tensor, target: Tensor, noise: Tensor, dropped: Tensor?, way: BetaVAE.Way? = nil, told: Tensor? = nil,
        labels: Labels
    ) {
        self.input = input
        self.target = target
        self.noise = noise
        self.dropped = dropped
        self.way = way
        self.told = told
        self.labels = labels
    }

    /// All of it, in an order of its own.
    private var tensors: [Tensor] {
        [input, target, noise, labels.indices, labels.known] + [dropped, way?.end, way?.share, told].compactMap { $0 }
    }

    /// What batches share that differ only in the values.
    struct Form: Hashable {
        private let shapes: [[Int]]
        private let isDropped, hasWay, isTold, isLabelled: Bool

        fileprivate init(_ batch: TrainingBatch) {
            shapes = [batch.input.shape, batch.noise.shape]
            (isDropped, hasWay, isTold) = (batch.dropped != nil, batch.way != nil, batch.told != nil)
            isLabelled = batch.labels.areComplete
        }
    }

    var form: Form { Form(self) }

    /// A copy in memory of its own.
    func cloned() -> TrainingBatch {
        TrainingBatch(
            input: input.clone(), target: target.clone(), noise: noise.clone(), dropped: dropped?.clone(),
            way: way.map { BetaVAE.Way(end: $0.end.clone(), share: $0.share.clone()) }, told: told?.clone(),
            labels: Labels(
                indices: labels.indices.clone(), known: labels.known.clone(), areComplete: labels.areComplete))
    }

    /// Takes over the values of another batch of the same form.
    func copy(from other: TrainingBatch) {
        for (mine, others) in zip(tensors, other.tensors) { mine.copy(from: others) }
    }
}

/// The batch after the one that a GPU is at work on, which the processor makes ready meanwhile.
package struct BatchAhead {
    private var ready: (pages: [Int], batch: TrainingBatch)?

    package init() {}

    package mutating func keep(_ batch: TrainingBatch, of samples: [Sample]) { ready = (samples.map(\.index), batch) }

    /// The batch of just these pages of the epoch, if it is ready.
    package mutating func take(_ samples: [Sample]) -> TrainingBatch? {
        defer { ready = nil }
        return ready.flatMap { $0.pages == samples.map(\.index) ? $0.batch : nil }
    }
}
