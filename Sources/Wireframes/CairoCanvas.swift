internal import CCairo

/// A white sheet to draw on in shades of grey, over a Cairo image surface.
///
/// Horizontal and vertical edges fall on the pixel grid and stay crisp; only slanted and round ones are smoothed.
final class CairoCanvas: Canvas {
    private let surface: OpaquePointer?
    private let context: OpaquePointer?
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        context = cairo_create(surface)
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        // Not hinted: FreeType's hints depend on what the process has drawn before, and a page may not.
        let options = cairo_font_options_create()
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
    }

    /// A rectangle of a picture, to draw on where the picture's own pixels are.
    convenience init(over picture: GrayImage, in box: Bounds) {
        self.init(width: box.width, height: box.height)
        cairo_surface_flush(surface)
        if let data = cairo_image_surface_get_data(surface) {
            let stride = Int(cairo_image_surface_get_stride(surface))
            picture.pixels.withUnsafeBufferPointer { pixels in
                for y in 0..<height {
                    let row = UnsafeMutableRawPointer(data + y * stride).assumingMemoryBound(to: UInt32.self)
                    let source = (box.y + y) * picture.width + box.x
                    for x in 0..<width { row[x] = UInt32((pixels[source + x] * 255).rounded()) &* 0x010101 }
                }
            }
        }
        cairo_surface_mark_dirty(surface)
        cairo_translate(context, Double(-box.x), Double(-box.y))
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// What has been drawn, 1 white and 0 ink.
    func image() -> GrayImage {
        cairo_surface_flush(surface)
        var image = GrayImage(width: width, height: height)
        guard let data = cairo_image_surface_get_data(surface) else { return image }
        let stride = Int(cairo_image_surface_get_stride(surface))
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            for y in 0..<height {
                let row = data + y * stride
                for x in 0..<width { pixels[y * width + x] = Float(row[4 * x + 1]) * (1 / 255) }
            }
        }
        return image
    }

    // MARK: - Areas and outlines

    func box(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int, radius: Int) {
        guard box.width > 0, box.height > 0 else { return }
        if let fill {
            setGray(fill)
            path(box, radius: radius, inset: 0)
            cairo_fill(context)
        }
        if let stroke {
            setGray(stroke)
            cairo_set_line_width(context, Double(lineWidth))
            path(box, radius: radius, inset: Double(lineWidth) / 2)
            cairo_stroke(context)
        }
    }

    func cross(_ box: Bounds, fill: Double?, stroke: Double, lineWidth: Int, radius: Int) {
        let (x0, x1) = (Double(box.x), Double(box.maxX))
        let (y0, y1) = (Double(box.y), Double(box.maxY))
        if let fill { self.fill(box, gray: fill, radius: radius) }
        clipped(to: box) {
            polyline([(x0, y0), (x1, y1)], gray: stroke, lineWidth: Double(lineWidth))
            polyline([(x0, y1), (x1, y0)], gray: stroke, lineWidth: Double(lineWidth))
        }
        outline(box, gray: stroke, lineWidth: lineWidth, radius: radius)
    }

    func ellipse(_ box: Bounds, fill: Double?, stroke: Double?, lineWidth: Int) {
        guard box.width > 1, box.height > 1 else { return }
        if let fill {
            ellipsePath(box, inset: 0)
            setGray(fill)
            cairo_fill(context)
        }
        if let stroke {
            ellipsePath(box, inset: Double(lineWidth) / 2)
            setGray(stroke)
            cairo_set_line_width(context, Double(lineWidth))
            cairo_stroke(context)
        }
    }

    func slice(_ box: Bounds, from start: Double, to end: Double, fill: Double?, stroke: Double, lineWidth: Int) {
        let radius = Double(min(box.width, box.height)) / 2 - Double(lineWidth) / 2
        guard radius > 0 else { return }
        let x = Double(box.x) + Double(box.width) / 2
        let y = Double(box.y) + Double(box.height) / 2
        cairo_move_to(context, x, y)
        cairo_arc(context, x, y, radius, (start - 0.25) * 2 * .pi, (end - 0.25) * 2 * .pi)
        cairo_close_path(context)
        if let fill {
            setGray(fill)
            cairo_fill_preserve(context)
        }
        setGray(stroke)
        cairo_set_line_width(context, Double(lineWidth))
        cairo_stroke(context)
    }

    func polyline(_ points: [(Double, Double)], gray: Double?, lineWidth: Double, closed: Bool, fill: Double?) {
        guard let first = points.first else { return }
        cairo_move_to(context, first.0, first.1)
        for point in points.dropFirst() { cairo_line_to(context, point.0, point.1) }
        if closed { cairo_close_path(context) }
        if let fill {
            setGray(fill)
            cairo_fill_preserve(context)
        }
        if let gray {
            setGray(gray)
            cairo_set_line_width(context, lineWidth)
            cairo_stroke(context)
        }
        cairo_new_path(context)
    }

    func contours(_ loops: [[Double]], gray: Double) {
        for loop in loops where loop.count >= 6 {
            cairo_move_to(context, loop[0], loop[1])
            for i in stride(from: 2, to: loop.count - 1, by: 2) { cairo_line_to(context, loop[i], loop[i + 1]) }
            cairo_close_path(context)
        }
        setGray(gray)
        cairo_set_fill_rule(context, CAIRO_FILL_RULE_EVEN_ODD)
        cairo_fill(context)
        cairo_set_fill_rule(context, CAIRO_FILL_RULE_WINDING)
    }

    func clipped(to box: Bounds, _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(context, Double(box.x), Double(box.y), Double(box.width), Double(box.height))
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    // MARK: - Text

    func text(
        _ line: String, in box: Bounds, baseline: Double, size: Double, bold: Bool, gray: Double,
        align: NodeStyle.Alignment
    ) {
        // A scale of 0 would be an error to Cairo, which then draws nothing more.
        guard box.width > 0, box.height > 0 else { return }
        let weight = bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
        cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight)
        cairo_set_font_size(context, size)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, line, &extents)
        let room = Double(box.width)
        let squeeze = extents.x_advance > room ? room / extents.x_advance : 1
        let slack = room - extents.x_advance * squeeze
        let start =
            switch align {
            case .left: 0.0
            case .centre: (slack / 2).rounded()
            case .right: slack
            }
        setGray(gray)
        cairo_save(context)
        cairo_translate(context, Double(box.x) + start, baseline.rounded())
        if squeeze < 1 { cairo_scale(context, squeeze, 1) }
        cairo_move_to(context, 0, 0)
        cairo_show_text(context, line)
        cairo_restore(context)
        cairo_new_path(context)
    }

    // MARK: - Paths

    private func setGray(_ gray: Double) {
        cairo_set_source_rgb(context, gray, gray, gray)
    }

    private func path(_ box: Bounds, radius: Int, inset: Double) {
        let x = Double(box.x) + inset
        let y = Double(box.y) + inset
        let w = max(0, Double(box.width) - 2 * inset)
        let h = max(0, Double(box.height) - 2 * inset)
        let r = min(Double(radius), w / 2, h / 2)
        guard r > 0.5 else { return cairo_rectangle(context, x, y, w, h) }
        cairo_new_sub_path(context)
        cairo_arc(context, x + w - r, y + r, r, -.pi / 2, 0)
        cairo_arc(context, x + w - r, y + h - r, r, 0, .pi / 2)
        cairo_arc(context, x + r, y + h - r, r, .pi / 2, .pi)
        cairo_arc(context, x + r, y + r, r, .pi, 1.5 * .pi)
        cairo_close_path(context)
    }

    private func ellipsePath(_ box: Bounds, inset: Double) {
        cairo_save(context)
        cairo_translate(context, Double(box.x) + Double(box.width) / 2, Double(box.y) + Double(box.height) / 2)
        let rx = max(0.5, Double(box.width) / 2 - inset)
        let ry = max(0.5, Double(box.height) / 2 - inset)
        cairo_scale(context, rx, ry)
        cairo_new_sub_path(context)
        cairo_arc(context, 0, 0, 1, 0, 2 * .pi)
        cairo_restore(context)
    }
}
