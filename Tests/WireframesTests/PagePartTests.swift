import Testing
import Wireframes

@Suite("Parts of pages")
struct PagePartTests {
    private static let pages = Archetype.allCases.flatMap { archetype in
        (0..<4).map { PageGenerator(width: 128, heightMultiple: 32).page(archetype, seed: $0) }
    }

    @Test("a page drawn again from its parts has the same parts, and all of its ink but the words'")
    func again() {
        var (equal, all) = (0, 0)
        for page in Self.pages {
            let parts = page.tree.parts
            let again = LayoutNode(parts: parts, width: page.width, height: page.height, seed: page.seed)
            #expect(parts.count > 5)
            #expect(again.bounds == page.tree.bounds)
            // Lines of text that were squeezed into their box may be told apart no more; all else is kept.
            #expect(again.parts == parts, "\(page.archetype) \(page.seed)")
            let (a, b) = (page.render().pixels, WireframeRenderer().render(again).pixels)
            equal += zip(a, b).count { abs($0 - $1) < 0.05 }
            all += a.count
        }
        #expect(Double(equal) > 0.97 * Double(all), "\(equal) of \(all) pixels")
    }

    @Test(
        "a sketch has the pixels of the tree of its parts, but for letters that reach out of their rectangle, and tells what one more part would change"
    )
    func sketch() {
        var (equal, all) = (0, 0)
        for page in Self.pages {
            let parts = page.tree.parts + [PagePart(.card, .box, Bounds(x: 500, y: 0, width: 9, height: 9), fill: 0)]
            var sketch = PageSketch(width: page.width, height: page.height, seed: page.seed)
            for part in parts {
                let (before, patch) = (sketch.image.pixels, sketch.patch(with: part))
                sketch.draw(part)
                guard let (bounds, picture) = patch else {
                    #expect(part.bounds.x == 500 && (sketch.image.pixels == before) == true)
                    continue
                }
                for y in 0..<page.height {
                    for x in 0..<page.width {
                        let isInside = bounds.contains(Bounds(x: x, y: y, width: 1, height: 1))
                        let told = isInside ? picture[x - bounds.x, y - bounds.y] : before[y * page.width + x]
                        if sketch.image[x, y] != told { Issue.record("\(part) at \(x), \(y)") }
                    }
                }
            }
            let tree = LayoutNode(parts: parts, width: page.width, height: page.height, seed: page.seed)
            equal += zip(sketch.image.pixels, WireframeRenderer().render(tree).pixels).count { $0 == $1 }
            all += sketch.image.pixels.count
        }
        #expect(Double(equal) > 0.998 * Double(all), "\(equal) of \(all) pixels")
    }

    @Test("words have about the length of those that they stand for")
    func words() {
        for page in Self.pages {
            let again = LayoutNode(parts: page.tree.parts, width: page.width, height: page.height)
            for node in again.allNodes {
                guard let text = node.text, let size = node.style?.fontSize else { continue }
                #expect(!text.isEmpty)
                let letters = Double(text.split(separator: "\n").map(\.count).max() ?? 0)
                #expect(letters * 0.3 * size < Double(node.bounds.width) + 2 * size, "\(text) in \(node.bounds)")
            }
        }
    }

    @Test("parts lie in those that contain them; what reaches out is cut off, what lies outside left out")
    func nesting() {
        func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> PagePart {
            PagePart(.card, .box, Bounds(x: x, y: y, width: width, height: height), stroke: 0)
        }
        let tree = LayoutNode(
            parts: [
                box(0, 0, 60, 60), box(10, 10, 20, 20), box(12, 12, 4, 4), box(40, 10, 10, 10), box(90, 90, 50, 50),
                box(200, 0, 9, 9),
            ],
            width: 100, height: 100)
        #expect(tree.children.count == 2)
        #expect(tree.children[0].children.map(\.bounds.x) == [10, 40])
        #expect(tree.children[0].children[0].children.map(\.bounds.x) == [12])
        #expect(tree.children[1].bounds == Bounds(x: 90, y: 90, width: 10, height: 10))
    }

    @Test("a sidecar whose nodes lie where none can is refused")
    func absurd() throws {
        let page = PageGenerator(width: 64).page(.login, seed: 1)
        let largest = Int.max
        for bounds in [
            Bounds(x: largest, y: 0, width: 9, height: 9), Bounds(x: 0, y: -largest, width: 9, height: 9),
            Bounds(x: 1, y: 1, width: largest, height: 9),
        ] {
            var tree = page.tree
            tree.children[0].bounds = bounds
            let sidecar = try GeneratedPage(archetype: .login, seed: 1, factors: [:], tree: tree).sidecar()
            #expect(throws: UserError.self) { try GeneratedPage(sidecar: sidecar) }
            let document = try LayoutDocument(tree).json()
            #expect(throws: UserError.self) { try LayoutDocument(json: document) }
        }
    }

    @Test("nodes that draw nothing, and contours, are no parts")
    func invisible() {
        let bounds = Bounds(x: 1, y: 1, width: 8, height: 8)
        let contours = NodeStyle(fill: 0, shape: .contours)
        let page = LayoutNode(
            .page, Bounds(x: 0, y: 0, width: 10, height: 10), style: NodeStyle(fill: 1),
            children: [
                LayoutNode(.section, bounds), LayoutNode(.section, bounds, style: NodeStyle()),
                LayoutNode(.drawing, bounds, style: contours), LayoutNode(.card, bounds, style: NodeStyle(stroke: 0.2)),
                LayoutNode(.line, Bounds(x: 1, y: 1, width: 0, height: 1), style: NodeStyle(fill: 0)),
            ])
        #expect(page.parts == [PagePart(.card, .box, bounds, stroke: 0.2)])
    }
}
