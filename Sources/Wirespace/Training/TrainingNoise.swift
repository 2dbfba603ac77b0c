package import Torch
package import Wireframes

/// The randomness inside the network, page by page.
///
/// ε and the dropped skips depend on the seed, the epoch and the page's index alone. So a batch of n is exactly
/// accumulation over n, and a resumed run draws what it would have drawn.
struct TrainingNoise {
    let seed: UInt64
    let latentDimension: Int
    let skipDropout: Double

    /// ε of each page, `[B, latent]`, and whether its skips are dropped, `[B]`.
    func draw(_ samples: [Sample], epoch: Int, device: Device) -> (epsilon: Tensor, dropped: Tensor) {
        var epsilon: [Float] = []
        epsilon.reserveCapacity(samples.count * latentDimension)
        var dropped: [Bool] = []
        for sample in samples {
            var random = RandomStream.network.generator(seed: seed, epoch, sample.index)
            dropped.append(random.chance(Float(skipDropout)))
            for _ in 0..<latentDimension { epsilon.append(random.normal()) }
        }
        return (
            Tensor(epsilon, shape: [samples.count, latentDimension], device: device), Tensor(dropped, device: device)
        )
    }
}

extension Tensor {
    /// Pages of equal size as one batch, `[B, 1, H, W]`.
    package static func batch(_ pages: [GrayImage], device: Device) -> Tensor {
        let (width, height) = (pages.first?.width ?? 0, pages.first?.height ?? 0)
        var pixels: [Float] = []
        pixels.reserveCapacity(pages.count * width * height)
        for page in pages { pixels += page.pixels }
        return Tensor(pixels, shape: [pages.count, 1, height, width], device: device)
    }

    /// Each page of a batch `[B, 1, H, W]`, clamped to [0, 1].
    package var pages: [GrayImage] {
        let (B, _, H, W) = shape4
        let pixels = clamp(min: 0, max: 1).floats
        return (0..<B).map { GrayImage(width: W, height: H, pixels: Array(pixels[$0 * H * W..<($0 + 1) * H * W])) }
    }
}
