import Explorer
import Foundation
import NIOConcurrencyHelpers
import Testing

@Suite("The queue of the model's thread")
struct WorkerTests {
    @Test(
        "does nothing for clients that have gone, and gives their places to others", .timeLimit(.minutes(10)))
    func gone() async throws {
        let worker = Worker([0], limit: 3)
        let mayEnd = DispatchSemaphore(value: 0)
        let done = NIOLockedValueBox<[String]>([])
        let client = Client()
        @Sendable func ask(_ name: String, for client: Client) async -> Bool {
            do {
                try await worker.run(for: client) { _ in
                    if name == "first" { mayEnd.wait() }
                    done.withLockedValue { $0.append(name) }
                }
                return true
            } catch {
                return false
            }
        }
        func wait(for count: Int, left: Int = 0) async throws {
            while worker.counts != (count, left) { try await Task.sleep(for: .milliseconds(2)) }
        }
        async let first = ask("first", for: Client())
        try await wait(for: 1)
        async let left = ask("left", for: client)
        async let leftToo = ask("left too", for: client)
        try await wait(for: 3)
        #expect(await !ask("too many", for: Client()))
        client.leave()
        async let next = ask("next", for: Client())
        try await wait(for: 2, left: 2)
        mayEnd.signal()
        let answered = await [first, left, leftToo, next]
        #expect(answered == [true, false, false, true])
        #expect(done.withLockedValue { $0 } == ["first", "next"])
    }
}
