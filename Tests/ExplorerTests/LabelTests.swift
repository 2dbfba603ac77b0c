import Foundation
import TestSupport
import Testing
import Wireframes
import Wirespace

@Suite("Labels that people correct in the explorer")
struct LabelTests {
    @Test("keeps a corrected label in a table that training reads")
    func labels() async throws {
        let served = try Served()
        let id = try await served.pageIDs()[0]
        #expect(try await served.post("/api/labels", #"{"pages": [\#(id)], "archetype": "faq"}"#).code == 200)
        let pages = try #require(try await served.object("/api/pages") as? [[String: Any]])
        #expect(pages.first?["archetype"] as? String == "faq")
        let table = try String(contentsOf: served.folder.appending(path: "model.labels.csv"), encoding: .utf8)
        #expect(table.hasPrefix("file,archetype\n") && table.split(separator: "\n").count == 7)
        // The middle of an archetype and the pages that are found follow the correction.
        let near = #"{"mix": [{"page": \#(id)}], "archetype": "faq", "count": 1}"#
        #expect(try await served.answer("/api/neighbours", near).nearest == [id])
        let unknown = try await served.post("/api/labels", #"{"pages": [\#(id)], "archetype": "../x"}"#)
        #expect(unknown.code == 400)
        #expect(try await served.post("/api/labels", #"{"pages": [\#(id)], "archetype": "contcat"}"#).code == 400)
        // Names of folders stay known when no page has them any more.
        let all = try await served.pageIDs().map(String.init).joined(separator: ", ")
        for name in ["faq", "contact"] {
            #expect(try await served.post("/api/labels", #"{"pages": [\#(all)], "archetype": "\#(name)"}"#).code == 200)
        }
        #expect(try await served.post("/api/labels", #"{"pages": [\#(id)], "archetype": ""}"#).code == 200)
        let bare = try #require(try await served.object("/api/pages") as? [[String: Any]])
        #expect(bare.first?["archetype"] as? String == nil)
    }

    @Test("knows corrected labels again after a restart, and keeps them and those of unknown pages with the next")
    func labelsAfterRestart() async throws {
        let served = try Served()
        let pages = try await served.pages()
        #expect(pages.map(\.archetype) == ["contact", "contact", "contact", "faq", "faq", "faq"])
        let first = #"{"pages": [\#(pages[0].id)], "archetype": "faq"}"#
        #expect(try await served.post("/api/labels", first).code == 200)
        let file = served.folder.appending(path: "model.labels.csv")
        let table = try String(contentsOf: file, encoding: .utf8)
        try (table + "elsewhere/1.png,contact\n").write(to: file, atomically: true, encoding: .utf8)

        let again = try served.restarted()
        #expect(try await again.pages().map(\.archetype) == ["faq", "contact", "contact", "faq", "faq", "faq"])
        let second = #"{"pages": [\#(pages[1].id)], "archetype": "faq"}"#
        #expect(try await again.post("/api/labels", second).code == 200)
        let labels = ["faq", "faq", "contact", "faq", "faq", "faq"]
        let expected = zip(pages, labels).map { "\($0.path),\($1)" } + ["elsewhere/1.png,contact"]
        let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(Set(rows.map(String.init)) == Set(expected))
    }

    @Test("sees what others have said since, and refuses whoever has not")
    func labelsOfOthers() async throws {
        let served = try Served()
        let pages = try await served.pages()
        let (id, path) = (pages[0].id, pages[0].path)
        let file = served.folder.appending(path: "model.labels.csv")
        try "file,archetype\n\(path),faq\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try await served.pages().first?.archetype == "faq")
        try "file,archetype\n".write(to: file, atomically: true, encoding: .utf8)
        #expect(try await served.pages().first?.archetype == "contact", "what its folder says again")
        try "file,archetype\n\(path),bouton\n".write(to: file, atomically: true, encoding: .utf8)
        let space = try #require(try await served.object("/api/space") as? [String: Any])
        #expect((space["archetypes"] as? [String])?.contains("bouton") == true)
        try "file,archetype\n\(path),faq\n".write(to: file, atomically: true, encoding: .utf8)

        func say(_ archetype: String, before: String) async throws -> Int {
            let asked = #"{"pages": [\#(id)], "archetype": "\#(archetype)", "before": {"\#(id)": \#(before)}}"#
            return try await served.post("/api/labels", asked).code
        }
        let table = try Data(contentsOf: file)
        #expect(try await say("", before: #""contact""#) == 409)
        #expect(try await say("", before: "null") == 409)
        #expect(try Data(contentsOf: file) == table)
        #expect(try await say("", before: #""faq""#) == 200)
        #expect(try await say("contact", before: "null") == 200)
        #expect(try await served.pages().first?.archetype == "contact")
    }
}
