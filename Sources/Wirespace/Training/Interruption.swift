import Foundation
import Synchronization

/// Turns Ctrl-C, SIGTERM, SIGUSR1 (SLURM's warning before the time limit) and SIGHUP (a terminal that is closed) into a wish to stop
/// that a loop can look at.
///
/// A second Ctrl-C ends the process at once: the loop may be stuck.
public enum Interruption {
    private static let wished = Atomic<Int32>(0)

    /// The signal that asked to stop, if one did.
    public static var signal: Int32? {
        let signal = wished.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }

    /// Starts to listen.
    public static func listen() {
        _ = signal  // makes `wished` here: a handler must not
        // Under nohup a terminal may close.
        let isHangupIgnored = isIgnored(SIGHUP)
        let numbers = [SIGINT, SIGTERM, SIGUSR1] + (isHangupIgnored ? [] : [SIGHUP])
        // A program that starts this one from a thread which blocks signals hands the block down.
        var blocked = sigset_t()
        sigemptyset(&blocked)
        for number in numbers { sigaddset(&blocked, number) }
        pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
        for number in numbers {
            _ = Foundation.signal(number) { received in
                if received == SIGINT { _ = Foundation.signal(SIGINT, SIG_DFL) }
                Interruption.wished.store(received, ordering: .relaxed)
            }
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        let before = Foundation.signal(number, SIG_IGN)
        defer { _ = Foundation.signal(number, before) }
        return unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
