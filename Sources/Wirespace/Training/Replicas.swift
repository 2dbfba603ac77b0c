import Torch

/// A model and copies of it that share its parameters, for pages that are worked on at the same time.
///
/// Maps of small pages are too small for several cores to share one operation (two threads trained the demo at 1.2 times the speed of
/// one); whole pages are not. The gradients are added in the order of the replicas, so the same number of threads gives the same
/// result.
struct Replicas {
    /// The model itself is the first.
    private let models: [BetaVAE]
    private let lanes: Lanes?

    /// Lanes for the replicas of a training, as many as there are threads and pages in a batch; nil where one does as well.
    static func lanes(_ configuration: Configuration, device: Device) -> Lanes? {
        let count = min(Runtime.threads, configuration.data.batchSize)
        guard device == .cpu, count > 1 else { return nil }
        return Lanes(count, threads: Runtime.threads / count)
    }

    /// As many as there are lanes.
    init(of model: BetaVAE, _ lanes: Lanes?) {
        self.lanes = lanes
        models = [model] + (1..<(lanes?.count ?? 1)).map { _ in BetaVAE(sharing: model) }
    }

    /// What is done at the same time: batches in their order, with no more pages to each replica than a batch may have.
    func rounds(of batches: [[Sample]], batchSize: Int) -> [[[Sample]]] {
        guard lanes != nil else { return batches.map { [$0] } }
        var rounds: [[[Sample]]] = []
        var pages = 0
        for batch in batches {
            if pages == 0 || pages + batch.count > batchSize * models.count {
                rounds.append([])
                pages = 0
            }
            rounds[rounds.count - 1].append(batch)
            pages += batch.count
        }
        return rounds
    }

    /// Adds the gradients of a round's batches to those of the model, and their loss terms.
    func accumulate(_ round: [[Sample]], _ body: (BetaVAE, [Sample]) throws -> LossSums) throws -> LossSums {
        guard let lanes else {
            return try round.reduce(into: LossSums()) { $0 += try body(models[0], $1) }
        }
        let shares = round.dealt(among: lanes.count)
        let sums = try lanes.map { lane in
            try shares[lane].reduce(into: LossSums()) { $0 += try body(models[lane], $1) }
        }
        try withTorchErrors { for replica in models.dropFirst() { addGradients(of: replica) } }
        return sums.reduce(into: LossSums()) { $0 += $1 }
    }

    private func addGradients(of replica: BetaVAE) {
        for (parameter, own) in zip(models[0].parameters.tensors, replica.parameters.tensors) {
            guard let gradient = own.grad else { continue }
            if let sum = parameter.grad { sum.add(inPlace: gradient, scaledBy: 1) } else { parameter.grad = gradient }
        }
        replica.parameters.zeroGradients()
    }

    /// Forgets all gradients.
    func zeroGradients() {
        for model in models { model.parameters.zeroGradients() }
    }
}
