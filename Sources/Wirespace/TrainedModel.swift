public import Foundation
import Torch
public import Wireframes

/// A model that has been trained, ready to use.
public final class TrainedModel {
    /// The network, in evaluation.
    public let model: BetaVAE
    /// What it was trained with.
    public let configuration: Configuration
    /// Names of the archetypes; label `i` is `archetypes[i]`.
    public let archetypes: [String]
    /// p(z).
    public let prior: Prior
    /// What log p(z | y) is divided by where an archetype is guessed; 1 where nobody measured it.
    public let guessTemperature: Double
    /// The file it was read from.
    public let file: URL
    /// Reads pages for it.
    let reader: PageReader
    /// Made at its first use.
    private var knownLayouts: Result<LayoutModel, any Error>?
    private let layoutsLock = NSLock()

    /// Reads a model file, or the best checkpoint of a run folder.
    ///
    /// - Parameter pages: the folder of its pages, where that is not where the training found them.
    /// - Throws: `UserError` naming what is missing or wrong.
    public init(_ path: String, device: DeviceChoice = .auto, pages: String? = nil) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UserError(
                .missingInput, "there is no such run or model", at: path, remedy: "train one with `wirespace train`")
        }
        let run = RunFolder(path)
        let best = FileManager.default.fileExists(atPath: run.best.path) ? run.best : run.last
        file = isFolder.boolValue ? best : URL(filePath: path)
        if isFolder.boolValue, !FileManager.default.fileExists(atPath: file.path) {
            throw run.canResume ? Self.unfinished(path) : Self.notARun(path)
        }
        let stored = try ModelFile(contentsOf: file)
        var configuration = stored.configuration
        if let pages { configuration.data.directory = pages }
        self.configuration = configuration
        reader = PageReader(stored.configuration)
        archetypes = stored.archetypes
        guessTemperature = stored.guessTemperature ?? 1
        let device = try device.resolved()
        model = try reading(file.path) {
            try withTorchErrors { try BetaVAE(stored.configuration.model, seed: 0, device: device) }
        }
        prior = Prior(stored.configuration.model, archetypes: stored.archetypes.count, device: device)
        try reading(file.path) { try model.parameters.load(stored.parameters) }
        for parameter in model.parameters.tensors { parameter.requiresGrad = false }
    }

    private static func unfinished(_ path: String) -> UserError {
        UserError(
            .missingInput, "no epoch of this run is finished", at: path,
            remedy: "wait for the first, or go on with `wirespace train` and --resume")
    }

    private static func notARun(_ path: String) -> UserError {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let models = names.filter { $0.hasSuffix(".safetensors") && !$0.hasSuffix(".layouts.safetensors") }.sorted()
        return UserError(
            .missingInput, "a folder without checkpoints: no run", at: path,
            remedy: models.first.map { "name a file in it, such as \($0)" } ?? "train one with `wirespace train`")
    }

    /// Whether a layout decoder was trained for the model (`wirespace layouts`).
    public var drawsLayouts: Bool { LayoutModelFile(beside: file).exists }

    /// Where that decoder's file is, or would be.
    public var layoutsFile: URL { LayoutModelFile(beside: file).url }

    /// Hashes of the program and of the model's files: what draws and encodes.
    ///
    /// - Throws: when one of them cannot be read.
    var identity: [String] {
        get throws {
            let files = [Bundle.main.executableURL, file, drawsLayouts ? layoutsFile : nil].compactMap { $0 }
            return try files.map { try contentHash(ofFileAt: $0.path) }
        }
    }

    /// What the codes of new pages are drawn from, one Gaussian an archetype (or one for all, under a standard prior): the
    /// aggregate posterior where `wirespace layouts` has fitted it, else the prior.
    ///
    /// - Throws: `UserError` when the layout decoder's file cannot be used.
    public func codeDistribution() throws -> GaussianMixture {
        try aggregatePosterior() ?? prior.mixture(dimension: configuration.model.latentDimension)
    }

    /// Where the codes of the training pages lie, if `wirespace layouts` has fitted it.
    ///
    /// - Throws: `UserError` when the layout decoder's file cannot be used.
    func aggregatePosterior() throws -> GaussianMixture? {
        drawsLayouts ? try layouts().trainingPages?.codes : nil
    }

    /// How far from ``aggregatePosterior()`` pages of the training usually lie, where `wirespace layouts` has measured it.
    var usualDistance: Double? { (try? layouts())?.trainingPages?.usualDistance }

    /// The middle height of an archetype's training pages, divided by their width; nil where `wirespace layouts` has not looked.
    ///
    /// - Throws: `UserError` when the layout decoder's file cannot be used.
    func usualProportion(of archetype: Int) throws -> Double? {
        drawsLayouts ? try layouts().trainingPages?.proportions?.doubles[archetype] : nil
    }

    /// - Throws: `UserError` when there is none, or none of this model.
    func layouts() throws -> LayoutModel {
        layoutsLock.lock()  // pages are drawn on several threads
        defer { layoutsLock.unlock() }
        if let knownLayouts { return try knownLayouts.get() }
        let stored = LayoutModelFile(beside: file)
        guard stored.exists else {
            throw UserError(
                .missingInput, "the model has no layout decoder", at: stored.url.path,
                remedy: "train one with `wirespace layouts`")
        }
        let layouts = Result { try stored.contents(for: self, model: contentHash(ofFileAt: file.path)) }
        knownLayouts = layouts
        return try layouts.get()
    }

    /// Writes the model in half precision as a file to pass on, and its layout decoder beside it, if it has one. Older
    /// files are replaced.
    ///
    /// - Returns: the model as it was before.
    /// - Throws: `UserError` when the decoder is not this model's, `url` is one of its own files, or nothing can be written.
    public func release(to url: URL) throws -> ModelFile {
        guard ![file, LayoutModelFile(beside: file).url].contains(where: { $0.isSameFile(as: url) }) else {
            throw UserError(.usage, "that is what is to be released", at: url.path, remedy: "name another file")
        }
        if drawsLayouts { _ = try layouts() }
        let stored = try ModelFile(contentsOf: file)
        try stored.released().write(to: url)
        if drawsLayouts {
            try LayoutModelFile(beside: file).copy(beside: url, model: contentHash(ofFileAt: url.path))
        } else {
            try? FileManager.default.removeItem(at: LayoutModelFile(beside: url).url)
        }
        return stored
    }

    /// A page as the model sees it: read, scaled and padded as in evaluation.
    public func page(at url: URL) throws -> GrayImage { try reader.page(at: url) }

    /// A page as the encoder is shown it: with its words, if the model reads any.
    ///
    /// - Throws: `UserError` naming the file.
    public func input(at url: URL) throws -> EncoderInput { try reader.input(at: url) }

    /// The same of a page that is in memory; `name` stands for it in errors.
    public func input(_ picture: GrayImage, named name: String) throws -> EncoderInput {
        try reader.input(picture, named: name)
    }

    /// The same of a page that is ink on paper whatever the model's files are, reduced from a picture on which its words are read;
    /// `name` stands for it in errors.
    public func input(inkOnPaper page: GrayImage, read picture: GrayImage, named name: String) throws -> EncoderInput {
        try reader.input(inkOnPaper: page, read: picture, named: name)
    }
}
