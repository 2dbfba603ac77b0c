public import Foundation

extension LayoutNode {
    /// The tree of a file that was written beside a page's picture: the generator's sidecar, or a layout document.
    ///
    /// - Throws: `UserError` naming the file.
    public init(contentsOf file: URL) throws {
        struct Head: Decodable { let format: String? }
        let path = file.path(percentEncoded: false)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UserError(.io, "the layout cannot be read", at: path, remedy: "check its rights")
        }
        do {
            let isDocument = (try? JSONDecoder().decode(Head.self, from: data))?.format == LayoutDocument.formatName
            self = isDocument ? try LayoutDocument(json: data).tree : try GeneratedPage(sidecar: data).tree
        } catch let error as UserError {
            throw UserError(error.code, error.message, at: path, remedy: error.remedy)
        }
    }
}

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
    /// Where a captured page comes from; nil for other pages.
    public var source: Source?

    /// Where a captured page comes from.
    public struct Source: Codable, Sendable, Equatable {
        /// Its address, or the path of its file as it was given.
        public var page: String
        /// SHA-256 of the file in hexadecimal digits; nil for an address.
        public var hash: String?
        /// Width of the browser's window in pixels.
        public var viewport: Int
        /// The page's title.
        public var title: String?
        /// What a person should know of it: what was cut off, or never came.
        public var notes: [String]?

        /// A source.
        public init(page: String, hash: String?, viewport: Int, title: String? = nil, notes: [String]? = nil) {
            self.page = page
            self.hash = hash
            self.viewport = viewport
            self.title = title
            self.notes = notes
        }
    }

    /// A document of a page.
    public init(_ tree: LayoutNode) {
        width = tree.bounds.width
        height = tree.bounds.height
        self.tree = tree
    }

    /// Reads a document.
    ///
    /// - Throws: `UserError` with code `.data` when it is not one, of a version that this program does not know, or has
    ///   values that no page can have.
    public init(json data: Data) throws(UserError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: data)
        } catch {
            throw UserError(
                .data, "not a layout document: \(error)",
                remedy: "they are written by `wirespace export` and `wirespace dataset capture`")
        }
        guard format == Self.formatName, version == 1 else {
            throw UserError(
                .data, "a layout of format \(format), version \(version)",
                remedy: "this program reads \(Self.formatName), version 1")
        }
        try tree.requireDrawablePage(width: width, height: height)
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

extension LayoutNode {
    /// Whether this is a page of that size, which can be drawn.
    ///
    /// - Throws: `UserError` with code `.data` when it does not fill the page, the page is larger than a picture may be, or one of its
    ///   nodes has a place or a size that none can have.
    func requireDrawablePage(width: Int, height: Int) throws(UserError) {
        guard bounds == Bounds(x: 0, y: 0, width: width, height: height) else {
            throw UserError(.data, "the tree does not fill its \(width)×\(height) page", remedy: "correct the file")
        }
        try PNG.check(width: width, height: height, name: nil)
        try requireDrawableNodes()
    }

    private func requireDrawableNodes() throws(UserError) {
        let sensible = 0.0...LayoutFile.largestCoordinate
        for node in allNodes {
            let (box, far) = (node.bounds, Int(LayoutFile.largestCoordinate))
            guard [box.x, box.y].allSatisfy((-far...far).contains),
                [box.width, box.height].allSatisfy((0...far).contains)
            else {
                throw UserError(
                    .data, "a node lies at \(box.x), \(box.y) and is \(box.width)×\(box.height) large, as none can be",
                    remedy: "correct it, or look at the program that wrote the file")
            }
            guard let style = node.style else { continue }
            let sizes = [style.lineWidth, style.radius, style.lineHeight].compactMap { $0.map(Double.init) }
            let numbers = sizes + [style.fontSize].compactMap { $0 } + (style.values ?? [])
            if let wrong = numbers.first(where: { !sensible.contains($0) }) {
                throw UserError(
                    .data, "a node's style has the size \(wrong), which no page has",
                    remedy: "correct it, or look at the program that wrote the file")
            }
        }
    }
}
