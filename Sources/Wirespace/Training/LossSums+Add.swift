import Torch
import Wireframes

extension LossSums {
    /// The terms of a batch.
    ///
    /// - Throws: `UserError` naming the first page whose loss is not a number.
    init(_ loss: Loss, of samples: [Sample], epoch: Int) throws {
        let totals = loss.total.doubles
        if let bad = totals.firstIndex(where: { !$0.isFinite }) {
            throw UserError(
                .data, "the loss of \(samples[bad].name) in epoch \(epoch + 1) is \(totals[bad])",
                at: samples[bad].name,
                remedy: "lower optimization.lr, or set optimization.mixed_precision=false")
        }
        images = samples.count
        total = totals.reduce(0, +)
        pixel = loss.pixel.sum().item()
        kl = loss.kl.sum().item()
        perceptual = loss.perceptual?.sum().item()
        pull = loss.pull?.sum().item()
    }
}
