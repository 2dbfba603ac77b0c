/// Words for a place of which only the size is known.
struct FillerText {
    /// Height of the em square in pixels.
    let size: Double
    let isBold: Bool

    private static let languages = [Vocabulary.french, Vocabulary.english]

    /// Lines about as long as the place is wide; the last of several is shorter, as that of a paragraph.
    func lines(
        _ count: Int, width: Double, for role: LayoutNode.Role, _ dice: inout SeededGenerator
    ) -> [String] {
        let room = (width - 1) / 1.04  // what the generator leaves about its words
        if count == 1 { return [label(room, role, &dice)] }
        return (0..<count).map { line in
            sentence(line + 1 == count ? room * (0.3 + 0.6 * Double(dice.uniform())) : room, &dice)
        }
    }

    private func width(of text: String) -> Double { TextMetrics.width(text, size: size, bold: isBold) }

    /// What such a place usually says, where something of the length is known, else words.
    private func label(_ room: Double, _ role: LayoutNode.Role, _ dice: inout SeededGenerator) -> String {
        let words = Self.languages[dice.integer(below: 2)]
        let usual =
            switch role {
            case .heading: words.headings + words.features + words.products + words.topics
            case .button: words.buttons + words.nav
            case .link: words.nav + words.topics
            case .price: ["5 €", "12 €", "9,90 €", "24,50 €", "129,00 €"]
            case .logo: words.brands
            default: words.features + words.fields + words.nav
            }
        if role == .price { return usual.min { abs(width(of: $0) - room) < abs(width(of: $1) - room) } ?? "5 €" }
        let fitting = usual.filter { abs(width(of: $0) - room) < 0.08 * room }
        return fitting.isEmpty ? sentence(room, &dice) : fitting[dice.integer(below: fitting.count)]
    }

    /// Filler words that fill `room` pixels; of the last as many letters as fit.
    private func sentence(_ room: Double, _ dice: inout SeededGenerator) -> String {
        let words = Self.languages[dice.integer(below: 2)].filler
        var text = ""
        var next = dice.integer(below: words.count)
        while width(of: text) < room, text.count < 400 {
            text += (text.isEmpty ? "" : " ") + words[next % words.count]
            next += 1
        }
        while text.count > 1, width(of: text) > room + 0.3 * size { text.removeLast() }
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
