import Foundation
package import Torch
import Wireframes

/// What frozen features tell of pages (``FrozenFeatures/codes(of:_:)``), worked out once for every page that comes again as it was:
/// while a model is trained it does not change, and takes longer than the rest of a step. It is told of pages without augmentation, as it
/// was learned from them.
package final class FrozenCodes: @unchecked Sendable {
    /// With random crops no page comes again.
    private static let mostKept = 100_000

    private let lock = NSLock()
    /// By page and pixels. Guarded by the lock.
    private var known: [Int: [Float]] = [:]

    package init() {}

    /// `[B, latent]`; nil for a model that is told nothing.
    ///
    /// - Throws: `TorchError` when the memory does not suffice.
    package func callAsFunction(_ samples: [Sample], by model: BetaVAE) throws -> Tensor? {
        guard let features = model.frozenFeatures else { return nil }
        let codes = try samples.map { sample in
            let key = key(of: sample)
            if let code = lock.withLock({ known[key] }) { return code }
            // By itself: a page's code must not depend on its company by a rounding, else a run that goes on would end otherwise.
            let code = try withTorchErrors {
                withoutGradients {
                    let page = Tensor.batch([sample.page], device: model.parameters.device)
                    return features.codes(of: page, model.words(on: [sample.words])).floats
                }
            }
            lock.withLock {
                if known.count >= Self.mostKept { known = [:] }
                known[key] = code
            }
            return code
        }
        return Tensor(
            codes.flatMap { $0 }, shape: [samples.count, model.configuration.latentDimension],
            device: model.parameters.device)
    }

    private func key(of sample: Sample) -> Int {
        var hasher = Hasher()
        hasher.combine(sample.name)
        sample.page.pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
