import Torch
import Wireframes

extension LossSums {
    /// The terms of a batch.
    ///
    /// - Throws: `UserError` naming the first page whose loss is not a number.
    init(_ loss: Loss, of samples: [Sample], epoch: Int) throws {
        // One read: each waits for a GPU.
        let terms = [loss.total, loss.pixel, loss.kl] + [loss.perceptual, loss.pull, loss.geodesic].compactMap { $0 }
        var rows = Tensor.stack(terms).doubles.chunks(of: samples.count)[...]
        func nextSum() -> Double { rows.popFirst()?.reduce(0, +) ?? .nan }
        let totals = rows.first ?? []
        if let bad = totals.firstIndex(where: { !$0.isFinite }) {
            throw UserError(
                .data, "the loss of \(samples[bad].name) in epoch \(epoch + 1) is \(totals[bad])",
                at: samples[bad].name,
                remedy: "lower optimization.lr, or set optimization.mixed_precision=false")
        }
        images = samples.count
        total = nextSum()
        pixel = nextSum()
        kl = nextSum()
        perceptual = loss.perceptual.map { _ in nextSum() }
        pull = loss.pull.map { _ in nextSum() }
        geodesic = loss.geodesic.map { _ in nextSum() }
    }
}
