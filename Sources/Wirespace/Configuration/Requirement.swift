/// Which numbers a key accepts.
package enum Requirement: Sendable {
    /// More than nothing.
    case positive
    /// This much or more.
    case atLeast(Double)
    /// From the one to the other, both included.
    case between(Double, Double)

    /// What a probability or a share accepts.
    package static let fraction = Requirement.between(0, 1)

    /// Whether `value` is accepted.
    func accepts(_ value: Double) -> Bool {
        switch self {
        case .positive: value > 0
        case .atLeast(let least): value >= least
        case .between(let least, let most): (least...most).contains(value)
        }
    }

    /// The words that follow "must be".
    var words: String {
        switch self {
        case .positive: "more than 0"
        case .atLeast(let least): "\(Self.text(least)) or more"
        case .between(let least, let most): "between \(Self.text(least)) and \(Self.text(most))"
        }
    }

    private static func text(_ value: Double) -> String {
        Int(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
