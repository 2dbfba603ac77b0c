import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

/// How like reduced screenshots are to wireframes captured from the same pages. It needs those of
/// `wirespace dataset capture PAGES --out DIR/pages --screenshots DIR/screenshots` and `WIRESPACE_CAPTURED=DIR`.
@Suite("Quality of reduced screenshots")
struct ScreenshotQualityTests {
    static let folder = ProcessInfo.processInfo.environment["WIRESPACE_CAPTURED"].map {
        URL(filePath: $0, directoryHint: .isDirectory)
    }

    @Test(
        "reduced screenshots have the ink of captured wireframes, and screenshots as they are do not",
        .enabled(if: folder != nil))
    func likeness() throws {
        let folder = try #require(Self.folder)
        let screens = try ImageFolder(scanning: folder.appending(path: "screenshots")).entries
        #expect(screens.count >= 30)
        var reduced: [Double] = []
        var plain: [Double] = []
        for entry in screens {
            let wireframe = try PNG.read(folder.appending(path: "pages/" + entry.relativePath))
            let captured = Tensor.batch([wireframe], device: .cpu)
            let colours = try PictureFile.readColours(entry.url)
            let page = Tensor.batch([colours.wireframe()], device: .cpu)
            reduced += try inkF1(page, captured)
            plain += try inkF1(Tensor.batch([try PictureFile.read(entry.url)], device: .cpu), captured)
        }
        for (name, values) in [("reduced", reduced), ("as they are", plain)] {
            let mean = values.reduce(0, +) / Double(values.count)
            print("\(values.count) screenshots \(name): ink F1 \(mean), median \(values.sorted()[values.count / 2])")
        }
        #expect(reduced.reduce(0, +) > 0.6 * Double(reduced.count))
        #expect(plain.reduce(0, +) < 0.2 * Double(plain.count))
    }
}
