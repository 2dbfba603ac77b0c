import Torch
import Wireframes

extension FrozenFeatures {
    /// Pages that suffice: a regression on more would cost hours of features and change little.
    static let enoughPages = 10_000

    /// Chooses the words to look at and solves what the features tell of the archetypes, from clean pages of the training split.
    ///
    /// - Returns: the signal that asked to stop before it was done, if one did; on every rank.
    /// - Throws: `UserError` for pages that have no labels or cannot be read, or when memory runs out.
    func learn(
        from loader: Loader, for model: BetaVAE, means: Tensor, team: Team, device: Device, console: Console
    ) throws -> Int32? {
        func guarded<Result>(_ body: () throws -> Result) throws -> Result {
            try reading("the features", lessMemory: ["data.batch_size=1", "a smaller data.max_height", "device=cpu"]) {
                try withTorchErrors(body)
            }
        }
        /// Shows every batch of this rank's pages to `body`; nil, or the signal that asked to stop.
        func signal(whileReading what: String, _ body: ([Sample]) throws -> Void) throws -> Int32? {
            var seen = 0
            console.begin()
            let groups = loader.groups(epoch: 0)
            while let group = try groups.next() {
                for batch in group.batches(of: team.rank, among: team.size, after: 0) {
                    try guarded { try body(batch) }
                }
                if let signal = try team.first(of: Interruption.signal) {
                    console.line("The features will be read anew: what was read is not kept.")
                    return signal
                }
                seen += group.count
                console.progress("reading \(what)", done: seen, of: loader.pages.count, unit: "pages")
            }
            return nil
        }

        if readsWords {
            var pages = [Double](repeating: 0, count: WordFeatures.placeCount)
            let signal = try signal(whileReading: "words") { batch in
                for sample in batch {
                    for place in WordFeatures.places(of: sample.words) { pages[place] += 1 }
                }
            }
            if let signal { return signal }
            let counts = Tensor(pages, shape: [pages.count])
            try team.sum([counts])
            choose(counts)
        }
        let archetypes = means.shape[0]
        let regression = try guarded { self.regression(archetypes: archetypes) }
        let signal = try signal(whileReading: "features") { batch in
            let pages = Tensor.batch(batch.map(\.target), device: device)
            let words = model.words(on: batch.map(\.words))
            add(pages, words: words, batch.compactMap(\.archetype), of: archetypes, to: regression)
        }
        if let signal { return signal }
        try team.sum([regression.moments])
        guard regression.count > 0 else {
            throw UserError(
                .data, "model.features needs pages with labels",
                remedy: "sort the pages into one sub-folder per archetype, or set model.features=none")
        }
        try guarded { take(regression, means: means) }
        return nil
    }
}
