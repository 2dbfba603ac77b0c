import Testing
import Wireframes
import Wirespace

@Suite("Sheets of pages")
struct SheetTests {
    /// 100 pages, some wider than a sheet shows them, in sizes that do not fill rows evenly.
    private let pages = (0..<100).map { GrayImage(width: 20 + $0 * 3, height: 30 + $0 % 7) }

    @Test("a sheet's size is known before it is drawn", arguments: [1, 3, 7, 8, 99, 100, 200])
    func size(columns: Int) {
        for count in [1, 6, 100] {
            let shown = Array(pages.prefix(count))
            let sheet = pageSheet(shown, columns: columns)
            let size = pageSheetSize(of: shown.map { PNG.Size(width: $0.width, height: $0.height) }, columns: columns)
            #expect(size == PNG.Size(width: sheet.width, height: sheet.height))
        }
    }

    @Test("a sheet has as many whole rows as a picture may have")
    func room() throws {
        let tall = Array(repeating: GrayImage(width: 32, height: 1996), count: 47)
        #expect(pagesForSheet(tall, columns: 4).count == 36, "nine rows of 2,000 pixels, and 4; ten would be 20,004")
        #expect(pagesForSheet(pages, columns: 8).count == 100)
        #expect(pagesForSheet(Array(tall.prefix(3)), columns: 4).count == 3)
    }
}
