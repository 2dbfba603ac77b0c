public import Foundation
public import Hummingbird
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTPTypes
import ServiceLifecycle
import Wireframes
public import Wirespace

/// A server on this machine that shows a latent space in a browser: a map of known pages, and pages that are drawn from
/// any place on it. Programs use the same interface, which `/api/openapi.json` describes.
public struct Explorer: Sendable {
    /// Where to listen, and for whom.
    public struct Settings: Sendable {
        /// A name or an address of this machine.
        public var host = "127.0.0.1"
        /// 0 takes any that is free.
        public var port = 8080
        /// What whoever asks must know: letters, digits, `-` and `_`, at least 8. Needed where others can reach the server.
        public var token: String?
        /// How pages come to lie on the map; nil chooses by their number.
        public var map: LatentMap.Method?
        /// Requests for the model that may wait or be at work.
        public var waiting = 128
        /// Seconds that a request may take to arrive, and an answer to be taken; longer ones are ended.
        public var patience = Limits.patience

        /// This machine alone, at port 8080.
        public init() {}

        /// Whether nobody but this machine can reach the server.
        public var isLocal: Bool { ["127.0.0.1", "localhost", "::1"].contains(host.lowercased()) }
    }

    let settings: Settings
    let resources: Resources
    let workplace: Worker<Workplace>
    /// Requests for the model that wait or are at work, and those whose clients had gone before their turn.
    package var counts: (waiting: Int, left: Int) { workplace.counts }
    let thumbnails: Worker<Thumbnails>
    /// Who is connected.
    package let clients = Clients()

    /// A server for a space that has an index (`LatentSpace.prepareIndex`), which it owns from here on.
    ///
    /// - Parameter name: what a person calls the run.
    /// - Throws: `UserError`: no index, labels that cannot be read, a host that others can reach without a token.
    public init(_ space: sending LatentSpace, name: String, settings: Settings = Settings()) throws {
        try Self.check(settings)
        self.settings = settings
        resources = try Resources()
        let files = Thumbnails.files(of: try space.index())
        thumbnails = Worker(Thumbnails(files), limit: 512)
        workplace = Worker(try Workplace(space, name: name, map: settings.map), limit: settings.waiting)
    }

    private static func check(_ settings: Settings) throws {
        guard settings.isLocal || settings.token != nil else {
            throw UserError(
                .usage, "others can reach \(settings.host), so a token is needed", at: "--host", remedy: "set --token")
        }
        guard let token = settings.token else { return }
        let isPlain = token.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return byte < 128 && (character.isLetter || character.isNumber || "-_".contains(character))
        }
        guard isPlain, token.utf8.count >= 8 else {
            throw UserError(
                .usage, "the token is too short or has other signs than letters, digits, - and _", at: "--token",
                remedy: "leave --token away to have one made")
        }
    }

    /// The server, ready to run.
    ///
    /// - Parameter whenReady: told the address of the page once the server listens.
    public func application(
        whenReady: @escaping @Sendable (URL) -> Void = { _ in }
    ) -> some ApplicationProtocol {
        var logger = Logger(label: "explorer")
        logger.logLevel = .critical
        return Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        ConnectionWatch(clients, patience: .milliseconds(Int64(1000 * settings.patience)))
                    ],
                    idleTimeout: .seconds(60))),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections)),
            onServerRunning: { [settings] channel in
                let port = channel.localAddress?.port ?? settings.port
                if let url = settings.address(port: port) { whenReady(url) }
            },
            logger: logger)
    }

    /// Runs the server until the process is told to end (SIGINT, SIGTERM).
    ///
    /// - Throws: `UserError(.io)` when the address cannot be listened on.
    public func run(whenReady: @escaping @Sendable (URL) -> Void) throws {
        let outcome = NIOLockedValueBox<Result<Void, any Error>>(.success(()))
        let done = DispatchSemaphore(value: 0)
        let application = application(whenReady: whenReady)
        Task {
            do { try await application.runService() } catch { outcome.withLockedValue { $0 = .failure(error) } }
            done.signal()
        }
        done.wait()
        do {
            try outcome.withLockedValue { try $0.get() }
        } catch let error as UserError {
            throw error
        } catch {
            let place = "\(settings.host):\(settings.port)"
            guard (error as? IOError)?.errnoCode == EADDRINUSE else {
                throw UserError(
                    .io, "the server cannot listen there: \(error)", at: place,
                    remedy: "give an address of this machine with --host, and a port that you may use with --port")
            }
            throw UserError(
                .io, "another program listens there", at: place,
                remedy: "choose another with --port; 0 takes a free one")
        }
    }
}

extension Explorer.Settings {
    /// The address of the page, with the token.
    fileprivate func address(port: Int) -> URL? {
        var parts = URLComponents()
        parts.scheme = "http"
        let name = ["0.0.0.0", "::"].contains(host) ? ProcessInfo.processInfo.hostName : host
        parts.host = name.contains(":") ? "[\(name)]" : name
        parts.port = port
        parts.path = "/"
        if let token { parts.queryItems = [URLQueryItem(name: "token", value: token)] }
        return parts.url
    }
}
