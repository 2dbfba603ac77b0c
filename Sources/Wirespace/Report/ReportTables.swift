/// The figures of one topic, beside the baselines that have any of them.
struct FigureTable {
    struct Row {
        let name: String
        let key: String
        let anchor: String
        let value: String
        let interval: String
        let count: String
        let better: String
        let baselines: [String]
        let target: String
    }

    let title: String
    let anchor: String
    let baselineNames: [String]
    let rows: [Row]

    /// A table for each topic that `result` has a figure of.
    static func all(for result: EvaluationResult) -> [FigureTable] {
        MetricDescription.Topic.allCases.compactMap { topic in
            let metrics = MetricDescription.known(result.metrics.keys).filter { $0.topic == topic }
            return metrics.isEmpty ? nil : FigureTable(topic, metrics, result)
        }
    }

    private init(_ topic: MetricDescription.Topic, _ metrics: [MetricDescription], _ result: EvaluationResult) {
        let baselines = result.baselines.sorted { $0.key < $1.key }.filter { baseline in
            metrics.contains { baseline.value[$0.key] != nil }
        }
        title = topic.rawValue
        anchor = "table-" + String(describing: topic)
        baselineNames = baselines.map { Self.name(ofBaseline: $0.key) }
        rows = metrics.compactMap { metric in
            guard let figure = result.metrics[metric.key] else { return nil }
            return Row(
                name: metric.name.forPage, key: metric.key.forPage, anchor: metric.anchor,
                value: metric.text(figure.value), interval: NumberText.interval(figure, whole: metric.isCount) ?? "–",
                count: NumberText.text(figure.count), better: metric.arrow,
                baselines: baselines.map { $0.value[metric.key].map { metric.text($0.value) } ?? "–" },
                target: SourceTarget.all.first { $0.key == metric.key }.map { Verdict($0, in: result).aim } ?? "–")
        }
    }

    private static func name(ofBaseline key: String) -> String {
        switch key {
        case "pixel_pca_128": "Pixel PCA, 128"
        case "frozen_vgg16": "Frozen VGG16"
        case "mean_page": "Mean page"
        case "majority": "Commonest archetype"
        case "real_against_real": "Pages against other pages"
        default: key.forPage
        }
    }
}

extension MetricDescription {
    /// The descriptions of `keys` in the order of the table, unknown keys after them by name.
    static func known(_ keys: some Sequence<String>) -> [MetricDescription] {
        let keys = Set(keys)
        let unknown = keys.filter { of($0) == nil }.sorted()
        return all.filter { keys.contains($0.key) } + unknown.map(MetricDescription.init(unknown:))
    }

    /// Name of its paragraph within a page; unknown keys, which may hold anything, share one.
    var anchor: String { topic == .other ? "how-other" : "how-" + key }

    /// Whether its values are whole numbers by nature, or may be.
    var isCount: Bool { range.hasPrefix("number of") || topic == .other }

    /// A value as this figure is written.
    func text(_ value: Double) -> String { NumberText.text(value, whole: isCount) }

    /// Which way is better, in a word and a sign.
    var arrow: String {
        switch better {
        case .higher: "↑ higher"
        case .lower: "↓ lower"
        case .neither: "–"
        }
    }
}

/// A table of names down and names across.
struct NamedTable {
    struct Row {
        let name: String
        let cells: [String]
    }

    let columns: [String]
    let rows: [Row]

    /// The figures of each archetype; nil without any.
    static func perArchetype(_ result: EvaluationResult) -> NamedTable? {
        let keys = Set(result.perArchetype.values.flatMap(\.keys)).subtracting(["count"])
        // What is about samples has no need to say so where each archetype has a row.
        let full = Dictionary(uniqueKeysWithValues: keys.map { ($0, MetricDescription.of("sample_" + $0)?.key ?? $0) })
        let metrics = MetricDescription.known(full.values)
        let short = Dictionary(full.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        let isCounted = result.perArchetype.values.contains { $0["count"] != nil }
        let known = result.subject.archetypes.filter { result.perArchetype[$0] != nil }
        let others = result.perArchetype.keys.filter { !known.contains($0) }.sorted()
        guard !(known + others).isEmpty else { return nil }
        return NamedTable(
            columns: (isCounted ? ["Test pages"] : []) + metrics.map(\.name.forPage),
            rows: (known + others).map { name in
                let figures = result.perArchetype[name] ?? [:]
                let count = isCounted ? [figures["count"].map { NumberText.text($0) } ?? "–"] : []
                return Row(
                    name: name.forPage,
                    cells: count
                        + metrics.map { metric in
                            figures[short[metric.key] ?? metric.key].map { metric.text($0) } ?? "–"
                        })
            })
    }

    /// Seconds of each part of the evaluation, the longest first; nil without any.
    static func timings(_ result: EvaluationResult) -> NamedTable? {
        guard !result.seconds.isEmpty else { return nil }
        let parts = result.seconds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return NamedTable(
            columns: ["Time"],
            rows: parts.map { part in
                let name = part.key.replacing("_", with: " ").forPage
                return Row(
                    name: name.prefix(1).uppercased() + name.dropFirst(), cells: [NumberText.duration(part.value)])
            })
    }
}

/// Which archetype the neighbours name for pages of each, shaded by the share of the row.
struct ConfusionTable {
    struct Cell {
        let count: String
        /// Class of the shade: q0 … q9.
        let shade: String
        let isRight: Bool
    }

    struct Row {
        let name: String
        let cells: [Cell]
        let right: String
    }

    let columns: [String]
    let rows: [Row]
    let summary: String

    init?(_ result: EvaluationResult) {
        let size = max(result.confusion.count, result.confusion.map(\.count).max() ?? 0)
        guard size > 0 else { return nil }
        let archetypes = result.subject.archetypes
        let names = (0..<size).map { $0 < archetypes.count ? archetypes[$0].forPage : "archetype \($0)" }
        columns = names
        var mistakes: [(count: Int, text: String)] = []
        rows = result.confusion.enumerated().map { truth, counts in
            let total = counts.reduce(0, +)
            let cells = (0..<size).map { guess in
                let count = guess < counts.count ? counts[guess] : 0
                if guess != truth, count > 0 { mistakes.append((count, "\(names[truth]) taken for \(names[guess])")) }
                let share = total > 0 ? Double(count) / Double(total) : 0
                return Cell(
                    count: NumberText.text(count), shade: "q\(min(max(Int((share * 9).rounded(.up)), 0), 9))",
                    isRight: guess == truth)
            }
            let right = truth < counts.count && total > 0 ? Double(counts[truth]) / Double(total) : nil
            return Row(
                name: names[truth], cells: cells,
                right: right.map { NumberText.percent($0) } ?? "–")
        }
        let worst = mistakes.sorted { $0.count > $1.count }.prefix(3).map { "\($0.text) (\($0.count))" }
        summary =
            worst.isEmpty ? "No page was mistaken." : "Most often mistaken: " + worst.joined(separator: ", ") + "."
    }
}
