import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Ways and distributions in a latent space")
struct LatentGeometryTests {
    @Test("a way passes through its codes exactly, in equal steps", arguments: LatentPath.allCases)
    func through(path: LatentPath) {
        let codes = Tensor([1, 0, 0, 2, -1, 1] as [Float], shape: [3, 2])
        let way = path.through(codes, steps: 4)
        #expect(way.shape == [9, 2])
        for (row, code) in [0, 4, 8].enumerated() {
            #expect(way.narrow(0, from: code, length: 1).floats == codes.narrow(0, from: row, length: 1).floats)
        }
        let middle = way.narrow(0, from: 2, length: 1)
        if path == .linear { #expect(middle.floats == [0.5, 1]) }
    }

    @Test("an arc keeps the length and turns evenly; it agrees with the formula in closed form")
    func spherical() {
        let codes = Tensor([3, 0, 0, 3] as [Float], shape: [2, 2])
        let way = LatentPath.spherical.through(codes, steps: 3).doubles
        let angles: [Double] = [0, .pi / 6, .pi / 3, .pi / 2]
        let expected = angles.flatMap { angle -> [Double] in [3 * cos(angle), 3 * sin(angle)] }
        #expect(difference(way, expected) < 1e-6)
    }

    @Test("codes of one direction, opposite ones and the origin are joined by a straight line")
    func degenerate() {
        for end in [[2, 0], [-1, 0], [0, 0], [1, 0]] as [[Float]] {
            let way = LatentPath.spherical.through(Tensor([1, 0] + end, shape: [2, 2]), steps: 2).floats
            #expect(way[2] == (1 + end[0]) / 2 && way[3] == 0)
        }
    }

    @Test("sizes go evenly from page to page")
    func sizes() {
        let sizes = [(64, 100), (64, 200), (32, 200)].map { PNG.Size(width: $0.0, height: $0.1) }
        let way = LatentPath.sizes(through: sizes, steps: 2)
        #expect(way.map(\.height) == [100, 150, 200, 200, 200])
        #expect(way.map(\.width) == [64, 64, 64, 48, 32])
    }

    @Test("samples are those of the seed; the temperature scales them about their means")
    func sampling() {
        let mixture = GaussianMixture(
            means: Tensor([5, 0, -5, 0] as [Float], shape: [2, 2]),
            deviations: Tensor([0.5, 2] as [Float], shape: [1, 2]))
        let one = mixture[1].sample(4000, temperature: 1, generator: Generator(seed: 1))
        let mean = one.mean(0).doubles
        let deviation = (one - one.mean(0, keepDims: true)).square().mean(0).sqrt().doubles
        #expect(abs(mean[0] + 5) < 0.05 && abs(mean[1]) < 0.15)
        #expect(abs(deviation[0] - 0.5) < 0.03 && abs(deviation[1] - 2) < 0.1)
        let again = mixture[1].sample(4000, temperature: 1, generator: Generator(seed: 1))
        #expect(one.floats == again.floats)
        #expect(mixture[1].sample(3, temperature: 0, generator: Generator(seed: 1)).floats == [-5, 0, -5, 0, -5, 0])
        // Without a component both are drawn from.
        let any = mixture.sample(1000, generator: Generator(seed: 2)).narrow(1, from: 0, length: 1).doubles
        #expect((400...600).contains(any.filter { $0 > 0 }.count))
    }

    @Test("p(k | z) is Bayes' rule with the normal density")
    func probabilities() {
        let (means, deviations, z) = ([1.0, 3.0], [0.5, 2.0], 1.7)
        let mixture = GaussianMixture(
            means: Tensor(means, shape: [2, 1]), deviations: Tensor(deviations, shape: [2, 1]))
        let densities = zip(means, deviations).map { mean, deviation -> Double in
            let offset = (z - mean) / deviation
            return exp(-offset * offset / 2) / deviation
        }
        let total = densities[0] + densities[1]
        let expected = densities.map { $0 / total }
        #expect(difference(mixture.probabilities(of: Tensor([z], shape: [1, 1])).doubles, expected) < 1e-7)
        // Far from everything nothing underflows.
        let far = mixture.probabilities(of: Tensor([1e4], shape: [1, 1])).doubles
        #expect(abs(far.reduce(0, +) - 1) < 1e-12 && far[1] > 0.999)
    }

    @Test("farthest points are those of the greedy rule, and differ even among copies")
    func farthest() {
        let line = Tensor([0, 1, 10, 4, 10] as [Float], shape: [5, 1])
        #expect(Set(farthestPoints(line, count: 2)).isSubset(of: [0, 2, 4]))
        #expect(farthestPoints(line, count: 3)[2] == 3)
        #expect(Set(farthestPoints(line, count: 9)) == [0, 1, 2, 3, 4])
        #expect(Set(farthestPoints(.ones([6, 2]), count: 4)).count == 4)
        #expect(farthestPoints(line, count: 0).isEmpty)
    }
}
