import Foundation
import Torch
import Wireframes

/// Trains the layout decoder of a model that is trained: its encoder stays as it is.
///
/// Pages need layouts: those of the generator have them, and pages of a folder beside whose picture lies the layout that
/// `wirespace dataset generate` or `capture` wrote. The codes are drawn from q(z | x). At the end it looks where the codes of pages lie, for new pages' codes to be drawn from there.
public final class LayoutTrainer {
    /// Steps over which the learning rate rises.
    private static let warmup = 100.0
    /// Optimiser steps for which pages are loaded together, and sorted by their number of parts.
    private static let stepsPerGroup = 8
    /// Greatest norm of the gradient of a page's nats.
    private static let clipNorm = 200.0

    private let trained: TrainedModel
    private let model: String
    private let configuration: Configuration
    private let source: any PageSource
    private let file: LayoutModelFile
    private let decoder: LayoutDecoder
    private let replicas: Replicas<LayoutDecoder>
    private let optimizer: Adam
    private let loader: Loader
    private let validation: Loader
    private let noise: TrainingNoise
    private let console: Console
    private var state = TrainingState()
    private var lastSaved = Date()
    private var device: Device { decoder.parameters.device }
    private var settings: LayoutConfiguration { configuration.layouts }

    /// Prepares a training, from the start or from where it stopped.
    ///
    /// - Parameters:
    ///   - configuration: the pages, the seed and `layouts`; by default what the model was trained with.
    ///   - resume: goes on with a training that was stopped.
    /// - Throws: `UserError` when pages have no layouts, or the state cannot be gone on with.
    public init(
        _ trained: TrainedModel, _ configuration: Configuration, pages source: any PageSource, resume: Bool,
        console: Console
    ) throws {
        self.trained = trained
        self.source = source
        self.console = console
        var configuration = configuration
        configuration.augmentation.enabled = false  // layouts are not turned and stretched with their pages
        configuration.data.bucketGroups = 1
        self.configuration = configuration
        guard configuration.layouts.width % configuration.layouts.heads == 0 else {
            throw UserError(
                .usage, "layouts.width=\(configuration.layouts.width) is not a multiple of layouts.heads",
                remedy: "for example layouts.width=192 layouts.heads=8")
        }
        model = try contentHash(ofFileAt: trained.file.path)
        file = LayoutModelFile(beside: trained.file)
        decoder = LayoutDecoder(
            configuration.layouts, latent: trained.configuration.model.latentDimension, prior: trained.prior,
            seed: configuration.seed, device: trained.model.parameters.device)
        replicas = Replicas(
            of: decoder, Lanes(forJobs: configuration.layouts.batchSize, device: decoder.parameters.device))
        optimizer = Adam(
            decoder.parameters, learningRate: 0, betas: (0.9, 0.98), weightDecay: 0, decoupledWeightDecay: true)
        func pages(_ split: Split, _ purpose: Loader.Purpose) -> Loader {
            Loader(
                source, split: split, purpose: purpose, configuration: configuration,
                groupSize: configuration.layouts.batchSize * Self.stepsPerGroup, report: console.reportSkipped)
        }
        loader = pages(.train, .training)
        validation = pages(.validation, .evaluation)
        noise = TrainingNoise(
            seed: configuration.seed, latentDimension: trained.configuration.model.latentDimension, skipDropout: 0)
        try begin(resume: resume)
    }

    private func begin(resume: Bool) throws {
        guard try loader.pages.contains(where: { try source.layout(of: $0, epoch: 0) != nil }) else {
            throw UserError(
                .data, "the pages have no layouts", at: configuration.data.directory ?? "data",
                remedy: "layouts are the .json files that `wirespace dataset capture` and `generate` write beside pages"
            )
        }
        let identity = try identity()
        if wasBegun {
            guard resume else {
                throw UserError(
                    .data, "a training was stopped here", at: file.resume.path,
                    remedy: "go on with it by --resume, or remove the file")
            }
            guard try TrainingState(contentsOf: file.resume).pages == identity else {
                throw UserError(
                    .data, "the training that was stopped had other pages, another model or other keys",
                    at: file.resume.path, remedy: "give it the same again, or remove the file")
            }
            state = try TrainingState.restore(from: file.resume, parameters: decoder.parameters, optimizer: optimizer)
        } else if file.belongs(to: model) {
            guard resume else {
                throw UserError(
                    .data, "the model has a layout decoder already", at: file.url.path,
                    remedy: "remove the file to train another")
            }
            state.epoch = settings.epochs
        } else if let path = settings.pretrained {
            try start(with: path)
        }
        state.pages = identity
    }

    /// Takes the parameters of another model's layout decoder.
    private func start(with path: String) throws {
        let other = try TrainedModel(path, device: .cpu)
        do {
            try decoder.parameters.load(other.layouts().decoder.parameters.dictionary)
        } catch let error as TorchError where error.kind == .content {
            throw UserError(
                .data, error.message, at: LayoutModelFile(beside: other.file).url.path,
                remedy: "take away layouts.pretrained, or give `layouts` the keys of that decoder")
        }
    }

    private var wasBegun: Bool { FileManager.default.fileExists(atPath: file.resume.path) }

    /// All that decides the training: with another seed or learning rate it would be another one.
    private func identity() throws -> String {
        let deciding = try configuration.withoutSpeedAndLogging.yaml()
        return fingerprint(of: loader.pages + validation.pages, and: [deciding, model])
    }

    /// Trains to the last epoch, or until a signal asks to stop.
    ///
    /// - Throws: `UserError` for a disk that is full, pages that cannot be read, a loss that is not a number.
    public func train() throws -> Trainer.Outcome {
        if state.epoch >= settings.epochs, !wasBegun, try file.hasTrainingPages() {
            console.line("Nothing to do: \(file.url.relativePath) is trained.")
            return .finished
        }
        let parameters = String(format: "%.1f million", Double(decoder.parameters.count) / 1e6)
        console.line(
            "\(counted(loader.pages.count, "page")) to train on; \(parameters) parameters; \(device), "
                + counted(Runtime.threads, "thread"))
        while state.epoch < settings.epochs {
            let started = Date()
            console.begin()
            let already = state.sums.images
            let groups = loader.groups(epoch: state.epoch, startingAt: state.group)
            while let group = try groups.next() {
                try learn(group)
                state.group = group.index + 1
                let pages = min(state.group * settings.batchSize * Self.stepsPerGroup, loader.pages.count)
                if let signal = Interruption.signal { return try interrupted(by: signal) }
                if Date().timeIntervalSince(lastSaved) > configuration.logging.checkpointMinutes * 60 { try save() }
                console.progress(
                    "epoch \(state.epoch + 1)/\(settings.epochs)", done: pages, of: loader.pages.count,
                    already: already, unit: "pages", note: "\(Console.number(state.sums.means.total)) nats a page")
            }
            try finishEpoch(pagesPerSecond: Double(state.sums.images - already) / Date().timeIntervalSince(started))
        }
        if let signal = try fitTrainingPages() { return try interrupted(by: signal) }
        try? FileManager.default.removeItem(at: file.resume)
        console.line("Layouts: \(file.url.relativePath)")
        return .finished
    }

    // MARK: Steps

    /// One page as the decoder learns it.
    private struct Page {
        let code: Tensor
        let parts: [PartCode]
        let rows: Int
    }

    /// Steps of the optimiser on the pages of a group, those with as many parts together: short sequences need not wait for
    /// long ones.
    private func learn(_ group: Group) throws {
        let pages = try pages(of: group, noisy: true).sorted { $0.parts.count < $1.parts.count }
        var random = RandomStream.order.generator(seed: configuration.seed, state.epoch, -1 - group.index)
        for (step, batch) in shuffled(pages.chunks(of: settings.batchSize), using: &random).enumerated() {
            optimizer.learningRate = learningRate(step)
            let shares = dealt(batch.map(\.parts.count), among: replicas.count).map { $0.map { batch[$0] } }
            let loss = try reading(lessMemory: ["layouts.batch_size", "layouts.width"]) {
                try replicas.accumulate(shares) { decoder, pages -> Double in
                    guard !pages.isEmpty else { return 0 }
                    return try withTorchErrors {
                        let loss = nats(of: pages, by: decoder).sum()
                        (loss * (1 / Double(batch.count))).backward()
                        return loss.item()
                    }
                }.reduce(0, +)
            }
            try withTorchErrors {
                clipGradientNorm(decoder.parameters.tensors, to: Self.clipNorm)
                optimizer.step()
                decoder.parameters.zeroGradients()
            }
            guard loss.isFinite else {
                throw UserError(
                    .data, "the loss in epoch \(state.epoch + 1) is \(loss)", at: trained.file.path,
                    remedy: "remove \(file.resume.lastPathComponent) beside it and lower layouts.lr")
            }
            state.sums.images += batch.count
            state.sums.total += loss
            state.sums.steps += 1
        }
    }

    /// At a step of a group: rises over the first steps, then follows half a cosine down to a hundredth (Loshchilov and
    /// Hutter, ICLR 2017).
    private func learningRate(_ step: Int) -> Double {
        let groups = Double(state.epoch * loader.groupCount + state.group) + Double(step) / Double(Self.stepsPerGroup)
        let rise = min(1, (groups * Double(Self.stepsPerGroup) + 1) / Self.warmup)
        let share = min(1, groups / Double(settings.epochs * loader.groupCount))
        return settings.learningRate * rise * max(0.01, (1 + cos(.pi * share)) / 2)
    }

    private func nats(of pages: [Page], by decoder: LayoutDecoder) -> Tensor {
        let batch = LayoutBatch(pages.map { ($0.parts, $0.rows) }, device: device)
        return decoder.negativeLogLikelihood(.concatenate(pages.map(\.code), dim: 0), batch)
    }

    /// The pages of a group that have layouts, encoded; with noise, to a sample of q(z | x).
    private func pages(of group: Group, noisy: Bool) throws -> [Page] {
        try sideBySide(group.batches, in: replicas.lanes) { samples -> [Page] in
            let codes: Tensor = try reading(lessMemory: ["data.batch_size"]) {
                try withTorchErrors { withoutGradients { self.codes(of: samples, noisy: noisy) } }
            }
            return try samples.enumerated().compactMap { row, sample in
                let references = noisy ? loader.pages : validation.pages
                guard let tree = try source.layout(of: references[sample.index], epoch: noisy ? state.epoch : 0) else {
                    return nil
                }
                let (height, width) = sample.size
                let rows = PartCode.rows(height: height, width: width)
                // Of a page that was cropped, nobody knows where the layout went. A row is what rounding may cost.
                guard PartCode.rows(height: tree.bounds.height, width: tree.bounds.width) <= rows + 1 else {
                    return nil
                }
                let parts = tree.parts.compactMap { PartCode($0, pageWidth: tree.bounds.width) }
                return parts.isEmpty
                    ? nil : Page(code: codes.narrow(0, from: row, length: 1), parts: parts, rows: rows)
            }
        }.flatMap { $0 }
    }

    private func codes(of samples: [Sample], noisy: Bool) -> Tensor {
        let posterior = trained.model.encode(samples.map(\.clean))
        guard noisy else { return posterior.mu }
        return posterior.sample(noise.draw(samples, epoch: state.epoch, device: device).epsilon)
    }

    /// After the last epoch, where the training pages lie.
    ///
    /// - Returns: the signal that asked to stop, if one did.
    private func fitTrainingPages() throws -> Int32? {
        var (mu, variance, archetypes, proportions) = ([Tensor](), [Tensor](), [Int?](), [Double]())
        var validationCodes: [Tensor] = []
        let labels = source.archetypes.map { trained.archetypes.firstIndex(of: $0) }  // another folder's may be fewer
        console.begin()
        let groups = loader.groups(epoch: settings.epochs)  // of fresh pages new ones
        while let group = try groups.next() {
            if let signal = Interruption.signal { return signal }
            let posteriors = try sideBySide(group.batches, in: replicas.lanes) { samples in
                try inferred { trained.model.encode(samples.map(\.clean)) }
            }
            mu += posteriors.map { $0.mu.to(.cpu, dtype: .float32) }
            variance += posteriors.map { $0.logVariance.to(.cpu, dtype: .float32).exp() }
            archetypes += group.batches.joined().map { $0.archetype.flatMap { labels[$0] } }
            proportions += group.batches.joined().map { Double($0.size.height) / Double($0.size.width) }
            console.progress("where codes lie", done: archetypes.count, of: loader.pages.count, unit: "pages")
        }
        let others = validation.groups(epoch: 0)
        while knowsOwnPages, let group = try others.next() {
            if let signal = Interruption.signal { return signal }
            validationCodes += try group.batches.map { samples in
                try inferred { trained.model.encode(samples.map(\.clean)).mu.to(.cpu, dtype: .float32) }
            }
        }
        let codes = try reading(trained.file.path) {
            try withTorchErrors {
                GaussianMixture(
                    aggregating: .concatenate(mu, dim: 0), variance: .concatenate(variance, dim: 0),
                    archetypes: archetypes, prior: trained.prior)
            }
        }
        let middles = (0..<codes.means.shape[0]).map { component in
            let own = zip(archetypes, proportions).filter { trained.prior.means == nil || $0.0 == component }.map(\.1)
            let counted = (own.isEmpty ? proportions : own).sorted()
            return Float(counted[(counted.count - 1) / 2])  // one that there is: heights are multiples
        }
        let known = Tensor.concatenate(mu + validationCodes, dim: 0)
        try file.add(
            .init(
                codes: codes, proportions: Tensor(middles, shape: [middles.count]),
                usualDistance: usualDistance(of: known, from: codes)))
        return nil
    }

    /// Whether these are the pages that the model itself was trained on.
    private var knowsOwnPages: Bool {
        func place(_ data: DataConfiguration) -> String? {
            data.directory.map { URL(filePath: $0).resolvingSymlinksInPath().standardizedFileURL.path }
        }
        let (own, known) = (trained.configuration.data, configuration.data)
        return place(own) == place(known) && own.generator == known.generator
    }

    /// The 99th percentile of the model's own pages, but never less than draws of a Gaussian have: those of a small folder that it has
    /// not learned from lie further out.
    private func usualDistance(of pages: Tensor, from codes: GaussianMixture) -> Double {
        guard knowsOwnPages else {
            console.line(
                "These are not the pages that the model was trained on: it will not say which pages are unlike them.")
            return .infinity
        }
        let distances = codes.mahalanobisDistances(of: pages).amin(1).doubles.sorted()
        return max(SearchResult.greatestUsualDistance(latent: pages.shape[1]), distances[distances.count * 99 / 100])
    }

    private func inferred<Result>(_ body: () -> Result) throws -> Result {
        try reading(lessMemory: ["data.batch_size"]) { try withTorchErrors { withoutGradients(body) } }
    }

    // MARK: Between epochs

    private func finishEpoch(pagesPerSecond: Double) throws {
        guard state.sums.images > 0 else {
            throw UserError(
                .data, "no page's layout could be used: all were cropped or empty",
                at: configuration.data.directory ?? "data", remedy: "raise data.max_height")
        }
        let unused = loader.pages.count - state.sums.images
        if state.epoch == 0, unused > 0 {
            console.line("\(unused) pages are left out: no layout lies beside them, or they are cropped")
        }
        let validated = try validatedNats()
        console.line(
            "epoch \(state.epoch + 1)/\(settings.epochs)  \(Console.number(state.sums.means.total)) nats a page"
                + (validated.map { "  | validation: \(Console.number($0))" } ?? "")
                + "  \(Console.number(pagesPerSecond)) pages/s")
        let improved = validated.map { $0 < state.bestScore ?? .infinity } ?? true
        if improved {
            // A state from here to the end: a decoder without one is finished.
            if !wasBegun { try save() }
            state.bestScore = validated
            try file.write(decoder, settings, model: model)
        }
        state.epoch += 1
        state.group = 0
        state.sums = LossSums()
        try save()
    }

    /// Of a validation page at its code's mean; nil without such pages.
    private func validatedNats() throws -> Double? {
        var (sum, count) = (0.0, 0)
        let groups = validation.groups(epoch: 0)
        while let group = try groups.next() {
            for batch in try pages(of: group, noisy: false).chunks(of: settings.batchSize) {
                sum += try reading(lessMemory: ["layouts.batch_size", "layouts.width"]) {
                    try withTorchErrors { withoutGradients { nats(of: batch, by: decoder).sum().item() } }
                }
                count += batch.count
            }
        }
        return count == 0 ? nil : sum / Double(count)
    }

    private func save() throws {
        try state.write(to: file.resume, parameters: decoder.parameters, optimizer: optimizer)
        lastSaved = Date()
    }

    private func interrupted(by signal: Int32) throws -> Trainer.Outcome {
        try save()
        let place = state.epoch < settings.epochs ? "in epoch \(state.epoch + 1)" : "after the last epoch"
        console.line("Stopped \(place); go on with the same command and --resume.")
        return .interrupted(by: signal)
    }
}
