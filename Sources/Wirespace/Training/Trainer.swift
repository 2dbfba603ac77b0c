import Foundation
import Torch
import Wireframes

/// Trains a β-VAE on the pages of a source and leaves a run folder.
public final class Trainer {
    /// How a training ended.
    public enum Outcome: Sendable, Equatable {
        /// All epochs are done.
        case finished
        /// A signal asked to stop; the state is saved and `--resume` goes on.
        case interrupted
    }

    /// The model under training.
    public let model: BetaVAE
    let configuration: Configuration
    private let run: RunFolder
    private let console: Console
    private let loader: Loader
    let validation: Loader
    let objective: Objective
    private let optimizer: any Optimizer
    private let schedule: CosineAnnealingWarmRestarts
    let noise: TrainingNoise
    private let device: Device
    private let precision: DType?
    private var state = TrainingState()
    private var log: RunLog
    private var lastSaved = Date()

    /// Prepares a training, from the start or from where the run stopped.
    ///
    /// - Parameter resume: goes on with the state in the run folder.
    /// - Throws: `UserError` for pages, weights, checkpoints or a device that cannot be had.
    public init(
        _ configuration: Configuration, pages source: any PageSource, run: RunFolder, resume: Bool, console: Console
    ) throws {
        self.configuration = configuration
        self.run = run
        self.console = console
        device = try configuration.device.resolved()
        precision = Precision.autocast(configuration.optimization.mixedPrecision, on: device)
        if let threads = configuration.optimization.threads { Runtime.threads = threads }

        loader = Loader(
            source, split: .train, purpose: .training, configuration: configuration, report: Console.reportSkipped)
        validation = Loader(
            source, split: .validation, purpose: .evaluation, configuration: configuration,
            report: Console.reportSkipped)
        guard !loader.pages.isEmpty else {
            throw UserError(
                .data, "there are no pages to train on", at: configuration.data.directory ?? "data",
                remedy: "look at the folder with `wirespace dataset check`")
        }
        if configuration.model.prior == .archetypes {
            guard (1...configuration.model.latentDimension).contains(source.archetypes.count) else {
                throw UserError(
                    .data,
                    "model.prior=archetypes needs labelled pages with at most model.latent_dim archetypes; there "
                        + "are \(source.archetypes.count)",
                    at: configuration.data.directory, remedy: "sort the pages into one sub-folder per archetype")
            }
        }

        let device = device
        model = try reading("model") {
            try withTorchErrors { try BetaVAE(configuration.model, seed: configuration.seed, device: device) }
        }
        let prior = Prior(configuration.model, archetypes: source.archetypes.count, device: device)
        let vgg = configuration.loss.perceptualWeight > 0 ? try VGG16(device: device) : nil
        objective = Objective(configuration.loss, prior: prior, vgg: vgg)
        optimizer = configuration.optimization.rule(over: model.parameters)
        schedule = CosineAnnealingWarmRestarts(
            base: configuration.optimization.learningRate, minimum: configuration.scheduler.params.minimum,
            firstCycle: configuration.scheduler.params.firstCycle, factor: configuration.scheduler.params.cycleGrowth)
        noise = TrainingNoise(
            seed: configuration.seed, latentDimension: configuration.model.latentDimension,
            skipDropout: configuration.model.useSkipConnections ? configuration.model.skipDropout : 0)

        let pages = fingerprint(of: loader.pages + validation.pages, archetypes: source.archetypes)
        if resume {
            state = try TrainingState.restore(from: run.resume, parameters: model.parameters, optimizer: optimizer)
            guard state.pages == pages else {
                throw UserError(
                    .data, "the pages are not those that the run began with", at: run.url.path,
                    remedy: "restore the folder of pages, or train under another name with --run")
            }
        } else {
            state.pages = pages
        }
        log = try RunLog(run, finishedEpochs: state.epoch, resumes: resume)
        if !resume, let path = configuration.model.pretrained { try start(with: path) }
    }

    /// Takes the parameters of a trained model, of whatever archetypes: those are in the prior, not in the network. What the
    /// trained model lacks (`model.features`) starts as it would without.
    private func start(with path: String) throws {
        let trained = try TrainedModel(path, device: .cpu)
        try reading(trained.file.path) {
            let parameters = model.parameters.dictionary.merging(trained.model.parameters.dictionary) { $1 }
            try model.parameters.load(parameters)
        }
    }

    /// Trains to the last epoch, or until a signal asks to stop.
    ///
    /// - Throws: `UserError` for a disk that is full, pages that cannot be read, a loss that is not a number.
    public func train() throws -> Outcome {
        describe()
        while state.epoch < configuration.optimization.epochs {
            let started = Date()
            let weights = LossWeights(configuration.loss, epoch: state.epoch)
            optimizer.learningRate = schedule.learningRate(at: state.epoch)
            console.begin()
            let already = state.sums.images

            let groups = loader.groups(epoch: state.epoch, startingAt: state.group)
            while let group = try groups.next() {
                for batch in group.batches.dropFirst(state.batch) {
                    try accumulate(batch, share: 1 / Double(group.count), weights)
                    state.batch += 1
                    if Interruption.signal != nil { return try interrupted() }
                }
                if group.count > 0 { try step() }
                state.group = group.index + 1
                state.batch = 0
                try saveNowAndThen()
                console.progress(
                    "epoch \(state.epoch + 1)/\(configuration.optimization.epochs)", done: state.sums.images,
                    of: loader.pages.count, already: already, unit: "pages",
                    note: "loss " + Console.number(state.sums.means.total))
            }
            try finishEpoch(weights, seconds: Date().timeIntervalSince(started))
        }
        return .finished
    }

    /// Adds the gradients of one batch: each image counts the same in its group, whatever the batches.
    private func accumulate(_ samples: [Sample], share: Double, _ weights: LossWeights) throws {
        let input = Tensor.batch(samples.map(\.input), device: device)
        let target = Tensor.batch(samples.map(\.target), device: device)
        let (epsilon, dropped) = noise.draw(samples, epoch: state.epoch, device: device)
        let loss = try reading {
            try withTorchErrors {
                let output = withAutocast(to: precision, on: device) {
                    model(input, noise: epsilon, dropped: dropped)
                }
                let loss = objective(output, target: target, archetypes: samples.map(\.archetype), weights: weights)
                (loss.total.sum() * share).backward()
                return loss
            }
        }
        try state.sums.add(loss, of: samples, epoch: state.epoch)
    }

    /// One step of the optimiser on the accumulated gradients.
    private func step() throws {
        let norm = clipGradientNorm(model.parameters.tensors, to: configuration.optimization.clipNorm)
        guard norm.isFinite else {
            throw UserError(
                .data, "the gradient of step \(state.group + 1) of epoch \(state.epoch + 1) is not a number",
                at: run.url.path, remedy: "lower optimization.lr, or set optimization.mixed_precision=false")
        }
        optimizer.step()
        model.parameters.zeroGradients()
        state.sums.steps += 1
        state.sums.gradientNorm += norm
    }

    // MARK: Between epochs

    private func finishEpoch(_ weights: LossWeights, seconds: Double) throws {
        let pages = try ValidationPages(validation, model, objective)
        let validated = pages.means(betaKLD: configuration.loss.betaKLD)
        let health =
            isDue(configuration.logging.latentVisualization.frequency) ? try latentHealth(pages, weights: weights) : nil
        let record = EpochRecord(
            epoch: state.epoch, learningRate: optimizer.learningRate, alpha: weights.perceptual, beta: weights.kl,
            pullWeight: weights.pull, train: state.sums.means, gradientNorm: state.sums.meanGradientNorm,
            validation: validated, latent: health, images: state.sums.images, seconds: seconds)
        try log.add(record)
        if isDue(configuration.logging.reconstructionsEvery) { try logReconstructions() }
        if health != nil { try logMap(of: pages) }
        console.line(summary(record))
        let warm = state.epoch >= max(configuration.loss.warmupEpochs, configuration.loss.perceptualWarmupEpochs) / 2
        for warning in TrainingWarning.all(validated, health, configuration: configuration, warm: warm) {
            console.line("  ! " + warning)
        }

        let improved = validated.map { $0.score < state.bestScore ?? .infinity } ?? true
        if improved, let validated { state.bestScore = validated.score }
        state.epoch += 1
        state.group = 0
        state.sums = LossSums()
        // The state for resuming comes last: killed before it, the run repeats the epoch and writes the same again.
        if improved { try modelFile.write(to: run.best) }
        try modelFile.write(to: run.last)
        try save()
    }

    private func isDue(_ interval: Int) -> Bool {
        (state.epoch + 1) % interval == 0 || state.epoch + 1 == configuration.optimization.epochs
    }

    private var modelFile: ModelFile {
        ModelFile(
            configuration: configuration, archetypes: loader.archetypes, epoch: state.epoch,
            parameters: model.parameters.dictionary)
    }

    private func logReconstructions() throws {
        let source = validation.pages.isEmpty ? loader : validation
        guard let group = try source.groups(epoch: 0).next() else { return }
        let pages = group.batches.joined().prefix(8).map(\.target)
        let picture = reconstructionGrid(of: Array(pages), by: model)
        try log.image("reconstructions", picture, epoch: state.epoch)
    }

    private func logMap(of pages: ValidationPages) throws {
        let map = EvaluationPictures.Map(
            try tsne(pages.mu, seed: configuration.seed).points, archetypes: pages.archetypes)
        let picture = ScatterPlot(map, names: loader.archetypes).image()
        try log.image("latent/tsne_visualization", picture, epoch: state.epoch)
    }

    // MARK: Saving

    private func save() throws {
        try state.write(to: run.resume, parameters: model.parameters, optimizer: optimizer)
        lastSaved = Date()
    }

    private func saveNowAndThen() throws {
        if Date().timeIntervalSince(lastSaved) > configuration.logging.checkpointMinutes * 60 { try save() }
    }

    private func interrupted() throws -> Outcome {
        try save()
        console.line("Stopped in epoch \(state.epoch + 1); everything is saved in \(run.url.relativePath).")
        console.line("Go on with the same command and --resume.")
        return .interrupted
    }

    // MARK: Words

    private func describe() {
        let epochs = configuration.optimization.epochs
        if state.epoch >= epochs {
            console.line("Nothing to do: \(run.url.relativePath) already has its \(epochs) epochs.")
            return
        }
        let number = precision.map { "\($0) autocast" } ?? "fp32"
        let parameters = String(format: "%.1f million", Double(model.parameters.count) / 1e6)
        console.line(
            "\(loader.pages.count) pages to train on, \(validation.pages.count) to validate, "
                + "\(loader.archetypes.count) archetypes; \(parameters) parameters; \(device), \(number), "
                + "\(Runtime.threads) threads")
        if state.epoch > 0 || state.group > 0 || state.batch > 0 {
            console.line("Going on at epoch \(state.epoch + 1), step \(state.group + 1), batch \(state.batch + 1).")
        }
    }

    private func summary(_ record: EpochRecord) -> String {
        var text =
            "epoch \(record.epoch + 1)/\(configuration.optimization.epochs)"
            + "  loss \(Console.number(record.train.total))  pixel \(Console.number(record.train.pixel))"
            + "  KL \(Console.number(record.train.kl))"
        if let validation = record.validation {
            text += "  | validation: SSIM \(String(format: "%.3f", validation.ssim))"
            text += ", from the latent \(String(format: "%.3f", validation.ssimFromLatent))"
        }
        return text + "  \(Console.number(Double(record.images) / max(record.seconds, 1e-3))) pages/s"
    }
}
