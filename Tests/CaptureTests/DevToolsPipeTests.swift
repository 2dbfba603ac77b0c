import Capture
import Foundation
import Testing

/// The other end of a pipe: a browser of the test's own making.
private final class FakeBrowser: @unchecked Sendable {
    let pipe: DevToolsPipe
    private let reading: Int32
    private let writing: Int32

    init(shouldStop: @escaping () -> Bool = { false }) {
        var toBrowser: [Int32] = [0, 0]
        var fromBrowser: [Int32] = [0, 0]
        _ = Foundation.pipe(&toBrowser)
        _ = Foundation.pipe(&fromBrowser)
        pipe = DevToolsPipe(input: fromBrowser[0], output: toBrowser[1], shouldStop: shouldStop)
        (reading, writing) = (toBrowser[0], fromBrowser[1])
    }

    deinit { hangUp() }

    func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
    }

    /// What was sent to it, up to a zero byte.
    func hear() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(reading, &byte, 1) == 1, byte != 0 { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func hangUp() {
        close(reading)
        close(writing)
    }
}

@Suite("The DevTools pipe")
struct DevToolsPipeTests {
    private let soon = Deadline(in: 30)

    @Test("a command goes out as one object of JSON with a zero behind it")
    func command() throws {
        let browser = FakeBrowser()
        try browser.pipe.send("Page.navigate", ["url": "a\u{0}b"], session: "S", until: soon)
        let text = browser.hear()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["method"] as? String == "Page.navigate" && object["sessionId"] as? String == "S")
        #expect((object["params"] as? [String: Any])?["url"] as? String == "a\u{0}b")
    }

    @Test("an answer is found among events and late answers, in whatever pieces it comes")
    func pieces() throws {
        let browser = FakeBrowser()
        var events: [String] = []
        browser.pipe.onEvent = { events.append($0["method"] as? String ?? "") }
        let text =
            #"{"method":"A"}"# + "\0" + #"{"id":99,"result":{}}"# + "\0" + #"{"method":"B"}"# + "\0"
            + #"{"id":1,"result":{"x":"é"}}"# + "\0"
        Thread.detachNewThread {
            browser.say(String(text.prefix(20)))
            usleep(20_000)
            browser.say(String(text.dropFirst(20).prefix(30)))
            usleep(20_000)
            browser.say(String(text.dropFirst(50)))
        }
        let result = try browser.pipe.call("M", until: soon)
        #expect(result["x"] as? String == "é" && events == ["A", "B"])
    }

    @Test("the browser's refusal carries its reason")
    func refusal() throws {
        let browser = FakeBrowser()
        browser.say(#"{"id":1,"error":{"code":-32000,"message":"no such frame"}}"# + "\0")
        do {
            try browser.pipe.call("Page.navigate", until: soon)
            Issue.record("nothing was thrown")
        } catch DevToolsFailure.refused(let method, let reason) {
            #expect(method == "Page.navigate" && reason == "no such frame")
        }
    }

    @Test("silence ends at the deadline, a closed pipe at once")
    func silence() throws {
        let browser = FakeBrowser()
        let start = ContinuousClock.now
        #expect(throws: DevToolsFailure.self) { try browser.pipe.call("M", until: Deadline(in: 0.3)) }
        #expect(start.duration(to: .now) > .milliseconds(250))
        browser.hangUp()
        do {
            try browser.pipe.call("M", until: soon)
            Issue.record("nothing was thrown")
        } catch DevToolsFailure.closed {}
    }

    @Test("a browser that reads nothing does not block for longer than the deadline")
    func deaf() throws {
        let browser = FakeBrowser()
        let large = String(repeating: "x", count: 1 << 22)
        do {
            try browser.pipe.send("M", ["text": large], until: Deadline(in: 0.3))
            Issue.record("nothing was thrown")
        } catch DevToolsFailure.timeout {}
    }

    @Test("what is no JSON is refused", arguments: ["hello", "[1]", "{", ""])
    func garbage(text: String) throws {
        let browser = FakeBrowser()
        browser.say(text + "\0")
        do {
            try browser.pipe.call("M", until: soon)
            Issue.record("nothing was thrown")
        } catch DevToolsFailure.garbled {}
    }

    @Test("a wish to stop ends the wait")
    func stop() throws {
        let browser = FakeBrowser(shouldStop: { true })
        do {
            try browser.pipe.call("M", until: soon)
            Issue.record("nothing was thrown")
        } catch DevToolsFailure.stopped {}
    }

    @Test("events are given until the condition holds")
    func listening() throws {
        let browser = FakeBrowser()
        var count = 0
        browser.pipe.onEvent = { _ in count += 1 }
        browser.say(#"{"method":"A"}"# + "\0" + #"{"method":"A"}"# + "\0" + #"{"method":"A"}"# + "\0")
        #expect(try browser.pipe.listen(until: soon) { count == 2 } && count == 2)
        #expect(try !browser.pipe.listen(until: Deadline(in: 0.1)) { count == 9 } && count == 3)
    }
}
