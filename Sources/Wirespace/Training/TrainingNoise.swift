package import Torch
package import Wireframes

/// The randomness inside the network, page by page.
///
/// ε, the dropped skips and the ways depend on the seed, the epoch and the page's index alone. So a batch of n is exactly
/// accumulation over n, and a resumed run draws what it would have drawn.
package struct TrainingNoise {
    let seed: UInt64
    let latentDimension: Int
    let skipDropout: Double
    /// What the ends of ways are drawn from; nil where there are none.
    let waysTo: Prior?

    package init(seed: UInt64, latentDimension: Int, skipDropout: Double, waysTo: Prior? = nil) {
        self.seed = seed
        self.latentDimension = latentDimension
        self.skipDropout = skipDropout
        self.waysTo = waysTo
    }

    /// ε of each page, `[B, latent]`, whether its skips are dropped, `[B]`, and a way from its code to one drawn from the prior.
    package func draw(
        _ samples: [Sample], epoch: Int, device: Device
    ) -> (epsilon: Tensor, dropped: Tensor, way: BetaVAE.Way?) {
        var epsilon: [Float] = []
        epsilon.reserveCapacity(samples.count * latentDimension)
        var dropped: [Bool] = []
        var (offsets, archetypes, shares): ([Float], [Int?], [Float]) = ([], [], [])
        for sample in samples {
            var random = RandomStream.network.generator(seed: seed, epoch, sample.index)
            dropped.append(random.chance(Float(skipDropout)))
            for _ in 0..<latentDimension { epsilon.append(random.normal()) }
            guard let waysTo else { continue }
            for _ in 0..<latentDimension { offsets.append(random.normal()) }
            archetypes.append(waysTo.means.map { random.integer(below: $0.shape[0]) })
            shares.append(random.uniform())
        }
        let count = samples.count
        let way = waysTo.map { prior in
            let offsets = Tensor(offsets, shape: [count, latentDimension], device: device)
            return BetaVAE.Way(
                end: prior.means(of: archetypes, like: offsets) + offsets,
                share: Tensor(shares, shape: [count, 1], device: device))
        }
        return (
            Tensor(epsilon, shape: [count, latentDimension], device: device), Tensor(dropped, device: device), way
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
