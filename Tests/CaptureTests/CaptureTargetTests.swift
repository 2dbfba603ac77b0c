import Capture
import Foundation
import Testing
import Wireframes

@Suite("Pages to capture, and what they may read")
struct CaptureTargetTests {
    @Test(
        "an address gives site, page and a name that holds the group key",
        arguments: [
            ("https://www.example.org/", "example.org__index_390"),
            ("http://example.org:8080/a/b_c.html", "example.org-8080__a-b-c.html_390"),
            ("https://example.org/?q=a%20b&c", "example.org__q-a-20b-c_390"),
            ("https://example.org/../../x", "example.org__x_390"),
        ])
    func names(address: String, name: String) throws {
        #expect(try CaptureTarget(address: address).path(width: 390, isDistinct: false) == name)
    }

    @Test("long and strange names stay short, plain and distinct")
    func longNames() throws {
        let long = String(repeating: "é/", count: 300)
        let (a, b) = (
            try CaptureTarget(address: "https://x.org/\(long)a"), try CaptureTarget(address: "https://x.org/\(long)b")
        )
        #expect(a.page != b.page && a.page.utf8.count <= 80 && !a.page.contains("_") && !a.page.contains("/"))
        #expect(a.path(width: 1, isDistinct: true) != a.path(width: 1, isDistinct: false))
    }

    @Test(
        "what is no address of the web is refused", arguments: ["ftp://x.org", "https://", "file:///etc/passwd", "x"])
    func addresses(address: String) {
        #expect(throws: UserError.self) { try CaptureTarget(address: address) }
    }

    @Test("a folder's sub-folders are sites or archetypes, a list has a page and its archetype a line")
    func inputs() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-targets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["a/x.html", "a/b/y.htm", "z.html", ".hidden/h.html", "a/style.css"] {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("<p>".utf8).write(to: file)
        }
        let path = folder.path(percentEncoded: false)
        let top = folder.lastPathComponent
        let sites = try CaptureTarget.find([path])
        #expect(sites.map(\.site) == ["a", "a", top])
        #expect(sites.map(\.page) == ["b-y", "x", "z"])
        let labelled = try CaptureTarget.find([path], folders: .archetypes)
        #expect(labelled.map(\.archetype) == ["a", "a", nil] && labelled.first?.site == "b")
        let list = folder.appending(path: "list.txt")
        try Data("# pages\nhttps://x.org/\tpricing\n\na/x.html\n".utf8).write(to: list)
        let listed = try CaptureTarget.find([list.path(percentEncoded: false)], archetype: "other")
        #expect(listed.map(\.archetype) == ["pricing", "other"] && listed.map(\.page) == ["index", "x"])
        #expect(listed.last?.root == CaptureTarget.realPath(folder))
        try Data("\u{FEFF}# pages\r\na/x.html\tHome page\r\nhttps://x.org/\r\n".utf8).write(to: list)
        let windows = try CaptureTarget.find([list.path(percentEncoded: false)])
        #expect(windows.map(\.archetype) == ["Home page", nil] && windows.map(\.page) == ["x", "index"])
        try Data("a/nope.html\n".utf8).write(to: list)
        #expect(try CaptureTarget.find([list.path(percentEncoded: false)]).map(\.page) == ["nope"])
    }

    @Test("requests: a file's own folder, with links and dots followed, and nothing else")
    func requests() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-root-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "in"), withIntermediateDirectories: true)
        for name in ["in/a b.css", "out.css", "in-side.css"] { try Data().write(to: folder.appending(path: name)) }
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "in/link.css"), withDestinationURL: folder.appending(path: "out.css"))
        let root = CaptureTarget.realPath(folder.appending(path: "in"))
        let base = "file://" + root
        let requests = PageRequests(root: root, usesNetwork: false)
        #expect(requests.verdict(on: base + "/a%20b.css") == .allowed)
        #expect(requests.verdict(on: base + "/none.css") == .missing)
        for address in [
            base + "/../out.css", base + "/%2e%2e/out.css", base + "/link.css", base + "-side.css",
            "file:///etc/passwd",
            "FILE:///etc/passwd", "file://host\(root)/a%20b.css", "http://127.0.0.1/", "https://x.org", "ftp://x.org",
            "chrome://version", "view-source:file:///etc/passwd",
        ] { #expect(requests.verdict(on: address) == .forbidden, "\(address)") }
        #expect(PageRequests(root: root, usesNetwork: true).verdict(on: "https://x.org") == .allowed)
        let web = PageRequests(root: nil, usesNetwork: false)
        #expect(web.verdict(on: "https://x.org") == .allowed && web.verdict(on: base + "/a%20b.css") == .forbidden)
    }
}
