import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A headless Chromium, driven by the DevTools protocol: JSON messages, each ended by a zero byte, over file
/// descriptors 3 and 4.
final class Browser {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// The first of the usual names that is on the path, or where a Mac keeps it.
    static let executable: String? = {
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let paths = folders.flatMap { folder in names.map { folder + "/" + $0 } }
        let applications = ["Chromium", "Google Chrome"].map { "/Applications/\($0).app/Contents/MacOS/\($0)" }
        return (paths + applications).first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// The name of a program on the path, or nil.
    static func program(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What the page reported since it was opened.
    private(set) var events: [(method: String, parameters: [String: Any])] = []

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let profile: URL
    private var received = Data()
    private var lastCall = 0
    private var session: String?

    init(_ executable: String) throws {
        profile = FileManager.default.temporaryDirectory.appending(path: "browser-\(UUID().uuidString)")
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null", executable, "--headless",
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
            "--user-data-dir=\(profile.path)", "about:blank",
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let target = try call("Target.createTarget", ["url": "about:blank"])
        let attached = try call(
            "Target.attachToTarget", ["targetId": target["targetId"] as? String ?? "", "flatten": true])
        session = attached["sessionId"] as? String
        for domain in ["Page", "Runtime", "Log", "Network"] { try call("\(domain).enable") }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: profile)
    }

    /// Opens a file and waits until it has loaded.
    func open(_ file: URL) throws {
        events = []
        try call("Page.navigate", ["url": file.absoluteString])
        while !events.contains(where: { $0.method == "Page.loadEventFired" }) {
            if let event = try message() { keep(event) }
        }
    }

    /// The value of an expression, awaited if it is a promise.
    func evaluate(_ expression: String) throws -> Any? {
        let answer = try call(
            "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true])
        if let exception = answer["exceptionDetails"] { throw Failure(description: "\(exception)") }
        return (answer["result"] as? [String: Any])?["value"]
    }

    /// Sends a command and waits for its answer; events on the way are kept.
    @discardableResult
    func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        lastCall += 1
        var message: [String: Any] = ["id": lastCall, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        try input.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        while true {
            guard let answer = try self.message() else { continue }
            guard answer["id"] as? Int == lastCall else {
                keep(answer)
                continue
            }
            if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    private func keep(_ event: [String: Any]) {
        guard let method = event["method"] as? String else { return }
        events.append((method, event["params"] as? [String: Any] ?? [:]))
    }

    /// The next message; nil after a part of one. A minute and a half of silence is a failure.
    private func message() throws -> [String: Any]? {
        if let end = received.firstIndex(of: 0) {
            let text = received[received.startIndex..<end]
            received = Data(received[(end + 1)...])
            return try JSONSerialization.jsonObject(with: text) as? [String: Any]
        }
        let descriptor = output.fileHandleForReading.fileDescriptor
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 90_000) > 0 else { throw Failure(description: "the browser says nothing") }
        let part = output.fileHandleForReading.availableData
        guard !part.isEmpty else { throw Failure(description: "the browser has ended") }
        received += part
        return nil
    }
}
