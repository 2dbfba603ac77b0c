internal import CTorch
import Foundation

/// Threads that work side by side, each with its own share of the cores for libtorch's operations.
///
/// An operation on small tensors is over before a second core has joined in; several operations at the same time fill all
/// cores. The threads live as long as this object, because libtorch prepares each of them once.
public final class Lanes {
    /// How many work side by side.
    public let count: Int
    private let lanes: [Lane]
    private let isBusy = NSLock()

    /// - Parameters:
    ///   - count: at least 1.
    ///   - threads: to be shared out among the lanes, for their operations; by default one for each.
    public init(_ count: Int, threads: Int? = nil) {
        precondition(count > 0, "\(count) lanes")
        let own = Runtime.threads
        let threads = max(threads ?? count, count)
        self.count = count
        lanes = (0..<count).map { Lane(threads: threads / count + ($0 < threads % count ? 1 : 0)) }
        for lane in lanes { lane.wait() }
        // What a lane sets for itself, libtorch takes for threads that are still to come, too.
        Runtime.threads = own
    }

    /// As many as there are threads and jobs, which then share out all threads; nil where one does as well.
    public convenience init?(forJobs jobs: Int, device: Device) {
        let count = min(Runtime.threads, jobs)
        guard device == .cpu, count > 1 else { return nil }
        self.init(count, threads: Runtime.threads)
    }

    deinit { for lane in lanes { lane.begin(nil) } }

    /// `[body(0), … body(count − 1)]`, each in a lane of its own. All have ended when this returns or throws.
    ///
    /// To be called by one thread at a time, and by none of the lanes. The lanes record gradients where the caller does.
    ///
    /// - Throws: the first error of the first lane that had one; libtorch's failures too, as ``withTorchErrors(_:)`` does.
    public func map<Result>(_ body: (Int) throws -> Result) throws -> [Result] {
        precondition(isBusy.`try`(), "the lanes are at work")
        defer { isBusy.unlock() }
        let recordsGradients = ct_grad_enabled()
        var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
        withoutActuallyEscaping(body) { body in
            results.withUnsafeMutableBufferPointer { places in
                nonisolated(unsafe) let (places, body) = (places, body)
                for (index, lane) in lanes.enumerated() {
                    lane.begin {
                        ct_set_grad_enabled(recordsGradients)
                        places[index] = Swift.Result { try withTorchErrors { try body(index) } }
                    }
                }
                for lane in lanes { lane.wait() }
            }
        }
        return try results.compactMap { try $0?.get() }
    }
}

/// One thread, which does what it is given and waits for more.
private final class Lane: Sendable {
    private let given = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    /// Belongs to the caller until `begin`, then to the thread until it is done.
    private nonisolated(unsafe) var work: (() -> Void)?

    /// `wait` for it before the first `begin`.
    init(threads: Int) {
        let thread = Thread { [self] in
            _ = ct_threads()  // libtorch sets this thread up at the first question, which may not come after ours
            ct_set_threads(Int32(threads))
            done.signal()
            // What was done is forgotten before anyone hears of it: what it has captured may not outlive the call.
            while workOnce() { done.signal() }
        }
        thread.stackSize = 8 << 20  // what a process's first thread has
        thread.start()
    }

    /// Waits for work and does it; false when there will be none.
    @inline(never)
    private func workOnce() -> Bool {
        given.wait()
        guard let work else { return false }
        self.work = nil
        work()
        return true
    }

    /// Starts `work`; nil ends the thread.
    func begin(_ work: (() -> Void)?) {
        self.work = work
        given.signal()
    }

    func wait() { done.wait() }
}

/// `elements.map(body)`, several at the same time; without lanes one after the other.
///
/// The lanes take turns, whichever is done first: they may have different numbers of threads, and libtorch's sums round accordingly. So
/// the same lanes give the same bytes, if `body` changes nothing that another sees. A single element is done without lanes, by all threads.
///
/// - Throws: an error of `body`, libtorch's failures too.
public func sideBySide<Element, Result>(
    _ elements: [Element], in lanes: Lanes?, _ body: (Element) throws -> Result
) throws -> [Result] {
    func done(_ element: Element) throws -> Result { try withTorchErrors { try body(element) } }
    guard let lanes, elements.count > 1 else { return try elements.map(done) }
    let turns = try lanes.map { lane in
        try stride(from: lane, to: elements.count, by: lanes.count).map { try done(elements[$0]) }
    }
    return elements.indices.map { turns[$0 % lanes.count][$0 / lanes.count] }
}

/// Numbers of the jobs that each worker does, ascending: dealt out from the dearest to the cheapest, always to the worker
/// that has the least to do yet.
package func dealt(_ costs: [Int], among workers: Int) -> [[Int]] {
    var loads = Array(repeating: 0, count: workers)
    var shares = Array(repeating: [Int](), count: workers)
    for job in costs.indices.sorted(by: { (costs[$1], $0) < (costs[$0], $1) }) {
        let next = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
        loads[next] += costs[job]
        shares[next].append(job)
    }
    return shares.map { $0.sorted() }
}
