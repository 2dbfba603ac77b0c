import TestSupport
import Testing
import Torch
import Wirespace

/// 20 steps of clipped Adam on groups of pages of two sizes, as `training_goldens.py` takes them.
///
/// Training is chaotic: a ReLU or a maximum that tips over changes the course for good. `tolerances` in goldens.json
/// says how far runs of PyTorch itself lie apart that differ by rounding only; we allow three times that.
@Suite("Training agrees with PyTorch")
struct TrainingGoldenTests {
    private struct Settings: Decodable {
        struct Part: Decodable {
            let size: String
            let rows: [Int]
            let slots: [Int]
        }

        struct Tolerances: Decodable {
            let loss_relative: [Double]
            let gradient_norm_relative: [Double]
            let parameter_absolute: Double
            let parameter_norm_relative: Double
        }

        let beta: Double
        let clip: Double
        let lr: Double
        let weight_decay: Double
        let eps: Double
        let steps: Int
        let accumulation_steps: Int
        let groups: [[Part]]
        let losses: [Double]
        let gradient_norms: [Double]
        let parameter_norms: [String: Double]
        let tolerances: Tolerances
    }

    @Test("20 steps give PyTorch's losses, gradient norms and parameters")
    func twentySteps() throws {
        let settings: Settings = try Goldens.settings("training")
        let goldens = try Goldens("training")
        let model = try BetaVAE(.golden(), seed: 0)
        try model.parameters.load(Goldens("model").under("plain.parameters"))
        let objective = Objective(LossConfiguration(), prior: .standard, vgg: nil)
        var weights = LossWeights(objective.configuration, epoch: 0)
        weights.kl = settings.beta
        let optimizer = Adam(
            model.parameters, learningRate: settings.lr, epsilon: settings.eps, weightDecay: settings.weight_decay)

        let tolerances = settings.tolerances
        #expect(settings.groups.count == settings.steps)
        for (step, group) in settings.groups.enumerated() {
            model.parameters.zeroGradients()
            var loss = 0.0
            for part in group {
                let pages = try goldens.image("image.\(part.size)").indexSelect(0, Tensor(part.rows))
                let noise = try row(step, of: goldens["eps"]).indexSelect(0, Tensor(part.slots))
                let dropped = try row(step, of: goldens["drop"]).indexSelect(0, Tensor(part.slots)).to(dtype: .bool)
                let terms = objective(
                    model(pages, noise: noise, dropped: dropped), target: pages,
                    labels: Labels(part.rows.map { _ in nil }), weights: weights)
                let share = terms.total.sum() / Double(settings.accumulation_steps)
                share.backward()
                loss += share.item()
            }
            let norm = clipGradientNorm(model.parameters.tensors, to: settings.clip)
            optimizer.step()
            // Another processor rounds otherwise, and may leave the course some steps before PyTorch left itself.
            let later = min(step + 5, settings.steps - 1)
            #expect(
                difference([loss], [settings.losses[step]]) < max(1e-3, 3 * tolerances.loss_relative[later]),
                "loss of step \(step)")
            #expect(
                difference([norm], [settings.gradient_norms[step]])
                    < max(1e-3, 3 * tolerances.gradient_norm_relative[later]),
                "gradient norm of step \(step)")
        }

        for (name, expected) in goldens.under("final") {
            let value = try #require(model.parameters.dictionary[name])
            let largest = (value - expected).abs().amax().item()
            #expect(largest < 3 * tolerances.parameter_absolute, "\(name)")
        }
        for (name, norm) in settings.parameter_norms {
            let value = try #require(model.parameters.dictionary[name]).to(dtype: .float64).norm().item()
            #expect(difference([value], [norm]) < 3 * tolerances.parameter_norm_relative, "norm of \(name)")
        }
    }

    private func row(_ index: Int, of tensor: Tensor) -> Tensor {
        tensor.narrow(0, from: index, length: 1).reshape(Array(tensor.shape.dropFirst()))
    }
}
