import Foundation
import Synchronization

/// Turns Ctrl-C, SIGTERM and SIGUSR1 (SLURM's warning before the time limit) into a wish to stop that a loop can look at.
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
        let numbers = [SIGINT, SIGTERM, SIGUSR1]
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
}
