import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Codes that are refined")
struct CodeRefinementTests {
    private static let model = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../models/demo.safetensors").standardizedFileURL.path

    /// Three pages of equal size that the released model has not seen.
    private static func pages() -> Tensor {
        let generator = PageGenerator(width: 128, heightMultiple: 32)
        let drawn = (0..<40).map { generator.page(.contact, seed: 7_100_000 + $0).render() }
        let alike = Dictionary(grouping: drawn, by: \.height).values.max { $0.count < $1.count } ?? []
        return .batch(Array(alike.prefix(3)), device: .cpu)
    }

    /// The pixel term of each page drawn from its code, less twice log p(z).
    private func loss(_ z: Tensor, _ pages: Tensor, _ trained: TrainedModel) -> [Double] {
        let (_, _, H, W) = pages.shape4
        let pixels = Objective(trained.configuration.loss, prior: trained.prior, vgg: nil)
            .pixelTerm(trained.model.decode(z, height: H, width: W), pages)
        return (pixels + trained.prior.energy(z) * 2).doubles
    }

    @Test("draw their pages better, keep their archetype, and leave the model as it was")
    func refined() throws {
        let trained = try TrainedModel(Self.model, device: .cpu)
        let pages = Self.pages()
        let weights = trained.model.parameters.dictionary.mapValues { $0.clone() }
        try withoutGradients {
            let codes = trained.model.encode(pages).mu
            let refined = CodeRefinement(steps: 20)(codes, of: pages, by: trained)
            let (before, after) = (loss(codes, pages, trained), loss(refined, pages, trained))
            for (before, after) in zip(before, after) { #expect(after < before * 0.97, "\(before) → \(after)") }
            let means = try #require(trained.prior.means)
            func archetypes(_ z: Tensor) -> [Int] { z.distances(to: means).topK(1, largest: false).indices.integers }
            #expect(archetypes(refined) == archetypes(codes))
            #expect(!refined.requiresGrad && !codes.requiresGrad)

            // From a good code a long step goes too far and is not taken; the page beside it, whose code is bad, takes it.
            let mixed = Tensor.concatenate(
                [refined.narrow(0, from: 0, length: 2), means.narrow(0, from: 0, length: 1) + 5], dim: 0)
            let further = CodeRefinement(steps: 1)(mixed, of: pages, by: trained)
            let moved = (further - mixed).abs().sum(1).doubles.map { $0 > 0 }
            #expect(moved == [false, false, true])
        }
        for (name, tensor) in trained.model.parameters.dictionary {
            #expect(tensor.grad == nil && tensor.floats == weights[name]?.floats, "\(name)")
        }
    }

    @Test("are those of PyTorch's gradients and Adam")
    func likePyTorch() throws {
        struct Settings: Decodable { let steps: Int }
        let goldens = try Goldens("model")
        let settings: Settings = try Goldens.settings("refinement")
        let yaml = """
            data: {directory: pages}
            model: {width: 0.125, latent_dim: 16, upsampling: subpixel, modulation: true, coordinates: true}
            loss: {pixel: bce, beta_kld: 4}
            """
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            try ModelFile(
                configuration: try Configuration(yaml: yaml, file: "test.yaml"), archetypes: [], epoch: 1,
                parameters: goldens.under("subpixel.parameters")
            ).write(to: file)
            let refined = CodeRefinement(steps: settings.steps)(
                try goldens["subpixel.64x64.mu"], of: try goldens.image("subpixel.64x64.image"),
                by: try TrainedModel(file.path, device: .cpu))
            // PyTorch with its weights changed by 1e-7 leaves itself by 1.6e-4: a maximum of the attention lies on a tie.
            #expect(difference(refined, try Goldens("refinement")["subpixel.codes"]) < 1e-3)
        }
    }

    @Test("move first by the step's length against the sign of the gradient, as Adam does")
    func firstStep() throws {
        let trained = try TrainedModel(Self.model, device: .cpu)
        let page = Self.pages().narrow(0, from: 0, length: 1)
        withoutGradients {
            let code = trained.model.encode(page).mu
            var refinement = CodeRefinement(steps: 1)
            refinement.stepLength = 0.02
            let moved = (refinement(code, of: page, by: trained) - code).doubles
            #expect(moved.allSatisfy { abs(abs($0) - 0.02) < 1e-4 })
            // The slope by central differences, where it is steep enough for fp32.
            let latent = moved.count
            for dimension in stride(from: 0, to: latent, by: 16) {
                let axis = Tensor.eye(latent).narrow(0, from: dimension, length: 1) * 0.02
                let slope = loss(code + axis, page, trained)[0] - loss(code - axis, page, trained)[0]
                if abs(slope) > 0.5 { #expect(slope * moved[dimension] < 0, "dimension \(dimension): \(slope)") }
            }
        }
    }

    @Test("do not depend on the other pages of a batch; no steps leave codes as they are")
    func alone() throws {
        let trained = try TrainedModel(Self.model, device: .cpu)
        let pages = Self.pages()
        withoutGradients {
            let codes = trained.model.encode(pages).mu
            var refinement = CodeRefinement(steps: 4)
            refinement.stepLength = 0.1
            let together = loss(refinement(codes, of: pages, by: trained), pages, trained)
            for row in 0..<3 {
                let (page, code) = (pages.narrow(0, from: row, length: 1), codes.narrow(0, from: row, length: 1))
                let alone = loss(refinement(code, of: page, by: trained), page, trained)[0]
                // Rounding flips the sign of a slope near zero, which Adam's first steps follow at full length.
                #expect(abs(alone - together[row]) < 0.01 * together[row], "\(alone) and \(together[row])")
            }
            #expect(CodeRefinement(steps: 0)(codes, of: pages, by: trained).floats == codes.floats)
        }
    }

    @Test("the prior's energy is −log p(z) up to a constant")
    func energy() {
        let z = Tensor([1, 2, -3, 0.5] as [Float], shape: [2, 2])
        #expect(difference(Prior.standard.energy(z).doubles, [2.5, 4.625]) < 1e-6)
        let means = Tensor([0, 0, 4, 0] as [Float], shape: [2, 2])
        let expected = [[2.5, 6.5], [4.625, 24.625]].map { -log(exp(-$0[0]) + exp(-$0[1])) }
        #expect(difference(Prior(means: means).energy(z).doubles, expected) < 1e-6)
    }
}

@Suite("Even steps between pages")
struct EvenStopsTests {
    @Test("equal changes give equal steps; so do changes that are none")
    func equal() {
        let quarters = [0, 0.25, 0.5, 0.75, 1]
        #expect(difference(LatentPath.evenStops(changes: Array(repeating: 3, count: 8), steps: 4), quarters) < 1e-12)
        #expect(LatentPath.evenStops(changes: [0, 0, 0], steps: 4) == quarters)
        #expect(LatentPath.evenStops(changes: [.nan, 1], steps: 4) == quarters)
    }

    @Test("a change in the middle draws the stops there, each step passing the same share of it")
    func middle() {
        let stops = LatentPath.evenStops(changes: [0, 0, 8, 0], steps: 4)
        #expect(difference(Array(stops[1..<4]), [0.5625, 0.625, 0.6875]) < 1e-12)
        #expect(stops[0] == 0 && stops[4] == 1, "the ends are the codes themselves")

        let changes = [0.1, 2, 0, 7, 0.5, 0.5, 3, 1]
        func passed(_ place: Double) -> Double {
            changes.enumerated().reduce(0) { $0 + $1.element * min(max(place * 8 - Double($1.offset), 0), 1) }
        }
        let uneven = LatentPath.evenStops(changes: changes, steps: 5)
        for (before, after) in zip(uneven, uneven.dropFirst()) {
            #expect(abs(passed(after) - passed(before) - 14.1 / 5) < 1e-9)
        }
    }

    @Test("a way through pages stops at each, and between them the drawn page changes evenly")
    func drawn() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            // Past the origin, where an untrained decoder changes its page fastest, and back.
            let ends: [[Float]] = [[3, 0, 0], [-3, 1, 0], [3, 1, 1]]
            let codes = Tensor(ends.flatMap { $0 + [0, 0, 0, 0, 0] }, shape: [3, 8])
            let (steps, size) = (6, PNG.Size(width: 48, height: 64))
            let even = try space.evenly(.linear, through: codes, sizes: [size, size, size], steps: steps)
            let equal = LatentPath.linear.through(codes, steps: steps)
            #expect(even.shape == equal.shape)
            #expect(even.indexSelect(0, Tensor([0, steps, 2 * steps])).floats == codes.floats)
            func variance(_ way: Tensor, leg: Int) throws -> Double {
                let frames = try space.draw(way.narrow(0, from: leg * steps, length: steps + 1), size: size)
                return try #require(try interpolationQuality(.batch(frames, device: .cpu))?.variance)
            }
            for leg in 0..<2 { #expect(try variance(even, leg: leg) < variance(equal, leg: leg) / 2) }
        }
    }

    @Test("a way stops at any place, and at its codes exactly", arguments: LatentPath.allCases)
    func places(path: LatentPath) {
        let codes = Tensor([1, 0, 0, 2, -1, 1] as [Float], shape: [3, 2])
        let way = path.through(codes, at: [0, 1, 1.5, 2])
        #expect(way.indexSelect(0, Tensor([0, 1, 3])).floats == codes.floats)
        if path == .linear { #expect(way.narrow(0, from: 2, length: 1).floats == [-0.5, 1.5]) }
    }
}
