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
    /// How much of the attribute's variance the position along the direction explains on pages that it was not learned
    /// from, 0 to 1: for each half of the pages the direction of the other. 0 also where there are too few to tell.
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
        try AtomicFile.write(try encoder.encode(self), to: file, durably: true)
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
                codes.append(try encode(trained.input(at: entry.url)).mu)
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

    /// From other pages of the index to these: what tells them apart, by the difference of their means.
    ///
    /// Pages are compared within their archetypes, whose own places in the space would otherwise hide what was meant. Of an
    /// archetype that is among them as a whole nothing is left to compare with; where that is so of all, the archetypes
    /// themselves are what was meant.
    ///
    /// - Parameters:
    ///   - rows: rows of the index with the attribute.
    ///   - others: rows without it; nil for all that are not in `rows`.
    /// - Throws: `UserError` when one of the two has no page.
    public func direction(named name: String, toRows rows: [Int], from others: [Int]? = nil) throws -> LatentDirection {
        let index = try index()
        let with = Set(rows)
        let without = Set(others ?? Array(index.pages.indices)).subtracting(with).sorted()
        guard !with.isEmpty, !without.isEmpty else {
            throw UserError(
                .data, "'\(name)' has no pages to tell apart", remedy: "name pages with it, and have others without it")
        }
        let compared = with.sorted() + without
        let attribute = compared.map { with.contains($0) ? 1.0 : 0.0 }
        let archetypes = index.labels(of: compared)
        let varies = Set(zip(archetypes, attribute).map { "\($0) \($1)" }).count > Set(archetypes).count
        return try direction(
            named: name, index.mu[rows: compared], attribute: attribute,
            groups: varies ? archetypes : Array(repeating: 0, count: compared.count), scale: 1)
    }

    /// The slope of codes on an attribute, both taken from their means within groups (Frisch and Waugh, 1933).
    ///
    /// - Parameter scale: the change of the attribute that the whole step stands for; by default its standard deviation.
    func direction(
        named name: String, _ codes: Tensor, attribute: [Double], groups: [Int], scale: Double? = nil
    ) throws -> LatentDirection {
        let (values, codes) = (Tensor(attribute, shape: [attribute.count, 1]), try finiteRows(codes, of: "direction"))
        let (y, z) = (centred(values, within: groups), centred(codes, within: groups))  // [N, 1], [N, latent]
        let variance = y.square().mean().item()
        guard variance > 1e-12 else {
            throw UserError(
                .data, "'\(name)' does not vary within archetypes", remedy: "encode more pages, or name another factor")
        }
        let step = slope(of: z, on: y) * (scale ?? variance.squareRoot())
        return LatentDirection(
            model: modelID, name: name, pages: attribute.count,
            explained: agreement(of: codes, with: values, in: groups),
            vector: step.floats)
    }

    /// Rows less the mean of their group.
    private func centred(_ x: Tensor, within groups: [Int]) -> Tensor {
        let clusters = LabelIndex(groups)
        return x - clusterMeans(x, clusters)[rows: clusters.indices]
    }

    /// `[1, latent]`; 0 where `y` does not vary.
    private func slope(of z: Tensor, on y: Tensor) -> Tensor {
        y.transposed().matmul(z) / max(y.square().sum().item(), .leastNormalMagnitude)
    }

    /// The squared correlation of an attribute and the positions along the slope that the other half of the pages has, each
    /// half taken from its own means: those of all pages would tell one half of the other. 0 where a half has too few.
    private func agreement(of codes: Tensor, with attribute: Tensor, in groups: [Int]) -> Double {
        // Every other page of a group with the attribute more, and of those with less: halves that are alike.
        let values = attribute.doubles
        let order = groups.indices.sorted { (groups[$0], values[$0], $0) < (groups[$1], values[$1], $1) }
        let halves = [0, 1].map { half in order.indices.filter { $0 % 2 == half }.map { order[$0] } }
        guard !halves[1].isEmpty else { return 0 }
        let parts = halves.map { rows in
            let own = rows.map { groups[$0] }
            return (z: centred(codes[rows: rows], within: own), y: centred(attribute[rows: rows], within: own))
        }
        let positions = zip(parts, parts.reversed()).map { seen, unseen in
            unseen.z.matmul(slope(of: seen.z, on: seen.y).transposed())
        }
        let truth = Tensor.concatenate(parts.reversed().map(\.y), dim: 0)
        let position = Tensor.concatenate(positions, dim: 0)
        let together = (position * truth).sum().item()
        let spread = position.square().sum().item() * truth.square().sum().item()
        return together > 0 && spread > 0 ? together * together / spread : 0
    }
}

extension LatentIndex {
    /// Numbers of the archetypes of some rows, −1 for none.
    func labels(of rows: [Int]) -> [Int] {
        let numbers = Dictionary(uniqueKeysWithValues: archetypes.enumerated().map { ($1, $0) })
        return rows.map { row in pages[row].archetype.flatMap { numbers[$0] } ?? -1 }
    }
}
