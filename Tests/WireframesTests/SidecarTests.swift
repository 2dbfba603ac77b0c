import Foundation
import Testing
import Wireframes

@Suite("Sidecars and archetype names")
struct SidecarTests {
    @Test("A page read back from its sidecar has the same tree, factors and pixels", arguments: Archetype.allCases)
    func roundTrip(archetype: Archetype) throws {
        let page = PageGenerator(width: 300).page(archetype, seed: .max - 5)
        let restored = try GeneratedPage(sidecar: page.sidecar())
        #expect(restored == page)
        #expect(restored.render() == page.render())
    }

    @Test("The sidecar names its format, its version, its factors and its tree")
    func keys() throws {
        let page = PageGenerator(width: 128).page(.cart, seed: 9)
        let data = try page.sidecar()
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["format"] as? String == "wirespace-page")
        #expect(object["version"] as? Int == 1)
        #expect(object["archetype"] as? String == "panier")
        #expect(object["seed"] as? Int == 9)
        #expect(object["width"] as? Int == 128)
        #expect(object["height"] as? Int == page.height)
        #expect((object["factors"] as? [String: Any])?["device"] is String)
        #expect((object["tree"] as? [String: Any])?["role"] as? String == "page")
        #expect(try page.sidecar() == data)
    }

    @Test(
        "What is not a sidecar is refused as bad data",
        arguments: [
            "", "{}", "[1, 2]",
            #"{"format":"other","version":1,"archetype":"faq","seed":1,"width":2,"height":2,"factors":{},"tree":{"role":"page","bounds":{"x":0,"y":0,"width":2,"height":2}}}"#,
            #"{"format":"wirespace-page","version":1,"archetype":"faq","seed":1,"width":2,"height":2,"factors":{},"tree":{"role":"page","bounds":{"x":0,"y":0,"width":9,"height":2}}}"#,
        ])
    func refusal(text: String) {
        let error = #expect(throws: UserError.self) { try GeneratedPage(sidecar: Data(text.utf8)) }
        #expect(error?.code == .data)
    }

    @Test(
        "Archetypes go by French and English names, with or without accents, in any case",
        arguments: [
            ("Actualités", Archetype.news), ("ACTUALITES", .news), ("À propos", .about), ("a-propos", .about),
            ("apropos", .about), ("tableau_de_bord", .dashboard), ("TableauDeBord", .dashboard), ("Sign-Up", .signup),
            ("home", .home), ("pricing", .pricing), ("Search", .search), ("FicheProduit", .product),
        ])
    func names(name: String, archetype: Archetype) {
        #expect(Archetype(name: name) == archetype)
    }

    @Test("No name belongs to two archetypes, and unknown names to none")
    func ambiguity() {
        #expect(Archetype.allCases.count == 15)
        for archetype in Archetype.allCases {
            for name in archetype.names + [archetype.rawValue] { #expect(Archetype(name: name) == archetype) }
        }
        #expect(Archetype(name: "blogue") == nil)
        #expect(Archetype(name: "") == nil)
    }
}
