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

    @Test("ε is standard normal, and another one for every page and epoch")
    func epsilon() {
        func rows(epoch: Int) -> [[Float]] {
            Self.noise(nil).draw(Self.samples, epoch: epoch, device: .cpu).epsilon.floats.chunks(of: 8)
        }
        let (first, next) = (rows(epoch: 0), rows(epoch: 1))
        let numbers = first.joined().map(Double.init)
        let mean = numbers.reduce(0, +) / 3200
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3200
        #expect(numbers.count == 3200)
        #expect(abs(mean) < 0.07 && abs(variance - 1) < 0.1, "four standard errors")
        #expect(Set(first + next).count == 800)
    }

    @Test("as many pages lose their skips as asked, the same ones whatever their company")
    func dropped() {
        func dropped(_ samples: [Sample], _ probability: Double) -> [Float] {
            TrainingNoise(seed: 1, latentDimension: 8, skipDropout: probability)
                .draw(samples, epoch: 0, device: .cpu).dropped.to(dtype: .float32).floats
        }
        let half = dropped(Self.samples, 0.5)
        #expect((160...240).contains(half.reduce(0, +)), "four standard deviations")
        #expect(Self.samples.prefix(8).flatMap { dropped([$0], 0.5) } == Array(half.prefix(8)))
        #expect(dropped(Self.samples, 0) == Array(repeating: 0, count: 400))
        #expect(dropped(Self.samples, 1) == Array(repeating: 1, count: 400))
    }
}
