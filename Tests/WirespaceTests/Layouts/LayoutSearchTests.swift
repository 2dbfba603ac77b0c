import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The search for a page's layout")
struct LayoutSearchTests {
    private static let size = PNG.Size(width: 128, height: 160)
    private static var z: Tensor { .zeros([1, 2]) }

    private static func codes(_ archetype: Archetype) -> [PartCode] {
        let page = PageGenerator(width: size.width).page(archetype, seed: 4)
        return page.tree.parts.prefix(12).compactMap { PartCode($0, pageWidth: size.width) }
    }

    /// A decoder that knows two pages by heart, under the same code: the first is three times as likely.
    private static func decoder(_ pages: ([PartCode], [PartCode])) -> LayoutDecoder {
        var configuration = LayoutConfiguration()
        (configuration.width, configuration.layers, configuration.heads) = (32, 1, 2)
        let decoder = LayoutDecoder(configuration, latent: 2, prior: .standard, seed: 1)
        let optimizer = Adam(decoder.parameters, learningRate: 0.01)
        let batch = LayoutBatch([pages.0, pages.0, pages.0, pages.1].map { ($0, size.height) }, device: .cpu)
        for _ in 0..<150 {
            decoder.negativeLogLikelihood(.zeros([4, 2]), batch).sum().backward()
            optimizer.step()
            decoder.parameters.zeroGradients()
        }
        return decoder
    }

    /// What a pixel decoder would draw that is sure of some parts; of nothing without.
    private static func evidence(of parts: [PartCode]?, ssimShare: Double = 0.84) -> PixelEvidence {
        // What is taken off the logits makes them 0: ink is as likely as paper.
        guard let parts else { return PixelEvidence(.zeros([1, 1, size.height, size.width]) + 0.5, ssimShare: 0) }
        let tree = LayoutNode(
            parts: parts.compactMap { $0.part(pageWidth: size.width) }, width: size.width, height: size.height)
        let page = Tensor.batch([WireframeRenderer().render(tree)], device: .cpu).clamp(min: 1e-4, max: 1 - 1e-4)
        return PixelEvidence((page / (1 - page)).log(), ssimShare: ssimShare)
    }

    private static func search(_ decoder: LayoutDecoder, _ evidence: PixelEvidence) -> [PartCode] {
        withoutGradients { decoder.search(z, rows: size.height, evidence, checkpoint: {}) }
    }

    @Test(
        "pixels decide between pages that the code leaves open; without them the likeliest page is found",
        arguments: [0, 0.84, 1])
    func decides(ssimShare: Double) {
        let pages = (Self.codes(.contact), Self.codes(.faq))
        let decoder = Self.decoder(pages)
        #expect(Self.search(decoder, Self.evidence(of: nil)) == pages.0)
        #expect(Self.search(decoder, Self.evidence(of: pages.0, ssimShare: ssimShare)) == pages.0)
        #expect(Self.search(decoder, Self.evidence(of: pages.1, ssimShare: ssimShare)) == pages.1)
    }

    @Test("a part that is seen a little beside its likeliest place is moved there")
    func moves() throws {
        let pages = (Self.codes(.contact), Self.codes(.faq))
        let number = try #require(pages.1.indices.max { pages.1[$0][.width] < pages.1[$1][.width] })
        var other = pages.1
        other[number][.y] += 2
        let found = Self.search(Self.decoder(pages), Self.evidence(of: other))
        #expect(found.contains(other[number]) && !found.contains(pages.1[number]), "\(found)")
    }

    @Test("what the checkpoint throws ends the search, and the drawing of a page")
    func stops() {
        struct Enough: Error {}
        let pages = (Self.codes(.contact), Self.codes(.faq))
        let decoder = Self.decoder(pages)
        var calls = 0
        func third() throws {
            calls += 1
            if calls == 3 { throw Enough() }
        }
        withoutGradients {
            #expect(throws: Enough.self) {
                try decoder.search(Self.z, rows: Self.size.height, Self.evidence(of: pages.0), checkpoint: third)
            }
            #expect(calls == 3)
            calls = 0
            #expect(throws: Enough.self) {
                try decoder.draw(Self.z, rows: Self.size.height, temperature: 1, seeds: [0, 1], checkpoint: third)
            }
            #expect(calls == 3)
        }
    }

    @Test("the same search finds the same page, and one that never ends is ended")
    func endless() throws {
        let decoder = Self.decoder((Self.codes(.login), Self.codes(.faq)))
        let kinds = PartCode.Attribute.kind.values
        let bias = try #require(decoder.parameters.dictionary["heads.0.absolute.bias"])
        withoutGradients {
            bias.copy(from: (Tensor.eye(kinds).narrow(0, from: PartCode.end, length: 1) * -1e4).reshape(-1))
        }
        let evidence = Self.evidence(of: Self.codes(.login))
        let page = Self.search(decoder, evidence)
        #expect(page.count == LayoutDecoder.longest)
        #expect(Self.search(decoder, evidence) == page)
    }
}
