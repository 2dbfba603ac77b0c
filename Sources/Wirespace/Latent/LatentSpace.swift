import Crypto
public import Foundation
public import Torch
public import Wireframes

/// A page's place in the space: q(z | x) = N(μ, diag σ²), and how large the page is.
public struct EncodedPage {
    /// A name for people: the file's, or the page's path in the index.
    public let name: String
    /// Where the page can be read again, if it is still there.
    public let file: URL
    /// μ, float32 `[1, latent]`, on the CPU.
    public let mu: Tensor
    /// σ, of the same shape.
    public let sigma: Tensor
    /// In pixels, as the model sees it.
    public let size: PNG.Size
    /// Its row in the index, for a page that was named by its path or number there.
    public let row: Int?
}

/// A trained model as a space to move in: pages to codes, codes to pages, and the pages that are known.
///
///     let space = try LatentSpace("runs/demo")
///     let (a, b) = (try space.page("a.png"), try space.page("b.png"))
///     let way = LatentPath.spherical.through(.concatenate([a.mu, b.mu], dim: 0), steps: 10)
///     let frames = try space.draw(way, size: a.size)
///
/// A code is a row of a tensor `[N, latent]` on the CPU. Whatever is drawn is drawn from codes alone, with the null maps
/// in the place of skips. Pages are encoded and drawn one by one, so that a page's code does not depend on its company.
///
/// Not thread-safe.
public final class LatentSpace {
    /// The model.
    public let trained: TrainedModel
    /// SHA-256 of the model's file, in hexadecimal digits: codes of different models have nothing in common.
    public let modelID: String
    /// What an index names as its model. Indexes of a model of generated pages from before those that it is shown were made to look like
    /// them (`PageReader`, `PageTreatment`) have other codes.
    var indexedModel: String { trained.configuration.data.generator == nil ? modelID : modelID + " as drawn" }
    /// Where the codes of known pages are kept; there need be no such file.
    public let indexFile: URL
    /// How the codes of pages are refined after the encoder: as was asked, else as those in the index are.
    public private(set) lazy var refinement: CodeRefinement = askedRefinement ?? refinementOfIndex()
    private let askedRefinement: CodeRefinement?
    private var loadedIndex: LatentIndex?
    /// Of the index's pages, worked out once.
    var knownRegions: ArchetypeRegions?

    /// Dimensions of the space.
    public var dimension: Int { trained.configuration.model.latentDimension }

    /// Reads a model file, or the best checkpoint of a run folder.
    ///
    /// - Parameters:
    ///   - index: the index; by default the run's own, and for a model file the one of its name beside it.
    ///   - refinement: of the codes of pages; by default that of the index.
    /// - Throws: `UserError` naming what is missing or wrong.
    public init(
        _ path: String, index: String? = nil, refinement: CodeRefinement? = nil, device: DeviceChoice = .auto
    ) throws {
        askedRefinement = refinement
        trained = try TrainedModel(path, device: device)
        modelID = try contentHash(ofFileAt: trained.file.path)
        let isModelFile = trained.file.standardizedFileURL == URL(filePath: path).standardizedFileURL
        let own =
            isModelFile
            ? trained.file.deletingPathExtension().appendingPathExtension("index.sqlite") : RunFolder(path).index
        indexFile = index.map { URL(filePath: $0) } ?? own
    }

    // MARK: Pages to codes

    /// The posterior of a page as `TrainedModel.input(at:)` reads it: μ, after ``refinement``, and σ, each `[1, latent]` on
    /// the CPU.
    ///
    /// - Throws: `UserError` when the memory does not suffice or the model gives no finite code.
    public func encode(_ page: EncoderInput) throws -> (mu: Tensor, sigma: Tensor) {
        let (mu, sigma) = try reading(trained.file.path, lessMemory: ["OMP_NUM_THREADS=1", "a smaller page"]) {
            try withTorchErrors {
                withoutGradients {
                    let posterior = trained.model.encode([page])
                    let image = Tensor.batch([page.image], device: trained.model.parameters.device)
                    let mu = refinement(posterior.mu.to(dtype: .float32), of: image, by: trained)
                    let sigma = (posterior.logVariance.to(dtype: .float32) * 0.5).exp()
                    return (mu.to(.cpu), sigma.to(.cpu))
                }
            }
        }
        try requireFinite(mu.floats + sigma.floats)
        return (mu, sigma)
    }

    private func requireFinite(_ code: [Float]) throws {
        guard !code.allSatisfy(\.isFinite) else { return }
        throw UserError(
            .data, "the model gives a code that is not finite: its training has diverged", at: trained.file.path,
            remedy: "train it again with a lower optimization.lr")
    }

    /// The page in a file.
    ///
    /// - Throws: `UserError` naming the file.
    public func page(at file: URL) throws -> EncodedPage {
        let page = try trained.input(at: file)
        let (mu, sigma) = try encode(page)
        return EncodedPage(
            name: file.relativePath, file: file, mu: mu, sigma: sigma,
            size: PNG.Size(width: page.image.width, height: page.image.height), row: nil)
    }

    /// The page that a person calls `name`: a file, else a page of the index by its path or its number.
    ///
    /// - Throws: `UserError` naming it.
    public func page(_ name: String) throws -> EncodedPage {
        if FileManager.default.fileExists(atPath: name) { return try page(at: URL(filePath: name)) }
        guard hasIndex else {
            throw UserError(
                .missingInput, "there is no such file", at: name,
                remedy: "give a PNG or JPEG file, or make an index with `wirespace encode` and name a page of it")
        }
        return try indexedPage(name)
    }

    /// A page with a code that draws it better; as it is, when ``refinement`` has gone as far.
    ///
    /// - Throws: `UserError` when the page's file is gone.
    public func refined(_ page: EncodedPage, by refinement: CodeRefinement) throws -> EncodedPage {
        guard refinement.steps > self.refinement.steps else { return page }
        let image = Tensor.batch([try trained.page(at: page.file)], device: trained.model.parameters.device)
        let mu = try reading(page.file.path) {
            try withTorchErrors { refinement(page.mu.to(image.device), of: image, by: trained).to(.cpu) }
        }
        try requireFinite(mu.floats)
        return EncodedPage(
            name: page.name, file: page.file, mu: mu, sigma: page.sigma, size: page.size, row: page.row)
    }

    /// The page of the index that has this path or this number.
    ///
    /// - Throws: `UserError` naming it.
    public func indexedPage(_ name: String) throws -> EncodedPage {
        let index = try index()
        guard let row = index.row(of: name) else {
            throw UserError(
                .missingInput, "the index has no such page, and there is no such file", at: name,
                remedy: "name a page by its path below \(index.folder.path), or by its number there")
        }
        let page = index.pages[row]
        return EncodedPage(
            name: page.path, file: index.file(of: page), mu: index.mu[rows: [row]], sigma: index.sigma[rows: [row]],
            size: page.size, row: row)
    }

    // MARK: Codes to pages

    /// Pages drawn from codes alone, `[N, latent]`, all of one size.
    ///
    /// - Throws: `UserError` when a side is not within `PagePreparation`'s limits or the memory does not suffice.
    public func draw(_ z: Tensor, size: PNG.Size) throws -> [GrayImage] {
        try draw(z, sizes: Array(repeating: size, count: z.shape[0]))
    }

    /// Pages drawn from codes alone, `[N, latent]`, each of its own size.
    ///
    /// - Precondition: there are as many sizes as codes.
    public func draw(_ z: Tensor, sizes: [PNG.Size], progress: (Int) -> Void = { _ in }) throws -> [GrayImage] {
        precondition(sizes.count == z.shape[0], "\(sizes.count) sizes for \(z.shape[0]) codes")
        for size in sizes { try size.requireDrawable() }
        return try reading(trained.file.path) {
            try sizes.enumerated().flatMap { row, size in
                let pages = try withTorchErrors {
                    withoutGradients {
                        let code = z[rows: row..<(row + 1)].to(trained.model.parameters.device)
                        return trained.model.decode(code, height: size.height, width: size.width).sigmoid().pages
                    }
                }
                progress(row + 1)
                return pages
            }
        }
    }

    /// The codes on the way through some codes between which the drawn page changes equally; see
    /// ``LatentPath/evenStops(changes:steps:)``. The way is drawn four times as finely to find them.
    ///
    /// - Parameters:
    ///   - size: of each code's page.
    ///   - steps: from one code to the next.
    ///   - progress: told how many of the `4 · steps` drawings for each way from code to code are done.
    /// - Returns: as many codes as `LatentPath.through(_:steps:)`, with those given among them.
    /// - Throws: as ``draw(_:sizes:progress:)``, and what `progress` throws.
    public func evenly(
        _ path: LatentPath, through codes: Tensor, sizes: [PNG.Size], steps: Int,
        progress: (Int) throws -> Void = { _ in }
    ) throws -> Tensor {
        var places: [Double] = [0]
        for leg in 0..<(codes.shape[0] - 1) {
            let fine = path.through(codes[rows: leg..<(leg + 2)], steps: 4 * steps)
            var changes: [Double] = []
            var before = try draw(fine[rows: 0..<1], size: sizes[leg])[0]
            for row in 1..<fine.shape[0] {
                let after = try draw(fine[rows: row..<(row + 1)], size: sizes[leg])[0]
                changes.append(zip(before.pixels, after.pixels).reduce(0) { $0 + Double(abs($1.0 - $1.1)) })
                before = after
                try progress(leg * 4 * steps + row)
            }
            places += LatentPath.evenStops(changes: changes, steps: steps).dropFirst().map { Double(leg) + $0 }
        }
        return path.through(codes, at: places)
    }

    /// What a page is drawn at when nobody says how large: the middle size of the index's pages, else the model's width
    /// and a third more for the height.
    public func usualSize() -> PNG.Size {
        if hasIndex, let size = try? middleSize(of: index().pages) { return size }
        return size(proportion: 4.0 / 3)
    }

    /// The middle of the pages' sizes; nil without pages.
    func middleSize(of pages: [LatentIndex.Page]) -> PNG.Size? {
        let sizes = pages.map(\.size).sorted {
            ($0.height * $0.width, $0.height) < ($1.height * $1.width, $1.height)
        }
        return sizes.isEmpty ? nil : sizes[sizes.count / 2]
    }

    /// The model's width, and a height in this proportion to it (height ÷ width), in pixels: up to a multiple, within the model's limits.
    func size(proportion: Double) -> PNG.Size {
        let data = trained.configuration.data
        let width = data.pageWidth ?? 512
        let height = Int((Double(width) * proportion).rounded()).roundedUp(to: data.pageHeightMultiple)
        return PNG.Size(width: width, height: min(max(height, PagePreparation.leastSide), data.maxHeight))
    }

    // MARK: Known pages

    /// What a person has made of the index's pages, beside it: `labels.csv` of `index.sqlite`, `demo.labels.csv` of `demo.index.sqlite`.
    package func fileOfIndex(_ name: String) -> URL {
        let stem = indexFile.deletingPathExtension().lastPathComponent
        let own = stem == "index" ? "" : stem.hasSuffix(".index") ? String(stem.dropLast("index".count)) : stem + "."
        return indexFile.deletingLastPathComponent().appending(path: own + name)
    }

    /// Whether there is an index, sound or not.
    public var hasIndex: Bool { FileManager.default.fileExists(atPath: indexFile.path) }

    /// The index, read at its first use.
    ///
    /// - Throws: `UserError`: `.missingInput` when there is none, `.data` when it is damaged, of another model or empty.
    public func index() throws -> LatentIndex {
        if let loadedIndex { return loadedIndex }
        guard hasIndex else {
            throw UserError(
                .missingInput, "there is no index of pages", at: indexFile.path,
                remedy: "make one with `wirespace encode RUN FOLDER`")
        }
        let index = try LatentIndexFile(indexFile).index(of: indexedModel, dimension: dimension)
        loadedIndex = index
        return index
    }

    /// Gives pages other archetypes than their folders say, until the index is read anew.
    ///
    /// - Throws: as ``index()``.
    public func relabel(_ archetype: (LatentIndex.Page) -> String?) throws {
        loadedIndex = try index().relabelled(archetype)
        knownRegions = nil
    }

    private func refinementOfIndex() -> CodeRefinement {
        let source = hasIndex ? try? LatentIndexFile(indexFile).source() : nil
        return CodeRefinement(steps: max(0, source?.refinement ?? 0))
    }

    /// Reads the index anew at its next use.
    func forgetIndex() { (loadedIndex, knownRegions) = (nil, nil) }
}

extension PNG.Size {
    /// - Throws: `UserError` when a side is not within `PagePreparation`'s limits.
    package func requireDrawable() throws(UserError) {
        let sides = PagePreparation.leastSide...PagePreparation.greatestSide
        guard sides.contains(width), sides.contains(height) else {
            throw UserError(
                .usage, "a page of \(width)×\(height) pixels cannot be drawn",
                remedy: "each side must have from \(sides.lowerBound) to \(sides.upperBound) pixels")
        }
    }
}
