import Foundation
import Testing
import Wireframes

/// Whether there is a program that reads.
private let reader = try? WordReader()

@Suite("Reading the words on a page")
struct WordReaderTests {
    /// A page with two lines of text, and a shape between them.
    private static func page(width: Int) -> GrayImage {
        func text(_ words: String, y: Int, size: Double) -> LayoutNode {
            var style = NodeStyle(fill: 0)
            style.fontSize = size
            let bounds = Bounds(x: width / 10, y: y, width: width * 8 / 10, height: Int(size * 1.4))
            return LayoutNode(.heading, bounds, text: words, style: style)
        }
        let scale = Double(width) / 600
        let nodes = [
            text("Shopping cart", y: width / 10, size: 36 * scale),
            LayoutNode(
                .image, Bounds(x: width / 10, y: width / 4, width: width / 3, height: width / 4),
                style: NodeStyle(stroke: 0, shape: .crossedBox)),
            text("Your basket is empty", y: width * 6 / 10, size: 18 * scale),
        ]
        let bounds = Bounds(x: 0, y: 0, width: width, height: width)
        return WireframeRenderer().render(LayoutNode(.page, bounds, children: nodes))
    }

    @Test(
        "finds them line by line, with their heights, whatever the size of the picture",
        .enabled(if: reader != nil, "tesseract is not installed"), arguments: [400, 600, 2600])
    func words(width: Int) throws {
        let words = try #require(reader).words(on: Self.page(width: width), named: "page").filter { $0.confidence > 60 }
        let heading = try #require(words.first { $0.text == "Shopping" })
        let line = words.filter { $0.line == heading.line }.map(\.text)
        #expect(line == ["Shopping", "cart"])
        let text = try #require(words.first { $0.text == "basket" })
        #expect(text.line > heading.line && heading.height > text.height)
    }

    @Test("finds none on blank paper", .enabled(if: reader != nil, "tesseract is not installed"))
    func blank() throws {
        #expect(try #require(reader).words(on: GrayImage(width: 200, height: 300), named: "page") == [])
    }

    /// A program that does as the shell script says.
    private func program(_ script: String, languages: String = "eng") throws -> (URL, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "reader")
        let answers = ["--version": "echo reader 1", "--list-langs": "echo languages:; echo \(languages)"]
        let text =
            answers.reduce("#!/bin/sh\n") { $0 + "if [ \"$1\" = \($1.key) ]; then \($1.value); exit; fi\n" } + script
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return (file, folder)
    }

    @Test("takes words from the rows of a table, in lines, and nothing from rows that are none")
    func table() throws {
        let (file, folder) = try program(
            """
            cat > "$2.tsv" <<'END'
            level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
            4\t1\t1\t1\t1\t0\t5\t5\t50\t10\t-1\t
            5\t1\t1\t1\t1\t1\t5\t5\t20\t10\t96.5\tSign
            5\t1\t1\t1\t1\t2\t30\t5\t20\t12\t91\tin\t!
            5\t1\t1\t1\t2\t1\t30\t5\t20\tmany\t91\tbroken
            5\t1\t2\t1\t1\t1\t5\t40\t20\t8\t12\t~
            5\t1
            END
            """)
        defer { _ = folder }
        let words = try WordReader(program: file).words(on: GrayImage(width: 8, height: 8), named: "page")
        #expect(
            words == [
                PageWord("Sign", confidence: 96.5, height: 10, line: 0),
                PageWord("in\t!", confidence: 91, height: 12, line: 0),
                PageWord("~", confidence: 12, height: 8, line: 1),
            ])
    }

    @Test("names the page, what the program said, and the way out, when it fails or leaves nothing")
    func failure() throws {
        for script in ["echo it hurts >&2; exit 3", "echo it hurts"] {
            let (file, folder) = try program(script)
            defer { _ = folder }
            let reader = try WordReader(program: file)
            let error = #expect(throws: UserError.self) {
                try reader.words(on: GrayImage(width: 8, height: 8), named: "shop/page.png")
            }
            #expect(error?.code == .data && error?.place == "shop/page.png")
            #expect(error?.message.contains("it hurts") == true && error?.remedy != nil)
        }
    }

    @Test("stops a program that does not end, with its children, and says so")
    func timeOut() throws {
        let (file, folder) = try program("cd \"$(dirname \"$0\")\"; sleep 300 & echo $! > child; wait")
        let reader = try WordReader(program: file, secondsAllowed: 1)
        let started = Date()
        let error = #expect(throws: UserError.self) {
            try reader.words(on: GrayImage(width: 8, height: 8), named: "page.png")
        }
        #expect(error?.place == "page.png" && error?.message.contains("longer than 1 s") == true)
        #expect(Date().timeIntervalSince(started) < 100)
        let child = try String(contentsOf: folder.url.appending(path: "child"), encoding: .utf8)
        let number = try #require(Int32(child.trimmingCharacters(in: .whitespacesAndNewlines)))
        let deadline = Date().addingTimeInterval(30)
        func isRunning() -> Bool {
            let state = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8).split(separator: " ")[2]
            // Z: it is dead, and nobody has asked how it ended.
            return state.map { $0 != "Z" } ?? (kill(number, 0) == 0)
        }
        while isRunning(), Date() < deadline { usleep(20_000) }
        #expect(!isRunning())
    }

    @Test("a program without English is refused")
    func noEnglish() throws {
        let (file, folder) = try program("", languages: "osd")
        defer { _ = folder }
        let error = #expect(throws: UserError.self) { try WordReader(program: file) }
        #expect(error?.code == .missingInput && error?.remedy?.contains("tesseract-ocr-eng") == true)
    }

    @Test("a program that is not there, or says no version, is refused by name")
    func noProgram() throws {
        let nowhere = URL(filePath: "/nonexistent/tesseract")
        let missing = #expect(throws: UserError.self) { try WordReader(program: nowhere) }
        #expect(missing?.place == nowhere.path && missing?.remedy != nil)
        let silent = #expect(throws: UserError.self) { try WordReader(program: URL(filePath: "/bin/false")) }
        #expect(silent?.code == .missingInput && silent?.remedy != nil)
    }
}
