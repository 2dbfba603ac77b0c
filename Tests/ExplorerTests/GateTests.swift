import Explorer
import Foundation
import HTTPTypes
import Testing
import Wireframes

@Suite("Who may ask the explorer")
struct GateTests {
    @Test("answers neither another name nor another site, and says so to a browser")
    func gate() async throws {
        let served = try Served()
        #expect(try await served.ask(.get, "/api/space", host: "evil.example").code == 421)
        #expect(try await served.ask(.get, "/api/space", host: nil).code == 400)
        let labels = Data(#"{"pages": [1], "archetype": "faq"}"#.utf8)
        let foreign = ["Content-Type": "application/json", "Origin": "http://evil.example"]
        #expect(try await served.ask(.post, "/api/labels", labels, foreign).code == 403)
        #expect(try await served.ask(.get, "/api/pages", Data(), ["Sec-Fetch-Site": "cross-site"]).code == 403)
        let page = try await served.ask(.get, "/")
        #expect(page.code == 200)
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        #expect(page.headers[.xContentTypeOptions] == "nosniff")
    }

    @Test("listens to this machine alone without a token")
    func hosts() throws {
        let served = try Served()
        for host in ["127.0.0.1", "localhost", "LOCALHOST", "::1"] {
            #expect(throws: Never.self, "\(host)") { try served.restarted { $0.host = host } }
        }
        for host in ["0.0.0.0", "::", "192.168.1.5", "example.org", "127.0.0.1.evil"] {
            #expect(throws: UserError.self, "\(host)") { try served.restarted { $0.host = host } }
        }
    }

    @Test("asks others for the token, all of it and no more")
    func token() async throws {
        let served = try Served { ($0.host, $0.token) = ("0.0.0.0", "secret-secret") }
        #expect(try await served.ask(.get, "/api/space", host: "box:8080").code == 401)
        #expect(try await served.ask(.get, "/?token=wrong-secret1", host: "box:8080").code == 401)
        let entered = try await served.ask(.get, "/?token=secret-secret", host: "box:8080")
        #expect(entered.code == 303 && entered.headers[.setCookie]?.contains("HttpOnly; SameSite=Lax") == true)
        let cookie = try #require(entered.headers[.setCookie]?.split(separator: ";").first)
        #expect(cookie == "wirespace-token-8080=secret-secret", "cookies know no ports: another explorer's is another")
        for headers in [["Authorization": "Bearer secret-secret"], ["Cookie": "a=b; \(cookie)"]] {
            #expect(try await served.ask(.get, "/api/space", Data(), headers, host: "box:8080").code == 200)
        }
        let page = try await served.ask(.get, "/", host: "box:8080")
        #expect(page.code == 401 && page.headers[.contentType]?.hasPrefix("text/plain") == true, "a person reads it")
        for part in ["", "s", "secret-secre", "secret-secret1"] {
            #expect(try await served.ask(.get, "/?token=\(part)", host: "box:8080").code == 401, "\(part)")
            for headers in [["Authorization": "Bearer \(part)"], ["Cookie": "wirespace-token-8080=\(part)"]] {
                let answer = try await served.ask(.get, "/api/space", Data(), headers, host: "box:8080")
                #expect(answer.code == 401, "\(headers)")
            }
        }
    }
}
