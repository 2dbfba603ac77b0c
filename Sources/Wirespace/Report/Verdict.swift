/// What an evaluation says about one of the source's targets.
public struct Verdict: Sendable {
    /// The answer.
    public enum Outcome: String, Sendable {
        /// The figure and its whole interval are on the good side.
        case met = "Met"
        /// The interval holds the bound: these pages cannot tell.
        case withinInterval = "Within the interval"
        /// The figure and its whole interval are on the wrong side.
        case notMet = "Not met"
        /// There is no such figure, or it is not a number.
        case unknown = "Not known"
    }

    /// The target.
    public let target: SourceTarget
    /// The figure that it is about.
    public let figure: EvaluationResult.Figure?
    /// The answer.
    public let outcome: Outcome

    /// The verdict on `target`.
    public init(_ target: SourceTarget, in result: EvaluationResult) {
        self.target = target
        figure = result.metrics[target.key]
        guard let figure, figure.value.isFinite else {
            outcome = .unknown
            return
        }
        let ends = [figure.low ?? figure.value, figure.high ?? figure.value].map { $0.isFinite ? $0 : figure.value }
        let good = ends.count { target.isLowerBound ? $0 >= target.bound : $0 <= target.bound }
        outcome = good == 2 ? .met : good == 0 ? .notMet : .withinInterval
    }

    /// The verdicts on all targets of the source, in its order.
    public static func all(for result: EvaluationResult) -> [Verdict] {
        SourceTarget.all.map { Verdict($0, in: result) }
    }

    /// All of it in one line for a terminal: "SSIM 0.61 (0.60 to 0.62), at least 0.75: Not met".
    public var line: String {
        guard let figure else { return "\(target.name): \(outcome.rawValue)" }
        var text = "\(target.name) \(NumberText.text(figure.value))"
        if let low = figure.low, let high = figure.high {
            text += " (\(NumberText.text(low)) to \(NumberText.text(high)))"
        }
        return text + ", \(aim): \(outcome.rawValue)"
    }

    /// The target in words: "at least 0.75".
    var aim: String { (target.isLowerBound ? "at least " : "at most ") + NumberText.bound(target.bound) }

    /// The answer in a sentence.
    var sentence: String {
        switch outcome {
        case .met where figure?.low == nil: "On the good side of the target; there is no interval for it."
        case .met: "The whole 95 % interval is on the good side of the target."
        case .notMet where figure?.low == nil: "On the wrong side of the target; there is no interval for it."
        case .notMet: "The whole 95 % interval is on the wrong side of the target."
        case .withinInterval: "The target lies inside the 95 % interval: more test pages would be needed to tell."
        case .unknown where figure == nil: "This evaluation has no such figure."
        case .unknown: "The figure is not a number: there was nothing to compute it from."
        }
    }
}

/// A reason to distrust a trained space whatever its other figures say, in words for someone who will use it.
public struct EvaluationWarning: Sendable {
    /// What is wrong, in a few words.
    public let title: String
    /// How it shows, and what it means for use.
    public let detail: String

    /// Every warning that `result` and the last epoch of `records` give reason for.
    public static func all(for result: EvaluationResult, records: [EpochRecord] = []) -> [EvaluationWarning] {
        let figures = Figures(result)
        return [
            ignoredCode(figures), blankPages(figures, records.max { $0.epoch < $1.epoch }),
            collapse(figures, result.subject),
            skipReliance(figures), noBetterThanMean(figures, result), noBetterThanMajority(figures, result),
            undefined(result), fewPages(result),
        ].compactMap { $0 }
    }

    private struct Figures {
        let metrics: [String: EvaluationResult.Figure]
        init(_ result: EvaluationResult) { metrics = result.metrics }

        subscript(key: String) -> Double? { metrics[key].flatMap { $0.value.isFinite ? $0.value : nil } }

        /// Whether the figure cannot be told from 0, or is under a thousandth of the range of a pixel.
        func isAboutZero(_ key: String) -> Bool {
            guard let value = self[key] else { return false }
            return value < 0.001 || (metrics[key]?.low ?? value) <= 0
        }
    }

    private static func ignoredCode(_ figures: Figures) -> EvaluationWarning? {
        if figures.isAboutZero("z_shuffle_delta_from_latent") {
            return EvaluationWarning(
                title: "The decoder ignores the code",
                detail:
                    "Pages that get each other's codes are drawn just as well as before. Samples, interpolations and "
                    + "search by likeness mean nothing until this changes.")
        }
        guard figures.isAboutZero("z_shuffle_delta") else { return nil }
        return EvaluationWarning(
            title: "With its skips the decoder ignores the code",
            detail:
                "Swapping the codes of pages does not harm their reconstructions. Trust only what is drawn from the "
                + "latent alone.")
    }

    private static func blankPages(_ figures: Figures, _ last: EpochRecord?) -> EvaluationWarning? {
        let score = figures["ink_f1_from_latent"] ?? figures["ink_f1"]
        let share = last?.validation?.inkRatio
        guard (score ?? 1) < 0.1 || (share ?? 1) < 0.2 else { return nil }
        let found = score.map { "ink F1 \(NumberText.text($0)), where 1 is perfect" }
        let drawn = share.map {
            "\(NumberText.percent($0)) of the pages' ink was drawn in the last epoch"
        }
        return EvaluationWarning(
            title: "The pages come out blank",
            detail:
                "Next to no ink lands where it should (\([found, drawn].compactMap { $0 }.joined(separator: "; "))). "
                + "A high SSIM is then that of white paper.")
    }

    private static func collapse(_ figures: Figures, _ subject: EvaluationResult.Subject) -> EvaluationWarning? {
        guard let active = figures["active_units"], active < max(3, 0.05 * Double(subject.latentDimension)) else {
            return nil
        }
        return EvaluationWarning(
            title: "The latent space has collapsed",
            detail:
                "Only \(NumberText.text(active)) of \(subject.latentDimension) dimensions change from page to page: "
                + "the codes hold almost nothing. A lower weight of the KL term or a longer warm-up may help.")
    }

    private static func skipReliance(_ figures: Figures) -> EvaluationWarning? {
        guard let with = figures["ssim"], let without = figures["ssim_from_latent"], with - without > 0.15 else {
            return nil
        }
        return EvaluationWarning(
            title: "The decoder copies through its skips",
            detail:
                "SSIM is \(NumberText.text(with)) with the skips but \(NumberText.text(without)) from the code alone. "
                + "Samples and interpolations have no page to copy from: expect them to look like the second figure.")
    }

    private static func noBetterThanMean(_ figures: Figures, _ result: EvaluationResult) -> EvaluationWarning? {
        let mean = result.baselines["mean_page"].flatMap { $0["ssim_from_latent"] ?? $0["ssim"] }
        guard let mean, mean.value.isFinite, let ours = figures["ssim_from_latent"], ours <= mean.value else {
            return nil
        }
        return EvaluationWarning(
            title: "No better than the mean page",
            detail: "SSIM from the latent is \(NumberText.text(ours)); one grey average page for everything reaches "
                + "\(NumberText.text(mean.value)).")
    }

    private static func noBetterThanMajority(_ figures: Figures, _ result: EvaluationResult) -> EvaluationWarning? {
        let majority = result.baselines["majority"]?["knn_accuracy"]?.value
        guard let majority, majority.isFinite, let ours = figures["knn_accuracy"], ours <= majority else { return nil }
        return EvaluationWarning(
            title: "Neighbours do not share their archetype",
            detail:
                "Naming a page's archetype by its neighbours is right in \(NumberText.percent(ours)) of cases, always "
                + "naming the commonest one in \(NumberText.percent(majority)).")
    }

    private static func undefined(_ result: EvaluationResult) -> EvaluationWarning? {
        let keys = result.metrics.filter { !$0.value.value.isFinite }.keys.sorted()
        guard !keys.isEmpty else { return nil }
        return EvaluationWarning(
            title: keys.count == 1 ? "One figure is not a number" : "\(keys.count) figures are not numbers",
            detail: keys.map { (MetricDescription.of($0)?.name ?? $0).forPage }.joined(separator: ", ")
                + ": there was nothing to compute from, or the model's output is not finite.")
    }

    private static func fewPages(_ result: EvaluationResult) -> EvaluationWarning? {
        guard let pages = result.subject.pages["test"], pages < 50 else { return nil }
        return EvaluationWarning(
            title: "Few test pages",
            detail: "Only \(pages). Read the intervals, not the figures.")
    }
}
