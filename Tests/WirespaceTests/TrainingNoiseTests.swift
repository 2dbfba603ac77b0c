import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The randomness inside the network")
struct TrainingNoiseTests {
    private static let samples = (0..<400).map { index in
        let page = GrayImage(width: 4, height: 4, filledWith: 1)
        return Sample(input: page, target: page, archetype: nil, name: "\(index)", index: index)
    }

    private static var means: Tensor { Tensor.eye(8).narrow(0, from: 0, length: 3) * 40 }

    private static func noise(_ prior: Prior?) -> TrainingNoise {
        TrainingNoise(seed: 1, latentDimension: 8, skipDropout: 0.5, waysTo: prior)
    }

    @Test("ways end where the prior has its codes, in all archetypes alike, and a page is drawn anywhere on them")
    func ways() throws {
        let way = try #require(Self.noise(Prior(means: Self.means)).draw(Self.samples, epoch: 0, device: .cpu).way)
        let nearest = (way.end.unsqueezed(1) - Self.means.unsqueezed(0)).square().sum(2)
        let offsets = nearest.amin(1)
        #expect(abs(offsets.mean().item() - 8) < 8 * 0.1, "a χ² of eight dimensions")
        for archetype in 0..<3 {
            let count = (nearest.narrow(1, from: archetype, length: 1).reshape(-1) .< 100).to(dtype: .float32).sum()
                .item()
            #expect((100...170).contains(count), "archetype \(archetype)")
        }
        #expect(way.share.shape == [400, 1])
        #expect(way.share.amin().item() >= 0 && way.share.amax().item() < 1)
        #expect(abs(way.share.mean().item() - 0.5) < 0.05)

        let plain = try #require(Self.noise(.standard).draw(Self.samples, epoch: 0, device: .cpu).way)
        #expect(abs(plain.end.square().mean().item() - 1) < 0.1)
        #expect(Self.noise(nil).draw(Self.samples, epoch: 0, device: .cpu).way == nil)
    }

    @Test("a page's noise depends on the page and the epoch, not on its company, nor on whether there are ways")
    func company() throws {
        let noise = Self.noise(Prior(means: Self.means))
        let all = noise.draw(Self.samples, epoch: 3, device: .cpu)
        let one = noise.draw([Self.samples[7]], epoch: 3, device: .cpu)
        let (allWays, oneWay) = (try #require(all.way), try #require(one.way))
        #expect(one.epsilon.floats == all.epsilon.narrow(0, from: 7, length: 1).floats)
        #expect(oneWay.end.floats == allWays.end.narrow(0, from: 7, length: 1).floats)
        #expect(oneWay.share.floats == allWays.share.narrow(0, from: 7, length: 1).floats)
        #expect(allWays.end.narrow(0, from: 6, length: 1).floats != oneWay.end.floats)
        let next = noise.draw([Self.samples[7]], epoch: 4, device: .cpu)
        #expect(next.way?.end.floats != oneWay.end.floats)
        #expect(Self.noise(nil).draw(Self.samples, epoch: 3, device: .cpu).epsilon.floats == all.epsilon.floats)
    }
}
