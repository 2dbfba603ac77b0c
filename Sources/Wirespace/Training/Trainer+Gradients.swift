import Torch
import Wireframes

/// The gradients of a group of pages.
extension Trainer {
    /// Adds the gradients of a group, or of this rank's share of it.
    ///
    /// Where the memory does not suffice the group is begun anew with less: nothing of it has entered the parameters yet, and a gradient
    /// that has left for the other ranks was whole, so the step is the same.
    ///
    /// - Parameter groups: gives what comes after it.
    /// - Returns: what a team has yet to add up, and the signal that asked to stop, if one did.
    func accumulate(
        _ group: Group, before groups: GroupStream, _ weights: LossWeights, _ gradientSum: GradientSum?
    ) throws -> (sums: LossSums, signal: Int32?) {
        let begun = state
        let gradients = state.batch > 0 ? model.parameters.tensors.map { $0.grad?.clone() } : []
        func undo() {
            state = begun
            replicas.zeroGradients()
            for (parameter, gradient) in zip(model.parameters.tensors, gradients) { parameter.grad = gradient }
        }
        return try withinMemory {
            try withLessIfNeeded(mayCheckpoint: true, undo: undo) {
                try accumulateBatches(of: group, before: groups, weights, gradientSum)
            }
        }
    }

    private func accumulateBatches(
        of group: Group, before groups: GroupStream, _ weights: LossWeights, _ gradientSum: GradientSum?
    ) throws -> (LossSums, Int32?) {
        var sums = LossSums()
        let batches = group.batches(of: team.rank, among: team.size, after: state.batch)
        let rounds = replicas.rounds(of: batches, batchSize: configuration.data.batchSize)
        for (place, round) in rounds.enumerated() {
            let next = {
                try place + 1 < rounds.count ? rounds[place + 1].first : groups.peek()?.batches.first
            }
            let accumulateRound = { [self] in
                try accumulate(round, before: next, share: 1 / Double(group.count), weights)
            }
            // The last batch completes the gradients one by one, unless replicas or segments that run again have more to add.
            let completes = place == rounds.count - 1 && replicas.count == 1 && !checkpointing
            if let gradientSum, completes {
                sums += try gradientSum.leaving(during: accumulateRound)
            } else {
                sums += try accumulateRound()
            }
            guard team.isAlone else { continue }
            state.sums += sums
            state.batch += round.count
            sums = LossSums()
            if let signal = Interruption.signal { return (sums, signal) }
        }
        return (sums, nil)
    }

    /// Adds the gradients of batches that the replicas share.
    private func accumulate(
        _ round: [[Sample]], before next: () throws -> [Sample]?, share: Double, _ weights: LossWeights
    ) throws -> LossSums {
        // Here and not in the lanes, which may have unequal threads: what is told of a page must not depend on who meets it first.
        for batch in round { _ = try frozenCodes(batch, by: model) }
        let sums = try replicas.accumulate(replicas.shares(of: round)) { model, batches in
            try batches.reduce(into: LossSums()) {
                $0 += try accumulate($1, before: next, share: share, weights, in: model)
            }
        }
        return sums.reduce(into: LossSums()) { $0 += $1 }
    }

    /// Adds the gradients of one batch: each image counts the same in its group, whatever the batches.
    private func accumulate(
        _ samples: [Sample], before next: () throws -> [Sample]?, share: Double, _ weights: LossWeights,
        in model: BetaVAE
    ) throws -> LossSums {
        let loss = try withTorchErrors {
            let batch = try (aheadPays ? ahead.take(samples) : nil) ?? trainingBatch(samples)
            return trainingStep.accumulateGradients(
                of: batch, scale: share * Double(state.scaler?.scale ?? 1), weights, in: model,
                checkpointing: checkpointing)
        }
        if aheadPays, let next = try next() {
            try withTorchErrors { try ahead.keep(trainingBatch(next), of: next) }
        }
        return try LossSums(loss, of: samples, epoch: state.epoch)
    }

    /// A GPU is still at work then. Several ranks have gradients to exchange first.
    private var aheadPays: Bool { device.isCUDA && team.isAlone }

    private func trainingBatch(_ samples: [Sample]) throws -> TrainingBatch {
        let (epsilon, dropped, way) = noise.draw(samples, epoch: state.epoch, device: device)
        return TrainingBatch(
            input: .batch(samples.map(\.input), device: device), target: .batch(samples.map(\.target), device: device),
            noise: epsilon, dropped: dropped, way: way, told: try frozenCodes(samples, by: model),
            labels: Labels(samples.map(\.archetype), device: device))
    }
}
