import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The layout decoder")
struct LayoutDecoderTests {
    private static var small: LayoutConfiguration {
        var configuration = LayoutConfiguration()
        (configuration.width, configuration.layers, configuration.heads) = (8, 2, 2)
        return configuration
    }

    private static func codes(_ archetype: Archetype, seed: UInt64, width: Int = 128) -> [PartCode] {
        let page = PageGenerator(width: width).page(archetype, seed: seed)
        return page.tree.parts.compactMap { PartCode($0, pageWidth: width) }
    }

    // MARK: Parts as numbers

    @Test("at 128 pixels a part is kept to the pixel")
    func exact() throws {
        for archetype in Archetype.allCases {
            let parts = PageGenerator(width: 128).page(archetype, seed: 3).tree.parts
            for part in parts {
                let code = try #require(PartCode(part, pageWidth: 128))
                let again = try #require(code.part(pageWidth: 128))
                #expect(again.bounds == part.bounds)
                #expect((again.role, again.figure) == (part.role, part.figure))
                #expect(abs((again.fill ?? -1) - (part.fill ?? -1)) <= 1.0 / 32)
                #expect(PartCode(again, pageWidth: 128) == code)
            }
        }
    }

    @Test("on wider pages a part is kept to a column of the grid")
    func wide() throws {
        for part in PageGenerator(width: 1000).page(.dashboard, seed: 5).tree.parts {
            let again = try #require(PartCode(part, pageWidth: 1000)?.part(pageWidth: 1000))
            #expect(abs(again.bounds.x - part.bounds.x) <= 4)
            #expect(abs(again.bounds.maxX - part.bounds.maxX) <= 8)
            #expect(abs(again.bounds.y - part.bounds.y) <= 4)
        }
    }

    @Test("what no page can have is brought within the limits, what lies too low is left out")
    func limits() throws {
        let far = PagePart(
            .card, .box, Bounds(x: -50, y: 3, width: 9000, height: 9000), fill: 7, lineWidth: 99, radius: 999)
        let code = try #require(PartCode(far, pageWidth: 128))
        for attribute in PartCode.Attribute.allCases { #expect((0..<attribute.values).contains(code[attribute])) }
        #expect(PartCode(PagePart(.card, .box, Bounds(x: 0, y: 600, width: 9, height: 9)), pageWidth: 128) == nil)
        #expect(PartCode.nothing.part(pageWidth: 128) == nil)
    }

    // MARK: The network

    @Test("the likelihood and its gradients are PyTorch's")
    func golden() throws {
        struct Settings: Decodable { let rows: [Int] }
        let goldens = try Goldens("layout_decoder")
        let rows = try Goldens.settings("layout_decoder", as: Settings.self).rows
        let decoder = LayoutDecoder(Self.small, latent: 6, prior: Prior(means: try goldens["means"]), seed: 0)
        try decoder.parameters.load(goldens.under("parameters"))
        let pages = try [0, 1].map { page -> [PartCode] in
            let values = try goldens["page.\(page)"]
            let (numbers, count) = (values.integers, values.shape[1])
            return (0..<values.shape[0]).map { row in
                var code = PartCode.nothing
                for attribute in PartCode.Attribute.allCases {
                    code[attribute] = numbers[row * count + attribute.rawValue]
                }
                return code
            }
        }
        let z = try goldens["z"].clone()
        z.requiresGrad = true
        let losses = decoder.negativeLogLikelihood(
            z, LayoutBatch([(pages[0], rows[0]), (pages[1], rows[1])], device: .cpu))
        losses.sum().backward()
        #expect(largestDifference(losses, try goldens["losses"]) < 1e-5)
        #expect(largestDifference(try #require(z.grad), try goldens["grad_z"]) < 1e-4)
        for (name, expected) in goldens.under("grad") {
            let gradient = try #require(decoder.parameters.dictionary[name]?.grad)
            #expect(largestDifference(gradient, expected) < 1e-4, "\(name)")
        }
    }

    /// Relative to the largest expected element.
    private func largestDifference(_ a: Tensor, _ b: Tensor) -> Double {
        #expect(a.shape == b.shape)
        return ((a - b).abs().amax() / b.abs().amax()).item()
    }

    @Test("pages do not depend on their company")
    func company() {
        let decoder = LayoutDecoder(Self.small, latent: 4, prior: .standard, seed: 2)
        for parameter in decoder.parameters.tensors {
            parameter.requiresGrad = false
            parameter.copy(from: .randn(parameter.shape, generator: Generator(seed: 5)) * 0.2)
        }
        let z = Tensor.randn([2, 4], generator: Generator(seed: 1))
        let pages = [(Self.codes(.login, seed: 1), 160), (Self.codes(.dashboard, seed: 2), 224)]
        func loss(_ rows: [Int]) -> Double {
            decoder.negativeLogLikelihood(
                z.indexSelect(0, Tensor(rows)), LayoutBatch(rows.map { pages[$0] }, device: .cpu)
            ).sum().item()
        }
        let (together, apart) = (loss([0, 1]), loss([0]) + loss([1]))
        #expect(abs(together - apart) < 1e-4 * apart)
    }

    @Test("it learns pages by heart, and draws each from its code")
    func byHeart() throws {
        var configuration = LayoutConfiguration()
        (configuration.width, configuration.layers, configuration.heads) = (32, 1, 2)
        let decoder = LayoutDecoder(configuration, latent: 2, prior: .standard, seed: 1)
        let optimizer = Adam(decoder.parameters, learningRate: 0.01)
        let pages = [Archetype.login, .signup, .contact].map { Array(Self.codes($0, seed: 4).prefix(12)) }
        let z = Tensor([2, 0, -2, 2, 0, -2] as [Float], shape: [3, 2])
        let batch = LayoutBatch(pages.map { ($0, 160) }, device: .cpu)
        for _ in 0..<150 {
            decoder.negativeLogLikelihood(z, batch).sum().backward()
            optimizer.step()
            decoder.parameters.zeroGradients()
        }
        withoutGradients {
            for (row, page) in pages.enumerated() {
                let code = z.narrow(0, from: row, length: 1)
                #expect(decoder.draw(code, rows: 160, temperature: 0, seeds: [0], checkpoint: {}) == [page])
                // What is certain comes out whatever the dice say, and the same dice always say the same.
                #expect(
                    decoder.draw(code, rows: 160, temperature: 0.3, seeds: [9, 10, 9], checkpoint: {}) == [
                        page, page, page,
                    ])
            }
        }
    }

    @Test("parts are nested or apart: what lies across is drawn again, as long as there is anything else")
    func crossings() {
        let decoder = LayoutDecoder(Self.small, latent: 4, prior: .standard, seed: 2)
        for parameter in decoder.parameters.tensors { parameter.requiresGrad = false }
        func crossings(_ pages: [[PartCode]]) -> Int {
            pages.reduce(0) {
                $0 + LayoutNode(parts: $1.compactMap { $0.part(pageWidth: 128) }, width: 128, height: 160).crossings
            }
        }
        func pages(retries: Int, seeds: [UInt64] = Array(0..<80)) -> [[PartCode]] {
            withoutGradients {
                decoder.draw(.zeros([1, 4]), rows: 160, temperature: 1, retries: retries, seeds: seeds, checkpoint: {})
                    .map {
                        Array($0.prefix(4))
                    }
            }
        }
        // Chance draws rectangles anywhere, so some lie across others.
        let (plain, again) = (pages(retries: 0), pages(retries: 4))
        #expect(
            crossings(plain) > 5 && crossings(again) < crossings(plain) / 2, "\(crossings(plain)), \(crossings(again))"
        )
        // A page does not depend on which others are drawn again.
        #expect(pages(retries: 4, seeds: [7]) == [again[7]])
    }

    @Test("rectangles cross when they overlap, neither in the other, by more than one")
    func crossing() {
        let box = Bounds(x: 10, y: 10, width: 20, height: 20)
        func crosses(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Bool {
            let other = Bounds(x: x, y: y, width: width, height: height)
            #expect(box.crosses(other) == other.crosses(box))
            return box.crosses(other)
        }
        #expect(crosses(20, 20, 20, 20) && crosses(0, 15, 100, 5) && crosses(28, 12, 9, 5))
        #expect(!crosses(12, 12, 5, 5) && !crosses(0, 0, 99, 99) && !crosses(10, 10, 20, 20))
        #expect(!crosses(29, 10, 20, 20) && !crosses(9, 9, 22, 10) && !crosses(40, 40, 5, 5) && !crosses(15, 15, 0, 9))
    }

    @Test("a page that never ends is ended")
    func endless() {
        let decoder = LayoutDecoder(Self.small, latent: 4, prior: .standard, seed: 2)
        decoder.parameters.dictionary["heads.0.absolute.bias"]?.requiresGrad = false
        decoder.parameters.dictionary["heads.0.absolute.bias"]?.copy(
            from: Tensor.zeros([PartCode.Attribute.kind.values]) + Tensor.eye(PartCode.Attribute.kind.values).narrow(
                0, from: 0, length: 1
            ).reshape(-1) * -1e4)
        withoutGradients {
            #expect(
                decoder.draw(.zeros([1, 4]), rows: 9999, temperature: 1, seeds: [0, 1], checkpoint: {}).map(\.count)
                    == [255, 255])
        }
        // More parts than it can draw, on a page taller than it knows: learned as far as that goes.
        let long = Array(repeating: Self.codes(.gallery, seed: 1), count: 20).flatMap { $0 }
        let batch = LayoutBatch([(long, 9999)], device: .cpu)
        #expect(decoder.negativeLogLikelihood(.zeros([1, 4]), batch).sum().item().isFinite)
    }
}
