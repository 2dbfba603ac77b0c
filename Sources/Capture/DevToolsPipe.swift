internal import Foundation

/// A message of the DevTools protocol: an object of JSON.
package typealias Message = [String: Any]

/// Why talking to the browser ended.
package enum DevToolsFailure: Error {
    /// The time for it was over.
    case timeout
    /// The other side closed the pipe: the browser ended.
    case closed
    /// The browser answered with an error.
    case refused(method: String, reason: String)
    /// The other side sent what is no message.
    case garbled
    /// The person who started the work wants it to stop.
    case stopped
}

/// The transport of the DevTools protocol over two file descriptors (`--remote-debugging-pipe`): objects of JSON, each
/// ended by a zero byte.
///
/// Used by one thread. Nothing blocks for longer than its deadline, whatever the other side does.
package final class DevToolsPipe {
    /// Bytes of a message beyond which the other side is not believed.
    package static let largestMessage = 256 << 20

    /// Given every message that is no answer to a call, in the order in which they come.
    package var onEvent: (Message) throws -> Void = { _ in }

    private let input: Int32
    private let output: Int32
    private let shouldStop: () -> Bool
    private var received: [UInt8] = []
    /// Bytes of `received` that hold no zero.
    private var scanned = 0
    private var lastCall = 0

    /// A pipe over descriptors that it closes when it goes.
    ///
    /// - Parameters:
    ///   - input: to read from.
    ///   - output: to write to.
    ///   - shouldStop: asked four times a second while waiting.
    package init(input: Int32, output: Int32, shouldStop: @escaping () -> Bool = { false }) {
        self.input = input
        self.output = output
        self.shouldStop = shouldStop
        for descriptor in [input, output] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        // A browser that has ended is an error of writing, not the end of this process.
        _ = signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        close(input)
        close(output)
    }

    /// Sends a command and waits for its answer; events on the way go to `onEvent`.
    @discardableResult
    package func call(
        _ method: String, _ parameters: Message = [:], session: String? = nil, until deadline: Deadline
    ) throws -> Message {
        let number = try send(method, parameters, session: session, until: deadline)
        while true {
            let message = try next(until: deadline)
            guard message["id"] as? Int == number else {
                // Answers to commands that nobody waits for have a number and mean nothing.
                if message["id"] == nil { try onEvent(message) }
                continue
            }
            if let error = message["error"] as? Message {
                throw DevToolsFailure.refused(method: method, reason: error["message"] as? String ?? "\(error)")
            }
            return message["result"] as? Message ?? [:]
        }
    }

    /// Sends a command whose answer does not matter; its number.
    @discardableResult
    package func send(
        _ method: String, _ parameters: Message = [:], session: String? = nil, until deadline: Deadline
    ) throws -> Int {
        lastCall += 1
        var message: Message = ["id": lastCall, "method": method, "params": parameters]
        message["sessionId"] = session
        try write(Array(JSONSerialization.data(withJSONObject: message)) + [0], until: deadline)
        return lastCall
    }

    /// Gives events to `onEvent` until `condition` holds: true; or until the deadline: false.
    package func listen(until deadline: Deadline, for condition: () -> Bool) throws -> Bool {
        while !condition() {
            do {
                let message = try next(until: deadline)
                if message["id"] == nil { try onEvent(message) }
            } catch DevToolsFailure.timeout {
                return condition()
            }
        }
        return true
    }

    private func next(until deadline: Deadline) throws -> Message {
        while true {
            if let end = received[scanned...].firstIndex(of: 0) {
                let text = Data(received[..<end])
                received.removeSubrange(...end)
                scanned = 0
                guard let message = try? JSONSerialization.jsonObject(with: text) as? Message else {
                    throw DevToolsFailure.garbled
                }
                return message
            }
            scanned = received.count
            guard scanned <= Self.largestMessage else { throw DevToolsFailure.garbled }
            try wait(for: input, POLLIN, until: deadline)
            try readSome()
        }
    }

    private func readSome() throws {
        let size = 1 << 18
        var piece = [UInt8](repeating: 0, count: size)
        let count = read(input, &piece, size)
        if count > 0 {
            received += piece[..<count]
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            throw DevToolsFailure.closed
        }
    }

    private func write(_ bytes: [UInt8], until deadline: Deadline) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(output, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count > 0 {
                done += count
            } else if errno == EAGAIN || errno == EINTR {
                try wait(for: output, POLLOUT, until: deadline)
            } else {
                throw DevToolsFailure.closed
            }
        }
    }

    private func wait(for descriptor: Int32, _ events: Int32, until deadline: Deadline) throws {
        while true {
            if shouldStop() { throw DevToolsFailure.stopped }
            let left = deadline.milliseconds
            guard left > 0 else { throw DevToolsFailure.timeout }
            var waiting = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&waiting, 1, Int32(min(left, 250)))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw DevToolsFailure.closed }
        }
    }
}

/// A moment after which something is late, on a clock that nobody sets.
package struct Deadline {
    private let end: ContinuousClock.Instant

    /// - Parameter seconds: from now.
    package init(in seconds: Double) {
        end = .now + .seconds(seconds)
    }

    /// Time until then; 0 when it is over.
    package var milliseconds: Int { Int(max(0, min(86_400, seconds)) * 1000) }

    /// Time until then, negative when it is over.
    package var seconds: Double {
        let left = ContinuousClock.now.duration(to: end).components
        return Double(left.seconds) + Double(left.attoseconds) * 1e-18
    }

    /// The earlier of this and `seconds` from now.
    package func orIn(_ seconds: Double) -> Deadline { Deadline(in: min(seconds, self.seconds)) }
}
