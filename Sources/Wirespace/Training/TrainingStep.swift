public import Torch

/// What a training does on the device, again and again: adds the gradients of batches, and moves the parameters. The trainer and the
/// benchmark take the same steps.
///
/// A GPU records what it did with a batch of some form, and from then on does it at one command (``Recording``): the kernels of small
/// maps take less time than naming them.
public final class TrainingStep {
    /// What a recording depends on besides the values of the batch.
    private struct Pass: Hashable {
        let form: TrainingBatch.Form
        let factor: Double
        let checkpointing: Bool
    }

    private struct RecordedPass {
        let batch: TrainingBatch
        let loss: Loss
        let recording: Recording
    }

    /// How often the same must come before it is recorded. The first time, libraries prepare themselves.
    private static let timesBefore = 2
    /// Each keeps some memory of its own, and those of an earlier scale of fp16 do not come again.
    private static let mostRecorded = 64

    private let model: BetaVAE
    private let objective: Objective
    private let optimizer: any Optimizer
    private let precision: DType?
    private var records: Bool
    private let report: (String) -> Void
    /// Of these weights are the recorded passes.
    private var weights: LossWeights?
    private var passes: [Pass: RecordedPass] = [:]
    private var timesSeen: [Pass: Int] = [:]
    private var movement: (learningRate: Double, timesSeen: Int, recording: Recording?)?

    /// - Parameters:
    ///   - precision: what products are computed in; nil for fp32.
    ///   - records: whether the device may record, if it can.
    ///   - report: told when it cannot, and why.
    public init(
        _ model: BetaVAE, _ objective: Objective, _ optimizer: any Optimizer, precision: DType?, records: Bool,
        report: @escaping (String) -> Void = { _ in }
    ) {
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.precision = precision
        self.records = records && Recording.isPossible(on: model.parameters.device)
        self.report = report
    }

    /// Whether memory is held by what has been recorded.
    var hasRecordings: Bool { !passes.isEmpty || movement?.recording != nil }

    /// Records nothing more, and gives back the memory of what was recorded.
    func stopRecording() {
        records = false
        (passes, timesSeen, movement) = ([:], [:], nil)
    }

    /// Adds the gradients of a batch.
    ///
    /// - Parameters:
    ///   - factor: what the loss, summed over the images, is multiplied with.
    ///   - replica: which works in the model's place.
    /// - Returns: the loss of each image, to be read before the next pass.
    public func addGradients(
        of batch: TrainingBatch, factor: Double, _ weights: LossWeights, in replica: BetaVAE? = nil,
        checkpointing: Bool = false
    ) -> Loss {
        func pass() -> Loss {
            let output = withAutocast(to: precision) {
                (replica ?? model)(
                    batch.input, told: batch.told, noise: batch.noise, dropped: batch.dropped,
                    checkpointing: checkpointing)
            }
            let loss = objective(
                output, target: batch.target, labels: batch.labels, weights: weights, checkpointing: checkpointing)
            (loss.total.sum() * factor).backward()
            return loss.detached()
        }
        guard records else { return pass() }
        if weights != self.weights { (self.weights, passes, timesSeen) = (weights, [:], [:]) }
        let key = Pass(form: batch.form, factor: factor, checkpointing: checkpointing)
        if let known = passes[key] {
            known.batch.copy(from: batch)
            known.recording.repeat()
            return known.loss
        }
        timesSeen[key, default: 0] += 1
        if timesSeen[key, default: 0] > Self.timesBefore {
            if passes.count == Self.mostRecorded { (passes, timesSeen) = ([:], [:]) }
            var loss: Loss?
            if let recording = recording(of: { loss = pass() }), let loss {
                passes[key] = RecordedPass(batch: batch, loss: loss, recording: recording)
                recording.repeat()
                return loss
            }
        }
        return pass()
    }

    /// One step of the optimiser on the gradients, which are then forgotten.
    public func move() throws {
        defer { model.parameters.zeroGradients() }
        guard records else { return try optimizer.step() }
        if movement?.learningRate != optimizer.learningRate { movement = (optimizer.learningRate, 0, nil) }
        if let recording = movement?.recording { return recording.repeat() }
        movement?.timesSeen += 1
        if let times = movement?.timesSeen, times > Self.timesBefore,
            let recording = recording(of: { [optimizer] in try optimizer.step() })
        {
            movement?.recording = recording
            return recording.repeat()
        }
        try optimizer.step()
    }

    /// Records `body`; where that fails nothing has happened, and nothing is recorded any more.
    private func recording(of body: () throws -> Void) -> Recording? {
        let device = model.parameters.device
        model.parameters.keepGradientsInPlace()
        Runtime.emptyCache(of: device)  // the recordings' memory is apart from that of all other work
        do {
            return try Recording(on: device, body)
        } catch {
            stopRecording()
            report("The GPU's work is not recorded, only given to it piece by piece: \(error)")
            return nil
        }
    }
}
