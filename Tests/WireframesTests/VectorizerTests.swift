import Foundation
import Testing
import Wireframes

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("From pictures to shapes")
struct VectorizerTests {
    private static func page(_ children: [LayoutNode], width: Int = 300, height: Int = 240) -> LayoutNode {
        LayoutNode(.page, Bounds(x: 0, y: 0, width: width, height: height), children: children)
    }

    private static func found(in page: LayoutNode) -> [LayoutNode] {
        Vectorizer().tree(of: WireframeRenderer().render(page)).allNodes.filter { $0.style != nil }
    }

    static let shapes: [LayoutNode] = [
        LayoutNode(.card, Bounds(x: 20, y: 30, width: 200, height: 90), style: NodeStyle(stroke: 0.2)),
        LayoutNode(.card, Bounds(x: 20, y: 30, width: 200, height: 90), style: NodeStyle(fill: 0.8)),
        LayoutNode(.card, Bounds(x: 20, y: 30, width: 200, height: 90), style: NodeStyle(fill: 0.9, stroke: 0)),
        LayoutNode(.button, Bounds(x: 40, y: 50, width: 120, height: 30), style: NodeStyle(fill: 0.12, radius: 15)),
        LayoutNode(.button, Bounds(x: 40, y: 50, width: 120, height: 40), style: NodeStyle(stroke: 0.1, radius: 10)),
        LayoutNode(
            .image, Bounds(x: 20, y: 30, width: 180, height: 90), style: NodeStyle(stroke: 0, shape: .crossedBox)),
        LayoutNode(
            .image, Bounds(x: 20, y: 30, width: 90, height: 120),
            style: NodeStyle(fill: 0.9, stroke: 0.3, shape: .crossedBox)),
        LayoutNode(
            .avatar, Bounds(x: 50, y: 60, width: 60, height: 60), style: NodeStyle(stroke: 0.1, shape: .ellipse)),
        LayoutNode(.checkbox, Bounds(x: 50, y: 60, width: 9, height: 9), style: NodeStyle(stroke: 0.1)),
        LayoutNode(.line, Bounds(x: 10, y: 100, width: 200, height: 1), style: NodeStyle(fill: 0.25)),
        LayoutNode(.line, Bounds(x: 10, y: 20, width: 2, height: 150), style: NodeStyle(fill: 0)),
        LayoutNode(.text, Bounds(x: 30, y: 40, width: 70, height: 4), style: NodeStyle(fill: 0.1)),
    ]

    @Test("A shape comes back as what it is, on the same pixels", arguments: shapes)
    func shape(_ shape: LayoutNode) throws {
        let nodes = Self.found(in: Self.page([shape]))
        let only = try #require(nodes.first)
        // The smoothed edge of a circle may leave a dot.
        #expect(nodes.dropFirst().allSatisfy { $0.bounds.width * $0.bounds.height <= 6 }, "\(nodes)")
        #expect(only.bounds == shape.bounds)
        #expect(only.style?.shape == shape.style?.shape, "\(only)")
        for (found, drawn) in [(only.style?.fill, shape.style?.fill), (only.style?.stroke, shape.style?.stroke)] {
            #expect((found == nil) == (drawn == nil))
            // No pixel of a smoothed circle need be wholly covered by its line.
            let tolerance = shape.style?.shape == .ellipse ? 0.06 : 0.01
            #expect(abs((found ?? 0) - (drawn ?? 0)) < tolerance)
        }
        #expect(abs((only.style?.radius ?? 0) - (shape.style?.radius ?? 0)) <= 3)
    }

    @Test("Words are lines of text, and lie in the box around them")
    func text() throws {
        var style = NodeStyle(fill: 0.1)
        style.fontSize = 16
        let words = LayoutNode(
            .text, Bounds(x: 40, y: 50, width: 160, height: 50), text: "Wireframes here\nand below", style: style)
        let box = LayoutNode(
            .card, Bounds(x: 20, y: 30, width: 240, height: 120), style: NodeStyle(stroke: 0), children: [words])
        let tree = Vectorizer().tree(of: WireframeRenderer().render(Self.page([box])))
        let card = try #require(tree.allNodes.first { $0.bounds == box.bounds && $0.style?.stroke != nil })
        #expect(card.children.count { $0.role == .text } == 2, "\(card.children)")
    }

    @Test("A box over a cross hides it, drawn again as in the picture")
    func overlap() {
        let cross = LayoutNode(
            .image, Bounds(x: 0, y: 20, width: 300, height: 160), style: NodeStyle(stroke: 0, shape: .crossedBox))
        let card = LayoutNode(
            .card, Bounds(x: 30, y: 60, width: 150, height: 70), style: NodeStyle(fill: 1, stroke: 0))
        let picture = WireframeRenderer().render(Self.page([cross, card]))
        let drawn = WireframeRenderer().render(Vectorizer().tree(of: picture))
        let wrong = zip(picture.pixels, drawn.pixels).count { abs($0 - $1) > 0.5 }
        // Where the lines meet, a few pixels are cut short.
        #expect(wrong <= 24)
    }

    enum Hostile: String, CaseIterable {
        case blank, ink, onePixel, tall, wide, noise, notANumber, gradient

        var image: GrayImage {
            var random = SeededGenerator(seed: 3)
            return switch self {
            case .blank: GrayImage(width: 70, height: 50)
            case .ink: GrayImage(width: 70, height: 50, filledWith: 0)
            case .onePixel: GrayImage(width: 1, height: 1, filledWith: 0)
            case .tall: GrayImage(width: 1, height: 5000, pixels: (0..<5000).map { $0 % 7 < 2 ? 0 : 1 })
            case .wide: GrayImage(width: 5000, height: 2, pixels: (0..<10_000).map { $0 % 90 < 60 ? 0 : 1 })
            case .noise: GrayImage(width: 120, height: 90, pixels: (0..<10_800).map { _ in random.uniform() })
            case .notANumber: GrayImage(width: 20, height: 20, filledWith: .nan)
            case .gradient: GrayImage(width: 200, height: 100, pixels: (0..<20_000).map { Float($0 % 200) / 199 })
            }
        }
    }

    @Test("Whatever the picture shows, the tree is drawn in its size and in ink as dark", arguments: Hostile.allCases)
    func hostile(_ hostile: Hostile) throws {
        let image = hostile.image
        let tree = Vectorizer().tree(of: image)
        let drawn = WireframeRenderer().render(tree)
        #expect(drawn.width == image.width && drawn.height == image.height)
        try parse(WireframeRenderer().svg(tree))
        guard hostile != .noise, hostile != .notANumber else { return }
        let wrong = zip(image.pixels, drawn.pixels).count { abs($0 - $1) > 0.5 }
        #expect(wrong * 50 <= image.pixels.count, "\(wrong) pixels")
    }

    @Test("The layout file restores the tree", arguments: [Archetype.home, .dashboard])
    func document(archetype: Archetype) throws {
        let tree = Vectorizer().tree(of: PageGenerator(width: 200).page(archetype, seed: 5).render())
        let document = try JSONDecoder().decode(LayoutDocument.self, from: LayoutDocument(tree).json())
        #expect(document == LayoutDocument(tree))
        #expect(document.format == "wirespace-layout" && document.width == 200)
    }

    @Test("The SVG is XML with a name for each group; the outermost are layers", arguments: [Archetype.home, .contact])
    func svg(archetype: Archetype) throws {
        let page = PageGenerator(width: 300).page(archetype, seed: 4)
        let svg = WireframeRenderer().svg(Vectorizer().tree(of: page.render()))
        try parse(svg)
        #expect(svg.contains("inkscape:groupmode=\"layer\" inkscape:label=\""))
        let names = svg.components(separatedBy: " id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(Set(names).count == names.count && names.count > 10)
        // A tree of the generator is drawn too, with its words.
        try parse(WireframeRenderer().svg(page.tree))
    }

    @Test("Words with XML's own characters are escaped")
    func escaping() throws {
        let words = "a < b && \"c\" > 'd' \u{1}\u{FFFF}"
        let node = LayoutNode(.text, Bounds(x: 0, y: 0, width: 90, height: 20), text: words, style: NodeStyle(fill: 0))
        let svg = WireframeRenderer().svg(Self.page([node]))
        try parse(svg)
        #expect(svg.contains("a &lt; b &amp;&amp; &quot;c&quot; &gt; 'd' "))
    }

    private func parse(_ svg: String) throws {
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }
}
