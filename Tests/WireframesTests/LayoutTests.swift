import Foundation
import Testing
import Wireframes

/// A page whose layers numpy painted (`Tests/Goldens/layout_goldens.py`).
private struct PaintedPage: CustomTestStringConvertible, Sendable {
    let name: String
    let document: Data
    let width: Int
    let height: Int
    let outside: Int
    let clipped: Int
    let layers: [Int32]

    var testDescription: String { name }

    static let all: [PaintedPage] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Goldens/layouts.json")
        guard let data = try? Data(contentsOf: file),
            let cases = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
        else { return [] }
        return cases.compactMap { fields in
            guard let document = fields["document"], let layers = fields["layers"] as? [Int],
                let data = try? JSONSerialization.data(withJSONObject: document)
            else { return nil }
            return PaintedPage(
                name: fields["name"] as? String ?? "", document: data, width: fields["width"] as? Int ?? 0,
                height: fields["height"] as? Int ?? 0, outside: fields["outside"] as? Int ?? 0,
                clipped: fields["clipped"] as? Int ?? 0, layers: layers.map { Int32($0) })
        }
    }()
}

func layouts(_ text: String) throws -> [PageLayout] {
    var layouts: [PageLayout] = []
    try LayoutFile.read(Data(text.utf8)) { layouts.append($0) }
    return layouts
}

@Suite("Layouts")
struct LayoutTests {
    @Test("there are goldens")
    func goldens() { #expect(PaintedPage.all.count == 30) }

    @Test("layers are what numpy paints", arguments: PaintedPage.all)
    fileprivate func layers(_ page: PaintedPage) throws {
        var layouts: [PageLayout] = []
        try LayoutFile.read(page.document) { layouts.append($0) }
        let layout = try #require(layouts.first)
        #expect(layouts.count == 1 && layout.width == page.width && layout.height == page.height)
        #expect(layout.outside == page.outside && layout.clipped == page.clipped)
        #expect(layout.layers() == page.layers)
    }

    @Test("depth is divided by the page's maximum or by what is asked, and never above white")
    func depth() throws {
        let page = try #require(
            try layouts(#"{"w":4,"h":1,"r":{"b":[0,0,4,1],"c":[{"b":[1,0,3,1]},{"b":[2,0,2,1]}]}}"#).first)
        #expect(try LayoutPicture(style: .depth).draw(page).pixels == [1.0 / 3, 2.0 / 3, 1, 1])
        #expect(try LayoutPicture(style: .depth, maximumLayers: 2).draw(page).pixels == [0.5, 1, 1, 1])
        #expect(try LayoutPicture(style: .depth, maximumLayers: 40).draw(page).pixels[3] == 3.0 / 40)
    }

    @Test("another width scales the coordinates")
    func width() throws {
        let page = try #require(
            try layouts(#"{"w":100,"h":50,"r":{"b":[0,0,100,50],"c":[{"b":[50,20,50,10]}]}}"#).first)
        let image = try LayoutPicture(style: .depth, width: 40).draw(page)
        #expect(image.width == 40 && image.height == 20)
        #expect(image[19, 10] == 0.5 && image[20, 8] == 1 && image[20, 7] == 0.5 && image[39, 11] == 1)
    }

    @Test("a generated page comes back from its sidecar pixel by pixel, and scaled at another width")
    func sidecar() throws {
        let page = PageGenerator(width: 128).page(.pricing, seed: 3)
        var layouts: [PageLayout] = []
        try LayoutFile.read(page.sidecar()) { layouts.append($0) }
        let layout = try #require(layouts.first)
        #expect(try LayoutPicture(style: .line).draw(layout) == page.render())
        #expect(try LayoutPicture(style: .line, width: 96).draw(layout).width == 96)
        #expect(try #require(try LayoutPicture(style: .depth).draw(layout).pixels.max()) == 1)
    }

    @Test("a file of many screens gives each, with its label")
    func screens() throws {
        let file = #"[{"screen_id":"7","cls":"Blog","elements":[{"type":"TEXT","box":[0,0,999,999]}]},{"elements":[]}]"#
        #expect(throws: UserError.self) { try layouts(file.replacingOccurrences(of: "999,999", with: "999")) }
        let pages = try layouts(file)
        #expect(pages.map(\.name) == ["7", nil] && pages.map(\.archetype) == ["Blog", nil])
        #expect(pages[0].width == 1080 && pages[0].height == 1920 && pages[0].layers().allSatisfy { $0 == 1 })
    }

    @Test("the line style draws what things are: text as words, a picture as a crossed box, the page's frame not")
    func lines() throws {
        func ink(_ type: String) throws -> Float {
            let page = try #require(
                try layouts(#"{"W":100,"H":60,"el":[{"t":"\#(type)","x":10,"y":10,"w":80,"h":40,"s":"Wireframe"}]}"#)
                    .first)
            let image = try LayoutPicture().draw(page)
            #expect(image[0, 0] == 1 && image[99, 59] == 1)
            return image.pixels.reduce(0) { $0 + 1 - $1 }
        }
        let kinds = try ["box", "image", "text", "button", "input", "select", "radio", "hline", "map"].map(ink)
        #expect(kinds.allSatisfy { $0 > 20 } && Set(kinds).count >= 7, "\(kinds)")
    }

    @Test("10,000 levels are drawn without overflowing the stack; too many levels and nodes are refused")
    func deep() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: #"{"bounds":[0,0,50,50],"children":["#, count: levels)
                + String(repeating: "]}", count: levels)
        }
        let page = try #require(try layouts(nested(10_000)).first)
        #expect(page.layers().allSatisfy { $0 == 10_000 })
        #expect(try LayoutPicture(style: .line, width: 40).draw(page).width == 40)
        let error = try #require(throws: UserError.self) { try layouts(nested(LayoutFile.maximumDepth)) }
        #expect(error.code == .data && error.message.contains("levels"))
    }

    @Test("names of things suggest their roles")
    func roles() {
        let names = [
            "android.widget.ImageButton": "icon", "android.support.v7.widget.AppCompatRadioButton": "radio",
            "EditText": "input", "RADIO_BUTTON": "radio", "hline": "line", "LIST_ITEM": "item", "heading": "heading",
            "textarea": "input", "NAVIGATION_BAR": "nav", "android.widget.LinearLayout": "section", "View": "none",
        ]
        for (name, role) in names {
            #expect(LayoutNode.Role(looseName: name)?.rawValue ?? "none" == role, "\(name)")
        }
    }
}

@Suite("Pages on canvas and disk")
struct DrawnPageTests {
    @Test("words in a box without width leave what comes after them to be drawn")
    func noWidth() {
        var letters = NodeStyle()
        letters.fontSize = 10
        let words = LayoutNode(.text, Bounds(x: 5, y: 5, width: 0, height: 10), text: "words", style: letters)
        let box = LayoutNode(.card, Bounds(x: 10, y: 10, width: 20, height: 10), style: NodeStyle(fill: 0))
        let page = LayoutNode(
            .page, Bounds(x: 0, y: 0, width: 40, height: 30), style: NodeStyle(fill: 1), children: [words, box])
        #expect(WireframeRenderer().render(page).pixels.count { $0 == 0 } == 200)
    }

    @Test("a file may have as long a name as the disk allows")
    func longName() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: String(repeating: "n", count: 255))
        try AtomicFile.write(Data("page".utf8), to: file)
        #expect(try Data(contentsOf: file) == Data("page".utf8))
    }

    @Test("a word becomes the name of one visible file, whatever is in it")
    func fileNames() {
        #expect(fileName(of: "shop/cart") == "shop-cart" && fileName(of: "../../login") == "------login")
        #expect(fileName(of: "") == "-" && fileName(of: "tableau-de bord_2") == "tableau-de bord_2")
        #expect((1...100).contains(fileName(of: String(repeating: "見", count: 90)).utf8.count))
    }
}

@Suite("Layout documents")
struct LayoutDocumentTests {
    private func document(style: String) -> String {
        #"{"format":"wirespace-layout","version":1,"width":40,"height":20,"tree":{"role":"page","#
            + #""bounds":{"x":0,"y":0,"width":40,"height":20},"children":[{"role":"card","#
            + #""bounds":{"x":5,"y":5,"width":20,"height":10},"style":{\#(style)}}]}}"#
    }

    @Test("one is drawn exactly as its tree says, whatever its roles suggest")
    func drawing() throws {
        let layout = try #require(try layouts(document(style: #""fill":0"#)).first)
        let image = try LayoutPicture().draw(layout)
        #expect(image.width == 40 && image.height == 20 && image.pixels.count { $0 == 0 } == 200)
        #expect(layout.count == 2)
    }

    @Test(
        "a style that cannot be drawn is refused",
        arguments: ["fontSize\":1e300", "lineWidth\":-5", "radius\":2000000"])
    func hostile(style: String) {
        let error = #expect(throws: UserError.self) { try layouts(document(style: "\"" + style)) }
        #expect(error?.code == .data)
    }

    @Test("another version, or a tree that does not fill its page, is refused")
    func refusal() {
        let text = document(style: "")
        for wrong in [
            text.replacing("\"version\":1", with: "\"version\":2"),
            text.replacing("40,\"height\":20,\"t", with: "41,\"height\":20,\"t"),
            text.replacing("40,\"height\":20", with: "20000,\"height\":20000"),
        ] {
            #expect(throws: UserError.self) { try layouts(wrong) }
        }
    }
}
