import Foundation
public import Torch
public import Wireframes

extension TrainedModel {
    /// Layouts drawn from codes alone, `[N, latent]`, each for a page of its own size. The same seed gives the same layouts.
    ///
    /// - Parameters:
    ///   - temperature: 1 draws from the distribution of layouts, less from the likelier ones; 0 takes the likeliest part each time.
    ///   - progress: told how many are done.
    /// - Precondition: there are as many sizes as codes.
    /// - Throws: `UserError` when the model has no layout decoder, or the memory does not suffice.
    public func layouts(
        of z: Tensor, sizes: [PNG.Size], temperature: Double = 1, seed: UInt64 = 0, progress: (Int) -> Void = { _ in }
    ) throws -> [LayoutNode] {
        precondition(sizes.count == z.shape[0], "\(sizes.count) sizes for \(z.shape[0]) codes")
        let decoder = try layoutDecoder()
        let device = model.parameters.device
        return try reading(file.path) {
            try sizes.enumerated().map { row, size in
                let seed = seed &+ UInt64(row)
                let parts = try withTorchErrors {
                    withoutGradients {
                        decoder.draw(
                            z.narrow(0, from: row, length: 1).to(device, dtype: .float32),
                            rows: PartCode.rows(height: size.height, width: size.width), temperature: temperature,
                            seed: seed)
                    }
                }
                progress(row + 1)
                return LayoutNode(
                    parts: parts.compactMap { $0.part(pageWidth: size.width) }, width: size.width, height: size.height,
                    seed: seed)
            }
        }
    }
}
