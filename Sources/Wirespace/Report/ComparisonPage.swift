/// What the template `comparison.mustache` shows.
struct ComparisonPage {
    struct Run {
        let name: String
        let style: String
        let headline: String
        let detail: String
    }

    struct Cell {
        let value: String
        let interval: String?
        let isBest: Bool
        /// Class of a verdict's colour; empty in other tables.
        let style: String
        let outcome: String?
    }

    struct Row {
        let name: String
        let anchor: String
        let better: String
        let cells: [Cell]
    }

    struct Table {
        let title: String
        let anchor: String
        let rows: [Row]
    }

    let style: String
    let title: String
    let runs: [Run]
    let verdicts: [Row]
    let warnings: [ReportPage.Notice]
    let hasWarnings: Bool
    let tables: [Table]
    let curves: [Chart]
    let hasCurves: Bool
    let methods: [MethodList]

    init(_ runs: [(name: String, result: EvaluationResult, records: [EpochRecord])], style: String) {
        self.style = style
        title = runs.isEmpty ? "No runs to compare" : "Comparison of \(runs.count) runs"
        self.runs = runs.enumerated().map { number, run in
            let subject = run.result.subject
            return Run(
                name: run.name.forPage, style: "s\(number % Chart.styles)",
                headline: ReportPage.headline(Verdict.all(for: run.result)),
                detail: Self.detail(subject).forPage)
        }
        let results = runs.map(\.result)
        verdicts = SourceTarget.all.map { Self.row($0, results) }
        let warnings = Self.warnings(runs)
        self.warnings = warnings
        hasWarnings = !warnings.isEmpty
        let metrics = MetricDescription.known(Set(results.flatMap(\.metrics.keys)))
        tables = MetricDescription.Topic.allCases.compactMap { topic in
            let rows = metrics.filter { $0.topic == topic }.map { Self.row($0, results) }
            return rows.isEmpty
                ? nil : Table(title: topic.rawValue, anchor: "table-\(String(describing: topic))", rows: rows)
        }
        curves = TrainingCurves.charts(comparing: runs.map { ($0.name, $0.records) })
        hasCurves = !curves.isEmpty
        methods = MethodList.all(for: metrics.map(\.key))
    }

    private static func detail(_ subject: EvaluationResult.Subject) -> String {
        "\(subject.checkpoint), epoch \(subject.epoch); \(NumberText.text(subject.parameters)) values, "
            + "prior \(subject.prior), \(subject.skips ? "with" : "without") skips"
    }

    private static func row(_ target: SourceTarget, _ results: [EvaluationResult]) -> Row {
        let verdicts = results.map { Verdict(target, in: $0) }
        return Row(
            name: target.name, anchor: "how-" + target.key, better: verdicts.first?.aim ?? "",
            cells: verdicts.map { verdict in
                Cell(
                    value: verdict.figure.map { NumberText.text($0.value, whole: false) } ?? "–",
                    interval: verdict.figure.flatMap { NumberText.interval($0) }, isBest: false,
                    style: String(describing: verdict.outcome), outcome: verdict.outcome.rawValue)
            })
    }

    private static func row(_ metric: MetricDescription, _ results: [EvaluationResult]) -> Row {
        let figures = results.map { $0.metrics[metric.key] }
        let best = best(of: figures, metric.better)
        return Row(
            name: metric.name.forPage, anchor: metric.anchor, better: metric.arrow,
            cells: figures.enumerated().map { number, figure in
                Cell(
                    value: figure.map { metric.text($0.value) } ?? "–",
                    interval: figure.flatMap { NumberText.interval($0, whole: metric.isCount) }, isBest: number == best,
                    style: "", outcome: nil)
            })
    }

    /// The figure whose interval lies apart from and on the better side of all others; nil if there is none.
    static func best(of figures: [EvaluationResult.Figure?], _ direction: MetricDescription.Direction) -> Int? {
        let intervals = figures.enumerated().compactMap { number, figure -> (number: Int, low: Double, high: Double)? in
            guard let figure, figure.value.isFinite else { return nil }
            // Without an interval nobody can say whether a lead is real: it overlaps with everything.
            return (number, figure.low ?? -.infinity, figure.high ?? .infinity)
        }
        guard direction != .neither, intervals.count > 1 else { return nil }
        return intervals.first { candidate in
            intervals.allSatisfy { other in
                other.number == candidate.number
                    || (direction == .higher ? candidate.low > other.high : candidate.high < other.low)
            }
        }?.number
    }

    private static func warnings(
        _ runs: [(name: String, result: EvaluationResult, records: [EpochRecord])]
    ) -> [ReportPage.Notice] {
        let subjects = runs.map(\.result.subject)
        var notices: [ReportPage.Notice] = []
        if Set(subjects.map { "\($0.data) \($0.pages["test"] ?? 0)" }).count > 1 {
            let pages = zip(runs, subjects).map {
                "\($0.name): \($1.pages["test"].map(NumberText.text) ?? "?") of \($1.data)"
            }
            notices.append(
                ReportPage.Notice(
                    title: "These runs were not measured on the same pages",
                    detail: "Differences may be those of the pages. \(pages.joined(separator: "; ")).".forPage))
        }
        let ways = subjects.map { "\(ReportPage.codes($0)); samples: \($0.sampling ?? "not stated")" }
        if Set(ways).count > 1 {
            notices.append(
                ReportPage.Notice(
                    title: "These runs were not measured in the same way",
                    detail: (zip(runs, ways).map { "\($0.name): \($1)" }.joined(separator: ". ") + ".").forPage))
        }
        if Set(subjects.map(\.archetypes)).count > 1 {
            notices.append(
                ReportPage.Notice(
                    title: "These runs do not know the same archetypes",
                    detail: "Silhouettes, cluster distances and accuracies are not comparable."))
        }
        for run in runs {
            let warnings = EvaluationWarning.all(for: run.result, records: run.records).map(\.title)
            guard !warnings.isEmpty else { continue }
            notices.append(
                ReportPage.Notice(title: run.name.forPage, detail: warnings.joined(separator: ". ") + "."))
        }
        return notices
    }
}
