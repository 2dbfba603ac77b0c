internal import CCairo
internal import Foundation
public import Wireframes

/// A map of codes with a legend: every archetype a colour and a shape of its own, pages without one small and grey.
///
/// Eleven colours and eight shapes take turns, so that the first 88 archetypes differ, neighbours in both.
public struct ScatterPlot {
    private let map: EvaluationPictures.Map
    private let names: [String]

    /// A plot of `map`; `names` are those of its archetypes, by index. Points that are not finite are left out.
    public init(_ map: EvaluationPictures.Map, names: [String]) {
        self.map = map
        self.names = names
    }

    /// The plot on a white ground. Both axes have one scale, since distances are what a map is about.
    ///
    /// - Parameters:
    ///   - width: in points.
    ///   - height: in points.
    ///   - scale: pixels per point: 2 for screens with small pixels and for paper.
    public func image(width: Int = 1000, height: Int = 700, scale: Int = 1) -> RGBImage {
        let sheet = Sheet(width: max(width, 1), height: max(height, 1), scale: max(scale, 1))
        let legend = Legend(entries, sheet: sheet, width: Double(width) * 0.4, height: Double(height) - 2 * Self.margin)
        let right = Double(width) - legend.width - (legend.width > 0 ? 2 : 1) * Self.margin
        let field = Box(left: Self.margin, top: Self.margin, right: right, bottom: Double(height) - Self.margin)
        sheet.frame(field)
        drawPoints(on: sheet, in: field)
        legend.draw(on: sheet, left: field.right + Self.margin, top: field.top)
        return sheet.image()
    }

    private static let margin = 16.0

    private var spots: [(x: Double, y: Double, archetype: Int?)] {
        map.points.enumerated().compactMap { index, point in
            guard point.x.isFinite, point.y.isFinite else { return nil }
            return (point.x, point.y, index < map.archetypes.count ? map.archetypes[index] : nil)
        }
    }

    private var entries: [Legend.Entry] {
        let counts = Dictionary(spots.map { ($0.archetype ?? -1, 1) }, uniquingKeysWith: +)
        let present = Set(counts.keys).union(names.indices).sorted()
        var entries = present.filter { $0 >= 0 }.map { index in
            let name = index < names.count ? names[index] : "archetype \(index)"
            return Legend.Entry(mark: Mark(index), text: "\(name) (\(counts[index] ?? 0))")
        }
        if let unlabelled = counts[-1] {
            entries.append(Legend.Entry(mark: .unlabelled, text: "no archetype (\(unlabelled))"))
        }
        return entries
    }

    private func drawPoints(on sheet: Sheet, in field: Box) {
        let spots = spots
        guard let left = spots.map(\.x).min(), let right = spots.map(\.x).max(), let low = spots.map(\.y).min(),
            let high = spots.map(\.y).max(), field.right - field.left > 40, field.bottom - field.top > 40
        else { return }
        let radius = spots.count > 2000 ? 3.0 : spots.count > 600 ? 4.0 : 5.0
        let room = Box(left: field.left + 12, top: field.top + 12, right: field.right - 12, bottom: field.bottom - 12)
        // Halved first: the difference of two huge numbers would not be finite.
        let spans = (right / 2 - left / 2, high / 2 - low / 2)
        let scales = [(room.right - room.left) / 2 / spans.0, (room.bottom - room.top) / 2 / spans.1]
        let scale = scales.filter(\.isFinite).min() ?? 0
        let middle = (left / 2 + right / 2, low / 2 + high / 2)
        // Grey below, and archetypes mixed as they come, so that none covers the others.
        for spot in spots.filter({ $0.archetype == nil }) + spots.filter({ $0.archetype != nil }) {
            let x = (room.left + room.right) / 2 + (spot.x - middle.0) * scale
            let y = (room.top + room.bottom) / 2 - (spot.y - middle.1) * scale
            sheet.draw(spot.archetype.map(Mark.init) ?? .unlabelled, x: x, y: y, radius: radius)
        }
    }
}

private struct Box {
    var left: Double
    var top: Double
    var right: Double
    var bottom: Double
}

private struct Mark {
    var colour: (red: Double, green: Double, blue: Double)
    var shape: Int
    var size = 1.0

    static let unlabelled = Mark(colour: (0.62, 0.62, 0.62), shape: 0, size: 0.6)

    /// Dark enough to stand on white, light or saturated enough to differ from each other; after the colour-blind safe
    /// set of Okabe and Ito (2008), extended.
    private static let colours: [(Double, Double, Double)] = [
        (0.00, 0.45, 0.70), (0.84, 0.37, 0.00), (0.00, 0.55, 0.40), (0.70, 0.25, 0.60), (0.62, 0.47, 0.00),
        (0.15, 0.15, 0.15), (0.80, 0.08, 0.20), (0.20, 0.65, 0.90), (0.40, 0.30, 0.80), (0.45, 0.65, 0.10),
        (0.55, 0.33, 0.20),
    ]

    init(_ archetype: Int) {
        let index = archetype.magnitude
        colour = Self.colours[Int(index % UInt(Self.colours.count))]
        shape = Int(index % 8)
    }

    private init(colour: (Double, Double, Double), shape: Int, size: Double) {
        self.colour = colour
        self.shape = shape
        self.size = size
    }

    /// Corners of the shape at a unit radius; none for the disc.
    var corners: [(Double, Double)] {
        switch shape {
        case 1: Self.polygon(4, turned: 0.125)  // square
        case 2: Self.polygon(3)
        case 3: Self.polygon(4)  // diamond
        case 4: Self.polygon(3, turned: 0.5)
        case 5: Self.plus
        case 6: Self.polygon(5, inner: 0.45)  // star
        case 7: Self.plus.map { (($0.0 - $0.1) * 0.7071, ($0.0 + $0.1) * 0.7071) }  // cross
        default: []
        }
    }

    private static let plus: [(Double, Double)] = [
        (-0.36, -1.1), (0.36, -1.1), (0.36, -0.36), (1.1, -0.36), (1.1, 0.36), (0.36, 0.36), (0.36, 1.1), (-0.36, 1.1),
        (-0.36, 0.36), (-1.1, 0.36), (-1.1, -0.36), (-0.36, -0.36),
    ]

    private static func polygon(_ count: Int, turned: Double = 0, inner: Double? = nil) -> [(Double, Double)] {
        let steps = inner == nil ? count : 2 * count
        return (0..<steps).map { step in
            let angle = (Double(step) / Double(steps) + turned - 0.25) * 2 * .pi
            let radius = inner.flatMap { step.isMultiple(of: 2) ? nil : $0 } ?? 1
            return (1.25 * radius * cos(angle), 1.25 * radius * sin(angle))
        }
    }
}

private struct Legend {
    struct Entry {
        var mark: Mark
        var text: String
    }

    let columns: [[Entry]]
    let columnWidth: Double
    let lineHeight: Double
    let textSize: Double
    var width: Double { columnWidth * Double(columns.count) }

    /// At most two columns; what does not fit is counted in the last line.
    init(_ entries: [Entry], sheet: Sheet, width: Double, height: Double) {
        let isShort = Double(entries.count) * 22 <= height
        lineHeight = isShort ? 24 : 18
        textSize = isShort ? 14 : 12
        let rows = max(Int(height / lineHeight), 1)
        var shown = entries
        if entries.count > 2 * rows {
            shown = Array(entries.prefix(2 * rows - 1))
            shown.append(Entry(mark: .unlabelled, text: "… and \(entries.count - shown.count) more"))
        }
        let columnCount = shown.count > rows ? 2 : shown.isEmpty ? 0 : 1
        let most = width / Double(max(columnCount, 1)) - 28
        let size = textSize
        shown = shown.map { Entry(mark: $0.mark, text: sheet.shortened($0.text, size: size, to: most)) }
        columnWidth = 28 + (shown.map { sheet.width(of: $0.text, size: size) }.max() ?? 0)
        columns =
            columnCount == 0
            ? []
            : stride(from: 0, to: shown.count, by: rows).map { start in
                Array(shown[start..<min(start + rows, shown.count)])
            }
    }

    func draw(on sheet: Sheet, left: Double, top: Double) {
        for (column, entries) in columns.enumerated() {
            for (row, entry) in entries.enumerated() {
                let x = left + Double(column) * columnWidth + 8
                let y = top + (Double(row) + 0.5) * lineHeight
                sheet.draw(entry.mark, x: x, y: y, radius: 5.5)
                sheet.text(entry.text, x: x + 14, y: y, size: textSize)
            }
        }
    }
}

/// A white sheet in colour, over a Cairo image surface, measured in points from the top left corner.
private final class Sheet {
    private let surface: OpaquePointer?
    private let context: OpaquePointer?
    private let pixels: (width: Int, height: Int)

    init(width: Int, height: Int, scale: Int) {
        pixels = (width * scale, height * scale)
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(pixels.width), Int32(pixels.height))
        context = cairo_create(surface)
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        cairo_scale(context, Double(scale), Double(scale))
        cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    func frame(_ box: Box) {
        guard box.right > box.left, box.bottom > box.top else { return }
        cairo_set_source_rgb(context, 0.8, 0.8, 0.8)
        cairo_set_line_width(context, 1)
        cairo_rectangle(
            context, box.left.rounded() + 0.5, box.top.rounded() + 0.5, (box.right - box.left).rounded(),
            (box.bottom - box.top).rounded())
        cairo_stroke(context)
    }

    func draw(_ mark: Mark, x: Double, y: Double, radius: Double) {
        let radius = radius * mark.size
        cairo_new_path(context)
        if mark.corners.isEmpty { cairo_arc(context, x, y, radius, 0, 2 * .pi) }
        for corner in mark.corners { cairo_line_to(context, x + corner.0 * radius, y + corner.1 * radius) }
        cairo_close_path(context)
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_set_line_width(context, 1.5)
        cairo_stroke_preserve(context)
        cairo_set_source_rgb(context, mark.colour.red, mark.colour.green, mark.colour.blue)
        cairo_fill(context)
    }

    /// Text whose middle is at the height `y`.
    func text(_ line: String, x: Double, y: Double, size: Double) {
        cairo_set_font_size(context, size)
        cairo_set_source_rgb(context, 0.1, 0.1, 0.1)
        cairo_move_to(context, x, y + 0.35 * size)
        cairo_show_text(context, line)
        cairo_new_path(context)
    }

    func width(of line: String, size: Double) -> Double {
        cairo_set_font_size(context, size)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, line, &extents)
        return extents.x_advance
    }

    func shortened(_ line: String, size: Double, to most: Double) -> String {
        guard width(of: line, size: size) > most else { return line }
        var kept = Substring(line.prefix(200))
        while !kept.isEmpty, width(of: kept + "…", size: size) > most { kept.removeLast() }
        return kept + "…"
    }

    func image() -> RGBImage {
        cairo_surface_flush(surface)
        var image = RGBImage(width: pixels.width, height: pixels.height)
        guard let data = cairo_image_surface_get_data(surface) else { return image }
        let stride = Int(cairo_image_surface_get_stride(surface))
        image.bytes.withUnsafeMutableBufferPointer { bytes in
            for y in 0..<pixels.height {
                for x in 0..<pixels.width {
                    // Cairo keeps a pixel as one 32-bit number, 0xRRGGBB.
                    let word = UnsafeRawPointer(data + y * stride + 4 * x).load(as: UInt32.self)
                    let place = 3 * (y * pixels.width + x)
                    bytes[place] = UInt8(truncatingIfNeeded: word >> 16)
                    bytes[place + 1] = UInt8(truncatingIfNeeded: word >> 8)
                    bytes[place + 2] = UInt8(truncatingIfNeeded: word)
                }
            }
        }
        return image
    }
}
