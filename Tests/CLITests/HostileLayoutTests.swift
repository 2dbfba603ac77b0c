import Foundation
import Testing

/// A layout file that is broken, or made to break a program, and the words by which it must be refused.
private struct HostileLayout {
    let name: String
    let data: Data
    let words: String

    init(_ name: String, _ data: Data, _ words: String) {
        (self.name, self.data, self.words) = (name, data, words)
    }

    init(_ name: String, _ text: String, _ words: String) {
        self.init(name, Data(text.utf8), words)
    }

    /// A page whose root has one child, `child`.
    private static func page(_ child: String) -> String {
        #"{"w":40,"h":30,"r":{"b":[0,0,40,30],"c":[\#(child)]}}"#
    }

    private static let good = page(#"{"b":[1,2,30,20],"c":[{"b":[3,4,5,6]}]}"#)

    /// Files of one kind: name, text, words.
    private static func files(_ kind: String, _ list: [(String, String, String)]) -> [HostileLayout] {
        list.map { HostileLayout(kind + " " + $0.0, $0.1, $0.2) }
    }

    static let all: [HostileLayout] =
        [encodings, truncated, syntax, wrongNumbers, wrongBounds].flatMap { $0 }
        + [structures, sizes, sidecars].flatMap { $0 }

    private static let encodings: [HostileLayout] = [
        HostileLayout("empty", "", "empty"), HostileLayout("blank", " \n ", "not valid JSON"),
        HostileLayout("mark only", Data([0xEF, 0xBB, 0xBF]), "not valid JSON"),
        HostileLayout("UTF-16", good.data(using: .utf16) ?? Data(), "UTF-16"),
        HostileLayout("UTF-16 little", good.data(using: .utf16LittleEndian) ?? Data(), "UTF-16"),
        HostileLayout("UTF-16 big", good.data(using: .utf16BigEndian) ?? Data(), "UTF-16"),
        HostileLayout("UTF-32", good.data(using: .utf32) ?? Data(), "UTF-16"),
        HostileLayout("zeros", Data(count: 1000), "UTF-16 or binary"),
        HostileLayout("Latin-1", Data(#"{"w":4,"h":4,"r":{"text":""#.utf8) + [0xE9] + Data(#""}}"#.utf8), "UTF8"),
        HostileLayout(
            "PNG", Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]), "a picture, not a layout file"),
        HostileLayout("gzip", Data([0x1F, 0x8B, 8, 7, 6, 5, 4, 3, 2, 1]), "not valid JSON"),
    ]

    private static let truncated: [HostileLayout] = (1...9).map { tenth in
        HostileLayout("cut \(tenth)", Data(good.utf8.prefix(good.utf8.count * tenth / 10)), "not valid JSON")
    }

    private static let numbers: [(String, String)] = [
        ("NaN", "NaN"), ("Infinity", "Infinity"), ("minus infinity", "-Infinity"), ("hexadecimal", "0x10"),
        ("leading zero", "007"), ("plus", "+1"), ("bare word", "one"), ("single quotes", "'1'"),
        ("comment", "/* 1 */ 1"),
        ("no value", ""), ("point", "."), ("lone minus", "-"),
    ]

    private static let wrongNumbers: [HostileLayout] = files(
        "number", numbers.map { ($0.0, page(#"{"b":[\#($0.1),2,3,4]}"#), "not valid JSON") })

    private static let syntax: [HostileLayout] = [
        HostileLayout("trailing comma", page(#"{"b":[1,2,3,4],}"#), "not valid JSON"),
        HostileLayout("two documents", good + good, "not valid JSON"),
        HostileLayout("garbage after", good + "}", "not valid JSON"),
        HostileLayout("no colon", #"{"w" 4}"#, "not valid JSON"),
        HostileLayout("number for key", "{4: 5}", "not valid JSON"),
        HostileLayout("control character", page("{\"text\":\"a\u{01}b\",\"b\":[1,2,3,4]}"), "not valid JSON"),
        HostileLayout("HTML", "<!DOCTYPE html><html></html>", "not valid JSON"),
        HostileLayout("YAML", "w: 40\nh: 30\n", "not valid JSON"),
    ]

    private static let bounds: [(String, String, String)] = [
        ("1e300", "[1e300,2,3,4]", "coordinate"), ("1e999", "[1e999,2,3,4]", "coordinate"),
        ("minus 1e300", "[1,-1e300,3,4]", "coordinate"),
        ("beyond 64 bits", "[1,2,99999999999999999999,4]", "coordinate"),
        ("three", "[1,2,3]", "3 numbers"), ("none", "[]", "0 numbers"), ("five", "[1,2,3,4,5]", "more than 4"),
        ("text in list", #"["1","2","3","4"]"#, "a text"), ("null in list", "[null,null,null,null]", "0 numbers"),
        ("list in list", "[[1,2,3,4]]", "a list"), ("object in list", #"[{"x":1}]"#, "an object"),
        ("text", #""1 2 3 4""#, "a text"), ("number", "7", "a number"), ("truth", "true", "true or false"),
        ("object", #"{"left":1}"#, "an object"),
    ]

    private static let wrongBounds: [HostileLayout] = files(
        "bounds", bounds.map { ($0.0, page(#"{"b":\#($0.1)}"#), $0.2) })

    private static let structures: [HostileLayout] = files(
        "structure",
        [
            ("child number", page("5"), "a number"), ("child text", page(#""x""#), "a text"),
            ("child list", page("[]"), "a list"), ("child truth", page("true"), "true or false"),
            ("children object", #"{"w":4,"h":4,"r":{"b":[0,0,4,4],"c":{}}}"#, "an object"),
            ("children text", #"{"w":4,"h":4,"r":{"b":[0,0,4,4],"c":"x"}}"#, "a text"),
            ("root list", #"{"w":4,"h":4,"r":[0,0,4,4]}"#, "a list"),
            ("root text", #"{"w":4,"h":4,"r":"x"}"#, "a text"),
            ("root null", #"{"w":4,"h":4,"r":null}"#, "no layout"), ("named text", nested(#""1""#), "a text"),
            ("named huge", nested("1e300"), "coordinate"), ("named list", nested("[1]"), "a list"),
            (
                "mixed", #"{"bounds":{"x":0,"y":0,"width":9,"height":9},"children":[{"bounds":[0,0,1,1]}]}"#,
                "objects in another"
            ),
            ("elements text", #"[{"screen_id":"1","elements":"x"}]"#, "a text"),
            ("elements of numbers", #"{"W":9,"H":9,"el":[1,2]}"#, "a number"), ("number alone", "42", "no layout"),
            ("text alone", #""page""#, "no layout"), ("null alone", "null", "no layout"),
            ("empty object", "{}", "no layout"),
            ("empty list", "[]", "no layout"), ("list of numbers", "[1,2,3]", "no layout"),
            ("other JSON", #"{"name":"page","items":[{"id":1}]}"#, "no layout"),
            ("many lists", String(repeating: "[", count: 200_000), "levels"),
            ("many objects", String(repeating: #"{"a":"#, count: 200_000), "levels"),
            (
                "many nodes",
                String(repeating: #"{"b":[0,0,9,9],"c":["#, count: 60_000)
                    + String(repeating: "]}", count: 60_000), "levels"
            ),
        ])

    private static func nested(_ x: String) -> String {
        #"{"bounds":{"x":\#(x),"y":0,"width":9,"height":9},"children":[]}"#
    }

    private static let sizes: [HostileLayout] = files(
        "size",
        [
            ("zero", #"{"w":0,"h":9,"r":{"b":[0,0,1,1]}}"#, "width is 0"),
            ("negative", #"{"w":9,"h":-9,"r":{"b":[0,0,1,1]}}"#, "height is -9"),
            ("huge", #"{"w":1e300,"h":9,"r":{"b":[0,0,1,1]}}"#, "width is 1e+300"),
            ("text", #"{"w":"9","h":9,"r":{"b":[0,0,1,1]}}"#, "is a text, not a number"),
            ("beyond the picture", #"{"w":900000,"h":900000,"r":{"b":[0,0,1,1]}}"#, "--width"),
            ("beyond the memory", #"{"w":19000,"h":19000,"r":{"b":[0,0,1,1]}}"#, "--width"),
            ("empty root", #"{"bounds":[0,0,0,0],"children":[]}"#, "no size"),
            ("turned root", #"{"bounds":[9,9,1,1],"children":[]}"#, "no size"),
        ])

    private static let sidecars: [HostileLayout] = files(
        "sidecar",
        [
            ("version", #"{"format":"wirespace-page","version":9}"#, "sidecar"),
            ("format", #"{"format":"other-page","version":1,"tree":{"bounds":{"x":0}}}"#, "sidecar"),
            ("no tree", #"{"format":"wirespace-page","version":1,"archetype":"faq","seed":1}"#, "sidecar"),
            (
                "deep",
                #"{"format":"wirespace-page","tree":"# + String(repeating: #"{"children":["#, count: 5000)
                    + String(repeating: "]}", count: 5000) + "}", "sidecar"
            ),
        ])
}

@Suite("Hostile layout files")
struct HostileLayoutTests {
    @Test("letters of any size are drawn, with words and without", arguments: ["1e-30", "0.001", "1e20"])
    func letters(size: String) throws {
        let folder = try TemporaryFolder()
        let element = #"{"t":"text","x":0,"y":0,"w":50,"h":20,"fs":\#(size)}"#
        for (name, words) in [("plain", ""), ("words", #","s":"Hello""#)] {
            try folder.add("\(name).json", #"{"W":100,"H":100,"el":["# + element.dropLast() + words + "}]}")
            let outcome = try CommandLineTool.run(["dataset", "render", "\(name).json", "--out", name], in: folder)
            #expect(outcome.code == 0, "\(outcome)")
        }
    }

    @Test("each of a corpus of broken files is named with what is wrong, and the good one among them is drawn")
    func corpus() throws {
        let folder = try TemporaryFolder()
        let corpus = HostileLayout.all
        #expect(corpus.count >= 60 && Set(corpus.map(\.name)).count == corpus.count)
        for file in corpus { try folder.add("layouts/\(file.name).json", file.data) }
        try folder.add(
            "layouts/good.json", Data([0xEF, 0xBB, 0xBF]) + Data(#"{"bounds":[0,0,40,30],"children":[null]}"#.utf8))
        let outcome = try CommandLineTool.run(["dataset", "render", "layouts", "--out", "pages"], in: folder)
        expectFailure(outcome, code: 65, naming: "\(corpus.count) of \(corpus.count + 1) files")
        let skipped = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("skipped: ") }
        for file in corpus {
            let line = skipped.first { $0.contains("/\(file.name).json: ") }
            #expect(line?.contains(file.words) == true, "\(file.name): \(line ?? "not named")")
            #expect(line?.hasSuffix(")") == true, "no way out: \(line ?? "")")
        }
        #expect(
            folder.files(below: "pages").keys.sorted() == ["good.png"], "nothing is drawn of a file that is refused")
    }

    @Test("inputs that are not there, folders without layouts and names that meet end with their own codes")
    func inputs() throws {
        let folder = try TemporaryFolder()
        try folder.add("a/page.json", #"{"bounds":[0,0,40,30]}"#)
        try folder.add("b/page.json", #"{"bounds":[0,0,40,30]}"#)
        try folder.add("none/readme.txt", "nothing")
        try folder.add("full/old.png", "old")
        func render(_ arguments: String...) throws -> Outcome {
            try CommandLineTool.run(["dataset", "render"] + arguments, in: folder)
        }
        expectFailure(try render("gone.json", "--out", "o1"), code: 66, naming: "gone.json")
        expectFailure(try render("none", "--out", "o2"), code: 65, naming: "none")
        expectFailure(try render("a", "--out", "full"), code: 65, naming: "full")
        expectFailure(try render("a", "b", "--out", "o3"), code: 65, naming: "b/page.json")
        expectFailure(try render("a", "--out", "full/old.png/deep"), code: 74, naming: "full/old.png/deep")
        #expect(folder.text("full/old.png") == "old")
        for wrong in [["--width", "8"], ["--max-layers", "4"], ["--style", "oil"]] {
            #expect(try CommandLineTool.run(["dataset", "render", "a", "--out", "o4"] + wrong, in: folder).code == 64)
        }
    }

    @Test("a depth map is written with as many layers as asked, and --fix moves what is broken")
    func use() throws {
        let folder = try TemporaryFolder()
        try folder.add("in/faq/page.json", #"{"bounds":[0,0,40,40],"children":[{"bounds":[0,0,20,40]}]}"#)
        let render = try CommandLineTool.run(
            ["dataset", "render", "in", "--out", "pages", "--style", "depth", "--max-layers", "4"], in: folder)
        #expect(render.code == 0, "\(render)")
        try folder.add("pages/faq/broken.png", "no picture")
        let planned = try CommandLineTool.run(["dataset", "check", "pages", "--fix", "--dry-run"], in: folder)
        #expect(planned.code == 65 && planned.errors.contains("faq/broken.png"), "\(planned)")
        #expect(folder.data("pages/faq/broken.png") != nil)
        let fixed = try CommandLineTool.run(["dataset", "check", "pages", "--fix", "--report", "r.html"], in: folder)
        #expect(fixed.code == 0, "\(fixed)")
        #expect(folder.data("pages/faq/broken.png") == nil && folder.data("pages-aside/faq/broken.png") != nil)
        #expect(folder.text("pages-aside/moves.json").contains("faq/broken.png"))
        #expect(folder.text("r.html").contains("cannot be read") && !folder.text("r.html").contains("<script"))
    }
}
