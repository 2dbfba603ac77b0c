public import Foundation

/// A page's layout as a file of its own: JSON with sorted keys (`Docs/formats.md`).
public struct LayoutDocument: Codable, Sendable, Equatable {
    /// The name that such a file gives itself.
    public static let formatName = "wirespace-layout"

    /// `formatName`.
    public var format = Self.formatName
    /// 1.
    public var version = 1
    /// Pixels per row.
    public var width: Int
    /// Rows.
    public var height: Int
    /// The layout, rooted in the page itself.
    public var tree: LayoutNode

    /// A document of a page.
    public init(_ tree: LayoutNode) {
        width = tree.bounds.width
        height = tree.bounds.height
        self.tree = tree
    }

    /// The file's content.
    ///
    /// - Throws: `UserError` with code `.internal` when a number in the tree is not finite.
    public func json() throws(UserError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(self)
        } catch {
            throw UserError(.internal, "the layout cannot be written as JSON: \(error)")
        }
    }
}
