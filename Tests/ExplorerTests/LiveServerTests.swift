import Explorer
import Foundation
import Hummingbird
import Testing
import Wireframes
import Wirespace

/// A server that listens on a port of this machine, until its owner goes.
private final class LiveServer: Sendable {
    let port: Int
    let explorer: Explorer
    private let folder: URL
    private let running: Task<Void, any Error>

    init(_ change: (inout Explorer.Settings) -> Void = { _ in }) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var settings = Explorer.Settings()
        (settings.map, settings.port) = (.pca, 0)
        change(&settings)
        explorer = try Explorer(tinySpace(in: folder), name: "tiny", settings: settings)
        let (ports, told) = AsyncStream<Int>.makeStream()
        let application = explorer.application { url in told.yield(url.port ?? 0) }
        running = Task { try await application.run() }
        var first = ports.makeAsyncIterator()
        port = try #require(await first.next())
    }

    deinit {
        running.cancel()
        try? FileManager.default.removeItem(at: folder)
    }

    /// What the server answers to some bytes, and then the connection is closed.
    func answer(to text: String) async throws -> String {
        let connection = try RawConnection(port: port)
        connection.write(text)
        return await connection.receive()
    }

    func request(_ path: String, _ json: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(json.utf8.count)\r\n\r\n\(json)"
    }
}

/// A connection that sends any bytes, however little they are like HTTP.
private final class RawConnection: @unchecked Sendable {
    private let handle: Int32

    init(port: Int) throws {
        #if canImport(Darwin)
            handle = socket(AF_INET, SOCK_STREAM, 0)
        #else
            handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isConnected)
        var patience = timeval(tv_sec: 600, tv_usec: 0)
        setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { end() }

    private var isOpen = true
    func end() {
        if isOpen { close(handle) }
        isOpen = false
    }

    func write(_ text: String) {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        _ = Array(text.utf8).withUnsafeBytes { send(handle, $0.baseAddress, $0.count, flags) }
    }

    /// Everything up to the end of the connection. Read by a thread of its own: the server needs those that tests run on.
    func receive() async -> String {
        await withCheckedContinuation { continuation in
            Thread { [self] in continuation.resume(returning: read()) }.start()
        }
    }

    private func read() -> String {
        var (data, buffer) = (Data(), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = recv(handle, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: data, as: UTF8.self) }
            data += buffer[..<count]
        }
    }
}

@Suite("The explorer on a port")
struct LiveServerTests {
    private static let head = "GET /api/space HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    static let malformed: [(request: String, status: String)] = [
        ("no HTTP at all\r\n\r\n", "400"),
        ("GET /\r\n\r\n", "400"),
        ("GET /api/space HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        (head + "no colon here\r\n\r\n", "400"),
        (head + "X: " + String(repeating: "a", count: 100_000) + "\r\n\r\n", "4"),
        ("GET /" + String(repeating: "a", count: 200_000) + " HTTP/1.1\r\nConnection: close\r\n\r\n", "4"),
        ("POST /api/decode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: minus\r\n\r\n", "400"),
        ("POST /api/decode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "400"),
        (
            "POST /api/encode HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\n\r\n",
            "400"
        ),
        (
            "POST /api/encode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999999\r\nConnection: close\r\n\r\n",
            "413"
        ),
        (
            "POST /api/encode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                + "Connection: close\r\nContent-Length: 14\r\n\r\n--b\r\nbroken--b-",
            "415"
        ),
        ("DELETE /api/pages HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "404"),
        ("GET /page/../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "404"),
        ("GET /page/%2e%2e%2fModel HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", "404"),
    ]

    @Test("answers what is no proper request with 4xx, and goes on serving")
    func malformed() async throws {
        let server = try await LiveServer()
        for (request, status) in Self.malformed {
            let answer = try await server.answer(to: request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(request.prefix(80)): \(answer.prefix(200))")
        }
        #expect(try await server.answer(to: Self.head + "Connection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    }

    @Test("ends requests that come too slowly, in their head or their body, with 408")
    func slow() async throws {
        let server = try await LiveServer { $0.patience = 1 }
        let starts = [
            "GET /api/sp", Self.head + "X-Slow: ",
            "POST /api/encode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n",
        ]
        for start in starts {
            let connection = try RawConnection(port: server.port)
            connection.write(start)
            // A byte now and then does not keep it open.
            for _ in 0..<4 {
                try await Task.sleep(for: .milliseconds(400))
                connection.write("a")
            }
            #expect(await connection.receive().hasPrefix("HTTP/1.1 408"), "\(start)")
        }
        #expect(try await server.answer(to: Self.head + "Connection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    }

    @Test("tells about a page without sending it when it is asked by HEAD")
    func head() async throws {
        let server = try await LiveServer()
        for path in ["/", "/page/map.js", "/api/space", "/api/pages/1/thumbnail.png"] {
            let rest = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            let answer = try await server.answer(to: "HEAD " + path + rest)
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("\r\n\r\n"), "\(path): \(answer)")
            let length = try #require(answer.firstMatch(of: /(?i)content-length: (\d+)/)).output.1
            #expect(Int(length) ?? 0 > 0)
        }
    }

    @Test("draws nothing for clients that have gone", .timeLimit(.minutes(10)))
    func gone() async throws {
        let server = try await LiveServer()
        let size = #""size": {"width": 512, "height": 512}"#
        let places = #"{"through": [{"point": {"x": 0, "y": 0}}, {"point": {"x": 1, "y": 1}}], "steps": 59, \#(size)}"#
        let clients = try (0..<8).map { _ in try RawConnection(port: server.port) }
        for client in clients { client.write(server.request("/api/interpolate", places)) }
        while server.explorer.counts.waiting < 5 { try await Task.sleep(for: .milliseconds(1)) }
        for client in clients { client.end() }
        while server.explorer.counts.waiting > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.explorer.counts.left >= 3)
        #expect(try await server.answer(to: Self.head + "Connection: close\r\n\r\n").hasPrefix("HTTP/1.1 200"))
    }
}
