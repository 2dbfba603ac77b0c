import Foundation
import Testing
import Wireframes

@Suite("Exporting pages as shapes")
struct ExportTests {
    private func folderWithPages() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, page) in zip(["a", "b"], try TinyRun.pageFiles()) {
            try folder.add("pages/\(name).png", try Data(contentsOf: page))
        }
        return folder
    }

    @Test("leaves both files of each page, or the one that is asked for, and says how good they are")
    func files() throws {
        let folder = try folderWithPages()
        let both = try CommandLineTool.run(["export", "pages/a.png", "pages/b.png", "--out", "new/shapes"], in: folder)
        #expect(both.code == 0 && both.errors.isEmpty, "\(both)")
        #expect(both.output.split(separator: "\n").count == 2 && both.output.contains("pages/a.png: "), "\(both)")
        #expect(
            folder.files(below: "new/shapes").keys.sorted() == ["a.layout.json", "a.svg", "b.layout.json", "b.svg"])
        let json = try #require(folder.data("new/shapes/a.layout.json"))
        let layout = try JSONDecoder().decode(LayoutDocument.self, from: json)
        #expect(layout.width == 64 && layout.tree.role == .page)
        let one = try CommandLineTool.run(["export", "pages/a.png", "--svg", "--out", "only"], in: folder)
        #expect(one.code == 0 && folder.files(below: "only").keys.sorted() == ["a.svg"], "\(one)")
    }

    @Test("names a picture that is none, exports the others, and ends with its code")
    func badImages() throws {
        let folder = try folderWithPages()
        try folder.add("pages/bad.png", "This is a text.\n")
        let outcome = try CommandLineTool.run(
            ["export", "pages/bad.png", "pages/a.png", "--out", "out"], in: folder)
        expectFailure(outcome, code: 65, naming: "pages/bad.png")
        #expect(folder.data("out/a.svg") != nil && folder.data("out/bad.svg") == nil)
        expectFailure(
            try CommandLineTool.run(["export", "pages/none.png"], in: folder), code: 66, naming: "pages/none.png")
    }

    @Test("refuses two pages that would be one file, and a folder that is a file")
    func places() throws {
        let folder = try folderWithPages()
        try folder.add("other/a.png", try #require(folder.data("pages/a.png")))
        let same = try CommandLineTool.run(["export", "pages/a.png", "other/a.png"], in: folder)
        #expect(same.code == 64 && same.errors.contains("other/a.png"), "\(same)")
        let file = try CommandLineTool.run(["export", "pages/a.png", "--out", "other/a.png"], in: folder)
        expectFailure(file, code: 74, naming: "other/a.png")
    }
}
