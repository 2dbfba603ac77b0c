import Foundation

/// Numbers as a reader expects them: three or four digits that matter, a real minus sign, words for what is no number.
enum NumberText {
    /// The decimals with which `value` is written.
    ///
    /// - Parameter whole: whether a whole number is written without any, as a count is.
    static func decimals(of value: Double, whole: Bool = true) -> Int {
        let size = abs(value)
        if whole, value == value.rounded(), size >= 1 { return 0 }
        // 1 belongs to the shares below it.
        if size == 1 { return 3 }
        return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size >= 0.01 || value == 0 ? 3 : 4
    }

    /// `value` with the given decimals, or with as many as it needs; tiny values as a power of ten.
    static func text(_ value: Double, decimals: Int? = nil, whole: Bool = true) -> String {
        guard value.isFinite else { return value.isNaN ? "undefined" : value > 0 ? "∞" : "−∞" }
        if decimals == nil, value != 0, abs(value) < 0.001 || abs(value) >= 1e7 { return powerOfTen(value) }
        let digits = String(format: "%.*f", decimals ?? Self.decimals(of: value, whole: whole), abs(value))
        let isNegative = value < 0 && digits.contains { "123456789".contains($0) }
        return (isNegative ? "−" : "") + grouped(digits)
    }

    /// A bound that a person chose: with the digits that it was given.
    static func bound(_ value: Double) -> String { String(format: "%g", value) }

    /// A share as a percentage.
    static func percent(_ share: Double) -> String {
        let value = share * 100
        return text(value, decimals: value > 0 && value < 1 ? 1 : 0) + "\u{202F}%"
    }

    /// A count, its thousands apart.
    static func text(_ count: Int) -> String {
        (count < 0 ? "−" : "") + grouped(String(count.magnitude))
    }

    /// A figure's interval with the decimals of its value, or nil without one.
    static func interval(_ figure: EvaluationResult.Figure, whole: Bool = false) -> String? {
        guard let low = figure.low, let high = figure.high else { return nil }
        let isTiny = [low, high].contains { $0 != 0 && abs($0) < 0.001 }
        let digits = isTiny ? nil : [figure.value, low, high].map { decimals(of: $0, whole: whole) }.max()
        return "\(text(low, decimals: digits)) to \(text(high, decimals: digits))"
    }

    /// A duration in the units in which a person would say it.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return text(seconds) }
        if seconds < 60 { return String(format: seconds < 10 ? "%.1f s" : "%.0f s", seconds) }
        let minutes = Int((seconds / 60).rounded())
        return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }

    private static func grouped(_ digits: String) -> String {
        let parts = digits.split(separator: ".", maxSplits: 1)
        guard let whole = parts.first, whole.count > 4 else { return digits }
        var result = ""
        for (place, digit) in whole.enumerated() {
            if place > 0, (whole.count - place).isMultiple(of: 3) { result += "\u{202F}" }
            result.append(digit)
        }
        return parts.count > 1 ? result + "." + parts[1] : result
    }

    private static func powerOfTen(_ value: Double) -> String {
        let parts = String(format: "%.1e", abs(value)).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return String(value) }
        let superscripts: [Character: Character] = [
            "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸",
            "9": "⁹",
        ]
        let raised = String(String(exponent).map { superscripts[$0] ?? $0 })
        return (value < 0 ? "−" : "") + parts[0] + "\u{202F}×\u{202F}10" + raised
    }
}

extension String {
    /// The text with nothing in it that a page cannot carry: control characters, which XML forbids, become spaces, and
    /// a mark that would join `<`, `>`, `&` or a quote gets a base of its own, so that the sign is escaped all the same.
    var forPage: String {
        var result = String.UnicodeScalarView()
        for character in self {
            let scalars = character.unicodeScalars.map { Self.isAllowed($0) ? $0 : " " }
            result.append(contentsOf: scalars.prefix(1))
            if scalars.count > 1, let first = scalars.first, "<>&\"'".unicodeScalars.contains(first) {
                result.append("\u{25CC}")
            }
            result.append(contentsOf: scalars.dropFirst())
        }
        return String(result)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value & 0xFFFE != 0xFFFE
    }
}
