import Foundation
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// Who may ask, and how answers are dressed.
///
/// A page on another site can make this browser send requests here, and can give this machine a name of its own (DNS
/// rebinding). So the `Host` must be one that the server goes by, the `Origin` must be the page itself, and whoever is not on
/// this machine must know the token.
struct Gate<Context: RequestContext>: RouterMiddleware {
    let names: Set<String>?
    let token: String?
    /// Cookies do not know of ports, and two explorers may run on one machine.
    private static func cookie(of request: Request) -> String {
        let port = request.head.authority?.split(separator: ":").last.flatMap { UInt16($0) }
        return "wirespace-token" + (port.map { "-\($0)" } ?? "")
    }

    /// - Parameters:
    ///   - host: the address that is listened on; 0.0.0.0 and :: go by any name.
    ///   - token: what one must know; nil for nothing.
    init(host: String, token: String?) {
        let isAny = ["0.0.0.0", "::"].contains(host)
        names = isAny ? nil : ["localhost", "127.0.0.1", "::1", host.lowercased()]
        self.token = token
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try checkSource(of: request)
            if let entered = try entrance(request) {
                response = entered
            } else {
                response = try await next(request, context)
            }
        } catch let error as HTTPParserError {
            throw error  // the server answers with 400 and ends the connection, whose rest means nothing
        } catch {
            response = Refusal(error).response
        }
        for (name, value) in Self.headers where response.headers[name] == nil { response.headers[name] = value }
        return response
    }

    private func checkSource(of request: Request) throws {
        guard let host = request.head.authority, let name = Self.name(in: host) else {
            throw Refusal(.badRequest, "the request has no Host", remedy: "send one")
        }
        if let names, !names.contains(name) {
            throw Refusal(
                .misdirectedRequest, "this server does not go by the name '\(name.prefix(80))'",
                remedy: "use the address that it printed")
        }
        let origin = request.headers[.origin]
        let site = request.headers[Self.fetchSite]
        guard origin.map({ $0 == "http://\(host)" || $0 == "https://\(host)" }) ?? true,
            request.uri.path == "/" || site.map({ ["same-origin", "none"].contains($0) }) ?? true
        else {
            throw Refusal(.forbidden, "the request comes from another site", remedy: "open the explorer itself")
        }
    }

    /// Sends whoever comes with the token in the address on with a cookie.
    ///
    /// - Throws: `Refusal` without the token.
    private func entrance(_ request: Request) throws -> Response? {
        guard let token else { return nil }
        if request.uri.path == "/", let given = request.uri.queryParameters["token"], Self.same(String(given), token) {
            // Strict, a link to here from another site would come without the cookie.
            return Response(
                status: .seeOther,
                headers: [
                    .location: "/",
                    .setCookie: "\(Self.cookie(of: request))=\(token); Path=/; HttpOnly; SameSite=Lax",
                ])
        }
        guard Self.tokens(in: request).contains(where: { Self.same($0, token) }) else {
            if request.uri.path == "/" {
                let words = "This explorer needs its token: open the address that `wirespace explore` has printed.\n"
                return Response(Data(words.utf8), type: "text/plain; charset=utf-8", status: .unauthorized)
            }
            throw Refusal(
                .unauthorized, "this needs the token",
                remedy: "open the address that `wirespace explore` printed, or send Authorization: Bearer TOKEN")
        }
        return nil
    }

    /// What the request says the token is, in a header or a cookie.
    private static func tokens(in request: Request) -> [String] {
        var tokens: [String] = []
        if let header = request.headers[.authorization], header.hasPrefix("Bearer ") {
            tokens.append(String(header.dropFirst("Bearer ".count)))
        }
        let cookie = cookie(of: request)
        for header in request.headers[values: .cookie] {
            for part in header.split(separator: ";") {
                let pair = part.drop { $0 == " " }
                if pair.hasPrefix(cookie + "=") { tokens.append(String(pair.dropFirst(cookie.count + 1))) }
            }
        }
        return tokens
    }

    /// The name in `name:port`, without the brackets of an IPv6 address.
    private static func name(in host: String) -> String? {
        let isBracketed = host.hasPrefix("[")
        let name = isBracketed ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return name.isEmpty ? nil : name.lowercased()
    }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    private static func same(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static var fetchSite: HTTPField.Name { header("Sec-Fetch-Site") }

    /// A name of a header that has no name in HTTPTypes.
    private static func header(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header") }
        return name
    }

    private static var headers: [(HTTPField.Name, String)] {
        [
            (
                .contentSecurityPolicy,
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            (.xContentTypeOptions, "nosniff"),
            (.cacheControl, "no-store"),
            (header("Referrer-Policy"), "no-referrer"),
            (header("X-Frame-Options"), "DENY"),
            (header("Cross-Origin-Opener-Policy"), "same-origin"),
            (header("Cross-Origin-Resource-Policy"), "same-origin"),
            (header("Permissions-Policy"), "camera=(), microphone=(), geolocation=()"),
        ]
    }
}
