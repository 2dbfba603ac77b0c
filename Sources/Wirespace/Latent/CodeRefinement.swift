public import Torch

/// Finds codes that draw their pages better than those that the encoder gives.
///
/// An encoder must guess the code of a page at one glance, and leaves much undrawn that the decoder could draw: the
/// amortisation gap (Cremer, Li and Duvenaud, ICML 2018). Starting from its guess, some steps down the gradient of
///
///     L(z) = L_pixel(x, decode(z)) − w log p(z),   w = min(β, 2),
///
/// close a part of it, page by page (semi-amortised inference: Kim et al., ICML 2018; here of the mean alone, and of a model
/// that was trained without). Nothing but the page is looked at, neither its archetype nor other pages, and the result is a
/// code like any other. A step costs about three drawings of the page.
public struct CodeRefinement: Sendable, Equatable {
    /// Steps down the gradient; 0 leaves codes as they are.
    public let steps: Int
    /// How far a step moves each number of the code at most, about: it falls to a tenth of this on the way.
    package var stepLength = 0.3

    /// A refinement by `steps` steps.
    public init(steps: Int) {
        precondition(steps >= 0, "\(steps) steps")
        self.steps = steps
    }

    /// w, the weight of the prior: never more than in the training, since a large β keeps a code from much that the decoder could
    /// draw; with less than 2 archetypes come too near to each other (Docs/experiments.md, "What refinement minds of the prior").
    static func priorWeight(_ loss: LossConfiguration) -> Double { min(loss.betaKLD, 2) }

    /// Of each page the code with the smallest L(z) on the way, `[B, latent]`: none is worse than where it began.
    ///
    /// - Parameters:
    ///   - codes: where to begin, `[B, latent]`: the means that the encoder gives.
    ///   - pages: what they shall draw, from the latent alone, `[B, 1, H, W]`.
    public func callAsFunction(_ codes: Tensor, of pages: Tensor, by trained: TrainedModel) -> Tensor {
        guard steps > 0 else { return codes }
        let (_, _, H, W) = pages.shape4
        let objective = Objective(trained.configuration.loss, prior: trained.prior, vgg: nil)
        let weight = Self.priorWeight(trained.configuration.loss)
        let z = codes.detach().clone()
        z.requiresGrad = true
        // Adam, since pages differ in curvature by orders of magnitude: steps scaled by σ² diverge. Its memory is short, as the
        // way is. It treats every number by itself, so a page's code does not depend on its company.
        let optimizer = Adam([("z", z)], learningRate: stepLength, betas: (0.9, 0.9))
        var (best, least) = (codes.detach(), Tensor.full([codes.shape[0]], .infinity, device: codes.device))
        for step in 0...steps {
            let loss = withGradients {
                let logits = trained.model.decode(z, height: H, width: W)
                return objective.pixelTerm(logits.to(dtype: .float32), pages) + trained.prior.energy(z) * weight
            }
            let isBetter = loss.detach() .< least
            best = isBetter.unsqueezed(1).select(z.detach(), else: best)
            least = isBetter.select(loss.detach(), else: least)
            guard step < steps else { break }
            withGradients { loss.sum() }.backward()
            optimizer.learningRate = stepLength * (1 - 0.9 * Double(step) / Double(steps))
            optimizer.step()
            z.grad = nil
        }
        return best
    }
}
