import Foundation
import Testing
import Wireframes

@Suite("The page generator")
struct PageGeneratorTests {
    static let widths = [32, 64, 128, 256, 390, 768, 1024]

    @Test("The same seed gives the same tree and the same pixels", arguments: Archetype.allCases)
    func determinism(archetype: Archetype) {
        let first = PageGenerator(width: 200).page(archetype, seed: 42)
        let second = PageGenerator(width: 200).page(archetype, seed: 42)
        #expect(first == second)
        #expect(first.render() == second.render())
    }

    @Test("Pages of one archetype differ as sites do", arguments: Archetype.allCases)
    func variety(archetype: Archetype) {
        let generator = PageGenerator(width: 128, heights: 160...160)
        let images = (0..<16).map { generator.page(archetype, seed: UInt64($0)).render() }
        for (i, image) in images.enumerated() {
            for other in images[..<i] {
                let distance = zip(image.pixels, other.pixels).reduce(0) { $0 + abs($1.0 - $1.1) }
                #expect(distance / Float(image.pixels.count) > 0.03)
            }
        }
    }

    @Test("Every page has the size that was asked for, ink within reason, and all its nodes inside", arguments: widths)
    func sizes(width: Int) {
        let generator = PageGenerator(width: width)
        let page = Bounds(x: 0, y: 0, width: width, height: 1)
        for archetype in Archetype.allCases {
            for seed in 0..<UInt64(width > 500 ? 4 : 16) {
                let generated = generator.page(archetype, seed: seed)
                #expect(generated.width == page.width)
                #expect(generator.heights.contains(generated.height))
                let stray = generated.tree.allNodes.filter { !generated.tree.bounds.contains($0.bounds) }
                #expect(stray.isEmpty, "\(archetype) \(seed): \(stray.first.map { "\($0.role) \($0.bounds)" } ?? "")")
                let image = generated.render()
                #expect(image.width == width && image.height == generated.height)
                let ink = 1 - image.pixels.reduce(0, +) / Float(image.pixels.count)
                #expect(0.003 < ink && ink < (width < 64 ? 0.5 : 0.42), "\(archetype) \(seed): \(ink)")
            }
        }
    }

    @Test("Heights follow the width and round up to the multiple", arguments: [(1024, 500, 2048), (128, 63, 256)])
    func heights(width: Int, least: Int, most: Int) {
        #expect(PageGenerator(width: width).heights == least...most)
        let generator = PageGenerator(width: width, heightMultiple: 32)
        for seed in 0..<UInt64(30) {
            #expect(generator.page(.blog, seed: seed).height.isMultiple(of: 32))
        }
        #expect(PageGenerator(width: 128, heights: 160...160).page(.faq, seed: 3).height == 160)
    }

    @Test("Lines stay dark on narrow pages", arguments: [64, 128])
    func lines(width: Int) {
        for archetype in Archetype.allCases {
            for seed in 0..<UInt64(16) {
                let image = PageGenerator(width: width).page(archetype, seed: seed).render()
                let dark = image.pixels.count { $0 < 0.3 }
                #expect(dark * 500 > image.pixels.count, "\(archetype) \(seed): \(dark) dark pixels")
            }
        }
    }

    @Test("Words do not run into one another", arguments: [128, 390, 1024])
    func overlaps(width: Int) {
        for archetype in Archetype.allCases {
            for seed in 0..<UInt64(30) {
                let page = PageGenerator(width: width).page(archetype, seed: seed)
                guard !page.tree.allNodes.contains(where: { $0.role == .dialog }) else { continue }
                let texts = page.tree.allNodes.filter { !($0.text ?? "").isEmpty }
                for (i, text) in texts.enumerated() {
                    let clash = texts[..<i].first { overlap(text.bounds, $0.bounds) > 2 }
                    #expect(clash == nil, "\(archetype) \(seed): \(text.text ?? "") over \(clash?.text ?? "")")
                }
            }
        }
    }

    /// Rows that two boxes share where they also share more than 2 columns.
    private func overlap(_ a: Bounds, _ b: Bounds) -> Int {
        guard min(a.maxX, b.maxX) - max(a.x, b.x) > 2 else { return 0 }
        return min(a.maxY, b.maxY) - max(a.y, b.y)
    }

    @Test("An archetype shows what it is known by", arguments: Archetype.allCases)
    func structure(archetype: Archetype) {
        for width in [128, 390, 1024] {
            for seed in 0..<UInt64(30) {
                let page = PageGenerator(width: width).page(archetype, seed: seed)
                let nodes = page.tree.allNodes
                func count(_ roles: LayoutNode.Role...) -> Int { nodes.count { roles.contains($0.role) } }
                let isThere =
                    switch archetype {
                    case .home: count(.hero) == 1
                    case .contact: count(.input) >= 1 && count(.button) >= 1
                    case .pricing: count(.price) >= 2
                    case .news: count(.heading) >= 1 && count(.image) >= 1
                    case .login: count(.input) >= 2 && count(.button) >= 1
                    case .signup: count(.input, .select) >= 2 && count(.button) >= 1
                    case .blog: count(.heading) >= 1
                    case .about: count(.heading) >= 1
                    case .product: count(.image) >= 1 && count(.heading) >= 1
                    case .cart: count(.image) >= 1 && count(.price) >= 2
                    case .faq: count(.item) >= 2
                    case .gallery: count(.image) >= 2
                    case .dashboard: count(.chart) >= 1
                    case .search: count(.input) >= 1 && count(.item, .card) >= 1
                    case .profile: count(.avatar) >= 1
                    }
                #expect(isThere, "\(archetype) \(seed) at \(width)")
            }
        }
    }

    @Test("Pages drawn on many threads at once equal pages drawn one by one")
    func threads() async {
        let generator = PageGenerator(width: 256)
        let jobs = (0..<120).map { (Archetype.allCases[$0 % 15], UInt64($0)) }
        let alone = jobs.map { generator.page($0.0, seed: $0.1).render() }
        let together = await withTaskGroup(of: (Int, GrayImage).self) { group in
            for (i, job) in jobs.enumerated() {
                group.addTask { (i, generator.page(job.0, seed: job.1).render()) }
            }
            return await group.reduce(into: [Int: GrayImage]()) { $0[$1.0] = $1.1 }
        }
        for i in jobs.indices { #expect(together[i] == alone[i], "page \(i)") }
    }

    @Test("Factors of one site do not follow from one another")
    func independence() {
        let generator = PageGenerator(width: 128)
        let pages = (0..<800).map { generator.page(.pricing, seed: UInt64($0)).factors }
        for (a, b) in [("corners", "cards"), ("language", "buttons"), ("pricing.plans", "pricing.features")] {
            var joint: [String: Double] = [:]
            var left: [String: Double] = [:]
            var right: [String: Double] = [:]
            for factors in pages {
                let x = factors[a].map { "\($0)" } ?? ""
                let y = factors[b].map { "\($0)" } ?? ""
                joint[x + y, default: 0] += 1 / 800
                left[x, default: 0] += 1 / 800
                right[y, default: 0] += 1 / 800
            }
            #expect(left.count > 1 && right.count > 1)
            let information = left.reduce(0) { sum, x in
                right.reduce(sum) { sum, y in
                    let p = joint[x.key + y.key] ?? 0
                    return p > 0 ? sum + p * log(p / (x.value * y.value)) : sum
                }
            }
            #expect(information < 0.03, "\(a) tells \(information) nats of \(b)")
        }
    }

    @Test("Pages of one seed are of one site, whatever the archetype")
    func sites() {
        let generator = PageGenerator(width: 256)
        let home = generator.page(.home, seed: 11).factors
        let faq = generator.page(.faq, seed: 11).factors
        for name in ["device", "header", "footer", "cards", "density", "language"] {
            #expect(home[name] != nil)
            #expect(home[name] == faq[name])
        }
    }
}
