import Foundation
import Wireframes

/// What the template `dataset.mustache` shows.
struct DatasetPage {
    struct Thumbnail {
        let file: String
        let source: String
        let width: Int
        let height: Int
    }

    struct Item {
        let text: String?
        let pictures: [Thumbnail]
    }

    struct Problem {
        let title: String
        let items: [Item]
        let more: String?
    }

    /// Items of a problem, and pictures of an item, that are shown; the others are only counted.
    private static let (mostItems, mostPictures) = (40, 12)
    /// The longest side of a thumbnail in pixels.
    private static let side = 150

    let style: String
    let title: String
    let overview: String
    let verdict: String
    let problems: [Problem]

    /// Reads the images that have something wrong with them again, for their thumbnails.
    init(_ report: DatasetReport, style: String) {
        self.style = style
        title = report.folder.forPage
        overview = report.overview.map(\.forPage).joined(separator: "\n")
        verdict = report.problems.isEmpty ? "No problems found" : "What is wrong"
        problems = report.problems.map { problem in
            let items = problem.items.prefix(Self.mostItems).map { Self.item($0, in: report.folder) }
            let left = problem.items.count - items.count
            return Problem(
                title: problem.title.forPage, items: items,
                more: left > 0 ? "… and \(left) more, listed by `wirespace dataset check --json`." : nil)
        }
    }

    private static func item(_ item: DatasetReport.Problem.Item, in folder: String) -> Item {
        let pictures = item.files.prefix(mostPictures).compactMap { thumbnail(of: $0, in: folder) }
        let left = item.files.count - mostPictures
        let text = item.files.count == 1 && !pictures.isEmpty ? nil : left > 0 ? "… and \(left) more" : item.text
        let lines = text?.split(separator: "\n").map { String($0).forPage }
        return Item(text: lines?.joined(separator: "\n"), pictures: pictures)
    }

    private static func thumbnail(of file: String, in folder: String) -> Thumbnail? {
        let url = URL(filePath: folder, directoryHint: .isDirectory).appending(path: file)
        guard let image = try? PictureFile.read(url) else { return nil }
        let scale = Double(side) / Double(max(image.width, image.height))
        let small = image.resized(
            width: max(1, Int(Double(image.width) * scale)), height: max(1, Int(Double(image.height) * scale)))
        guard let data = try? PNG.encode(small) else { return nil }
        return Thumbnail(
            file: file.forPage, source: "data:image/png;base64," + data.base64EncodedString(), width: small.width,
            height: small.height)
    }
}
