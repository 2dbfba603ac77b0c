import Explorer
import Foundation
import NIOConcurrencyHelpers
import Testing

@Suite("The queue of the model's thread")
struct WorkerTests {
    @Test("does nothing for clients that have gone, and gives their places to others")
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
        async let first = ask("first", for: Client())
        try await Task.sleep(for: .milliseconds(300))
        async let left = ask("left", for: client)
        async let leftToo = ask("left too", for: client)
        try await Task.sleep(for: .milliseconds(300))
        async let late = ask("late", for: Client())
        try await Task.sleep(for: .milliseconds(300))
        client.leave()
        async let next = ask("next", for: Client())
        try await Task.sleep(for: .milliseconds(300))
        mayEnd.signal()
        let answered = await [first, left, leftToo, late, next]
        #expect(answered == [true, false, false, false, true])
        #expect(done.withLockedValue { $0 } == ["first", "next"])
    }
}
