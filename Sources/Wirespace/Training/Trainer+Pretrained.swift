import Foundation
import Torch
import Wireframes

/// What a training takes over from a trained model (`model.pretrained`).
extension Trainer {
    /// Takes the parameters of a trained model, of whatever archetypes: those are in the prior, not in the network. What the
    /// trained model lacks (`model.features`, `model.modulation`, `model.further_blocks`) starts as it would without.
    func start(with path: String) throws {
        let trained = try TrainedModel(path, device: .cpu)
        let blocks = trained.configuration.model.furtherBlocks
        guard blocks <= configuration.model.furtherBlocks else {
            throw UserError(
                .data, "this model has \(blocks) further blocks in each stage, the new one would have fewer",
                at: trained.file.path, remedy: "set model.further_blocks=\(blocks), or more")
        }
        if configuration.model.frozenEncoder { try requireSameCodes(as: trained) }
        let parameters = model.parameters.dictionary.merging(trained.model.parameters.dictionary) { $1 }
        do {
            try model.parameters.load(parameters)
        } catch let error as TorchError where error.kind == .content {
            throw UserError(
                .data, error.message, at: trained.file.path,
                remedy: "set model.pretrained=null, or give `model` the keys of that model")
        }
    }

    /// - Throws: `UserError` when a frozen encoder would not give pages the codes that it gives them now, or those would mean something else.
    private func requireSameCodes(as trained: TrainedModel) throws {
        let (new, old) = (configuration.model, trained.configuration.model)
        guard
            (new.features, new.prior, new.priorDistance) == (old.features, old.prior, old.priorDistance),
            loader.archetypes == trained.archetypes
        else {
            throw UserError(
                .data, "its encoder is to be frozen, but tells other archetypes, or tells them in another way",
                at: trained.file.path,
                remedy: "give the same model.features, model.prior and model.prior_distance, and pages of the same "
                    + "archetypes, or set model.frozen_encoder=false")
        }
    }

    /// The layout decoder of the model whose encoder was frozen, if it has one that is its own: layouts are drawn from codes, which are the
    /// same.
    func layoutsOfFrozenEncoder() -> LayoutModelFile? {
        guard configuration.model.frozenEncoder, let path = configuration.model.pretrained else { return nil }
        do {
            let pretrained = try TrainedModel(path, device: .cpu)
            guard pretrained.drawsLayouts else { return nil }
            _ = try pretrained.layouts()
            console.line("The layout decoder of \(path) is this model's, too.")
            return LayoutModelFile(beside: pretrained.file)
        } catch {
            console.line("  ! no layout decoder taken over: \(error)")
            return nil
        }
    }
}
