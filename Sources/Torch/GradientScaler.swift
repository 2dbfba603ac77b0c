internal import CTorch

/// Keeps small gradients from vanishing in half precision (Micikevicius et al., "Mixed precision training", ICLR 2018, section 3.2):
/// the loss is multiplied by a large factor before `backward` and the gradients divided by it before the step. The factor grows
/// until gradients overflow; that step is then left out. The rules are those of PyTorch's `torch.amp.GradScaler`.
public struct GradientScaler: Codable, Equatable, Sendable {
    /// What the loss is multiplied with.
    public private(set) var scale: Float
    /// Steps since the scale changed, without an overflow.
    private var steadySteps = 0
    /// What the scale is multiplied with after `growthInterval` steps without an overflow.
    public let growth: Float
    /// What the scale is multiplied with after an overflow.
    public let backoff: Float
    /// Steps without an overflow after which the scale grows.
    public let growthInterval: Int

    /// A scaler; the defaults are PyTorch's.
    public init(scale: Float = 65536, growth: Float = 2, backoff: Float = 0.5, growthInterval: Int = 2000) {
        self.scale = scale
        self.growth = growth
        self.backoff = backoff
        self.growthInterval = growthInterval
    }

    /// Divides all gradients by the scale, and sets the scale of the next step.
    ///
    /// - Returns: whether all of them are finite. Otherwise the step is to be left out.
    public mutating func unscale(_ parameters: [Tensor]) -> Bool {
        let gradients = parameters.compactMap(\.grad)
        var finite = true
        if !gradients.isEmpty {
            gradients.withCList { check(ct_unscale(&finite, $0, 1 / Double(scale))) }
        }
        update(finite: finite)
        return finite
    }

    private mutating func update(finite: Bool) {
        guard finite else {
            scale *= backoff
            steadySteps = 0
            return
        }
        steadySteps += 1
        guard steadySteps == growthInterval else { return }
        if (scale * growth).isFinite { scale *= growth }
        steadySteps = 0
    }
}
