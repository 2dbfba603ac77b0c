import Foundation
import Wireframes

/// How a picture file becomes a page, as `data.screenshots` and `data.invert` say.
struct PageInput: Sendable {
    private let areScreenshots: Bool
    private let inverts: Bool

    init(_ data: DataConfiguration) {
        areScreenshots = data.screenshots
        inverts = data.invert
    }

    /// The page in a file: ink on paper.
    ///
    /// - Throws: `UserError` naming the file.
    func read(_ file: URL) throws(UserError) -> GrayImage {
        areScreenshots ? try PictureFile.readColours(file).wireframe() : page(try PictureFile.read(file))
    }

    /// A page that was read elsewhere.
    func page(_ image: GrayImage) -> GrayImage { inverts ? image.inverted() : image }
}
