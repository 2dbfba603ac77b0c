import Torch

/// What a training does where the memory does not suffice.
extension Trainer {
    /// Runs `body`, and names the keys that would help where the memory runs out in it.
    func withinMemory<Result>(_ body: () throws -> Result) throws -> Result {
        try reading(
            "step \(state.group + 1) of epoch \(state.epoch + 1)",
            lessMemory: configuration.lessMemory(checkpointing: checkpointing, lanes: replicas.count), body)
    }

    /// Runs `body`, and where the memory does not suffice again with less: without CUDA graphs, whose memory other work cannot use, then
    /// with checkpointing.
    ///
    /// - Parameters:
    ///   - mayCheckpoint: whether `body` needs less with checkpointing; `optimization.activation_checkpointing` must leave the choice, too.
    ///   - undo: undoes what `body` has done; by default it has only left gradients behind.
    func withLessIfNeeded<Result>(
        mayCheckpoint: Bool = false, undo: (() -> Void)? = nil, _ body: () throws -> Result
    ) throws -> Result {
        while true {
            do {
                return try body()
            } catch let error as TorchError where error.kind == .outOfMemory {
                guard needLess(mayCheckpoint: mayCheckpoint) else { throw error }
                (undo ?? model.parameters.zeroGradients)()
            }
            try withTorchErrors { Runtime.emptyCache(of: device) }
        }
    }

    /// Whether there was a way to need less from here on.
    private func needLess(mayCheckpoint: Bool) -> Bool {
        ahead = BatchAhead()
        if trainingStep.hasGraphs {
            trainingStep.giveUpGraphs()
            console.line("Out of memory: from here on without CUDA graphs. Slower, the same result.")
            return true
        }
        guard mayCheckpoint, configuration.optimization.activationCheckpointing == .auto, !checkpointing else {
            return false
        }
        checkpointing = true
        console.line("Out of memory: from here on activations are computed again, not kept. Slower, the same result.")
        return true
    }

    /// Runs `body`, whose result is only looked at: where the memory does not suffice for it the training goes on without.
    func ifMemorySuffices<Result>(for what: String, _ body: () throws -> Result?) throws -> Result? {
        do {
            return try withLessIfNeeded(body)
        } catch let error as TorchError where error.kind == .outOfMemory {
            model.parameters.zeroGradients()
            try withTorchErrors { Runtime.emptyCache(of: device) }
            console.line("  ! out of memory: \(what) left out")
            return nil
        }
    }
}
