import Torch
import Wireframes

/// A model that can be copied so that the copies share its parameters.
protocol Replicable: AnyObject {
    /// All that is trained.
    var parameters: ParameterStore { get }
    /// A model with the parameters of another, in the same memory, and gradients of its own.
    init(sharing original: Self)
}

extension BetaVAE: Replicable {}
extension LayoutDecoder: Replicable {}

/// A model and copies of it that share its parameters, for pages that are worked on at the same time.
///
/// Maps of small pages are too small for several cores to share one operation (two threads trained the demo at 1.2 times the speed of
/// one); whole pages are not. The gradients are added in the order of the replicas, so the same number of threads gives the same
/// result.
struct Replicas<Model: Replicable> {
    /// The model itself is the first.
    private let models: [Model]
    /// What they work in; nil for one alone.
    let lanes: Lanes?

    /// As many as there are lanes.
    init(of model: Model, _ lanes: Lanes?) {
        self.lanes = lanes
        models = [model] + (1..<(lanes?.count ?? 1)).map { _ in Model(sharing: model) }
    }

    /// How many work at the same time.
    var count: Int { models.count }

    /// Runs `body` on each replica and its share at the same time, and adds their gradients to those of the model.
    ///
    /// - Parameter shares: one for each replica.
    func accumulate<Share, Result>(
        _ shares: [Share], _ body: (Model, Share) throws -> Result
    ) throws -> [Result] {
        precondition(shares.count == count, "every replica has a share")
        guard let lanes else { return [try body(models[0], shares[0])] }
        let results = try lanes.map { try body(models[$0], shares[$0]) }
        try withTorchErrors { for replica in models.dropFirst() { addGradients(of: replica) } }
        return results
    }

    private func addGradients(of replica: Model) {
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

extension Replicas {
    /// What is done at the same time: batches in their order, with no more pages to each replica than a batch may have.
    func rounds(of batches: [[Sample]], batchSize: Int) -> [[[Sample]]] {
        guard count > 1 else { return batches.map { [$0] } }
        var rounds: [[[Sample]]] = []
        var pages = 0
        for batch in batches {
            if pages == 0 || pages + batch.count > batchSize * count {
                rounds.append([])
                pages = 0
            }
            rounds[rounds.count - 1].append(batch)
            pages += batch.count
        }
        return rounds
    }

    /// A round's batches, cut where there are too few, for each replica.
    func shares(of round: [[Sample]]) -> [[[Sample]]] { count > 1 ? round.dealt(among: count) : [round] }
}
