public import Foundation

/// A page that the generator drew: its archetype, the factors it was made from, and its layout.
public struct GeneratedPage: Sendable, Equatable {
    /// The archetype.
    public let archetype: Archetype
    /// The seed; pages of different archetypes with one seed are pages of one site.
    public let seed: UInt64
    /// What was chosen to make the page, by name: choices, counts and continuous values.
    public let factors: [String: FactorValue]
    /// The layout, rooted in the page itself.
    public let tree: LayoutNode

    /// Pixels per row.
    public var width: Int { tree.bounds.width }
    /// Rows.
    public var height: Int { tree.bounds.height }

    /// A page from its parts.
    public init(archetype: Archetype, seed: UInt64, factors: [String: FactorValue], tree: LayoutNode) {
        self.archetype = archetype
        self.seed = seed
        self.factors = factors
        self.tree = tree
    }

    /// The picture, `height` × `width`, 1 white, 0 ink.
    public func render() -> GrayImage {
        WireframeRenderer().render(tree)
    }

    /// The sidecar: JSON with sorted keys, from which `init(sidecar:)` restores the page and `render()` its pixels.
    public func sidecar() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let contents = Sidecar(
            format: Sidecar.formatName, version: Sidecar.currentVersion, archetype: archetype, seed: seed, width: width,
            height: height, factors: factors, tree: tree)
        do {
            return try encoder.encode(contents)
        } catch {
            throw UserError(.internal, "the page cannot be written as JSON: \(error)")
        }
    }

    /// Reads a sidecar.
    ///
    /// - Throws: `UserError` with code `data` when it is not one, or of a version that this program does not know.
    public init(sidecar data: Data) throws {
        let contents: Sidecar
        do {
            contents = try JSONDecoder().decode(Sidecar.self, from: data)
        } catch {
            throw UserError(
                .data, "not a page's sidecar",
                remedy: "sidecars are written by `wirespace dataset generate`")
        }
        guard contents.format == Sidecar.formatName, contents.version == Sidecar.currentVersion else {
            throw UserError(
                .data, "a sidecar of format \(contents.format), version \(contents.version)",
                remedy: "this program reads \(Sidecar.formatName), version \(Sidecar.currentVersion)")
        }
        try contents.tree.requireDrawablePage(width: contents.width, height: contents.height)
        self.init(
            archetype: contents.archetype, seed: contents.seed, factors: contents.factors, tree: contents.tree)
    }

    private struct Sidecar: Codable {
        static let formatName = "wirespace-page"
        static let currentVersion = 1

        var format: String
        var version: Int
        var archetype: Archetype
        var seed: UInt64
        var width: Int
        var height: Int
        var factors: [String: FactorValue]
        var tree: LayoutNode
    }
}
