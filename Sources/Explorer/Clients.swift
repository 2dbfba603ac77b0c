import NIOConcurrencyHelpers
package import NIOCore
import NIOHTTPTypes

/// Whoever is at the other end of a connection. What nobody waits for any more need not be computed.
package final class Client: Sendable {
    private let gone = NIOLockedValueBox(false)

    package init() {}

    /// Whether they have closed the connection, or their side of it.
    package var isGone: Bool { gone.withLockedValue { $0 } }

    /// - Throws: `Refusal` when they have.
    func requirePresence() throws { if isGone { throw Refusal.gone } }

    package func leave() { gone.withLockedValue { $0 = true } }
}

/// The clients of all open connections.
package final class Clients: Sendable {
    private let known = NIOLockedValueBox<[ObjectIdentifier: Client]>([:])

    /// Who is at the other end of a channel; where that is not known, somebody who stays as long as it is open now.
    func client(of channel: any Channel) -> Client {
        if let client = known.withLockedValue({ $0[ObjectIdentifier(channel)] }) { return client }
        let client = Client()
        if !channel.isActive { client.leave() }  // forgotten already
        return client
    }

    package func enter(_ channel: any Channel, _ client: Client) {
        known.withLockedValue { $0[ObjectIdentifier(channel)] = client }
    }

    func forget(_ channel: any Channel) {
        known.withLockedValue { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }
}

/// Watches a connection from behind the HTTP decoder: notes when the client goes, and ends it when a request takes too long to
/// arrive or an answer to be taken. Otherwise a few hundred clients that send a byte now and then would hold all connections.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let clients: Clients
    private let client = Client()
    private let arrival: ArrivalWatch

    /// - Parameter patience: how long a request may take to arrive, and an answer to be taken.
    init(_ clients: Clients, patience: TimeAmount) {
        self.clients = clients
        arrival = ArrivalWatch(patience)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        clients.enter(context.channel, client)
        // Fails for a channel that is closed already.
        try? context.pipeline.syncOperations.addHandler(arrival, position: .first)
    }

    func channelInactive(context: ChannelHandlerContext) {
        client.leave()
        clients.forget(context.channel)
        arrival.end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { client.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) { arrival.end() }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: arrival.isAnswered = true
        case .body: break
        case .end: arrival.isAnswered = false
        }
        context.write(data, promise: promise)
    }
}

/// The part of the watch that sees bytes, so that a request is late from its first byte on.
private final class ArrivalWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether an answer has begun, so that no other can be given.
    var isAnswered = false
    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?
    private var unsent = 0
    private var sending: Scheduled<Void>?

    init(_ patience: TimeAmount) { self.patience = patience }

    /// A request has arrived completely, or nothing will any more.
    func end() {
        deadline?.cancel()
        deadline = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if deadline == nil {
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { [weak self] () -> Void in
                self?.giveUp(context)
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise()
        unsent += 1
        if sending == nil {
            sending = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
        }
        written.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.hasSent() }
        context.write(data, promise: written)
    }

    private func hasSent() {
        unsent -= 1
        guard unsent == 0 else { return }
        sending?.cancel()
        sending = nil
    }

    private func giveUp(_ context: ChannelHandlerContext) {
        guard !isAnswered else { return context.close(promise: nil) }
        let answer = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        let done = context.eventLoop.makePromise(of: Void.self)
        done.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: done)
    }
}
