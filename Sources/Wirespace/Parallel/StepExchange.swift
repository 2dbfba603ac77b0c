import Torch
import Wireframes

/// What the ranks tell each other after a group of pages: their gradients, and in one small message the loss terms, whether a
/// signal asked to stop, and which parameters have gradients.
struct StepExchange {
    /// The loss terms of the whole group.
    private(set) var sums = LossSums()
    /// The signal that some rank has received.
    let signal: Int32?

    /// Replaces every gradient by its sum over the ranks. One that no rank has stays absent: the optimiser does not touch
    /// its parameter.
    ///
    /// - Throws: `UserError` naming a rank that was lost, or when the ranks have read different pages.
    init(
        _ mine: LossSums, _ gradientSum: GradientSum, signal own: Int32?, group: Group, parameters: [Tensor], team: Team
    ) throws {
        var signals = Array(repeating: 0.0, count: team.size)
        signals[team.rank] = Double(own ?? 0)
        // A page that only one rank could not read would be done twice, or by nobody.
        let indices = group.batches.joined().reduce(0) { $0 + $1.index + 1 }
        let check = [Double(group.count), Double(indices)]
        let gradients = parameters.map { $0.grad == nil ? 0.0 : 1 }

        // Some gradients are on their way already, so the others come before the message, on every rank.
        try Team.told { try gradientSum.send() }
        var rest = ArraySlice(try team.sum(mine.terms + check + signals + gradients))
        func take(_ count: Int) -> [Double] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        sums.terms = take(mine.terms.count)
        guard take(check.count) == check.map({ $0 * Double(team.size) }) else {
            throw UserError(
                .data, "not every rank could read the same pages", at: "step \(group.index + 1)",
                remedy: "look for `skipped:` above, and at the folder on every machine")
        }
        signal = take(signals.count).first { $0 > 0 }.map { Int32($0) }
        try Team.told { try gradientSum.receive() }
        for (parameter, holders) in zip(parameters, take(gradients.count)) where holders == 0 { parameter.grad = nil }
    }
}
