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
        case interrupted(by: Int32)
    }

    /// The model under training.
    public let model: BetaVAE
    let configuration: Configuration
    let run: RunFolder
    let team: Team
    let replicas: Replicas<BetaVAE>
    let console: Console
    let loader: Loader
    let validation: Loader
    /// Of the training, as they come. What cannot be read the training itself will name.
    private let featurePages: Loader
    let objective: Objective
    private let optimizer: any Optimizer
    private let schedule: CosineAnnealingWarmRestarts
    let noise: TrainingNoise
    let frozenCodes = FrozenCodes()
    let trainingStep: TrainingStep
    var ahead = BatchAhead()
    let device: Device
    /// What the network's products are computed in; nil for fp32.
    let precision: DType?
    /// Whether activations are computed again in the backward pass.
    var checkpointing: Bool
    var state = TrainingState()
    private var log: RunLog?
    private var lastSaved = Date()
    private var epochStarted = Date()

    /// Prepares a training, from the start or from where the run stopped.
    ///
    /// - Parameters:
    ///   - run: needed by the rank that leads; the others take everything over from it.
    ///   - resume: goes on with the state in the run folder.
    ///   - team: the processes that train together.
    /// - Throws: `UserError` for pages, weights, checkpoints or a device that cannot be had.
    public init(
        _ configuration: Configuration, pages source: any PageSource, run: RunFolder, resume: Bool,
        team: Team = .alone, console: Console
    ) throws {
        self.configuration = configuration
        self.run = run
        self.team = team
        self.console = console
        device = try configuration.device.resolved(localRank: team.localRank)
        precision = configuration.optimization.mixedPrecision.products(on: device)
        checkpointing = configuration.optimization.activationCheckpointing == .on
        if let threads = configuration.optimization.threads { Runtime.threads = threads }

        let leads = team.leads
        let report: @Sendable (PageReference, any Error) -> Void = { page, error in
            if leads { console.reportSkipped(page, error) }
        }
        loader = Loader(
            source, split: .train, purpose: .training, configuration: configuration, report: report)
        validation = Loader(
            source, split: .validation, purpose: .evaluation, configuration: configuration,
            groupSize: Loader.evaluatedTogether, report: report)
        featurePages = Loader(
            source, split: .train, purpose: .evaluation, configuration: configuration,
            limit: FrozenFeatures.enoughPages, where: { $0.archetype != nil })
        guard !loader.pages.isEmpty else {
            throw UserError(
                .data, "there are no pages to train on", at: configuration.data.directory ?? "data",
                remedy: "look at the folder with `wirespace dataset check`")
        }
        // Not among the configuration's checks: models that were trained in spite of it can still be read.
        guard configuration.loss.priorPull == 0 || configuration.model.features == .none else {
            throw UserError(
                .data,
                "loss.prior_pull pulls numbers of the code that model.features says, and that nobody learns",
                at: "configuration", remedy: "set loss.prior_pull=0, or model.features=none")
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
        let (device, precision) = (device, precision)
        let perRank = (configuration.optimization.accumulationSteps + team.size - 1) / team.size
        let lanes = Lanes(forJobs: min(configuration.data.batchSize, perRank), device: device)
        (model, objective, optimizer) = try reading(
            "model", lessMemory: ["a smaller model.width", "model.latent_dim", "device=cpu"]
        ) {
            try withTorchErrors {
                let model = try BetaVAE(configuration.model, seed: configuration.seed, device: device)
                let prior = Prior(configuration.model, archetypes: source.archetypes.count, device: device)
                let vgg =
                    configuration.loss.perceptualWeight > 0 ? try VGG16(device: device, precision: precision) : nil
                return (
                    model, Objective(configuration.loss, prior: prior, vgg: vgg),
                    configuration.optimization.rule(over: model.parameters, lanes: lanes)
                )
            }
        }
        replicas = try reading("model", lessMemory: configuration.lessMemory(lanes: lanes?.count)) {
            [model] in try withTorchErrors { Replicas(of: model, lanes) }
        }
        // The gradients of several ranks travel while others are computed, which cannot be captured.
        trainingStep = TrainingStep(
            model, objective, optimizer, precision: precision,
            capture: team.isAlone ? TrainingStep.graphs(on: device) : nil
        ) { console.line($0) }
        schedule = CosineAnnealingWarmRestarts(
            base: configuration.optimization.learningRate, minimum: configuration.scheduler.params.minimum,
            firstCycle: configuration.scheduler.params.firstCycle, factor: configuration.scheduler.params.cycleGrowth)
        noise = TrainingNoise(
            seed: configuration.seed, latentDimension: configuration.model.latentDimension,
            skipDropout: configuration.model.useSkipConnections ? configuration.model.skipDropout : 0,
            waysTo: configuration.loss.geodesic > 0 ? objective.prior : nil)

        let pages = fingerprint(of: loader.pages + validation.pages, and: source.archetypes)
        if resume, team.leads {
            state = try TrainingState.restore(from: run.resume, parameters: model.parameters, optimizer: optimizer)
            guard state.pages == pages else {
                throw UserError(
                    .data, "the pages are not those that the run began with", at: run.url.path,
                    remedy: "restore the folder of pages, or train under another name with --run")
            }
        } else {
            state.pages = pages
        }
        if precision == .float16, state.scaler == nil { state.scaler = GradientScaler() }
        if team.leads { log = try RunLog(run, finishedEpochs: state.epoch, resumes: resume) }
        if !resume, team.leads, let path = configuration.model.pretrained { try start(with: path) }
        try startAlike(pages: pages)
    }

    /// Gives all ranks rank 0's parameters, optimiser and place in the training.
    ///
    /// - Throws: `UserError` when a rank has other pages.
    private func startAlike(pages: String) throws {
        guard !team.isAlone else { return }
        let fingerprints = try team.gather(pages)
        if let other = fingerprints.firstIndex(where: { $0 != fingerprints[0] }) {
            throw UserError(
                .data, "rank \(other) has other pages than rank 0", at: configuration.data.directory ?? "data",
                remedy: "copy the same folder to every machine")
        }
        state = try team.gather(state)[0]
        try team.takeOver(model.parameters.tensors)
        try team.takeOver(optimizer.state.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Trains to the last epoch, or until a signal asks to stop.
    ///
    /// - Throws: `UserError` for a disk that is full, pages that cannot be read, a loss that is not a number.
    public func train() throws -> Outcome {
        describe()
        if let signal = try learnFeatures() { return try interrupted(by: signal) }
        while state.epoch < configuration.optimization.epochs {
            epochStarted = Date() - (state.seconds ?? 0)
            let weights = LossWeights(configuration.loss, epoch: state.epoch)
            optimizer.learningRate = schedule.learningRate(at: state.epoch)
            console.begin()
            let already = state.sums.images

            let groups = loader.groups(epoch: state.epoch, startingAt: state.group)
            while let group = try groups.next() {
                let gradientSum = try team.gradientSum(of: model.parameters.trained.map(\.tensor))
                let (sums, interruption) = try accumulate(group, before: groups, weights, gradientSum)
                if let interruption { return try interrupted(by: interruption) }
                let signal = try gradientSum.flatMap { try combine(group, sums, $0) }
                if group.count > 0 { try step() }
                state.group = group.index + 1
                state.batch = 0
                if let signal { return try interrupted(by: signal) }
                try saveNowAndThen()
                console.progress(
                    "epoch \(state.epoch + 1)/\(configuration.optimization.epochs)", done: state.sums.images,
                    of: loader.pages.count, already: already, unit: "pages",
                    note: "loss " + Console.number(state.sums.means.total))
            }
            try finishEpoch(weights, seconds: Date().timeIntervalSince(epochStarted))
        }
        return .finished
    }

    /// Before the first step, what `model.features` tells of the archetypes.
    ///
    /// - Returns: the signal that asked to stop, if one did.
    private func learnFeatures() throws -> Int32? {
        guard let features = model.frozenFeatures, let means = objective.prior.means, state.isAtStart,
            !configuration.model.frozenEncoder
        else { return nil }
        return try features.learn(
            from: featurePages, for: model, means: means, team: team, device: device, console: console)
    }

    /// Adds up what all ranks have done of a group: gradients and loss terms.
    ///
    /// - Returns: the signal that asked any rank to stop, if one did.
    /// - Throws: `UserError`, once the state is saved, when a rank was lost.
    private func combine(_ group: Group, _ sums: LossSums, _ gradientSum: GradientSum) throws -> Int32? {
        do {
            let exchanged = try StepExchange(
                sums, gradientSum, signal: Interruption.signal, group: group,
                parameters: model.parameters.trained.map(\.tensor), team: team)
            state.sums += exchanged.sums
            return exchanged.signal
        } catch let error as UserError where error.code == .temporary {
            // Nothing of this group has entered the state, so it is whole, unless the gradients of half a group were.
            if team.leads, state.batch == 0, state.group > 0 { try save() }
            throw error
        }
    }

    /// One step of the optimiser on the accumulated gradients. In fp16 it is left out when they have overflowed.
    private func step() throws {
        let overflowed = try withinMemory {
            try withTorchErrors { state.scaler?.unscale(model.parameters.tensors) == false }
        }
        if overflowed, let scale = state.scaler?.scale, scale > 0x1p-24 { return model.parameters.zeroGradients() }
        let norm = try withinMemory {
            try withTorchErrors {
                clipGradientNorm(model.parameters.tensors, to: configuration.optimization.clipNorm)
            }
        }
        guard norm.isFinite else {
            throw UserError(
                .data, "the gradient of step \(state.group + 1) of epoch \(state.epoch + 1) is not a number",
                at: run.url.path, remedy: "lower optimization.lr, or set optimization.mixed_precision=false")
        }
        try withinMemory { try withTorchErrors { try trainingStep.updateParameters() } }
        state.sums.steps += 1
        state.sums.gradientNorm += norm
    }

    // MARK: Between epochs

    private func finishEpoch(_ weights: LossWeights, seconds: Double) throws {
        let pages = try withinMemory {
            try withLessIfNeeded {
                try withTorchErrors {
                    try ValidationPages(
                        validation, model, objective, told: frozenCodes, team: team, lanes: replicas.lanes)
                }
            }
        }
        let validated = pages.means(betaKLD: configuration.loss.betaKLD)
        if team.leads { try record(weights, pages, validated, seconds: seconds) }

        let improved = validated.map { $0.score < state.bestScore ?? .infinity } ?? true
        if improved, let validated { state.bestScore = validated.score }
        state.epoch += 1
        state.group = 0
        state.sums = LossSums()
        state.seconds = nil
        // The state for resuming comes last: killed before it, the run repeats the epoch and writes the same again.
        guard team.leads else { return }
        if improved { try modelFile.write(to: run.best) }
        try modelFile.write(to: run.last)
        if state.epoch == configuration.optimization.epochs { completeBest() }
        try save()
    }

    /// Logs an epoch.
    private func record(
        _ weights: LossWeights, _ pages: ValidationPages, _ validated: ValidationMeans?, seconds: Double
    ) throws {
        let health =
            isDue(configuration.logging.latentVisualization.frequency)
            ? try ifMemorySuffices(for: "the state of the latent space") { try latentHealth(pages, weights: weights) }
            : nil
        let record = EpochRecord(
            epoch: state.epoch, learningRate: optimizer.learningRate, alpha: weights.perceptual, beta: weights.kl,
            pullWeight: weights.pull, ssimShare: weights.ssimShare, train: state.sums.means,
            gradientNorm: state.sums.meanGradientNorm,
            validation: validated, latent: health, images: state.sums.images, seconds: seconds)
        try log?.add(record)
        if isDue(configuration.logging.reconstructionsEvery) {
            try ifMemorySuffices(for: "the reconstructions") { try logReconstructions() }
        }
        if health != nil { try logMap(of: pages) }
        console.line(summary(record))
        let isWarm = 2 * state.epoch >= configuration.loss.longestWarmup
        for warning in TrainingWarning.all(validated, health, configuration: configuration, warm: isWarm) {
            console.line("  ! " + warning)
        }
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
        let pages = group.batches.joined().prefix(8).map(\.clean)
        let picture = reconstructionGrid(try model.reconstruct(Array(pages)))
        try log?.image("reconstructions", picture, epoch: state.epoch)
    }

    private func logMap(of pages: ValidationPages) throws {
        let map = try EvaluationPictures.Map(tsneOf: pages.mu, archetypes: pages.archetypes, seed: configuration.seed)
        let picture = ScatterPlot(map, names: loader.archetypes).image()
        try log?.image("latent/tsne_visualization", picture, epoch: state.epoch)
    }

    // MARK: Saving

    private func save() throws {
        if state.group > 0 || state.batch > 0 { state.seconds = Date().timeIntervalSince(epochStarted) }
        try state.write(to: run.resume, parameters: model.parameters, optimizer: optimizer)
        lastSaved = Date()
    }

    private func saveNowAndThen() throws {
        guard team.leads else { return }
        if Date().timeIntervalSince(lastSaved) > configuration.logging.checkpointMinutes * 60 { try save() }
    }

    private func interrupted(by signal: Int32) throws -> Outcome {
        guard team.leads else { return .interrupted(by: signal) }
        try save()
        console.line("Stopped in epoch \(state.epoch + 1); everything is saved in \(run.url.relativePath).")
        console.line("Go on with the same command and --resume.")
        return .interrupted(by: signal)
    }

    // MARK: Words

    private func describe() {
        let epochs = configuration.optimization.epochs
        if state.epoch >= epochs {
            console.line(
                "Nothing to do: \(run.url.relativePath) has \(counted(state.epoch, "epoch")), and \(epochs) \(epochs == 1 ? "is" : "are") asked for."
            )
            return
        }
        let number =
            (precision.map { "\($0) autocast" } ?? "fp32") + (checkpointing ? ", activation checkpointing" : "")
        let parameters = String(format: "%.1f million", Double(model.parameters.count) / 1e6)
        console.line(
            "\(counted(loader.pages.count, "page")) to train on, \(validation.pages.count) to validate, "
                + "\(counted(loader.archetypes.count, "archetype")); \(parameters) parameters; \(device), \(number), "
                + counted(Runtime.threads, "thread") + (team.isAlone ? "" : " in each of \(team.size) processes"))
        warnOfFewValidationPages()
        if state.epoch > 0 || state.group > 0 || state.batch > 0 {
            console.line("Going on at epoch \(state.epoch + 1), step \(state.group + 1), batch \(state.batch + 1).")
        }
    }

    private func warnOfFewValidationPages() {
        let known = Set(validation.pages.compactMap(\.archetype)).count
        guard loader.archetypes.count > 1, known * 2 < loader.archetypes.count else { return }
        console.line(
            "! \(counted(validation.pages.count, "validation page")) of \(known) of \(counted(loader.archetypes.count, "archetype")): the choice of "
                + "the best epoch and the warnings rest on these. "
                + (configuration.data.generator == nil
                    ? "More pages would help, or data.splits.stratify=true." : "Raise data.generator.validation_pages.")
        )
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
        text += "  \(Console.number(Double(record.images) / max(record.seconds, 1e-3))) pages/s"
        // Where libtorch counts it.
        return text + (Runtime.peakMemory(of: device).map { "  at most \(Console.bytes($0))" } ?? "")
    }
}
