import Explorer
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The explorer's interface")
struct ExplorerTests {
    @Test("draws layouts and hands them out, where the model can; otherwise says that it cannot")
    func layouts() async throws {
        let code = "\"z\": [0, 0, 0, 0, 0, 0, 0, 0], \"size\": {\"width\": 64, \"height\": 96}"
        let able = try Served(layouts: true)
        #expect((try await able.object("/api/space") as? [String: Any])?["layouts"] as? Bool == true)
        let layout = try await able.post("/api/decode", "{\(code), \"as\": \"layout\"}")
        let pixels = try await able.post("/api/decode", "{\(code), \"as\": \"pixels\"}")
        #expect(layout.code == 200 && pixels.code == 200 && layout.data != pixels.data)
        #expect(pixels.data == (try await able.post("/api/decode", "{\(code)}")).data)
        let size = try PNG.size(of: layout.data)
        #expect(size == PNG.Size(width: 64, height: 96))
        let exported = try await able.post("/api/export", "{\(code), \"as\": \"layout\", \"format\": \"json\"}")
        #expect(try LayoutDocument(json: exported.data).tree.bounds.height == 96)
        let again = try await able.post("/api/decode", "{\(code), \"as\": \"layout\"}")
        #expect(again.data == layout.data)
        // What stands for one page is searched, not drawn by chance.
        let made = "\"mix\": [{\"of\": {\"z\": [0, 0, 0, 0, 0, 0, 0, 0]}}], \"size\": {\"width\": 64, \"height\": 96}"
        let searched = try await able.post("/api/decode", "{\(made), \"as\": \"layout\"}")
        #expect(searched.code == 200 && searched.data != layout.data)
        #expect(try await able.post("/api/decode", "{\(made), \"as\": \"layout\"}").data == searched.data)
        #expect(try await able.post("/api/decode", "{\(code), \"as\": \"poem\"}").code == 400)

        let unable = try Served()
        #expect((try await unable.object("/api/space") as? [String: Any])?["layouts"] as? Bool == false)
        #expect(try await unable.post("/api/decode", "{\(code), \"as\": \"layout\"}").code == 400)
    }

    @Test("says what the space is, and where every page lies")
    func pages() async throws {
        let served = try Served()
        let space = try #require(try await served.object("/api/space") as? [String: Any])
        #expect(space["dimension"] as? Int == 8)
        #expect(space["pages"] as? Int == 6)
        #expect(space["archetypes"] as? [String] == ["contact", "faq"])
        let pages = try #require(try await served.object("/api/pages") as? [[String: Any]])
        #expect(pages.count == 6)
        let xs = try pages.map { try #require($0["x"] as? Double) }
        let ys = try pages.map { try #require($0["y"] as? Double) }
        let largest = (xs + ys).reduce(0.0) { max($0, $1.magnitude) }
        #expect(abs(largest - 1) < 1e-5)
        for picture in ["thumbnail", "picture"] {
            let answer = try await served.ask(.get, "/api/pages/\(pages[0]["id"] ?? "")/\(picture).png")
            let width = try PNG.decode(answer.data).width
            #expect(answer.code == 200 && (picture == "picture" ? width == 64 : width <= 64))
        }
    }

    @Test("draws a page alike from its number, its code and its place on the map")
    func draws() async throws {
        let served = try Served()
        let id = try await served.pageIDs()[0]
        let size = #""size": {"width": 48, "height": 64}"#
        let drawn = try await served.post("/api/decode", #"{"mix": [{"page": \#(id)}], \#(size)}"#)
        #expect(drawn.code == 200)
        let image = try PNG.decode(drawn.data)
        #expect(image.width == 48 && image.height == 64)

        let place = try await served.post("/api/neighbours", #"{"mix": [{"page": \#(id)}], "count": 3}"#)
        let found = try #require(try JSONSerialization.jsonObject(with: place.data) as? [String: Any])
        let neighbours = try #require(found["neighbours"] as? [[String: Any]])
        #expect(neighbours.count == 3 && neighbours[0]["page"] as? Int == id)
        let z = try #require(found["z"] as? [Double])
        let (x, y) = (try #require(found["x"] as? Double), try #require(found["y"] as? Double))
        #expect(try await served.post("/api/decode", #"{"z": \#(z), \#(size)}"#).data == drawn.data)
        #expect(
            try await served.post("/api/decode", #"{"point": {"x": \#(x), "y": \#(y)}, \#(size)}"#).data == drawn.data)
        let moved = #"{"z": \#(z), "offsets": [{"dimension": 1, "amount": 2}], \#(size)}"#
        #expect(try await served.post("/api/decode", moved).data != drawn.data)
    }

    @Test("finds the pages nearest to a code, without the one that is left out")
    func neighbours() async throws {
        let served = try Served()
        let id = try await served.pageIDs()[0]
        let all = try await served.answer("/api/neighbours", #"{"mix": [{"page": \#(id)}]}"#).nearest
        #expect(all.count == 6 && all.first == id)
        let others = #"{"mix": [{"page": \#(id)}], "except": \#(id), "count": 3}"#
        #expect(try await served.answer("/api/neighbours", others).nearest == Array(all.dropFirst().prefix(3)))
    }

    @Test("encodes pictures and layouts, and exports shapes")
    func encodes() async throws {
        let served = try Served()
        let picture = try PNG.encode(PageGenerator(width: 64).page(.faq, seed: 9).render())
        let sidecar = try PageGenerator(width: 64).page(.faq, seed: 9).sidecar()
        for upload in [picture, sidecar] {
            let answer = try await served.ask(.post, "/api/encode", upload)
            let found = try #require(try JSONSerialization.jsonObject(with: answer.data) as? [String: Any])
            #expect(answer.code == 200 && found["width"] as? Int == 48)
            #expect((found["place"] as? [String: Any])?["neighbours"] is [Any])
        }
        let words = try await served.ask(.post, "/api/encode", Data("Dear all, ".utf8))
        #expect(
            words.code == 400 && String(decoding: words.data, as: UTF8.self).contains("neither a picture nor a layout"))
        let id = try await served.pageIDs()[0]
        for (format, start) in [("svg", "<?xml"), ("json", #"{"format""#)] {
            let body = #"{"mix": [{"page": \#(id)}], "size": {"width": 48, "height": 64}, "format": "\#(format)"}"#
            let answer = try await served.post("/api/export", body)
            #expect(answer.code == 200 && String(decoding: answer.data, as: UTF8.self).hasPrefix(start))
        }
        let ways = #"{"through": [{"mix": [{"page": \#(id)}]}, {"point": {"x": 0, "y": 0}}], "steps": 3}"#
        let plain = try await served.post("/api/interpolate", ways).data
        #expect(try PNG.decode(plain).width > 0)
        let evenWays = ways.replacing(#""steps""#, with: #""even": true, "steps""#)
        let even = try await served.post("/api/interpolate", evenWays)
        #expect(try even.code == 200 && PNG.decode(even.data).width > 0 && even.data != plain)
    }

    /// A JPEG file that Pillow made, 64×48 pixels.
    private func jpeg() throws -> Data {
        struct File: Decodable {
            struct Case: Decodable {
                let name: String
                let file: Data
            }
            let cases: [Case]
        }
        let data = try Data(contentsOf: Goldens.folder.appending(path: "jpegs.json"))
        let cases = try JSONDecoder().decode(File.self, from: data).cases
        return try #require(cases.first { $0.name == "large" }?.file)
    }

    @Test("encodes JPEG files, told by their content, and reduces screenshots first")
    func screenshots() async throws {
        let served = try Served()
        /// The page as the model sees it.
        func seen(_ path: String, _ body: Data) async throws -> GrayImage {
            let answer = try await served.ask(.post, path, body, ["Content-Type": "application/octet-stream"])
            #expect(answer.code == 200, "\(String(decoding: answer.data, as: UTF8.self))")
            let found = try JSONSerialization.jsonObject(with: answer.data) as? [String: Any]
            let link = try #require(found?["page"] as? String)
            return try PNG.decode(try #require(Data(base64Encoded: String(link.dropFirst(22)))))
        }
        #expect(try await seen("/api/encode", jpeg()).width == 48)
        // A dark screen with a white box on it.
        var screen = RGBImage(width: 48, height: 64, red: 20, green: 20, blue: 40)
        for y in 10..<40 { for i in 3 * (48 * y + 10)..<3 * (48 * y + 40) { screen.bytes[i] = 250 } }
        let upload = try PNG.encode(screen)
        let reduced = try await seen("/api/encode?style=screenshot", upload)
        let plain = try await seen("/api/encode?style=wireframe", upload)
        #expect(reduced.width == 48 && reduced[1, 1] == 1 && reduced[25, 25] == 1 && reduced[25, 10] < 0.5)
        #expect(plain[1, 1] < 0.5 && plain[25, 25] > 0.9)
        let broken = try jpeg().prefix(500)
        for (path, body) in [
            ("/api/encode?style=oil", upload), ("/api/encode?stile=screenshot", upload), ("/api/encode", broken),
            ("/api/encode?style=screenshot", broken), ("/api/encode?style=screenshot", Data([0xFF, 0xD8])),
        ] {
            #expect(try await served.ask(.post, path, body).code == 400, "\(path)")
        }
        var bomb = try jpeg()
        let frame = try #require(bomb.firstRange(of: Data([0xFF, 0xC0]))).lowerBound
        bomb.replaceSubrange(frame + 5..<frame + 9, with: [0x13, 0x88, 0x13, 0x88])  // 5000×5000
        #expect(try await served.ask(.post, "/api/encode", bomb + Data(count: 1 << 20)).code == 413)
    }

    @Test("learns directions from pages, moves along them, and keeps them as files")
    func directions() async throws {
        let served = try Served()
        let ids = try await served.pageIDs()
        #expect(try await served.directions().filter(\.isLearned).isEmpty)
        let asked = #"{"name": " ../more: é ", "to": [\#(ids[0])], "from": [\#(ids[1]), \#(ids[2])]}"#
        #expect(try await served.post("/api/directions", asked).code == 200)
        #expect(try await served.post("/api/directions", asked).code == 409)
        let first = try #require(try await served.directions().first)
        #expect(first.name == "../more: é" && first.isLearned)
        let files = try FileManager.default.contentsOfDirectory(
            atPath: served.folder.appending(path: "model.directions").path)
        #expect(files == ["direction----more---.json"])

        func z(_ page: Int, _ offset: String = "") async throws -> [Double] {
            try await served.answer("/api/neighbours", #"{"mix": [{"page": \#(page)}], "offsets": [\#(offset)]}"#).z
        }
        let moved = try await z(ids[3], #"{"direction": "../more: é", "amount": 2}"#)
        var codes: [[Double]] = []
        for id in ids.prefix(4) { codes.append(try await z(id)) }
        for dimension in 0..<8 {
            let column = codes.map { $0[dimension] }
            let step = column[0] - (column[1] + column[2]) / 2
            #expect(abs(moved[dimension] - column[3] - 2 * step) < 1e-4)
        }
        #expect(try await served.post("/api/directions", #"{"name": "all", "to": \#(ids)}"#).code == 400)
    }

    @Test("says which files beside the index are no directions")
    func refusedDirections() async throws {
        let served = try Served()
        let folder = served.folder.appending(path: "model.directions")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: folder.appending(path: "broken.json"))
        let answer = try #require(try await served.object("/api/directions") as? [String: Any])
        #expect((answer["refused"] as? [String])?.first?.hasPrefix("broken.json: ") == true)
    }

    @Test("draws new pages, the same for the same seed, and variants of a code")
    func generates() async throws {
        let served = try Served()
        func codes(_ json: String) async throws -> [[Double]] {
            let answer = try await served.post("/api/generate", json).data
            return try #require(try JSONDecoder().decode([String: [[Double]]].self, from: answer)["z"])
        }
        let first = try await codes(#"{"count": 3, "seed": 7}"#)
        #expect(first.count == 3 && first.allSatisfy { $0.count == 8 })
        #expect(try await codes(#"{"count": 3, "seed": 7}"#) == first)
        #expect(try await codes(#"{"count": 3, "seed": 8}"#) != first)
        #expect(try await codes(#"{"archetype": "faq", "count": 2, "diverse": true}"#).count == 2)
        let start = try await served.answer("/api/neighbours", #"{"point": {"x": 0.2, "y": 0}}"#).z
        let same = try await codes(#"{"around": {"point": {"x": 0.2, "y": 0}}, "radius": 0, "count": 1}"#)[0]
        #expect(zip(start, same).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("finds the page that is like no other, and a page that stands there twice")
    func standOut() async throws {
        let served = try Served()
        let solitary = try #require(try await served.object("/api/outliers") as? [[String: Any]])
        let distances = solitary.compactMap { $0["distance"] as? Double }
        #expect(distances.count == 6 && distances == distances.sorted(by: >))
        #expect(try #require(try await served.object("/api/duplicates") as? [Any]).isEmpty)
        let twice = try Served(copies: true)
        let pairs = try #require(try await twice.object("/api/duplicates") as? [[String: Any]])
        #expect(pairs.contains { ($0["ssim"] as? Double ?? 0) > 0.999 && ($0["distance"] as? Double ?? 1) < 1e-4 })
    }

    static let bad: [(path: String, body: String, code: Int)] = [
        ("/api/decode", "", 400), ("/api/decode", "{", 400), ("/api/decode", "[]", 400), ("/api/decode", "{}", 400),
        ("/api/decode", String(repeating: "[", count: 100_000), 400),
        ("/api/decode", #"{"z": "a"}"#, 400), ("/api/decode", #"{"z": [1]}"#, 400),
        ("/api/decode", #"{"z": [1e999, 0, 0, 0, 0, 0, 0, 0]}"#, 400),
        ("/api/decode", #"{"z": [1e30, 0, 0, 0, 0, 0, 0, 0]}"#, 400),
        ("/api/decode", #"{"z": [0, 0, 0, 0, 0, 0, 0, 0], "point": {"x": 0, "y": 0}}"#, 400),
        ("/api/decode", #"{"point": {"x": 0}}"#, 400), ("/api/decode", #"{"point": {"x": 0, "y": 0}, "typo": 1}"#, 400),
        ("/api/decode", #"{"mix": []}"#, 400), ("/api/decode", #"{"mix": [{"page": 99999}]}"#, 404),
        ("/api/decode", #"{"mix": [{"page": 1, "weight": -1}]}"#, 400),
        ("/api/decode", #"{"mix": [{"page": 1, "weight": 0}]}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "size": {"width": -1, "height": 64}}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "size": {"width": 4096, "height": 4096}}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "size": {"width": 9223372036854775807, "height": 2}}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "size": {"width": 64.5, "height": 64}}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "offsets": [{"amount": 1}]}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "offsets": [{"toward": "nothing", "amount": 1}]}"#, 400),
        ("/api/decode", #"{"mix": [{"page": 1, "wieght": 1}]}"#, 400),
        ("/api/decode", #"{"mix": [{"of": {"point": {"x": 0, "y": 0, "z": 0}}}]}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "offsets": [{"dimension": 8, "amount": 1}]}"#, 400),
        ("/api/decode", #"{"point": {"x": 0, "y": 0}, "offsets": [{"direction": "nothing", "amount": 1}]}"#, 400),
        ("/api/decode", #"{"mix": [{"weight": 1}]}"#, 400), ("/api/decode", #"{"mix": [{"of": {}}]}"#, 400),
        ("/api/decode", #"{"mix": [{"page": 1, "of": {"point": {"x": 0, "y": 0}}}]}"#, 400),
        ("/api/directions", "{}", 400), ("/api/directions", #"{"name": "a", "to": []}"#, 400),
        ("/api/directions", #"{"name": "", "to": [1]}"#, 400),
        ("/api/directions", #"{"name": "a\u0000", "to": [1]}"#, 400),
        ("/api/directions", #"{"name": "a", "to": [99999]}"#, 404),
        ("/api/labels", #"{"pages": [], "archetype": "faq"}"#, 400),
        ("/api/generate", #"{"count": 0}"#, 400), ("/api/generate", #"{"count": 65}"#, 400),
        ("/api/generate", #"{"archetype": "nothing"}"#, 400), ("/api/generate", #"{"seed": -1}"#, 400),
        ("/api/generate", #"{"temperature": 1e9}"#, 400), ("/api/generate", #"{"radius": 1}"#, 400),
        ("/api/generate", #"{"around": {"point": {"x": 0, "y": 0}}, "archetype": "faq"}"#, 400),
        ("/api/generate", #"{"around": {}}"#, 400),
        ("/api/export", #"{"point": {"x": 0, "y": 0}}"#, 400),
        ("/api/export", #"{"point": {"x": 0, "y": 0}, "format": "exe"}"#, 400),
        ("/api/neighbours", #"{"point": {"x": 0, "y": 0}, "count": 0}"#, 400),
        ("/api/neighbours", #"{"point": {"x": 0, "y": 0}, "archetype": "nothing"}"#, 400),
        ("/api/interpolate", #"{"through": []}"#, 400),
        ("/api/interpolate", #"{"through": [{}, {}], "steps": 9223372036854775807}"#, 400),
        ("/api/encode", "", 400), ("/api/encode", "no page", 400), ("/api/encode", "\u{89}PNG", 400),
        ("/api/encode", #"{"w": 100000, "h": 100000, "r": {"b": [0, 0, 100000, 100000]}}"#, 413),
        ("/api/encode", String(repeating: #"{"c":["#, count: 60_000), 400),
        ("/api/encode", #"{"format": "wirespace-page", "tree": "# + String(repeating: "[", count: 600), 400),
        ("/api/labels", #"{"pages": ["1"], "archetype": "faq"}"#, 400), ("/api/nothing", "{}", 404),
    ]

    @Test("refuses what makes no sense with a status, a reason and a way out")
    func hostile() async throws {
        let served = try Served()
        for (path, body, code) in Self.bad {
            let answer = try await served.post(path, body)
            #expect(answer.code == code, "\(path) \(body.prefix(80)): \(String(decoding: answer.data, as: UTF8.self))")
            let told = try? JSONSerialization.jsonObject(with: answer.data) as? [String: [String: String]]
            #expect(told?["error"]?["message"]?.isEmpty == false, "\(path) \(body.prefix(80))")
        }
        for path in ["/api/pages/0/thumbnail.png", "/api/pages/..%2f..%2fetc/picture.png", "/../etc/passwd"] {
            #expect(try await served.ask(.get, path).code == 404, "\(path)")
        }
        let large = try await served.ask(.post, "/api/encode", Data(count: (8 << 20) + 1))
        #expect(large.code == 413)
        let plain = try await served.ask(.post, "/api/labels", Data("{}".utf8), ["Content-Type": "text/plain"])
        #expect(plain.code == 415)
        #expect(try await served.ask(.get, "/api/space").code == 200)
    }

    @Test("tells whoever finds the queue full to come back")
    func busy() async throws {
        let served = try Served { $0.waiting = 1 }
        let codes = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let body = #"{"point": {"x": 0, "y": 0}, "size": {"width": 512, "height": 512}}"#
                    let answer = try await served.post("/api/decode", body)
                    return (answer.code, answer.headers[.retryAfter])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains { $0.0 == 200 } && codes.contains { $0.0 == 503 && $0.1 == "1" })
    }

    @Test("is described by its OpenAPI file: every path there answers, and no other is routed")
    func described() async throws {
        let served = try Served()
        let description = try #require(try await served.object("/api/openapi.json") as? [String: Any])
        let paths = try #require(description["paths"] as? [String: [String: Any]])
        let id = try await served.pageIDs()[0]
        for (path, methods) in paths {
            for (method, name) in [(HTTPRequest.Method.get, "get"), (.post, "post")] {
                let answer = try await served.ask(method, path.replacing("{id}", with: "\(id)"))
                let responses = (methods[name] as? [String: Any])?["responses"] as? [String: Any]
                if let responses {
                    #expect(responses["\(answer.code)"] != nil, "\(name) \(path): \(answer.code)")
                } else {
                    #expect(answer.code == 404, "\(name) \(path) is not described")
                }
            }
        }
        #expect(Set(paths.keys) == Set(served.routes))
    }
}
