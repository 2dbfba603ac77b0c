import Foundation
import Testing

@Suite("Latent tools")
struct LatentToolsTests {
    /// A folder with `run`, `pages` and an index of them in `run`.
    private static let indexed = Result {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages")
        let outcome = try CommandLineTool.run(["encode", "run", "pages"], in: folder)
        guard outcome.code == 0 else { throw TinyRun.Failed(outcome: outcome) }
        return folder
    }

    private func run(_ arguments: String..., in folder: TemporaryFolder? = nil) throws -> Outcome {
        let outcome = try CommandLineTool.run(arguments, in: folder ?? Self.indexed.get())
        expectPlain(outcome)
        return outcome
    }

    private func json(_ outcome: Outcome) throws -> Any {
        #expect(outcome.code == 0, "\(outcome)")
        return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    }

    @Test("encoding again encodes nothing; a page that cannot be read is named")
    func encode() throws {
        let folder = try TemporaryFolder()
        try folder.copy(Self.indexed.get().url.appending(path: "run"), to: "run")
        try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages")
        try folder.add("pages/bad.png", "no page")
        let first = try run("encode", "run", "pages", "--index", "own.sqlite", "--json", in: folder)
        #expect(first.errors.contains("bad.png"), "\(first)")
        let update = try #require(json(first) as? [String: Any])
        #expect(update["encoded"] as? Int == 15 && (update["skipped"] as? [Any])?.count == 1)
        let second = try run("encode", "run", "pages", "--index", "own.sqlite", "--json", in: folder)
        #expect((try json(second) as? [String: Any])?["kept"] as? Int == 15)
    }

    @Test("killed again and again, encoding goes on where it was and ends with the same index")
    func killed() throws {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        let made = try run("dataset", "generate", "pages", "--count", "400", "--width", "128", in: folder)
        #expect(made.code == 0, "\(made)")
        let whole = try run("encode", "run", "pages", "--index", "whole.sqlite", "--json", in: folder)
        #expect((try json(whole) as? [String: Any])?["encoded"] as? Int == 400)
        let expected = try neighbours(in: "whole.sqlite", folder)

        var kills = 0
        var last: Outcome?
        while last == nil, kills <= 5 {
            // With threads, which encode several pages at the same time.
            let tool = try RunningTool(
                ["encode", "run", "pages", "--index", "own.sqlite", "--json"], prefix: ["OMP_NUM_THREADS=3"], in: folder
            )
            // A block more has been stored, or nothing is left to do.
            let before = folder.size(of: "own.sqlite")
            let end = Date() + 60
            while kills < 5, tool.isRunning, Date() < end, folder.size(of: "own.sqlite") <= before {
                Thread.sleep(forTimeInterval: 0.002)
            }
            if kills < 5 { tool.send(SIGKILL) }
            let outcome = tool.wait()
            if outcome.code == 0 { last = outcome } else { kills += 1 }
        }
        #expect(kills >= 3)
        let end = try #require(last)
        let update = try #require(try json(end) as? [String: Any])
        #expect(update["pages"] as? Int == 400 && update["kept"] as? Int ?? 0 > 0, "\(update)")
        #expect(try neighbours(in: "own.sqlite", folder) == expected)
    }

    /// What a search for a page finds: paths and distances.
    private func neighbours(in index: String, _ folder: TemporaryFolder) throws -> [String] {
        let search = ["search", "run", "pages/contact/000001__contact.png", "-k", "400", "--index", index, "--json"]
        let found = try json(try CommandLineTool.run(search, in: folder)) as? [String: Any]
        let neighbours = try #require(found?["neighbours"] as? [[String: Any]])
        return neighbours.map { "\(($0["page"] as? [String: Any])?["path"] ?? "") \($0["distance"] ?? "")" }
    }

    @Test("search leaves out the page that is asked for, by its file or its number, and keeps to filters")
    func search() throws {
        let page = "pages/contact/000001__contact.png"
        let found = try #require(
            json(run("search", "run", page, "-k", "3", "--json", "--sheet", "found.png")) as? [String: Any])
        let neighbours = try #require(found["neighbours"] as? [[String: Any]])
        #expect(neighbours.count == 3 && neighbours.allSatisfy { $0["distance"] as? Double ?? 0 > 0 })
        let guesses = try #require(found["archetypes"] as? [[String: Any]]).compactMap { $0["probability"] as? Double }
        #expect(guesses.count == 15 && abs(guesses.reduce(0, +) - 1) < 1e-6)
        #expect(try Self.indexed.get().data("found.png") != nil)

        let number = try #require((neighbours[0]["page"] as? [String: Any])?["id"] as? Int)
        let path = try #require((neighbours[0]["page"] as? [String: Any])?["path"] as? String)
        let others = try run("search", "run", "--page", "\(number)")
        #expect(others.code == 0 && others.output.split(separator: "\n").count == 11, "\(others)")
        #expect(!others.output.contains("  " + path + "\n"), "\(others)")
        // A copy elsewhere is another page, which is like that one.
        let folder = try Self.indexed.get()
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "else"), withIntermediateDirectories: true)
        try? FileManager.default.copyItem(
            at: folder.url.appending(path: page), to: folder.url.appending(path: "else/copy.png"))
        let copy = try run("search", "run", "else/copy.png", "-k", "1")
        #expect(copy.output.hasSuffix("   0.000  contact/000001__contact.png\n"), "\(copy)")
        let filtered = try run("search", "run", page, "--archetype-filter", "pricing")
        #expect(filtered.output.split(separator: "\n").count == 2 && filtered.output.contains("tarifs/"), "\(filtered)")
        let grouped = try run("search", "run", page, "--group", "000004")
        #expect(grouped.output.split(separator: "\n").count == 2 && grouped.output.contains("/000004__"), "\(grouped)")
        let middle = try run("search", "run", "--archetype", "login", "-k", "1")
        #expect(middle.output.contains("connexion/"), "an archetype of one page lies where its page does: \(middle)")
    }

    @Test("every tool draws its pictures, the same ones each time, and others if asked otherwise")
    func pictures() throws {
        let folder = try Self.indexed.get()
        let pages = ["pages/contact/000001__contact.png", "7"]
        var first: [String: Data] = [:]
        for out in ["a", "b"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: out), withIntermediateDirectories: true)
            let calls = [
                ["interpolate", "run"] + pages + ["--steps", "3", "--out", "\(out)/strip.png"],
                ["interpolate", "run"] + pages
                    + [
                        "--steps", "3", "--spherical", "--frames", "\(out)/frames", "--animation", "\(out)/way.png",
                        "--out", "\(out)/arc.png",
                    ],
                ["interpolate", "run"] + pages + [
                    "--steps", "3", "--code-steps", "--refine", "10", "--out", "\(out)/refined.png",
                ],
                ["generate", "run", "--count", "3", "--diverse", "--seed", "5", "--out", "\(out)/any"],
                ["generate", "run", "--archetype", "login", "--count", "2", "--out", "\(out)/login"],
                ["generate", "run", "--around", "3", "--count", "2", "--height", "64", "--out", "\(out)/near"],
                ["traverse", "run", "3", "--dimension", "2", "--out", "\(out)/dimension.png"],
                ["traverse", "run", "3", "--toward", "blog", "--out", "\(out)/toward.png"],
                [
                    "edit", "run", "3", "--plus", "blog", "--strength", "-1", "--out", "\(out)/edit.png", "--sheet",
                    "\(out)/compared.png",
                ],
                ["direction", "run", "--factor", "length", "--out", "\(out)/length.json"],
                ["direction", "run", "--from", "pages/blog", "--to", "pages/faq", "--out", "\(out)/faq.json"],
                ["traverse", "run", "3", "--direction", "\(out)/faq.json", "--out", "\(out)/direction.png"],
            ]
            // A factor does not vary within archetypes of one page each.
            for call in calls where !call.contains("length") {
                let outcome = try CommandLineTool.run(call, in: folder)
                #expect(outcome.code == 0, "\(call): \(outcome)")
                #expect(
                    outcome.errors.contains("drawn as grey pixels") == (call[0] == "generate"), "\(call): \(outcome)")
            }
            let files = folder.files(below: out)
            #expect(files.count == 24, "\(files.keys.sorted())")
            if out == "a" { first = files } else { #expect(files == first) }
        }
        try expectOptions(toChange: first, from: pages, in: folder)
    }

    /// Draws some of those pictures with one option more, less or another.
    private func expectOptions(
        toChange first: [String: Data], from pages: [String], in folder: TemporaryFolder
    ) throws {
        for call in [
            ["interpolate", "run"] + pages + ["--steps", "3", "--code-steps", "--out", "c/code.png"],
            ["generate", "run", "--count", "3", "--diverse", "--seed", "6", "--out", "c/any"],
            ["generate", "run", "--archetype", "contact", "--count", "1", "--temperature", "0", "--out", "c/middle"],
            ["generate", "run", "--around", pages[1], "--radius", "0", "--count", "2", "--out", "c/same"],
            [
                "edit", "run", pages[1], "--minus", "contact", "--plus", "blog", "--strength", "0", "--out",
                "c/unmoved.png",
            ],
            ["traverse", "run", "3", "--dimension", "2", "--range", "1", "--out", "c/dimension.png"],
        ] {
            let outcome = try CommandLineTool.run(call, in: folder)
            #expect(outcome.code == 0, "\(call): \(outcome)")
        }
        let other = folder.files(below: "c")
        #expect(other.count == 12, "\(other.keys.sorted())")
        #expect(first["arc.png"] != first["strip.png"] && other["code.png"] != first["strip.png"])
        #expect(other["code.png"] != first["refined.png"])
        #expect(other["dimension.png"] != first["dimension.png"])
        for number in 0..<3 {
            #expect(other["any/page-000\(number).png"] != first["any/page-000\(number).png"])
        }
        // The ends of a way are the pages drawn from their codes, as are variants at no distance and an edit by nothing.
        let (start, end) = (try #require(first["frames/0000.png"]), try #require(first["frames/0003.png"]))
        #expect(other["same/variant-0000.png"] == end && other["same/variant-0001.png"] == end)
        #expect(other["unmoved.png"] == end)
        #expect(other["middle/contact-0000.png"] == start, "the middle of an archetype of one page")
        #expect(first["near/variant-0000.png"] != first["near/variant-0001.png"])
        #expect(first["login/connexion-0000.png"] != nil && first["login/connexion-0001.png"] != nil)
    }

    @Test("outliers and duplicates are told to people and to programs")
    func curation() throws {
        let outliers = try #require(json(run("outliers", "run", "--count", "4", "--json")) as? [[String: Any]])
        let distances = outliers.compactMap { $0["distance"] as? Double }
        #expect(distances.count == 4 && distances == distances.sorted(by: >))

        let folder = try TemporaryFolder()
        try folder.copy(Self.indexed.get().url.appending(path: "run"), to: "run")
        try folder.copy(TinyRun.pages.get().url.appending(path: "pages"), to: "pages")
        try folder.copy(folder.url.appending(path: "pages/faq"), to: "pages/copy")
        let update = try run("encode", "run", "pages", "--index", "own.sqlite", in: folder)
        #expect(update.code == 0, "\(update)")
        let pairs = try #require(
            json(run("duplicates", "run", "--index", "own.sqlite", "--ssim", "0.99", "--json", in: folder))
                as? [[String: Any]])
        #expect(pairs.count == 1 && pairs.first?["ssim"] as? Double == 1 && pairs.first?["distance"] as? Double == 0)
    }

    @Test("what is missing or wrong ends with its code, and names the place")
    func badInput() throws {
        let folder = try Self.indexed.get()
        try folder.add("text.png", "no page")
        try folder.add("direction.json", "{}")
        try folder.add("text.sqlite", String(repeating: "no index ", count: 200))
        expectFailure(try run("search", "nothing", "3"), code: 66, naming: "nothing")
        expectFailure(try run("search", "run", "absent.png"), code: 66, naming: "absent.png")
        expectFailure(try run("search", "run", "text.png"), code: 65, naming: "text.png")
        expectFailure(try run("search", "run", "3", "--index", "no.sqlite"), code: 66, naming: "no.sqlite")
        expectFailure(try run("search", "run", "3", "--index", "text.sqlite"), code: 65, naming: "text.sqlite")
        expectFailure(try run("search", "run", "3", "--archetype-filter", "nonsense"), code: 64, naming: "nonsense")
        expectFailure(try run("interpolate", "run", "1", "2", "--height", "9"), code: 64, naming: "9")
        expectFailure(try run("interpolate", "run", "1", "2", "--steps", "1000"), code: 64, naming: "--animation")
        expectFailure(try run("interpolate", "run", "1", "2", "--frames", "pages"), code: 65, naming: "pages")
        expectFailure(try run("generate", "run", "--archetype", "nonsense"), code: 64, naming: "nonsense")
        expectFailure(try run("traverse", "run", "1", "--dimension", "8"), code: 64, naming: "--dimension")
        expectFailure(
            try run("traverse", "run", "1", "--direction", "direction.json"), code: 65, naming: "direction.json")
        expectFailure(try run("direction", "run", "--factor", "nonsense"), code: 65, naming: "nonsense")
        expectFailure(try run("encode", "run", "absent"), code: 66, naming: "absent")
        for (verb, ending) in [
            (["traverse", "run", "1", "--out"], "gif"), (["interpolate", "run", "1", "2", "--animation"], "gif"),
            (["edit", "run", "1", "--plus", "blog", "--sheet"], "jpg"),
            (["reconstruct", "run", "1.png", "--out"], "html"),
            (["search", "run", "1", "--sheet"], "pdf"), (["direction", "run", "--factor", "length", "--out"], "png"),
            (["release", "run", "--out"], "pt"),
        ] {
            expectFailure(try CommandLineTool.run(verb + ["a.\(ending)"], in: folder), code: 64, naming: "a.\(ending)")
            #expect(folder.data("a.\(ending)") == nil)
        }
        try folder.copy(folder.url.appending(path: "pages/contact/000001__contact.png"), to: "own.png")
        let own = folder.data("own.png")
        for command in [
            ["reconstruct", "run", "own.png", "--out", "./own.png"],
            ["traverse", "run", "own.png", "--out", "own.png"],
            ["interpolate", "run", "own.png", "1", "--out", "own.png"],
            ["edit", "run", "own.png", "--plus", "blog", "--out", "own.png"],
            ["interpolate", "run", "1", "2", "--out", "both.png", "--animation", "both.png"],
            ["edit", "run", "1", "--plus", "blog", "--out", "both.png", "--sheet", "both.png"],
            ["release", "run", "--out", "run/checkpoints/best.safetensors"],
            ["traverse", "run", "1", "--out", "pages/contact/000001__contact.png"],
        ] {
            let outcome = try CommandLineTool.run(command, in: folder)
            expectFailure(outcome, code: 64, naming: "name another")
            #expect(folder.data("own.png") == own && folder.data("both.png") == nil)
        }
        expectFailure(try run("search", "run", "pages"), code: 65, naming: "pages")
        expectFailure(try run("edit", "run", "1", "--plus", "blog", "--minus", "Blog"), code: 64, naming: "blog")
        expectFailure(
            try run("generate", "run", "--archetype", "login", "--archetype", "connexion", "--out", "twice"), code: 64,
            naming: "twice")
        expectFailure(
            try run("direction", "run", "--from", "pages/faq", "--to", "pages/faq/"), code: 64, naming: "pages/faq")
        try folder.add("folder.png/file", "")
        expectFailure(try run("traverse", "run", "1", "--out", "folder.png"), code: 64, naming: "folder.png")
        expectFailure(try run("traverse", "run", "1", "--out", "text.sqlite/a.png"), code: 74, naming: "text.sqlite")
        expectFailure(try run("traverse", "run", "1", "--steps", "1000"), code: 64, naming: "--steps")
        let negative = try run("generate", "run", "--count", "-3")
        #expect(negative.code == 64 && negative.errors.contains("--count must be from 1"), "\(negative)")
        for amount in ["-2", "-0.5", "-0"] {
            #expect(try run("traverse", "run", "1", "--range", amount, "--out", "there.png").code == 0)
        }
        for usage in [
            ["generate", "run", "--radius", "1"], ["generate", "run", "--pixels", "--candidates", "4"],
            ["interpolate", "run", "1", "2", "--delay", "50"], ["evaluate", "run", "--out", "a.html"],
            ["direction", "run", "--from", "pages/blog", "--to", "pages/faq", "--value", "yes"],
            ["search", "run"], ["interpolate", "run", "1"], ["generate", "run", "--count", "0"], ["edit", "run", "1"],
            ["traverse", "run", "1", "--toward", "blog", "--dimension", "1"], ["direction", "run", "--from", "pages"],
            ["interpolate", "run", "1", "2", "--refine", "-1"], ["reconstruct", "run", "1.png", "--refine", "1001"],
            ["search", "run", "1", "-k", "0"], ["outliers", "run", "--count", "0"],
        ] {
            #expect(try CommandLineTool.run(usage, in: folder).code == 64, "\(usage)")
        }
    }
}
