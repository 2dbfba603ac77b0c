import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("What is written on a page as features")
struct WordFeaturesTests {
    private static func line(_ text: String, _ number: Int = 0, height: Int = 10, confidence: Double = 90) -> [PageWord]
    {
        text.split(separator: " ").map { PageWord(String($0), confidence: confidence, height: height, line: number) }
    }

    @Test("are the terms' places, by FNV-1a")
    func places() {
        // Computed by hand with Python: for each term h = 0xcbf29ce484222325, then h = (h ^ byte) * 0x100000001b3 mod 2^64.
        let expected = Set([26118, 41828, 50897, 55680])  // sign, up, sign up, …sign
        #expect(WordFeatures.places(of: Self.line("Sign Up!")) == expected)
    }

    @Test("are those of words however they are written, and how often")
    func normalised() {
        let one = WordFeatures.places(of: Self.line("Créer un compte"))
        #expect(WordFeatures.places(of: Self.line("creer") + Self.line("CREER, UN Compte.", 1)) == one)
        #expect(
            WordFeatures.places(of: Self.line("creer un") + Self.line("compte", 1)) != one, "pairs stand in one line")
    }

    @Test("know headings, and leave out what the reader doubts, single letters and signs")
    func weighed() {
        let text = Self.line("home about contact")
        let places = WordFeatures.places(of: text)
        let heading = WordFeatures.places(of: Self.line("contact", 1, height: 30) + text)
        #expect(heading != WordFeatures.places(of: Self.line("contact", 1) + text))
        #expect(WordFeatures.places(of: text + Self.line("grzk", 1, confidence: 12)) == places)
        #expect(WordFeatures.places(of: text + Self.line("x ~ 17 =", 1)) == places)
        #expect(WordFeatures.places(of: []).isEmpty)
    }

    // MARK: In the model

    /// A model that reads words, and looks at those of some pages.
    private static func model(knowing pages: [[PageWord]]) throws -> BetaVAE {
        var configuration = ModelConfiguration.golden()
        configuration.features = .vgg16Words
        let model = try BetaVAE(configuration, seed: 3)
        var counts = [Double](repeating: 0, count: WordFeatures.placeCount)
        for page in pages { for place in WordFeatures.places(of: page) { counts[place] += 1 } }
        try #require(model.frozenFeatures).choose(Tensor(counts, shape: [counts.count]))
        return model
    }

    @Test("are unit vectors, each page's its own")
    func vectors() throws {
        let pages = [Self.line("pricing"), [], Self.line("log in"), Self.line("unheard")]
        let model = try Self.model(knowing: Array(pages.prefix(3)))
        let together = try #require(model.words(on: pages))
        #expect(together.shape == [4, FrozenFeatures.vocabularySize])
        #expect(together.doubles == (try pages.flatMap { try #require(model.words(on: [$0])).doubles }))
        let lengths = together.square().sum(1).doubles
        #expect(abs(lengths[0] - 1) < 1e-6 && lengths[1] == 0 && abs(lengths[2] - 1) < 1e-6 && lengths[3] == 0)
        // pricing, …pric, …rici, …icin, …cing
        #expect((together.narrow(0, from: 0, length: 1) .> 0).to(dtype: .float32).sum().item() == 5)
    }

    @Test("are looked at when many pages of the training have them, or there is room")
    func vocabulary() throws {
        let rare = Self.line("contact")
        let room = try Self.model(knowing: [rare])
        #expect(try #require(room.words(on: [rare])).sum().item() > 0)
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let many = letters.flatMap { one in letters.flatMap { two in letters.prefix(5).map { "\(one)\(two)\($0)" } } }
        let full = try Self.model(knowing: [rare] + Array(repeating: Self.line(many.joined(separator: " ")), count: 2))
        #expect(try #require(full.words(on: [rare])).sum().item() == 0)
    }

    @Test("tell archetypes apart that look alike; without them, what VGG16 sees is left")
    func model() throws {
        let words = [Self.line("Create your account"), Self.line("Welcome back, sign in")]
        let model = try Self.model(knowing: words)
        let features = try #require(model.frozenFeatures)
        let regression = features.regression(archetypes: 2)
        let page = PageGenerator(width: 64, heights: 96...96).page(.login, seed: 1).render()
        func pages(_ count: Int) -> Tensor { .batch(Array(repeating: page, count: count), device: .cpu) }
        for _ in 0..<10 { features.add(pages(2), words: model.words(on: words), [0, 1], of: 2, to: regression) }
        let means = Tensor.eye(16).narrow(0, from: 0, length: 2) * 20
        features.take(regression, means: means)

        let asked = [Self.line("create an account"), Self.line("sign in"), []]
        let mu = model.encode(pages(3), words: model.words(on: asked)).mu.narrow(1, from: 0, length: 2)
        let told = mu.argmax(1).integers
        #expect(told[0] == 0 && told[1] == 1)
        #expect(difference(model.encode(pages(1)).mu, model.encode(pages(1), words: model.words(on: [[]])).mu) == 0)
        let plain = try BetaVAE(ModelConfiguration.golden(), seed: 3)
        #expect(plain.words(on: asked) == nil)
    }

    // MARK: Kept

    /// A program that writes one word, and counts how often it was asked.
    private func program(in folder: URL) throws -> URL {
        let file = folder.appending(path: "reader")
        let row = "5\\t1\\t1\\t1\\t1\\t1\\t0\\t0\\t9\\t9\\t90\\tword\\n"
        let script = """
            #!/bin/sh
            if [ "$1" = --version ]; then echo reader 1; exit; fi
            if [ "$1" = --list-langs ]; then echo eng; exit; fi
            echo asked >> "\(folder.path)/asked"
            printf 'level\\n\(row)' > "$2.tsv"
            """
        try Data(script.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file
    }

    @Test("words are read once for each picture, whatever its name, and kept from one program to the next")
    func kept() throws {
        try withTemporaryFolder { folder in
            let program = try program(in: folder)
            func asked() -> Int {
                ((try? String(contentsOf: folder.appending(path: "asked"), encoding: .utf8)) ?? "").split(
                    separator: "\n"
                )
                .count
            }
            let pages = (0..<3).map { folder.appending(path: "\($0).png") }
            for page in pages.prefix(2) { try PNG.write(GrayImage(width: 8, height: 8), to: page) }
            try PNG.write(GrayImage(width: 9, height: 8), to: pages[2])
            let caches = folder.appending(path: "caches", directoryHint: .isDirectory)
            for _ in 0..<2 {
                let store = WordStore(in: caches, program: program)
                for page in pages + pages { #expect(try store.words(on: page).map(\.text) == ["word"]) }
                #expect(asked() == 2)
            }
            // What is damaged is read again; where nothing can be kept, memory does.
            for file in try FileManager.default.subpathsOfDirectory(atPath: caches.path) where file.hasSuffix("json") {
                try Data("[{".utf8).write(to: caches.appending(path: file))
            }
            #expect(try WordStore(in: caches, program: program).words(on: pages[0]).count == 1)
            #expect(asked() == 3)
            let without = WordStore(in: program.appending(path: "none"), program: program)
            for _ in 0..<2 { #expect(try without.words(on: pages[0]).count == 1) }
            #expect(asked() == 4)
        }
    }
}
