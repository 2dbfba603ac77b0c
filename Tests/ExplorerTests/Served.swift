import Explorer
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Testing
import Wirespace

/// A server around a small untrained network and six pages.
final class Served: @unchecked Sendable {
    let folder: URL
    let responder: RouterResponder<Visit>
    /// Every path, in the notation of OpenAPI.
    let routes: [String]

    /// Whose folder it is, if it is another's. A folder goes with its owner.
    private let owner: Served?

    convenience init(
        copies: Bool = false, layouts: Bool = false, _ change: (inout Explorer.Settings) -> Void = { _ in }
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "explorer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try self.init(tinySpace(in: folder, copies: copies, layouts: layouts), in: folder, of: nil, change)
    }

    private init(
        _ space: sending LatentSpace, in folder: URL, of owner: Served?, _ change: (inout Explorer.Settings) -> Void
    ) throws {
        (self.folder, self.owner) = (folder, owner)
        var settings = Explorer.Settings()
        settings.map = .pca
        change(&settings)
        let router = try Explorer(space, name: "tiny", settings: settings).router()
        routes = router.routes.map { $0.path.description.replacing(/:(\w+)/) { "{\($0.output.1)}" } }
        responder = router.buildResponder()
    }

    deinit { if owner == nil { try? FileManager.default.removeItem(at: folder) } }

    /// A server that starts later on the same folder.
    func restarted(_ change: (inout Explorer.Settings) -> Void = { _ in }) throws -> Served {
        let model = folder.appending(path: "model.safetensors").path
        return try Served(LatentSpace(model, device: .cpu), in: folder, of: self, change)
    }

    /// The answer to a request.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: Data = Data(),
        _ headers: [String: String] = ["Content-Type": "application/json"], host: String? = "127.0.0.1:8080"
    ) async throws -> (code: Int, headers: HTTPFields, data: Data) {
        var fields = HTTPFields()
        for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
        let head = HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: fields)
        let channel = EmbeddedChannel()
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        let source = ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test"))
        let response = try await responder.respond(
            to: Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body))),
            context: Visit(source: source))
        let collected = Collected()
        try await response.body.write(collected)
        return (response.status.code, response.headers, collected.data)
    }

    func post(_ path: String, _ json: String) async throws -> (code: Int, headers: HTTPFields, data: Data) {
        try await ask(.post, path, Data(json.utf8))
    }

    func object(_ path: String) async throws -> Any {
        try JSONSerialization.jsonObject(with: try await ask(.get, path).data)
    }

    func pageIDs() async throws -> [Int] { try await pages().map(\.id) }
}

/// What tests look at of `GET /api/pages`.
struct ListedPage: Decodable {
    let id: Int
    let path: String
    let archetype: String?
}

/// What tests look at of `POST /api/neighbours`.
struct Placed: Decodable {
    struct Neighbour: Decodable { let page: Int }
    let z: [Double]
    let neighbours: [Neighbour]
    var nearest: [Int] { neighbours.map(\.page) }
}

/// What tests look at of `GET /api/directions`.
struct Listed: Decodable {
    struct Direction: Decodable {
        let name: String
        let isLearned: Bool
    }
    let directions: [Direction]
}

extension Served {
    func answer(_ path: String, _ json: String) async throws -> Placed {
        try JSONDecoder().decode(Placed.self, from: try await post(path, json).data)
    }

    func pages() async throws -> [ListedPage] {
        try JSONDecoder().decode([ListedPage].self, from: try await ask(.get, "/api/pages").data)
    }

    func directions() async throws -> [Listed.Direction] {
        try JSONDecoder().decode(Listed.self, from: try await ask(.get, "/api/directions").data).directions
    }
}

/// The bytes of an answer.
private final class Collected: ResponseBodyWriter {
    var data = Data()
    func write(_ buffer: ByteBuffer) async throws { data += Data(buffer.readableBytesView) }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
