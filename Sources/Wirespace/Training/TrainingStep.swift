public import Torch

/// What a training does on the device, again and again: accumulates the gradients of batches, and updates the parameters. The trainer
/// and the benchmark take the same steps.
///
/// On a GPU the pass over a batch of some form is captured when it comes again, and from then on replayed (``CUDAGraph``): the kernels of
/// small maps take less time than launching them.
public final class TrainingStep {
    /// Captures what `body` gives the device to do.
    public typealias Capture = (_ body: @escaping () throws -> Void) throws -> any Replayable

    /// What a captured pass depends on besides numbers.
    private struct Form: Hashable {
        let batch: TrainingBatch.Form
        let terms: LossWeights.Terms
        let checkpointing: Bool
    }

    /// A pass over a batch whose numbers are read from memory of its own.
    private final class Pass {
        let batch: TrainingBatch
        /// The loss's weights and the scale that multiplies it.
        let values: Tensor
        var loss: Loss?
        var graph: (any Replayable)?

        init(_ batch: TrainingBatch, _ values: Tensor) {
            self.batch = batch.cloned()
            self.values = values.clone()
        }

        func replay() -> Loss {
            graph?.replay()
            guard let loss else { preconditionFailure("a pass that was captured has a loss") }
            return loss
        }
    }

    /// How often the same must come before it is captured. The first time, libraries prepare themselves.
    private static let timesBefore = 2
    /// Each keeps some memory of its own.
    private static let mostGraphs = 64

    private let model: BetaVAE
    private let objective: Objective
    private let optimizer: any Optimizer
    private let precision: DType?
    private let report: (String) -> Void
    /// Nil where nothing is captured, or nothing any more.
    private var capture: Capture?
    private var passes: [Form: Pass] = [:]
    private var timesSeen: [Form: Int] = [:]
    private var update: (learningRate: Double, timesSeen: Int, graph: (any Replayable)?)?

    /// - Parameters:
    ///   - precision: what products are computed in; nil for fp32.
    ///   - capture: nil to capture nothing; see ``graphs(on:)``.
    ///   - report: told when something cannot be captured, and why.
    public init(
        _ model: BetaVAE, _ objective: Objective, _ optimizer: any Optimizer, precision: DType?, capture: Capture?,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.precision = precision
        self.capture = capture
        self.report = report
    }

    /// Makes CUDA graphs of what a device does; nil for one that has none.
    public static func graphs(on device: Device) -> Capture? {
        guard CUDAGraph.isAvailable(on: device) else { return nil }
        return { body in
            Runtime.emptyCache(of: device)  // graphs' memory is apart from that of all other work
            return try CUDAGraph(on: device, capturing: body)
        }
    }

    /// Whether graphs hold memory.
    var hasGraphs: Bool { !passes.isEmpty || update?.graph != nil }

    /// Forgets all graphs, whose memory is then free, and captures nothing more.
    func giveUpGraphs() {
        capture = nil
        (passes, timesSeen, update) = ([:], [:], nil)
        model.parameters.keepsGradientsInPlace = false
    }

    /// Adds the gradients of a batch to those that the parameters have.
    ///
    /// - Parameters:
    ///   - scale: what the loss, summed over the images, is multiplied with.
    ///   - replica: which works in the model's place, where nothing is captured.
    /// - Returns: the loss of each image, to be read before the next pass.
    public func accumulateGradients(
        of batch: TrainingBatch, scale: Double, _ weights: LossWeights, in replica: BetaVAE? = nil,
        checkpointing: Bool = false
    ) -> Loss {
        precondition(capture == nil || replica == nil || replica === model, "what a replica does is not captured")
        func pass(over batch: TrainingBatch, values: Tensor?) -> Loss {
            let output = withAutocast(to: precision) {
                (replica ?? model)(
                    batch.input, told: batch.told, noise: batch.noise, dropped: batch.dropped, way: batch.way,
                    checkpointing: checkpointing)
            }
            let loss = objective(
                output, target: batch.target, labels: batch.labels, weights: weights, values: values,
                checkpointing: checkpointing)
            let sum = loss.total.sum()
            (values.map { sum * $0.narrow(0, from: weights.values.count, length: 1) } ?? sum * scale).backward()
            return loss.detached()
        }
        guard capture != nil else { return pass(over: batch, values: nil) }

        let values = Tensor(
            weights.values + [Float(scale)], shape: [weights.values.count + 1], device: batch.input.device)
        let form = Form(batch: batch.form, terms: weights.terms, checkpointing: checkpointing)
        if let known = passes[form] {
            known.batch.copy(from: batch)
            known.values.copy(from: values)
            return known.replay()
        }
        timesSeen[form, default: 0] += 1
        if timesSeen[form, default: 0] > Self.timesBefore, passes.count < Self.mostGraphs {
            let new = Pass(batch, values)
            new.graph = captured { new.loss = pass(over: new.batch, values: new.values) }
            if new.graph != nil {
                passes[form] = new
                return new.replay()
            }
        }
        // What is to be captured has run before, number for number: a kernel that a capture is the first to need may spoil it.
        return pass(over: batch, values: values)
    }

    /// One step of the optimiser on the gradients, which are then forgotten.
    public func updateParameters() throws {
        defer { model.parameters.zeroGradients() }
        guard capture != nil else { return try optimizer.step() }
        if update?.learningRate != optimizer.learningRate { update = (optimizer.learningRate, 0, nil) }
        if update?.graph == nil {
            update?.timesSeen += 1
            guard let times = update?.timesSeen, times > Self.timesBefore,
                let graph = captured({ [optimizer] in try optimizer.step() })
            else { return try optimizer.step() }
            update?.graph = graph
        }
        update?.graph?.replay()
    }

    /// Nil where `body` cannot be captured: nothing has happened then, and nothing is captured any more.
    private func captured(_ body: @escaping () throws -> Void) -> (any Replayable)? {
        model.parameters.keepsGradientsInPlace = true
        do {
            return try capture?(body)
        } catch {
            giveUpGraphs()
            report("No CUDA graphs: the GPU gets its work kernel by kernel. \(error)")
            return nil
        }
    }
}
