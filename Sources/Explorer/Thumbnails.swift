import Foundation
import HTTPTypes
import Wireframes
import Wirespace

/// Pictures of known pages, read from their files; small ones are kept. It lives on one thread.
final class Thumbnails {
    private let files: [Int: URL]
    private var kept: [Int: Data] = [:]

    init(_ files: [Int: URL]) { self.files = files }

    /// Where the pages of an index lie, by their numbers.
    static func files(of index: LatentIndex) -> [Int: URL] {
        Dictionary(index.pages.map { ($0.id, index.file(of: $0)) }) { first, _ in first }
    }

    /// The page with a number at most `Limits.thumbnailSide` wide and high, a PNG file.
    ///
    /// - Throws: `Refusal` or `UserError` when there is no such page, or no file any more.
    func thumbnail(ofPage id: Int) throws -> Data {
        if let data = kept[id] { return data }
        let page = try image(ofPage: id)
        let scale = min(1, Double(Limits.thumbnailSide) / Double(max(page.width, page.height)))
        func side(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded())) }
        let data = try PNG.encode(page.resized(width: side(page.width), height: side(page.height)))
        if kept.count >= Limits.thumbnails { kept.removeAll() }
        kept[id] = data
        return data
    }

    /// The page as its file has it.
    func picture(ofPage id: Int) throws -> Data { try PNG.encode(image(ofPage: id)) }

    private func image(ofPage id: Int) throws -> GrayImage {
        guard let file = files[id] else {
            throw Refusal(.notFound, "there is no page \(id)", remedy: "/api/pages lists them")
        }
        return try PictureFile.read(file)
    }
}
