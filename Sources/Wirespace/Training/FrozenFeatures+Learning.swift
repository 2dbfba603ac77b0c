import Torch
import Wireframes

extension FrozenFeatures {
    /// Pages that suffice: a regression on more would cost hours of features and change little.
    static let enoughPages = 10_000

    /// Solves what the features tell of the archetypes, from clean pages of the training split.
    ///
    /// - Returns: the signal that asked to stop before it was done, if one did.
    /// - Throws: `UserError` for pages that have no labels or cannot be read, or when memory runs out.
    func learn(
        from loader: Loader, means: Tensor, team: Team, device: Device, console: Console
    ) throws -> Int32? {
        let archetypes = means.shape[0]
        let regression = regression(archetypes: archetypes)
        var seen = 0
        console.begin()
        let groups = loader.groups(epoch: 0)
        while let group = try groups.next() {
            for batch in group.batches(of: team.rank, among: team.size, after: 0) {
                if team.isAlone, let signal = Interruption.signal { return signal }
                let labelled = batch.filter { $0.archetype != nil }
                guard !labelled.isEmpty else { continue }
                try reading("the features", lessMemory: ["data.batch_size=1", "a smaller data.max_height"]) {
                    try withTorchErrors {
                        let pages = Tensor.batch(labelled.map(\.target), device: device)
                        add(pages, labelled.compactMap(\.archetype), of: archetypes, to: regression)
                    }
                }
            }
            seen += group.count
            console.progress("reading features", done: seen, of: loader.pages.count, unit: "pages")
        }
        try team.sum([regression.moments])
        guard regression.count > 0 else {
            throw UserError(
                .data, "model.features=vgg16 needs pages with labels",
                remedy: "sort the pages into one sub-folder per archetype, or set model.features=none")
        }
        take(regression, means: means)
        return nil
    }
}
