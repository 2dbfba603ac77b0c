import Torch
public import Wireframes

/// How well a vectorised page shows its picture, and how much of it can be edited as shapes.
public struct VectorQuality: Sendable, CustomStringConvertible {
    /// Ink F1 of the drawn tree against the picture (``inkF1(_:_:threshold:tolerance:)``: threshold 0.5, 1 pixel).
    public let f1: Double
    /// Boxes, ellipses, lines and bars.
    public let shapes: Int
    /// Lines of text, as outlined letters.
    public let textLines: Int
    /// Traced drawings, icons and patches.
    public let drawings: Int
    /// Share of the picture's ink within a pixel of ink that shapes draw, in [0, 1]; 1 where there is no ink.
    public let shapeShare: Double
    /// The same of shapes and outlined letters together.
    public let shapeAndTextShare: Double

    /// Measures `tree` against `image`, both of one size.
    ///
    /// - Throws: `UserError` with code `.data` for unequal sizes and pixels that are not finite.
    public init(of tree: LayoutNode, showing image: GrayImage) throws(UserError) {
        let nodes = tree.allNodes.filter { $0.style != nil }
        let traced = nodes.filter(\.isTraced)
        textLines = traced.count(where: \.isText)
        drawings = traced.count - textLines
        shapes = nodes.count - traced.count
        let renderer = WireframeRenderer()
        let picture = Self.tensor(image)
        func share(of tree: LayoutNode) -> Double {
            let ink = (picture .< 0.5).to(dtype: .float32)
            let drawn = (Self.tensor(renderer.render(tree)) .< 0.5).to(dtype: .float32)
            let total = ink.sum(1, 2, 3).doubles.first ?? 0
            return total == 0 ? 1 : ((ink * dilated(drawn, by: 1)).sum(1, 2, 3).doubles.first ?? 0) / total
        }
        do {
            f1 = try inkF1(Self.tensor(renderer.render(tree)), picture).first ?? 1
        } catch {
            throw error as? UserError ?? UserError(.internal, "\(error)")
        }
        shapeShare = share(of: tree.without { $0.isTraced })
        shapeAndTextShare = share(of: tree.without { $0.isTraced && !$0.isText })
    }

    /// One line for a person.
    public var description: String {
        let percent = { (share: Double) in NumberText.percent(share) }
        return "\(shapes) shapes (\(percent(shapeShare)) of the ink), \(textLines) lines of text "
            + "(\(percent(shapeAndTextShare - shapeShare))), \(drawings) traced drawings "
            + "(\(percent(1 - shapeAndTextShare))); ink F1 \(NumberText.text(f1, decimals: 3))"
    }

    private static func tensor(_ image: GrayImage) -> Tensor {
        Tensor(image.pixels, shape: [1, 1, image.height, image.width])
    }
}

extension LayoutNode {
    fileprivate var isTraced: Bool { style?.shape == .contours }
    fileprivate var isText: Bool { role == .text || role == .heading }

    /// The tree with nothing drawn for the nodes that `isLeftOut` names.
    fileprivate func without(_ isLeftOut: (LayoutNode) -> Bool) -> LayoutNode {
        var copy = self
        if isLeftOut(self) { copy.style = nil }
        copy.children = children.map { $0.without(isLeftOut) }
        return copy
    }
}
