import Foundation

/// The learning rate of SGDR (Loshchilov and Hutter, ICLR 2017): a half cosine from `base` down to `minimum` over each
/// cycle, then a jump back up; cycles last `firstCycle`, `firstCycle · factor`, `firstCycle · factor²`, … epochs.
public struct CosineAnnealingWarmRestarts: Sendable {
    /// The learning rate at the start of each cycle, PyTorch's `base_lr`.
    public let base: Double
    /// The lowest learning rate, `eta_min`.
    public let minimum: Double
    /// Epochs of the first cycle, `T_0`.
    public let firstCycle: Int
    /// How many times longer each cycle is than the one before, `T_mult`.
    public let factor: Int

    /// A schedule.
    ///
    /// - Precondition: `firstCycle` and `factor` are at least 1.
    public init(base: Double, minimum: Double, firstCycle: Int, factor: Int) {
        precondition(firstCycle >= 1 && factor >= 1, "cycles need at least one epoch and must not shrink")
        self.base = base
        self.minimum = minimum
        self.firstCycle = firstCycle
        self.factor = factor
    }

    /// The learning rate of an epoch, counted from 0. It depends on nothing else, so a resumed run lands on it.
    public func learningRate(at epoch: Int) -> Double {
        var position = epoch
        var cycle = firstCycle
        while position >= cycle {
            position -= cycle
            cycle *= factor
        }
        return minimum + (base - minimum) * (1 + cos(.pi * Double(position) / Double(cycle))) / 2
    }
}
