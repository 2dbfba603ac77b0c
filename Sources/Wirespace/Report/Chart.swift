import Foundation

/// A small chart as numbers for the template `chart.mustache`, which draws it as SVG.
///
/// Everything is placed in a view box of 320 × 190; colours and line styles are classes of the style sheet, so that one
/// chart reads in light, in dark and on paper.
struct Chart {
    /// A line to draw.
    struct Series {
        var name: String
        var points: [(x: Double, y: Double)]
        /// Number of its colour and dash pattern.
        var style: Int
    }

    struct Tick {
        let place: String
        let label: String
    }

    struct Line {
        let style: String
        let name: String
        let path: String
        let dots: [Dot]
    }

    struct Dot {
        let x: String
        let y: String
    }

    struct Bar {
        let x: String
        let y: String
        let width: String
        let height: String
        let label: String
    }

    let title: String
    let summary: String
    let unit: String
    let across: String
    var xTicks: [Tick] = []
    var yTicks: [Tick] = []
    var lines: [Line] = []
    var bars: [Bar] = []
    /// Whether the names of the lines must be said.
    var hasLegend = false
    var isWide = false

    /// Where the axes stand, in the view box. The templates read stored properties only, by reflection.
    struct Frame {
        let left = 46.0
        let top = 8.0
        let bottom = 162.0
        let width: Double
        let right: Double
        let middle: Double

        init(width: Double) {
            self.width = width
            right = width - 10
            middle = (left + right) / 2
        }
    }

    private(set) var frame = Frame(width: 320)

    static let styles = 24

    /// Lines over a common axis. Values that are not finite break a line.
    ///
    /// - Parameter logarithmic: the vertical axis by powers of ten, if all values are positive and far apart.
    init?(_ title: String, unit: String, across: String = "epoch", series: [Series], logarithmic: Bool = false) {
        let finite = series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let x = Self.range(finite.map(\.x)), let y = Self.range(finite.map(\.y)) else { return nil }
        let isLogarithmic = logarithmic && y.lowerBound > 0 && y.upperBound / y.lowerBound > 30
        self.title = title
        self.unit = ([unit] + (isLogarithmic ? ["logarithmic"] : [])).filter { !$0.isEmpty }.joined(separator: ", ")
        self.across = across
        summary = Self.summary(title, series)
        let axis = isLogarithmic ? Axis(powersIn: y) : Axis(y)
        let xAxis = Axis(x, whole: true, padded: false)
        yTicks = axis.ticks.map { Tick(place: Self.number(place(axis.share(of: $0), up: true)), label: axis.label($0)) }
        xTicks = xAxis.ticks.map { Tick(place: Self.number(place(xAxis.share(of: $0))), label: NumberText.text($0)) }
        hasLegend = series.count > 1
        lines = series.map { line in
            let spots = line.points.map { point -> (x: Double, y: Double)? in
                guard point.x.isFinite, point.y.isFinite else { return nil }
                return (place(xAxis.share(of: point.x)), place(axis.share(of: point.y), up: true))
            }
            return Line(
                style: "s\(line.style % Self.styles)", name: line.name.forPage, path: Self.path(spots),
                dots: Self.lonely(spots).map { Dot(x: Self.number($0.x), y: Self.number($0.y)) })
        }
    }

    /// Bars from 0, in the order given; values that are not finite are left out.
    init?(_ title: String, unit: String, across: String, bars values: [(label: String, value: Double)]) {
        let finite = values.filter { $0.value.isFinite }
        guard let high = finite.map(\.value).max() else { return nil }
        self.title = title
        self.unit = unit
        self.across = across
        frame = Frame(width: 900)
        isWide = true
        summary =
            "\(title): \(finite.count) bars, from \(NumberText.text(finite[0].value)) to "
            + "\(NumberText.text(finite[finite.count - 1].value)) \(unit)."
        let axis = Axis(min(0, finite.map(\.value).min() ?? 0)...max(high, 1e-6), padded: false)
        yTicks = axis.ticks.map { Tick(place: Self.number(place(axis.share(of: $0), up: true)), label: axis.label($0)) }
        let step = (frame.right - frame.left) / Double(finite.count)
        bars = finite.enumerated().map { index, bar in
            let y = place(axis.share(of: max(bar.value, 0)), up: true)
            return Bar(
                x: Self.number(frame.left + (Double(index) + 0.1) * step), y: Self.number(y),
                width: Self.number(min(0.8 * step, 40)), height: Self.number(max(0, frame.bottom - y)),
                label: "\(bar.label): \(NumberText.text(bar.value)) \(unit)".forPage)
        }
    }

    private func place(_ share: Double, up: Bool = false) -> Double {
        up ? frame.bottom - share * (frame.bottom - frame.top) : frame.left + share * (frame.right - frame.left)
    }

    private static func range(_ values: [Double]) -> ClosedRange<Double>? {
        guard let low = values.min(), let high = values.max() else { return nil }
        return low...high
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    /// Moves and lines through the spots; a gap lifts the pen.
    private static func path(_ spots: [(x: Double, y: Double)?]) -> String {
        var path = ""
        var isDown = false
        for spot in spots {
            if let spot { path += (isDown ? "L" : "M") + number(spot.x) + " " + number(spot.y) }
            isDown = spot != nil
        }
        return path
    }

    /// Spots without a neighbour, which a line would not show.
    private static func lonely(_ spots: [(x: Double, y: Double)?]) -> [(x: Double, y: Double)] {
        spots.indices.compactMap { index in
            let before = index > 0 ? spots[index - 1] : nil
            let after = index + 1 < spots.count ? spots[index + 1] : nil
            return before == nil && after == nil ? spots[index] : nil
        }
    }

    private static func summary(_ title: String, _ series: [Series]) -> String {
        let parts = series.compactMap { line -> String? in
            let finite = line.points.filter { $0.y.isFinite }
            guard let first = finite.first, let last = finite.last else { return nil }
            let name = line.name.isEmpty ? "" : line.name + " "
            return "\(name)from \(NumberText.text(first.y)) to \(NumberText.text(last.y))"
        }
        return "\(title): \(parts.joined(separator: "; ")).".forPage
    }
}

/// The scale of one side of a chart, with round ticks.
struct Axis {
    let range: ClosedRange<Double>
    let ticks: [Double]
    private let isLogarithmic: Bool
    private let decimals: Int?

    /// A linear axis over `range`, widened to its outer ticks if `padded`.
    init(_ range: ClosedRange<Double>, whole: Bool = false, padded: Bool = true) {
        isLogarithmic = false
        var (low, high) = (range.lowerBound, range.upperBound)
        // A constant needs some room to be drawn in, and so does what differs by rounding only.
        if high - low <= max(abs(low), abs(high)) * 1e-9 {
            let room = whole ? 1 : max(abs(high) * 0.1, 0.01)
            (low, high) = (low - room, high + room)
        }
        if whole, range.lowerBound >= 0 { low = max(low, 0) }
        let step = max(Self.roundStep((high - low) / 5), whole ? 1 : 0)
        if padded { (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step) }
        let first = (low / step - 1e-9).rounded(.up)
        let last = (high / step + 1e-9).rounded(.down)
        ticks = first <= last && last - first < 20 ? stride(from: first, through: last, by: 1).map { $0 * step } : []
        decimals = step >= 1 || step < 9e-6 ? nil : Int(-(log10(step) + 1e-9).rounded(.down))
        self.range = low...high
    }

    /// A logarithmic axis from one power of ten to another around `range`, whose ends are positive.
    init(powersIn range: ClosedRange<Double>) {
        isLogarithmic = true
        decimals = nil
        let low = log10(range.lowerBound).rounded(.down)
        let high = max(log10(range.upperBound).rounded(.up), low + 1)
        let step = max(((high - low) / 4).rounded(.up), 1)
        ticks = stride(from: low, through: high, by: step).map { pow(10, $0) }
        self.range = low...high
    }

    /// Where `value` lies, 0 at the low end and 1 at the high one.
    func share(of value: Double) -> Double {
        let place = isLogarithmic ? log10(value) : value
        return min(max((place - range.lowerBound) / (range.upperBound - range.lowerBound), 0), 1)
    }

    /// The text of a tick.
    func label(_ tick: Double) -> String {
        guard tick != 0 else { return "0" }
        guard abs(tick) < 10_000 else { return Self.short(tick) }
        return NumberText.text(tick, decimals: decimals)
    }

    private static func short(_ value: Double) -> String {
        let units: [(Double, String)] = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
        guard let (size, sign) = units.first(where: { abs(value) >= $0.0 }), abs(value) < 1e13 else {
            return String(format: "%.0e", value)
        }
        return String(format: "%g", value / size) + sign
    }

    /// 1, 2 or 5 times a power of ten, at least `step`.
    private static func roundStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let digit = step / power
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)
    }
}
