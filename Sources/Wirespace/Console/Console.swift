import Foundation
import Synchronization

/// Where long work tells a person how it goes: standard error, with one live bar on a terminal and plain lines elsewhere.
///
/// Several threads may report. Each piece of work has one console, which takes its bar away before it writes a line.
public final class Console: Sendable {
    private let isTerminal: Bool
    private let quiet: Bool
    private let bar = Mutex(Bar())

    private struct Bar {
        var isShown = false
        var started = Date.distantPast
        var shownAt = Date.distantPast
        var lineShownAt = Date.distantPast
    }

    /// - Parameter quiet: shows nothing at all.
    public init(quiet: Bool = false) {
        self.quiet = quiet
        isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Writes a line.
    public func line(_ text: String) {
        guard !quiet else { return }
        bar.withLock { bar in
            clear(&bar)
            write(text + "\n")
        }
    }

    /// Tells of a page that cannot be read and is left out.
    func reportSkipped(_ page: PageReference, _ error: any Error) { line("skipped: \(page.name): \(error)") }

    /// Starts a piece of work whose progress is told.
    public func begin() {
        bar.withLock { bar in
            bar.started = Date()
            bar.lineShownAt = bar.started
        }
    }

    /// Shows that `done` of `total` are done: a bar ten times a second on a terminal, a line every half minute elsewhere.
    ///
    /// - Parameter already: how many were done before `begin`, which say nothing about the rate.
    public func progress(_ label: String, done: Int, of total: Int, already: Int = 0, unit: String, note: String = "") {
        guard !quiet else { return }
        bar.withLock { bar in
            let now = Date()
            let interval = isTerminal ? 0.1 : 30
            let last = isTerminal ? bar.shownAt : bar.lineShownAt
            guard now.timeIntervalSince(last) >= interval || (isTerminal && done == total) else { return }
            let elapsed = max(now.timeIntervalSince(bar.started), 1e-3)
            let rate = Double(done - already) / elapsed
            let left = rate > 0 ? Double(total - done) / rate : 0
            var text = "\(label) \(done)/\(total)  \(Self.number(rate)) \(unit)/s  \(Self.duration(left)) left"
            if !note.isEmpty { text += "  " + note }
            if isTerminal {
                (bar.shownAt, bar.isShown) = (now, true)
                write("\r\u{1B}[2K" + Self.blocks(Double(done) / Double(max(total, 1))) + " " + text)
            } else {
                bar.lineShownAt = now
                write(text + "\n")
            }
        }
    }

    /// Takes the bar away.
    public func clearBar() { bar.withLock { clear(&$0) } }

    private func clear(_ bar: inout Bar) {
        guard bar.isShown else { return }
        bar.isShown = false
        write("\r\u{1B}[2K")
    }

    private static func blocks(_ share: Double) -> String {
        let width = 24
        let full = Int((min(max(share, 0), 1) * Double(width)).rounded())
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }

    /// Seconds as a person says them: `42 s`, `3 min 05 s`, `2 h 10 min`.
    public static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e8).rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min \(whole % 60 < 10 ? "0" : "")\(whole % 60) s"
        default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
        }
    }

    /// A number with three significant digits.
    public static func number(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case ..<0.001, 100_000...: String(format: "%.2e", value)
        case ..<1: String(format: "%.3f", value)
        case ..<10: String(format: "%.2f", value)
        case ..<100: String(format: "%.1f", value)
        default: String(format: "%.0f", value)
        }
    }

    /// Bytes as a person says them: `34 MB`.
    public static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1_000_000: "\(count / 1000) kB"
        case ..<1_000_000_000: "\(count / 1_000_000) MB"
        default: number(Double(count) / 1e9) + " GB"
        }
    }

    private func write(_ text: String) {
        // A log on a full disk is no reason to end the work.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
