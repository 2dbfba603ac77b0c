import Testing

@Suite("Codes that requests describe")
struct RecipeTests {
    @Test("mixes whatever has a code: pages, places, mixtures, changed ones")
    func mixes() async throws {
        let served = try Served()
        let ids = try await served.pageIDs()
        func z(_ recipe: String) async throws -> [Double] { try await served.answer("/api/neighbours", recipe).z }
        let (a, b) = (try await z(#"{"mix": [{"page": \#(ids[0])}]}"#), try await z(#"{"point": {"x": 0.5, "y": 0}}"#))
        let mixed = try await z(
            #"{"mix": [{"page": \#(ids[0]), "weight": 3}, {"of": {"point": {"x": 0.5, "y": 0}}, "weight": 1}]}"#)
        #expect(zip(mixed, zip(a, b)).allSatisfy { abs($0 - (3 * $1.0 + $1.1) / 4) < 1e-5 })
        let changed = #"{"z": \#(a), "offsets": [{"dimension": 0, "amount": 2}]}"#
        let nested = try await z(#"{"mix": [{"of": {"mix": [{"of": \#(changed)}]}}]}"#)
        #expect(try await z(changed) == nested)
        let deep = (0..<6).reduce(#"{"z": \#(a)}"#) { inner, _ in #"{"mix": [{"of": \#(inner)}]}"# }
        #expect(try await served.post("/api/decode", deep).code == 400)
    }

    @Test("moves a code as far as told: toward an archetype, from one to another, along a dimension, by a vector")
    func offsets() async throws {
        let served = try Served()
        func z(_ recipe: String) async throws -> [Double] { try await served.answer("/api/neighbours", recipe).z }
        func mean(_ codes: [[Double]]) -> [Double] {
            (0..<8).map { dimension in codes.map { $0[dimension] }.reduce(0, +) / Double(codes.count) }
        }
        func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }

        var codes: [String: [[Double]]] = [:]
        for page in try await served.pages() {
            codes[page.archetype ?? "", default: []].append(try await z(#"{"mix": [{"page": \#(page.id)}]}"#))
        }
        let (contact, faq) = (mean(try #require(codes["contact"])), mean(try #require(codes["faq"])))
        #expect(difference(faq, contact).contains { abs($0) > 1e-4 }, "too near to tell a step from none")
        let all = codes.values.flatMap { $0 }
        let middle = mean(all)
        let variances = mean(all.map { difference($0, middle).map { $0 * $0 } })

        // What amount 1 adds to the code.
        let start = [1, -1, 0.5, 0, 2, -2, 0.25, 3]
        let steps: [(offset: String, step: [Double])] = [
            (#""toward": "faq""#, difference(faq, start)),
            (#""plus": "faq", "minus": "contact""#, difference(faq, contact)),
            (#""plus": "contact", "minus": "faq""#, difference(contact, faq)),
            (#""dimension": 1"#, [0, variances[1].squareRoot(), 0, 0, 0, 0, 0, 0]),
            (#""vector": [0, 0.5, -1, 0, 0, 0, 0, 3]"#, [0, 0.5, -1, 0, 0, 0, 0, 3]),
        ]
        for (offset, step) in steps {
            for amount in [0, 1, -2.5] {
                let moved = try await z(#"{"z": \#(start), "offsets": [{\#(offset), "amount": \#(amount)}]}"#)
                let expected = zip(start, step).map { $0 + amount * $1 }
                #expect(difference(moved, expected).allSatisfy { abs($0) < 1e-4 }, "\(offset), amount \(amount)")
            }
        }
    }
}
