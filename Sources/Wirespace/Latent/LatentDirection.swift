public import Foundation
public import Torch
import Wireframes

/// A direction with a meaning: what to add to a code to give a page more of something.
public struct LatentDirection: Codable, Sendable, Equatable {
    private static let formatName = "wirespace-direction 1"

    /// Identifies the kind of file.
    private var format = formatName
    /// `LatentSpace.modelID` of the model that it belongs to.
    public let model: String
    /// What it means, for people.
    public let name: String
    /// Pages that it was learned from.
    public let pages: Int
    /// How much of the attribute's variance the position along the direction explains on those pages, 0 to 1.
    public let explained: Double
    /// The whole step: from the mean of one set of pages to the other's, or one standard deviation of a factor.
    public let vector: [Float]

    /// A direction.
    public init(model: String, name: String, pages: Int, explained: Double, vector: [Float]) {
        self.model = model
        self.name = name
        self.pages = pages
        self.explained = explained
        self.vector = vector
    }

    /// The step as a row, `[1, latent]`.
    public var step: Tensor { Tensor(vector, shape: [1, vector.count]) }

    /// Writes it as JSON.
    ///
    /// - Throws: `UserError(.io)` naming the file.
    public func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(try encoder.encode(self), to: file)
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `UserError` naming the file: absent, not a direction, or one of another space.
    public init(contentsOf file: URL, for space: LatentSpace) throws {
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            let exists = FileManager.default.fileExists(atPath: file.path)
            throw UserError(
                exists ? .io : .missingInput, "the direction cannot be read: \(UserError.reason(of: error))",
                at: file.path, remedy: "learn one with `wirespace direction`")
        }
        guard let stored = try? JSONDecoder().decode(LatentDirection.self, from: data),
            stored.format == Self.formatName, stored.vector.allSatisfy(\.isFinite)
        else {
            throw UserError(
                .data, "not a direction in a latent space", at: file.path,
                remedy: "learn one with `wirespace direction`")
        }
        guard stored.model == space.modelID, stored.vector.count == space.dimension else {
            throw UserError(
                .data, "the direction belongs to another model", at: file.path,
                remedy: "learn it again with `wirespace direction`")
        }
        self = stored
    }
}

extension LatentSpace {
    /// From the mean of some pages to that of others (Larsen et al., "Autoencoding beyond pixels", ICML 2016, section 4.2).
    ///
    /// - Parameters:
    ///   - start: codes without the attribute, `[N, latent]`, N ≥ 1.
    ///   - end: codes with it.
    public func direction(named name: String, from start: Tensor, to end: Tensor) throws -> LatentDirection {
        let codes = Tensor.concatenate([start, end], dim: 0)
        let attribute = Array(repeating: 0.0, count: start.shape[0]) + Array(repeating: 1.0, count: end.shape[0])
        return try direction(
            named: name, codes, attribute: attribute, groups: Array(repeating: 0, count: attribute.count), scale: 1)
    }

    /// The codes of a folder's pages, `[N, latent]`, N ≥ 1; files that cannot be read are named and left out.
    ///
    /// - Throws: `UserError` naming the folder when there is nothing to encode.
    public func codes(ofPagesIn folder: URL, console: Console = Console(quiet: true)) throws -> Tensor {
        let entries = try ImageFolder(scanning: folder).entries
        var codes: [Tensor] = []
        console.begin()
        for (index, entry) in entries.enumerated() {
            do {
                let page = try trained.page(at: entry.url)
                codes.append(try encode(page).mu)
            } catch let error as UserError where error.code != .internal {
                console.line("skipped: \(error)")
            }
            console.progress("encoding", done: index + 1, of: entries.count, unit: "pages")
        }
        console.clearBar()
        guard !codes.isEmpty else {
            throw UserError(
                .data, "there is no image that can be read", at: folder.path, remedy: "name a folder of pages")
        }
        return .concatenate(codes, dim: 0)
    }

    /// The direction in which codes change with a generating factor: the least-squares slope of z on the factor, on
    /// pages of the index with sidecars. Pages are compared within their archetypes, whose own places in the space
    /// would otherwise count as an effect of the factor.
    ///
    /// - Parameters:
    ///   - factor: its name in the sidecars.
    ///   - value: for a factor that is a choice, the one to go towards; by default `yes`.
    /// - Throws: `UserError` when fewer than three pages have it, or it does not vary within archetypes.
    public func direction(ofFactor factor: String, value: String? = nil) throws -> LatentDirection {
        let index = try index()
        let factors = index.pages.map { index.factors(of: $0) }
        let rows = index.pages.indices.filter { factors[$0][factor] != nil }
        guard rows.count >= 3 else {
            let known = Set(factors.flatMap(\.keys)).sorted()
            throw UserError(
                .data, "only \(rows.count) pages of the index have a factor '\(factor)' in their sidecars",
                at: index.folder.path,
                remedy: known.isEmpty
                    ? "encode a folder made by `wirespace dataset generate`"
                    : "there are \(known.joined(separator: ", "))")
        }
        let attribute = try numbers(rows.compactMap { factors[$0][factor] }, factor, value)
        let labels = rows.map { row in index.pages[row].archetype.flatMap(index.archetypes.firstIndex(of:)) ?? -1 }
        let name = value.map { "\(factor)=\($0)" } ?? factor
        return try direction(named: name, index.mu[rows: rows], attribute: attribute, groups: labels)
    }

    /// A factor's values as numbers: a choice becomes 1 where it is `value`, else 0.
    private func numbers(_ values: [FactorValue], _ factor: String, _ wanted: String?) throws -> [Double] {
        let choices = Set(values.compactMap { value in if case .category(let name) = value { name } else { nil } })
        let choice = wanted ?? "yes"
        guard choices.isEmpty || choices.contains(choice) else {
            throw UserError(
                .usage, "the factor '\(factor)' is a choice, and never '\(choice)'",
                remedy: "give --value as one of \(choices.sorted().joined(separator: ", "))")
        }
        return values.map { value in
            switch value {
            case .number(let number): number
            case .category(let name): name == choice ? 1 : 0
            }
        }
    }

    /// The slope of codes on an attribute, both taken from their means within groups (Frisch and Waugh, 1933).
    ///
    /// - Parameter scale: the change of the attribute that the whole step stands for; by default its standard deviation.
    private func direction(
        named name: String, _ codes: Tensor, attribute: [Double], groups: [Int], scale: Double? = nil
    ) throws -> LatentDirection {
        let clusters = LabelIndex(groups)
        func centred(_ x: Tensor) -> Tensor { x - clusterMeans(x, clusters)[rows: clusters.indices] }
        let y = centred(Tensor(attribute, shape: [attribute.count, 1]))  // [N, 1]
        let z = centred(try finiteRows(codes, of: "direction"))  // [N, latent]
        let variance = y.square().sum().item()
        guard variance > 1e-12 * Double(attribute.count) else {
            throw UserError(
                .data, "'\(name)' does not vary within archetypes", remedy: "encode more pages, or name another factor")
        }
        let slope = y.transposed().matmul(z) / variance  // [1, latent]
        let position = z.matmul(slope.transposed())  // [N, 1]
        let agreement = (position * y).sum().item()
        let spread = position.square().sum().item()
        let step = slope * (scale ?? (variance / Double(attribute.count)).squareRoot())
        return LatentDirection(
            model: modelID, name: name, pages: attribute.count,
            explained: spread > 0 ? agreement * agreement / (spread * variance) : 0, vector: step.floats)
    }
}

extension LatentIndex {
    /// The generating factors in a page's sidecar; none without one.
    func factors(of page: Page) -> [String: FactorValue] {
        let sidecar = file(of: page).deletingPathExtension().appendingPathExtension("json")
        guard let data = FileManager.default.contents(atPath: sidecar.path) else { return [:] }
        return (try? GeneratedPage(sidecar: data))?.factors ?? [:]
    }
}
