public import Wireframes

/// Pages side by side in rows on a coloured ground, none wider than `width` pixels.
public func pageSheet(_ pages: [GrayImage], columns: Int, width: Int = widestPage) -> RGBImage {
    rowsSheet(pages.map { $0.width > width ? $0.rescaled(toWidth: width) : $0 }.chunks(of: max(columns, 1)))
}

/// Words on a sheet, to name its rows, its columns or its pages. Sizes are in pixels.
public enum Caption {
    private static let height = 18
    /// Of a letter, about.
    private static let letterWidth = 6.2
    private static let widths = 60...240

    /// Large enough for each of some words, unless they are very long.
    public static func size(of words: [String]) -> PNG.Size {
        let letters = Double(words.map(\.count).max() ?? 0) * letterWidth
        return PNG.Size(width: min(max(Int(letters) + 12, widths.lowerBound), widths.upperBound), height: height)
    }

    /// As large as the words over, or under, a page of this width are.
    public static func size(over width: Int) -> PNG.Size { PNG.Size(width: min(width, widestPage), height: height) }

    /// The words as a page of a sheet; of those that are too long for it the end, after an ellipsis.
    public static func drawn(_ words: String, _ size: PNG.Size) -> GrayImage {
        let room = max(1, Int(Double(size.width) / letterWidth))
        var letters = NodeStyle()
        (letters.fontSize, letters.lineHeight, letters.align) = (11, height, .centre)
        let box = Bounds(x: 0, y: 0, width: size.width, height: size.height)
        let text = words.count > room ? "…" + words.suffix(room - 1) : words
        let label = LayoutNode(.label, box, text: text, style: letters)
        return WireframeRenderer().render(LayoutNode(.page, box, style: NodeStyle(fill: 1), children: [label]))
    }

    /// A page, as wide as a ``pageSheet(_:columns:width:)`` shows it, over its words.
    public static func under(_ page: GrayImage, _ words: String) -> GrayImage {
        let page = page.width > widestPage ? page.rescaled(toWidth: widestPage) : page
        let words = drawn(words, size(over: page.width))
        return GrayImage(width: page.width, height: page.height + words.height, pixels: page.pixels + words.pixels)
    }
}

/// How wide a page on a sheet is at most, in pixels, unless the sheet says otherwise.
public let widestPage = 256

/// How large ``pageSheet(_:columns:width:)`` is with pages of these sizes.
public func pageSheetSize(of sizes: [PNG.Size], columns: Int, width: Int = widestPage) -> PNG.Size {
    let rows = sizes.map { $0.width > width ? $0.rescaled(toWidth: width) : $0 }.chunks(of: max(columns, 1))
    let widths = (0..<(rows.first?.count ?? 0)).map { column in
        rows.map { column < $0.count ? $0[column].width : 1 }.max() ?? 1
    }
    return PNG.Size(width: framed(widths), height: framed(rows.map { $0.map(\.height).max() ?? 1 }))
}

/// As many of the first pages, in whole rows, as a ``pageSheet(_:columns:width:)`` has room for.
public func pagesForSheet(_ pages: [GrayImage], columns: Int) -> [GrayImage] {
    var sizes = pages.map { PNG.Size(width: $0.width, height: $0.height) }
    while sizes.count > columns, (try? pageSheetSize(of: sizes, columns: columns).requirePicture()) == nil {
        sizes.removeLast((sizes.count - 1) % columns + 1)
    }
    return Array(pages.prefix(sizes.count))
}

/// Pixels of the ground between pages and around them.
private let gap = 4

/// The ground, a colour that no page has.
private let ground: (red: UInt8, green: UInt8, blue: UInt8) = (120, 144, 176)

/// The length of columns, or of rows, with the ground.
private func framed(_ sides: [Int]) -> Int { sides.reduce(gap) { $0 + $1 + gap } }

/// Columns of pages on a coloured ground, which no page has, each row as high as its highest page. A place may be empty.
public func contactSheet(_ columns: [[GrayImage?]]) -> RGBImage {
    let rowCount = columns.map(\.count).max() ?? 0
    let widths = columns.map { $0.compactMap { $0?.width }.max() ?? 0 }
    let heights = (0..<rowCount).map { row in columns.map { row < $0.count ? $0[row]?.height ?? 0 : 0 }.max() ?? 0 }
    var sheet = RGBImage(
        width: framed(widths), height: framed(heights), red: ground.red, green: ground.green, blue: ground.blue)
    var left = gap
    for (column, width) in zip(columns, widths) {
        var top = gap
        for (page, height) in zip(column, heights) {
            if let page { sheet.draw(page, left: left, top: top) }
            top += height + gap
        }
        left += width + gap
    }
    return sheet
}

/// Rows of pages, as ``contactSheet(_:)`` has columns of them.
public func rowsSheet(_ rows: [[GrayImage]]) -> RGBImage {
    let columnCount = rows.map(\.count).max() ?? 0
    return contactSheet(
        (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column] : nil }
        })
}

extension RGBImage {
    /// The rows of pages on a sheet: runs of pixel rows between those that show nothing but the ground.
    package func bands() -> [Range<Int>] {
        let (red, green, blue) = ground
        let isContent = bytes.withUnsafeBufferPointer { bytes in
            (0..<height).map { y in
                stride(from: 3 * y * width, to: 3 * (y + 1) * width, by: 3).contains { place in
                    bytes[place] != red || bytes[place + 1] != green || bytes[place + 2] != blue
                }
            }
        }
        var bands: [Range<Int>] = []
        var start: Int?
        for y in 0...height {
            let isInside = y < height && isContent[y]
            if isInside, start == nil { start = y }
            if !isInside, let first = start {
                bands.append(first..<y)
                start = nil
            }
        }
        return bands
    }

    /// Copies a grey page into the picture.
    mutating func draw(_ page: GrayImage, left: Int, top: Int) {
        for y in 0..<page.height {
            for x in 0..<page.width {
                let value = UInt8((min(max(page[x, y], 0), 1) * 255).rounded())
                let place = 3 * ((top + y) * width + left + x)
                for channel in 0..<3 { bytes[place + channel] = value }
            }
        }
    }
}

/// Pages of one size: all that are smaller get paper to the right and below.
public func padded(_ pages: [GrayImage]) -> [GrayImage] {
    let (width, height) = (pages.map(\.width).max() ?? 0, pages.map(\.height).max() ?? 0)
    return pages.map { page in
        var sheet = GrayImage(width: width, height: height)
        for y in 0..<page.height {
            let row = page.pixels[y * page.width..<(y + 1) * page.width]
            sheet.pixels.replaceSubrange(y * width..<y * width + page.width, with: row)
        }
        return sheet
    }
}
