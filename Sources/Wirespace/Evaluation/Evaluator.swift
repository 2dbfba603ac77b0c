public import Foundation
import Torch
import Wireframes

/// Says what a trained space is worth: every figure on test pages, which neither the training nor the choice of the
/// checkpoint has seen, with 95 % bootstrap intervals and the same figures for simple baselines.
public final class Evaluator {
    let trained: TrainedModel
    let source: any PageSource
    let vgg: VGG16
    let console: Console
    var seconds: [String: Double] = [:]
    /// Made at its first use.
    var pageClassifier: LogisticRegression?
    private let run: String

    private let trainingPages: Int
    let refinement: CodeRefinement
    let layoutCandidates: Int
    private let memory: EvaluationMemory?
    private let lanes: Lanes?

    var model: BetaVAE { trained.model }
    var device: Device { model.parameters.device }
    var seed: UInt64 { trained.configuration.seed }

    /// An evaluation of a model on the pages it was trained on.
    ///
    /// - Parameters:
    ///   - run: the name under which the report shows it.
    ///   - trainingPages: most training pages that are encoded for probes, baselines and the floor of the sample figures.
    ///   - refinement: of the codes of all pages, on which then every figure rests.
    ///   - layoutCandidates: how many layouts are drawn of a sample's code, to keep one.
    ///   - unfinished: a file for what takes long, refined codes and layouts, until the evaluation is finished: it goes on with
    ///     what is there.
    /// - Throws: `UserError` when the pages cannot be had.
    public init(
        _ trained: TrainedModel, run: String, trainingPages: Int = 2000,
        refinement: CodeRefinement = CodeRefinement(steps: 0),
        layoutCandidates: Int = TrainedModel.usualLayoutCandidates, unfinished: URL? = nil, console: Console
    ) throws {
        self.trained = trained
        self.run = run
        self.trainingPages = trainingPages
        self.refinement = refinement
        self.layoutCandidates = layoutCandidates
        self.console = console
        memory = try unfinished.map {
            EvaluationMemory($0, subject: try trained.identity + ["\(refinement)", "\(layoutCandidates) candidates"])
        }
        let store = try? trained.configuration.pageStore { _ in }
        source = try trained.configuration.pageSource(store: store)
        let device = trained.model.parameters.device
        vgg = try VGG16(device: device)
        let batchSize = trained.configuration.data.batchSize
        lanes = Lanes(forJobs: (Loader.evaluatedTogether + batchSize - 1) / batchSize, device: device)
        guard source.archetypes == trained.archetypes else {
            throw UserError(
                .data,
                "the pages have the archetypes \(source.archetypes.joined(separator: ", ")), the model was trained "
                    + "on \(trained.archetypes.joined(separator: ", "))",
                at: trained.configuration.data.directory, remedy: "evaluate on the folder that it was trained on")
        }
    }

    /// Measures everything.
    ///
    /// - Throws: `UserError` when there are no test pages, or the memory does not suffice.
    public func evaluate() throws -> (result: EvaluationResult, pictures: EvaluationPictures) {
        if let memory, memory.count > 0 {
            console.line(
                "An evaluation was stopped here: of its \(memory.count) results those that hold for this one are used"
            )
        }
        // Each thread has a batch of its own in memory.
        return try reading(trained.file.path, lessMemory: ["OMP_NUM_THREADS=1", "fewer --train-pages"]) {
            try withoutGradients(measureEverything)
        }
    }

    private func measureEverything() throws -> (EvaluationResult, EvaluationPictures) {
        let train = try timed("encode_train") { try measure(.train) }
        let test = try timed("encode_test") { try measure(.test) }
        guard test.count > 0 else {
            throw UserError(
                .data, "there are no test pages", at: trained.configuration.data.directory,
                remedy: "raise data.splits.test, or add groups of pages")
        }
        let reconstructions = try timed("reconstruct") { try reconstruct(test) }

        var figures = try reconstructionFigures(reconstructions)
        func add(_ part: String, _ body: () throws -> [String: EvaluationResult.Figure]) throws {
            figures.merge(try timed(part, body)) { $1 }
        }
        try add("space") { try spaceFigures(test.mu, test) }
        try add("posterior") { try posteriorFigures(test) }
        try add("guesses") { try guessFigures(test) }
        try add("probes") { try probeFigures(train: (train.mu, train), test: (test.mu, test)) }
        try add("interpolations") { try interpolationFigures(test) }
        let samples = try timed("samples") {
            let z = try sampleCodes(like: test).to(device)
            return try self.samples(like: test) { row in
                draw(z[rows: row..<(row + 1)], height: test.sizes[row].height, width: test.sizes[row].width)
            }
        }
        let recognised = try timed("recognition") { try self.recognised(samples, train: train, test: test) }
        try add("sample_figures") { try sampleFigures(samples, recognised, test) }
        if trained.drawsLayouts { try add("layouts") { try layoutFigures(train: train, test: test) } }
        try add("disentanglement") { try disentanglementFigures(test) }
        let baselines = try timed("baselines") { try baselineFigures(train: train, test: test) }
        let pictures = try timed("pictures") {
            try self.pictures(train: train, test: test, reconstructions: reconstructions)
        }

        let confusion = try self.confusion(train: train, test: test)
        let result = EvaluationResult(
            subject: try subject(train: train, test: test), metrics: figures, baselines: baselines,
            klPerDimension: try klPerDimension(test),
            perArchetype: perArchetype(
                test, reconstructions, confusion: confusion, recognised: recognised?.perArchetype ?? [:]),
            confusion: confusion, seconds: seconds)
        return (result, pictures)
    }

    func timed<Result>(_ part: String, _ body: () throws -> Result) rethrows -> Result {
        let start = Date()
        defer { seconds[part] = Date().timeIntervalSince(start) }
        return try body()
    }

    private func subject(train: PageMeasurements, test: PageMeasurements) throws -> EvaluationResult.Subject {
        let stored = try? ModelFile(contentsOf: trained.file)
        return EvaluationResult.Subject(
            run: run, checkpoint: trained.file.lastPathComponent, epoch: stored?.epoch ?? 0,
            parameters: model.parameters.count, prior: trained.configuration.model.prior.rawValue,
            latentDimension: trained.configuration.model.latentDimension,
            skips: trained.configuration.model.useSkipConnections,
            data: trained.configuration.data.directory ?? "the built-in generator",
            pages: [
                "train": source.pages(in: .train).count, "validation": source.pages(in: .validation).count,
                "test": test.count,
            ],
            archetypes: trained.archetypes, seed: seed, splits: source.splitTable.map(SplitTable.hash),
            refinementSteps: refinement.steps,
            refinementPriorWeight: refinement.steps > 0 ? CodeRefinement.priorWeight(trained.configuration.loss) : nil,
            sampling: try sampling())
    }

    private func sampling() throws -> String {
        let source = try trained.codeDistribution().isDiagonal ? "the prior" : "Gaussians fitted to codes"
        let codes = "codes from \(source), temperature \(TrainedModel.usualTemperature)"
        return trained.drawsLayouts ? codes + "; the tidiest of \(layoutCandidates) layouts" : codes
    }

    // MARK: Passing over pages

    /// Pages of one size.
    struct Batch {
        let samples: [Sample]
        /// `[B, 1, H, W]`.
        let pages: Tensor
        /// Where they are among those of the split that are passed over.
        let rows: Range<Int>
    }

    /// What `body` says of the pages of a split, batch by batch, in their order. Several batches are worked on at the same time.
    func map<Result>(
        _ split: Split, limit: Int = .max, label: String, _ body: (Batch) throws -> Result
    ) throws -> [Result] {
        let loader = Loader(
            source, split: split, purpose: .evaluation, configuration: trained.configuration, limit: limit,
            groupSize: Loader.evaluatedTogether, report: console.reportSkipped)
        var results: [Result] = []
        var done = 0
        console.begin()
        let groups = loader.groups(epoch: 0)
        while let group = try groups.next() {
            let batches = group.batches.map { samples in
                defer { done += samples.count }
                return Batch(
                    samples: samples, pages: .batch(samples.map(\.target), device: device),
                    rows: done..<(done + samples.count))
            }
            results += try sideBySide(batches, in: lanes, body)
            console.progress(label, done: done, of: loader.pages.count, unit: "pages")
        }
        console.clearBar()
        return results
    }

    /// `[body(0), … body(count − 1)]`, several at the same time.
    func map<Result>(_ count: Int, of unit: String, label: String, _ body: (Int) throws -> Result) throws -> [Result] {
        var results: [Result] = []
        console.begin()
        for part in Array(0..<count).chunks(of: Loader.evaluatedTogether) {
            results += try sideBySide(part, in: lanes, body)
            console.progress(label, done: results.count, of: count, unit: unit)
        }
        console.clearBar()
        return results
    }

    /// The pages at some places of a split, prepared as for evaluation.
    func load(_ references: [PageReference]) throws -> [EncoderInput] {
        let preparation = PagePreparation(trained.configuration, training: false)
        return try references.map {
            try preparation.sample(of: source.load($0, epoch: 0), words: source.words(on: $0), $0, epoch: 0).clean
        }
    }

    private func measure(_ split: Split) throws -> PageMeasurements {
        let limit = split == .train ? trainingPages : .max
        let references = source.pages(in: split)
        let batches = try map(split, limit: limit, label: "encoding \(split.rawValue) pages") { batch in
            let samples = batch.samples
            let posterior = model.encode(batch.pages, words: model.words(on: samples.map(\.words)))
            let mu = try refined(posterior.mu.to(dtype: .float32), of: batch.pages)
            return PageMeasurements(
                mu: mu.to(.cpu), logVariance: posterior.logVariance.to(.cpu, dtype: .float32),
                canvas: Tensor(
                    samples.flatMap { Canvas.row(of: $0.target) }, shape: [samples.count, Canvas.width * Canvas.height]),
                features: vgg.pooled(batch.pages).to(.cpu), archetypes: samples.map(\.archetype),
                sizes: samples.map { ($0.target.height, $0.target.width) },
                references: samples.map { references[$0.index] })
        }
        return PageMeasurements(joining: batches, latentDimension: trained.configuration.model.latentDimension)
    }

    private func refined(_ mu: Tensor, of pages: Tensor) throws -> Tensor {
        guard refinement.steps > 0 else { return mu }
        let numbers = try recall("refined codes", of: [mu, pages]) { refinement(mu, of: pages, by: trained).floats }
        return Tensor(numbers, shape: mu.shape)
    }

    /// What an evaluation that was stopped has found, or else what `compute` gives.
    func recall<Result: Codable>(
        _ result: String, of inputs: [Tensor], _ compute: () throws -> Result
    ) throws -> Result {
        try memory?.recall(result, of: inputs, compute) ?? compute()
    }

    /// Draws every test page from its own code and from another page's.
    private func reconstruct(_ test: PageMeasurements) throws -> ReconstructionMeasurements {
        // A rotation by half the split: nobody keeps their own code, and archetypes that take turns are mixed.
        let shift = max(1, test.count / 2)
        let strange = test.mu.indexSelect(0, Tensor((0..<test.count).map { ($0 + shift) % test.count }))
        return try map(.test, label: "reconstructing test pages") { batch in
            try ReconstructionMeasurements(
                of: batch.pages, codes: test.mu[rows: batch.rows].to(device),
                strangers: strange[rows: batch.rows].to(device), by: model)
        }.joined()
    }
}
