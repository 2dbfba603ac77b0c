/// Estimated widths of text in DejaVu Sans, in whole hundredths of an em.
///
/// Layout asks this table and never the machine's fonts, so that a page's tree is the same on every machine.
enum TextMetrics {
    /// Estimated width in pixels of one line at `size` pixels per em.
    static func width(_ line: some StringProtocol, size: Double, bold: Bool = false) -> Double {
        var hundredths = 0
        for scalar in line.unicodeScalars { hundredths += advance(scalar) }
        return Double(hundredths) * size / 100 * (bold ? 1.12 : 1)
    }

    /// Words put into at most `limit` lines of `width` pixels; what does not fit is dropped.
    static func wrap(_ text: String, width: Double, size: Double, bold: Bool = false, limit: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if line.isEmpty || Self.width(longer, size: size, bold: bold) <= width {
                line = longer
            } else {
                lines.append(line)
                line = String(word)
                if lines.count == limit { return lines }
            }
        }
        if !line.isEmpty, lines.count < limit { lines.append(line) }
        return lines
    }

    private static func advance(_ scalar: Unicode.Scalar) -> Int {
        switch scalar {
        case "i", "j", "l", "'", ".", ",", ":", ";", "|", "I", "!", "(", ")", "’": 32
        case " ": 32
        case "f", "t", "r", "-", "/": 40
        case "m", "w", "M", "W", "%", "©", "œ": 94
        case "a"..."z", "0"..."9", "é", "è", "à", "ê", "ç", "€", "$", "?": 61
        case "A"..."Z", "É", "À": 70
        default: 62
        }
    }
}
