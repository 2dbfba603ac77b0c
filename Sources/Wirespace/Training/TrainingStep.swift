public import Torch

/// What a training does on the device, again and again: adds the gradients of batches, and moves the parameters. The trainer and the
/// benchmark take the same steps.
///
/// A GPU records what it did with a batch of some form, and from then on does it at one command (``Recording``): the kernels of small
/// maps take less time than naming them.
public final class TrainingStep {
    /// Records what `body` gives the device to do.
    public typealias Recorder = (_ body: @escaping () throws -> Void) throws -> any RepeatableWork

    /// What a recorded pass depends on besides numbers.
    private struct Form: Hashable {
        let batch: TrainingBatch.Form
        let terms: LossWeights.Terms
        let checkpointing: Bool
    }

    /// A pass over a batch whose numbers are read from memory of its own.
    private final class Pass {
        let batch: TrainingBatch
        /// The loss's weights and the factor that multiplies it.
        let values: Tensor
        var loss: Loss?
        var work: (any RepeatableWork)?

        init(_ batch: TrainingBatch, _ values: Tensor) {
            self.batch = batch.cloned()
            self.values = values.clone()
        }

        func `repeat`() -> Loss {
            work?.repeat()
            guard let loss else { preconditionFailure("a pass that was recorded has a loss") }
            return loss
        }
    }

    /// How often the same must come before it is recorded. The first time, libraries prepare themselves.
    private static let timesBefore = 2
    /// Each keeps some memory of its own.
    private static let mostRecorded = 64

    private let model: BetaVAE
    private let objective: Objective
    private let optimizer: any Optimizer
    private let precision: DType?
    private let report: (String) -> Void
    /// Nil where nothing is recorded, or nothing any more.
    private var recorder: Recorder?
    private var passes: [Form: Pass] = [:]
    private var timesSeen: [Form: Int] = [:]
    private var movement: (learningRate: Double, timesSeen: Int, work: (any RepeatableWork)?)?

    /// - Parameters:
    ///   - precision: what products are computed in; nil for fp32.
    ///   - recorder: nil to record nothing; see ``recorder(of:)``.
    ///   - report: told when something cannot be recorded, and why.
    public init(
        _ model: BetaVAE, _ objective: Objective, _ optimizer: any Optimizer, precision: DType?, recorder: Recorder?,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.precision = precision
        self.recorder = recorder
        self.report = report
    }

    /// What records the work of a device; nil for one that cannot.
    public static func recorder(of device: Device) -> Recorder? {
        guard Recording.isPossible(on: device) else { return nil }
        return { body in
            Runtime.emptyCache(of: device)  // the recordings' memory is apart from that of all other work
            return try Recording(on: device, body)
        }
    }

    /// Whether memory is held by what has been recorded.
    var hasRecordings: Bool { !passes.isEmpty || movement?.work != nil }

    /// Forgets what was recorded, whose memory is then free, and records nothing more.
    func stopRecording() {
        recorder = nil
        (passes, timesSeen, movement) = ([:], [:], nil)
        model.parameters.keepsGradientsInPlace = false
    }

    /// Adds the gradients of a batch.
    ///
    /// - Parameters:
    ///   - factor: what the loss, summed over the images, is multiplied with.
    ///   - replica: which works in the model's place, where nothing is recorded.
    /// - Returns: the loss of each image, to be read before the next pass.
    public func addGradients(
        of batch: TrainingBatch, factor: Double, _ weights: LossWeights, in replica: BetaVAE? = nil,
        checkpointing: Bool = false
    ) -> Loss {
        precondition(recorder == nil || replica == nil || replica === model, "what a replica does is not recorded")
        func pass(over batch: TrainingBatch, values: Tensor?) -> Loss {
            let output = withAutocast(to: precision) {
                (replica ?? model)(
                    batch.input, told: batch.told, noise: batch.noise, dropped: batch.dropped,
                    checkpointing: checkpointing)
            }
            let loss = objective(
                output, target: batch.target, labels: batch.labels, weights: weights, values: values,
                checkpointing: checkpointing)
            let sum = loss.total.sum()
            (values.map { sum * $0.narrow(0, from: weights.values.count, length: 1) } ?? sum * factor).backward()
            return loss.detached()
        }
        guard recorder != nil else { return pass(over: batch, values: nil) }

        let values = Tensor(
            weights.values + [Float(factor)], shape: [weights.values.count + 1], device: batch.input.device)
        let form = Form(batch: batch.form, terms: weights.terms, checkpointing: checkpointing)
        if let known = passes[form] {
            known.batch.copy(from: batch)
            known.values.copy(from: values)
            return known.repeat()
        }
        timesSeen[form, default: 0] += 1
        if timesSeen[form, default: 0] > Self.timesBefore, passes.count < Self.mostRecorded {
            let new = Pass(batch, values)
            new.work = record { new.loss = pass(over: new.batch, values: new.values) }
            if new.work != nil {
                passes[form] = new
                return new.repeat()
            }
        }
        // What is to be recorded has run before, number for number: a kernel that a recording is the first to need may spoil it.
        return pass(over: batch, values: values)
    }

    /// One step of the optimiser on the gradients, which are then forgotten.
    public func move() throws {
        defer { model.parameters.zeroGradients() }
        guard recorder != nil else { return try optimizer.step() }
        if movement?.learningRate != optimizer.learningRate { movement = (optimizer.learningRate, 0, nil) }
        if movement?.work == nil {
            movement?.timesSeen += 1
            guard let times = movement?.timesSeen, times > Self.timesBefore,
                let work = record({ [optimizer] in try optimizer.step() })
            else { return try optimizer.step() }
            movement?.work = work
        }
        movement?.work?.repeat()
    }

    /// Nil where `body` cannot be recorded: nothing has happened then, and nothing is recorded any more.
    private func record(_ body: @escaping () throws -> Void) -> (any RepeatableWork)? {
        model.parameters.keepsGradientsInPlace = true
        do {
            return try recorder?(body)
        } catch {
            stopRecording()
            report("The GPU's work is not recorded, only given to it piece by piece: \(error)")
            return nil
        }
    }
}
