import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Directions in a latent space")
struct LatentDirectionTests {
    @Test("from examples a direction is the difference of their means")
    func examples() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let (a, b) = (normalRows(5, 8, seed: 1), normalRows(9, 8, seed: 2))
            func tensor(_ rows: [[Float]]) -> Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, 8]) }
            let direction = try space.direction(named: "b", from: tensor(a), to: tensor(b))
            func mean(_ rows: [[Float]], _ column: Int) -> Double {
                rows.map { Double($0[column]) }.reduce(0, +) / Double(rows.count)
            }
            let expected = (0..<8).map { mean(b, $0) - mean(a, $0) }
            #expect(difference(direction.vector.map(Double.init), expected) < 1e-6)
            #expect(direction.pages == 14 && (0...1).contains(direction.explained))
            let moved = space.moved(tensor([a[0]]), along: direction.step, by: [0, 1])
            #expect(moved.shape == [2, 8] && Array(moved.floats.prefix(8)) == a[0])
        }
    }

    @Test("what a direction explains is what it says of other pages: nearly nothing of noise")
    func explained() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            // 20 pages of each kind in 64 dimensions: on these pages themselves the direction would explain about .6.
            let noise = [1, 2].map { Tensor(normalRows(20, 64, seed: $0).flatMap { $0 }, shape: [20, 64]) }
            #expect(try space.direction(named: "noise", from: noise[0], to: noise[1]).explained < 0.2)
            let apart = try space.direction(named: "apart", from: noise[0], to: noise[1] + 2)
            #expect(apart.explained > 0.9)
            let two = try space.direction(
                named: "two", from: noise[0].narrow(0, from: 0, length: 1), to: noise[1].narrow(0, from: 0, length: 1))
            #expect(two.explained == 0)
        }
    }

    @Test("from pages of the index it tells them from others of their archetypes, or the archetypes from each other")
    func selected() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            _ = try space.updateIndex(from: try writePages(10, in: folder))
            let index = try space.index()
            let (contact, faq) = (index.rows(ofArchetype: "contact"), index.rows(ofArchetype: "faq"))
            func mean(_ rows: [Int]) -> [Double] { index.mu.indexSelect(0, Tensor(rows)).mean(0).doubles }
            func step(_ direction: LatentDirection) -> [Double] { direction.vector.map(Double.init) }
            let some = Array(contact.prefix(2))
            let within = zip(mean(some), mean(Array(contact.dropFirst(2)))).map { $0 - $1 }
            #expect(difference(step(try space.direction(named: "some", toRows: some)), within) < 1e-5)
            let between = zip(mean(contact), mean(faq)).map { $0 - $1 }
            #expect(difference(step(try space.direction(named: "contact", toRows: contact)), between) < 1e-5)
            let named = try space.direction(named: "named", toRows: [some[0]], from: [faq[0]])
            #expect(difference(step(named), zip(mean([some[0]]), mean([faq[0]])).map { $0 - $1 }) < 1e-5)
            // A page that is named twice is one page.
            #expect(try space.direction(named: "named", toRows: [some[0]], from: [faq[0], faq[0]]) == named)
            #expect(refusal { try space.direction(named: "all", toRows: contact + faq) }?.code == .data)
            #expect(refusal { try space.direction(named: "none", toRows: []) }?.code == .data)
        }
    }

    @Test("from a factor it is the least-squares slope within archetypes, as ordinary regression with dummies gives it")
    func factor() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            _ = try space.updateIndex(from: try writePages(16, in: folder))
            let index = try space.index()
            let pages = try index.pages.map { page in
                let sidecar = index.file(of: page).deletingPathExtension().appendingPathExtension("json")
                return try GeneratedPage(sidecar: Data(contentsOf: sidecar))
            }
            let lengths = try pages.map { page -> Double in
                guard case .number(let length) = try #require(page.factors["length"]) else { return .nan }
                return length
            }
            // Normal equations of z on (one column an archetype, the factor).
            let design = zip(index.pages, lengths).flatMap { page, length -> [Double] in
                [page.archetype == "contact" ? 1 : 0, page.archetype == "faq" ? 1 : 0, length]
            }
            let x = Tensor(design, shape: [16, 3])
            let solution = x.transposed().matmul(x).solve(x.transposed().matmul(index.mu.to(dtype: .float64)))
            let direction = try space.direction(ofFactor: "length")
            let slope = solution.narrow(0, from: 2, length: 1).doubles
            let scale = Double(direction.vector[0]) / slope[0]
            #expect(scale > 0 && difference(direction.vector.map(Double.init), slope.map { $0 * scale }) < 1e-5)
            #expect(direction.pages == 16)
            // The whole step is for one standard deviation of the factor within archetypes.
            let squares = index.archetypes.flatMap { name -> [Double] in
                let own = index.rows(ofArchetype: name).map { lengths[$0] }
                let mean = own.reduce(0, +) / Double(own.count)
                return own.map { ($0 - mean) * ($0 - mean) }
            }
            #expect(abs(scale / (squares.reduce(0, +) / 16).squareRoot() - 1) < 1e-5)

            #expect(refusal { try space.direction(ofFactor: "lenght") }?.remedy?.contains("mean 'length'?") == true)
            #expect(refusal { try space.direction(ofFactor: "device", value: "toaster") }?.code == .usage)
        }
    }

    @Test("a file brings a direction back; what is none, or another model's, is refused")
    func file() throws {
        try withTemporaryFolder { folder in
            let space = try tinySpace(in: folder)
            let direction = LatentDirection(
                model: space.modelID, name: "é", pages: 3, explained: 0.5, vector: [1, 2, 3, 4, 5, 6, 7, 0.1])
            let file = folder.appending(path: "direction.json")
            try direction.write(to: file)
            #expect(try LatentDirection(contentsOf: file, for: space) == direction)
            let other = try tinySpace(in: folder, named: "other", seed: 8)
            #expect(refusal { try LatentDirection(contentsOf: file, for: other) }?.code == .data)
            for text in ["", "{}", "[1, 2]", String(decoding: try Data(contentsOf: file).dropLast(9), as: UTF8.self)] {
                try Data(text.utf8).write(to: file)
                #expect(refusal { try LatentDirection(contentsOf: file, for: space) }?.code == .data)
            }
            let absent = folder.appending(path: "absent.json")
            #expect(refusal { try LatentDirection(contentsOf: absent, for: space) }?.code == .missingInput)
        }
    }
}
