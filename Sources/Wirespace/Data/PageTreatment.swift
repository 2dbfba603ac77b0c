package import Wireframes

/// From the pixels of a file to the page that training and every use of a model begin with: turned around (`data.invert`), at
/// the common width (`data.width`), and in 256 levels, as a page store keeps it. With a store and without one, pages are the same.
package struct PageTreatment: Sendable {
    private let inverts: Bool
    private let width: Int?

    /// The treatment that `data` asks for.
    package init(_ data: DataConfiguration) {
        inverts = data.invert
        width = data.width
    }

    /// The page in 256 levels.
    func levels(of image: GrayImage) -> GrayBytes {
        let scaled = width.map { $0 == image.width ? image : image.rescaled(toWidth: $0) } ?? image
        let levels = GrayBytes(rounding: scaled)
        return inverts ? levels.inverted : levels
    }

    /// The page.
    package func page(of image: GrayImage) -> GrayImage { levels(of: image).image }

    /// Names whatever decides the pixels, but for the file. The number counts changes of how they are worked out.
    var purpose: String { "pixels 1, width \(width.map { "\($0)" } ?? "as stored"), inverted \(inverts)" }
}
