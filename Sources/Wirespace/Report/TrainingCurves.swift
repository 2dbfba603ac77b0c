/// The curves of a training as small charts of one kind.
enum TrainingCurves {
    private typealias Value = (EpochRecord) -> Double?

    private struct Quantity {
        var title: String
        var unit: String
        var lines: [(name: String, value: Value)]
        var isLogarithmic = false
        /// Left out when it was 0 all the time, as a term that was off.
        var isOptional = false
    }

    /// Charts of one run, one a quantity, training and validation in one.
    static func charts(of records: [EpochRecord]) -> [Chart] {
        single.compactMap { quantity in
            let lines = quantity.lines.enumerated().map { number, line in
                Chart.Series(name: line.name, points: points(records, line.value), style: styles[number % styles.count])
            }
            return chart(quantity, lines)
        }
    }

    /// Charts of several runs, one line a run.
    static func charts(comparing runs: [(name: String, records: [EpochRecord])]) -> [Chart] {
        overlaid.compactMap { quantity in
            guard let value = quantity.lines.first?.value else { return nil }
            let lines = runs.enumerated().map { number, run in
                Chart.Series(name: run.name, points: points(run.records, value), style: number)
            }
            return chart(quantity, lines)
        }
    }

    private static func chart(_ quantity: Quantity, _ lines: [Chart.Series]) -> Chart? {
        let used = lines.filter { line in
            line.points.contains { $0.y.isFinite && (!quantity.isOptional || $0.y != 0) }
        }
        return used.isEmpty
            ? nil
            : Chart(
                quantity.title, unit: quantity.unit, across: "finished epochs", series: used,
                logarithmic: quantity.isLogarithmic)
    }

    private static func points(_ records: [EpochRecord], _ value: Value) -> [(x: Double, y: Double)] {
        records.sorted { $0.epoch < $1.epoch }.map { (Double($0.epoch) + 1, value($0) ?? .nan) }
    }

    /// Lines of one run differ in colour and in dashes.
    private static let styles = [0, 9, 18]

    private static var single: [Quantity] {
        [
            Quantity(
                title: "SSIM of validation pages", unit: "1 is perfect",
                lines: [
                    ("with the skips", { $0.validation?.ssim }), ("from the latent", { $0.validation?.ssimFromLatent }),
                ]),
            Quantity(
                title: "Ink drawn", unit: "share of the pages' ink",
                lines: [("validation, from the latent", { $0.validation?.inkRatio })]),
            Quantity(title: "Loss", unit: "per page", lines: [("training", { $0.train.total })], isLogarithmic: true),
            Quantity(
                title: "Pixel term", unit: "per page",
                lines: [
                    ("training", { $0.train.pixel }), ("validation, with the skips", { $0.validation?.pixel }),
                    ("validation, from the latent", { $0.validation?.pixelFromLatent }),
                ], isLogarithmic: true),
            Quantity(
                title: "Perceptual term", unit: "per page", lines: [("training", { $0.train.perceptual })],
                isLogarithmic: true, isOptional: true),
            Quantity(
                title: "KL to the prior", unit: "nats",
                lines: [("training", { $0.train.kl }), ("validation", { $0.validation?.kl })]),
            Quantity(
                title: "Pull towards the archetype", unit: "per page", lines: [("training", { $0.train.pull })],
                isLogarithmic: true, isOptional: true),
            Quantity(
                title: "Deviation from geodesics", unit: "pixels per page",
                lines: [("training", { $0.train.geodesic })],
                isLogarithmic: true, isOptional: true),
            Quantity(
                title: "Score that chooses the best epoch", unit: "per page, low is good",
                lines: [("validation", { $0.validation?.score })], isLogarithmic: true),
            Quantity(title: "Learning rate", unit: "per step", lines: [("", { $0.learningRate })]),
            Quantity(title: "Weight α of the perceptual term", unit: "", lines: [("", { $0.alpha })], isOptional: true),
            Quantity(title: "Weight β of the KL term", unit: "", lines: [("", { $0.beta })], isOptional: true),
            Quantity(
                title: "Share of 1 − SSIM in the pixel term", unit: "", lines: [("", { $0.ssimShare })],
                isOptional: true),
            Quantity(title: "Weight of the pull", unit: "", lines: [("", { $0.pullWeight })], isOptional: true),
            Quantity(
                title: "Norm of the gradient before clipping", unit: "", lines: [("", { $0.gradientNorm })],
                isLogarithmic: true),
        ]
    }

    private static var overlaid: [Quantity] {
        [
            Quantity(
                title: "SSIM of validation pages, from the latent", unit: "1 is perfect",
                lines: [("", { $0.validation?.ssimFromLatent })]),
            Quantity(
                title: "SSIM of validation pages, with the skips", unit: "1 is perfect",
                lines: [("", { $0.validation?.ssim })]),
            Quantity(
                title: "Ink drawn from the latent", unit: "share of the pages' ink",
                lines: [("", { $0.validation?.inkRatio })]),
            Quantity(
                title: "KL to the prior", unit: "nats, validation or else training",
                lines: [("", { $0.validation?.kl ?? $0.train.kl })]),
            Quantity(
                title: "Pixel term of validation pages, from the latent", unit: "per page",
                lines: [("", { $0.validation?.pixelFromLatent })], isLogarithmic: true),
            Quantity(
                title: "Loss in training", unit: "per page", lines: [("", { $0.train.total })], isLogarithmic: true),
            Quantity(title: "Learning rate", unit: "per step", lines: [("", { $0.learningRate })]),
        ]
    }
}
