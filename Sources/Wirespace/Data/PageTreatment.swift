package import Foundation
package import Wireframes

/// From a file to the page that training and every use of a model begin with: reduced to a wireframe (`data.screenshots`) or
/// turned around (`data.invert`), at the common width (`data.width`), and in 256 levels, as a page store keeps it. With a store
/// and without one, pages are the same.
package struct PageTreatment: Sendable {
    private let areScreenshots: Bool
    private let inverts: Bool
    private let width: Int?
    /// Whether whoever looks at the pages has seen none but generated ones, which are drawn at the common width.
    private let areAsDrawn: Bool

    /// The treatment that `data` asks for.
    package init(_ data: DataConfiguration) {
        areScreenshots = data.screenshots
        inverts = data.invert
        width = data.width
        areAsDrawn = data.generator != nil
    }

    /// The page in a file.
    ///
    /// - Throws: `UserError` naming the file.
    package func read(_ file: URL) throws(UserError) -> GrayBytes {
        guard areScreenshots else { return levels(of: try PictureFile.read(file)) }
        return levels(ofInkOnPaper: try PictureFile.readColours(file).wireframe())
    }

    /// The same as an image.
    package func image(in file: URL) throws(UserError) -> GrayImage { try read(file).image }

    /// A page that was read or drawn elsewhere.
    func levels(of image: GrayImage) -> GrayBytes {
        inverts ? reduced(image).inverted : levels(ofInkOnPaper: image)
    }

    /// A page that need not be turned around.
    ///
    /// In generated pages strokes are a pixel wide or more. Those of a wider page, reduced as they are, would be paler than any that a model
    /// of generated pages knows, and it would take most pages for another kind; so they are widened to nearly a pixel first.
    func levels(ofInkOnPaper image: GrayImage) -> GrayBytes {
        guard areAsDrawn, let width, image.width > width else { return reduced(image) }
        return reduced(image.widened(strokesBy: max(1, Int((0.8 * Double(image.width) / Double(width)).rounded()))))
    }

    private func reduced(_ image: GrayImage) -> GrayBytes {
        GrayBytes(rounding: width.map { $0 == image.width ? image : image.rescaled(toWidth: $0) } ?? image)
    }

    /// Names whatever decides the pixels, but for the file. The number counts changes of how they are worked out.
    var purpose: String {
        let kind = areScreenshots ? "reduced" : inverts ? "inverted" : "as they are"
        return "pixels 1, width \(width.map { "\($0)" } ?? "as stored"), \(kind)"
    }
}
