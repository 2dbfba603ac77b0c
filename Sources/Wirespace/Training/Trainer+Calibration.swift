import Foundation
import Torch
import Wireframes

/// What the best model gets at the end of a training, above all how sure it may be of an archetype.
extension Trainer {
    /// About as wide as people draw pages: those that a model of small generated pages will be shown, reduced.
    private static let screenWidth = 1024

    /// Drawn so wide at most: enough for one number, in seconds.
    private static let mostScreens = 300

    /// Labelled pages from which a temperature can be told, of two archetypes or more: few are all right or all wrong by chance.
    private static let enoughPages = 20

    /// Gives the best model, once the training is over, what belongs to it: the temperature of its guesses and a layout decoder that fits
    /// its codes. None of it is worth losing the last epoch for.
    func completeBest() {
        guard FileManager.default.fileExists(atPath: run.best.path) else { return }
        do {
            let layouts = LayoutModelFile(beside: run.best)
            let fits =
                try configuration.model.frozenEncoder || layouts.belongs(to: contentHash(ofFileAt: run.best.path))
            try calibrateGuesses()
            // The file is another one then, and its layouts name the file.
            if let fitting = layouts.exists ? (fits ? layouts : nil) : layoutsOfFrozenEncoder() {
                try fitting.copy(beside: run.best, model: contentHash(ofFileAt: run.best.path))
            }
        } catch {
            console.line("  ! the best model is left without what else it could have: \(error)")
        }
    }

    /// Adds to the best model the temperature at which its guesses of archetypes are right as often as they say, on validation pages.
    ///
    /// By the prior alone, whose means lie hundreds of nats apart, every guess is certain, the wrong ones too.
    private func calibrateGuesses() throws {
        guard objective.prior.means != nil, validation.pages.contains(where: { $0.archetype != nil }) else { return }
        var stored = try ModelFile(contentsOf: run.best)
        guard stored.guessTemperature == nil else { return }  // of an epoch before the run went on
        let trained = try TrainedModel(run.best.path, device: configuration.device)
        let temperature = try withTorchErrors { try withoutGradients { try calibratedTemperature(of: trained) } }
        guard let temperature else {
            console.line(
                "! Guesses of archetypes are surer than they should be: to temper them takes \(Self.enoughPages) labelled validation pages, of different archetypes."
            )
            return
        }
        stored.guessTemperature = temperature
        try stored.write(to: run.best)
        console.line(
            "Guesses of archetypes, tempered by \(Console.number(temperature)), are right as often as they say on validation pages."
        )
    }

    /// Nil where too few labelled pages can be read.
    private func calibratedTemperature(of trained: TrainedModel) throws -> Double? {
        var pages = try codesOfValidationPages(by: trained)
        let own = pages.flatMap(\.labels)
        guard own.count >= Self.enoughPages, Set(own).count > 1 else { return nil }
        pages += try codesOfScreens(by: trained)
        let labels = pages.flatMap(\.labels)
        let mixture = trained.prior.mixture(dimension: configuration.model.latentDimension)
        let codes = Tensor.concatenate(pages.map(\.codes), dim: 0)
        return try calibratingTemperature(mixture.logDensities(of: codes), labels: labels)
    }

    /// Codes of labelled pages, `[N, latent]`.
    private typealias LabelledCodes = (codes: Tensor, labels: [Int])

    private func codesOfValidationPages(by trained: TrainedModel) throws -> [LabelledCodes] {
        var pages: [LabelledCodes] = []
        let groups = validation.groups(epoch: 0)
        while let group = try groups.next() {
            for batch in group.batches {
                let samples = batch.filter { $0.archetype != nil }
                guard !samples.isEmpty else { continue }
                let posterior = trained.model.encode(
                    .batch(samples.map(\.page), device: device), told: try frozenCodes(samples, by: model))
                pages.append((posterior.mu.to(.cpu), samples.compactMap(\.archetype)))
            }
        }
        return pages
    }

    /// The same pages where they are generated, but drawn as wide as a screen and reduced as a file would be: at the width that a model
    /// has learned it guesses nearly all of them right, and would be sure of whatever it is shown.
    private func codesOfScreens(by trained: TrainedModel) throws -> [LabelledCodes] {
        var wide = configuration
        guard let width = wide.data.generator?.width, width < Self.screenWidth else { return [] }
        wide.data.generator?.width = Self.screenWidth
        wide.data.generator?.heightMultiple = 1
        let source = try GeneratorSource(wide)
        return try source.pages(in: .validation).prefix(Self.mostScreens).compactMap { page in
            guard let archetype = page.archetype else { return nil }
            let input = try trained.input(source.load(page, epoch: 0), named: page.name)
            return (trained.model.encode([input]).mu.to(.cpu), [archetype])
        }
    }
}
