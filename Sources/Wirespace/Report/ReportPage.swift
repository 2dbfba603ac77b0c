import Wireframes

/// What the template `report.mustache` shows: texts and numbers as they are written, nothing left to compute.
struct ReportPage {
    struct Fact {
        let name: String
        let value: String
    }

    struct Card {
        let outcome: String
        /// Class of its colour and sign.
        let style: String
        let name: String
        let anchor: String
        let value: String
        let interval: String?
        let aim: String
        let sentence: String
        let note: String?
    }

    struct Notice {
        let title: String
        let detail: String
    }

    let style: String
    let title: String
    let headline: String
    let subtitle: String
    let facts: [Fact]
    let cards: [Card]
    let warnings: [Notice]
    let hasWarnings: Bool
    let pictures: [ReportPicture]
    let hasPictures: Bool
    let tables: [FigureTable]
    let hasTables: Bool
    let archetypes: NamedTable?
    let confusion: ConfusionTable?
    let divergence: Chart?
    let divergenceSummary: String?
    let timings: NamedTable?
    let curves: [Chart]
    let hasCurves: Bool
    let methods: [MethodList]

    init(
        _ result: EvaluationResult, _ pictures: EvaluationPictures?, _ records: [EpochRecord], style: String
    ) throws(UserError) {
        let verdicts = Verdict.all(for: result)
        let warnings = EvaluationWarning.all(for: result, records: records)
        self.style = style
        title = "Evaluation of \(result.subject.run)".forPage
        headline = Self.headline(verdicts)
        subtitle = Self.subtitle(result.subject)
        facts = Self.facts(result)
        cards = verdicts.map { Self.card($0, result) }
        self.warnings = warnings.map { Notice(title: $0.title, detail: $0.detail) }
        hasWarnings = !warnings.isEmpty
        self.pictures =
            try pictures.map { pictures throws(UserError) in try ReportPicture.all(of: pictures, result) } ?? []
        hasPictures = !self.pictures.isEmpty
        tables = FigureTable.all(for: result)
        hasTables = !tables.isEmpty
        archetypes = NamedTable.perArchetype(result)
        confusion = ConfusionTable(result)
        divergence = Self.divergenceChart(result.klPerDimension)
        divergenceSummary = Self.divergenceSummary(result.klPerDimension)
        timings = NamedTable.timings(result)
        curves = TrainingCurves.charts(of: records)
        hasCurves = !curves.isEmpty
        methods = MethodList.all(for: result.metrics.keys)
    }

    static func headline(_ verdicts: [Verdict]) -> String {
        func count(_ outcome: Verdict.Outcome) -> Int { verdicts.count { $0.outcome == outcome } }
        var parts = ["\(count(.met)) of the source's \(verdicts.count) targets met"]
        if count(.withinInterval) > 0 { parts.append("\(count(.withinInterval)) too close to tell") }
        if count(.notMet) > 0 { parts.append("\(count(.notMet)) not met") }
        if count(.unknown) > 0 { parts.append("\(count(.unknown)) not known") }
        return parts.joined(separator: ", ")
    }

    static func card(_ verdict: Verdict, _ result: EvaluationResult) -> Card {
        var note: String?
        if verdict.target.key == "ssim", result.subject.skips, let latent = result.metrics["ssim_from_latent"] {
            note = "Drawn from the latent alone, without the skips: \(NumberText.text(latent.value))."
        }
        if verdict.target.key == "interpolation_variance", let even = result.metrics["interpolation_variance_even"] {
            note = "In steps chosen to change the page equally: \(NumberText.text(even.value))."
        }
        return Card(
            outcome: verdict.outcome.rawValue, style: String(describing: verdict.outcome), name: verdict.target.name,
            anchor: "how-" + verdict.target.key,
            value: verdict.figure.map { NumberText.text($0.value, whole: false) } ?? "–",
            interval: verdict.figure.flatMap { NumberText.interval($0) }, aim: verdict.aim, sentence: verdict.sentence,
            note: note)
    }

    private static func subtitle(_ subject: EvaluationResult.Subject) -> String {
        let pages = subject.pages["test"].map { "\(NumberText.text($0)) test pages" } ?? "test pages"
        return
            ("\(subject.checkpoint) after \(subject.epoch) epochs, measured on \(pages) that neither training nor the "
            + "choice of the epoch has seen. Data: \(subject.data).").forPage
    }

    static func codes(_ subject: EvaluationResult.Subject) -> String {
        guard let steps = subject.refinementSteps, steps > 0 else { return "the encoder's means" }
        let weight = subject.refinementPriorWeight.map { NumberText.text($0) } ?? "as much as in the training"
        return "the encoder's means, refined by \(steps) steps, in which the prior weighs \(weight)"
    }

    private static func facts(_ result: EvaluationResult) -> [Fact] {
        let subject = result.subject
        let order = ["train", "validation", "test"]
        let splits =
            order.filter { subject.pages[$0] != nil } + subject.pages.keys.filter { !order.contains($0) }.sorted()
        let pages = splits.map { "\(NumberText.text(subject.pages[$0] ?? 0)) \($0)" }.joined(separator: ", ")
        return [
            Fact(name: "Checkpoint", value: "\(subject.checkpoint), epoch \(subject.epoch)".forPage),
            Fact(name: "Model", value: "\(NumberText.text(subject.parameters)) trained values"),
            Fact(
                name: "Latent space",
                value: "\(subject.latentDimension) dimensions, prior: \(subject.prior)".forPage),
            Fact(name: "Codes", value: codes(subject)),
            Fact(name: "Samples", value: subject.sampling?.forPage ?? "not stated"),
            Fact(name: "Skips", value: subject.skips ? "yes" : "no: everything is drawn from the latent"),
            Fact(name: "Data", value: subject.data.forPage),
            Fact(name: "Pages", value: pages.isEmpty ? "not stated" : pages.forPage),
            Fact(name: "Archetypes", value: NumberText.text(subject.archetypes.count)),
            Fact(name: "Seed", value: String(subject.seed)),
        ]
    }

    private static func divergenceChart(_ divergences: [Double]) -> Chart? {
        let sorted = divergences.enumerated().filter(\.element.isFinite).sorted { $0.element > $1.element }
        return Chart(
            "KL of every latent dimension", unit: "nats", across: "dimensions, the most used first",
            bars: sorted.map { ("Dimension \($0.offset)", $0.element) })
    }

    private static func divergenceSummary(_ divergences: [Double]) -> String? {
        let sorted = divergences.filter(\.isFinite).sorted(by: >)
        let total = sorted.reduce(0, +)
        guard total > 0 else { return nil }
        var sum = 0.0
        let needed = sorted.prefix { divergence in
            defer { sum += divergence }
            return sum < 0.9 * total
        }
        return
            "\(needed.count) of \(divergences.count) dimensions carry nine tenths of the \(NumberText.text(total)) nats."
    }
}

/// How the figures of one topic are computed.
struct MethodList {
    struct Entry {
        let anchor: String
        let name: String
        let key: String
        let range: String?
        let better: String
        let formula: String
        let source: String?
    }

    let title: String
    let isOther: Bool
    let entries: [Entry]

    static func all(for keys: some Sequence<String>) -> [MethodList] {
        let metrics = MetricDescription.known(keys)
        return MetricDescription.Topic.allCases.compactMap { topic in
            let entries = metrics.filter { $0.topic == topic }.map { metric in
                let better =
                    switch metric.better {
                    case .higher: "higher is better"
                    case .lower: "lower is better"
                    case .neither: "neither way is better"
                    }
                return Entry(
                    anchor: metric.anchor, name: metric.name.forPage, key: metric.key.forPage,
                    range: metric.range.isEmpty ? nil : metric.range, better: better, formula: metric.formula,
                    source: metric.source.isEmpty ? nil : metric.source)
            }
            return entries.isEmpty ? nil : MethodList(title: topic.rawValue, isOther: topic == .other, entries: entries)
        }
    }
}
