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
        // A temperature of 2 takes the square root of every density.
        let roots = densities.map { $0.squareRoot() }
        let softened = mixture.probabilities(of: Tensor([z], shape: [1, 1]), temperature: 2).doubles
        #expect(difference(softened, roots.map { $0 / (roots[0] + roots[1]) }) < 1e-7)
        // Far from everything nothing underflows.
        let far = mixture.probabilities(of: Tensor([1e4], shape: [1, 1])).doubles
        #expect(abs(far.reduce(0, +) - 1) < 1e-12 && far[1] > 0.999)
    }

    @Test("full covariances: samples have them, and turned axes change no probability")
    func fullCovariances() {
        let deviations = Tensor([0.5, 2, 3, 1] as [Float], shape: [2, 2])
        let means = Tensor([0, 1, 2, -1] as [Float], shape: [2, 2])
        let (c, s) = (Float(cos(0.7)), Float(sin(0.7)))
        let turn = Tensor([c, -s, s, c], shape: [2, 2])
        let plain = GaussianMixture(means: means, deviations: deviations)
        let turned = GaussianMixture(
            means: means.matmul(turn.transposed()), factors: turn * deviations.reshape(2, 1, 2))
        let z = Tensor.randn([5, 2], generator: Generator(seed: 3))
        let there = turned.probabilities(of: z.matmul(turn.transposed())).doubles
        #expect(difference(there, plain.probabilities(of: z).doubles) < 1e-6)

        // 4 and 0.5 standard deviations from the first mean, 0 and 3 from the second.
        let one = Tensor([2, 2] as [Float], shape: [1, 2])
        #expect(difference(plain.mahalanobisDistances(of: one).doubles, [sqrt(16.25 / 2), sqrt(9.0 / 2)]) < 1e-6)
        let turnedOne = turned.mahalanobisDistances(of: one.matmul(turn.transposed())).doubles
        #expect(difference(turnedOne, plain.mahalanobisDistances(of: one).doubles) < 1e-6)

        // The same noise, so the same samples, turned; rows keep their order whatever their components.
        let components: [Int?] = [1, 0, 1, 1, 0]
        let samples = turned.sample(of: components, temperature: 0.5, generator: Generator(seed: 4))
        let expected = plain.sample(of: components, temperature: 0.5, generator: Generator(seed: 4))
        #expect(difference(samples, expected.matmul(turn.transposed())) < 1e-6)
        let single = turned[1].sample(1, generator: Generator(seed: 5))
        #expect(difference(single, plain[1].sample(1, generator: Generator(seed: 5)).matmul(turn.transposed())) < 1e-6)
        #expect(turned.sample(0, generator: Generator(seed: 6)).shape == [0, 2])
    }

    @Test("the aggregate posterior has the pages' means and total variances; what has no pages stays the prior's")
    func aggregatePosterior() {
        let count = 3000
        let axes = Tensor([1, 0.9, 0, 0.4] as [Float], shape: [2, 2])
        let mu =
            Tensor.randn([count, 2], generator: Generator(seed: 1)).matmul(axes)
            + Tensor([7, -2] as [Float], shape: [1, 2])
        let variance = Tensor.full([count, 2], 0.25)
        let prior = Prior(means: Tensor([5, 0, 0, 5, -5, 0] as [Float], shape: [3, 2]))
        let archetypes = (0..<count).map { $0 % 3 == 2 ? nil : 1 }
        let fitted = GaussianMixture(aggregating: mu, variance: variance, archetypes: archetypes, prior: prior)
        #expect(fitted.means.shape == [3, 2] && fitted.factors.shape == [3, 2, 2])
        func covariance(_ component: Int) -> [Double] {
            let factor = fitted.factors.narrow(0, from: component, length: 1).reshape(2, 2)
            return factor.matmul(factor.transposed()).doubles
        }
        #expect(difference(fitted.means.doubles, [5, 0, 7, -2, -5, 0]) < 0.1)
        #expect(difference(covariance(1), [1.25, 0.9, 0.9, 0.81 + 0.16 + 0.25]) < 0.1)
        #expect(covariance(0) == [1, 0, 0, 1])
        // Fewer pages than dimensions: the prior's, too. A standard prior: one Gaussian for all, labelled or not.
        let single = GaussianMixture(
            aggregating: mu.narrow(0, from: 0, length: 1), variance: variance.narrow(0, from: 0, length: 1),
            archetypes: [0], prior: prior)
        #expect(single.means.floats == [5, 0, 0, 5, -5, 0])
        let all = GaussianMixture(aggregating: mu, variance: variance, archetypes: archetypes, prior: .standard)
        #expect(all.means.shape == [1, 2] && difference(all.means.doubles, [7, -2]) < 0.1)
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

    @Test("an archetype that nobody knows is answered with the one that was probably meant")
    func archetypeNames() throws {
        #expect(try ArchetypeRegions.label(of: "log in", among: ["contact", "connexion"]) == 1)
        func remedy(_ name: String, _ names: [String]) -> String? {
            (#expect(throws: UserError.self) { try ArchetypeRegions.label(of: name, among: names) })?.remedy
        }
        #expect(remedy("contcat", ["contact", "connexion"]) == "did you mean 'contact'? there are contact, connexion")
        #expect(remedy("singup", ["inscription"])?.hasPrefix("did you mean 'signup'?") == true)
        #expect(remedy("spaceship", ["contact"]) == "there are contact")
        #expect(remedy("contact", []) == "no page has one")
        let many = (0..<30).map { "archetype-\($0)" }
        #expect(remedy("spaceship", many)?.hasSuffix(", archetype-19 and 10 more") == true)
    }
}
