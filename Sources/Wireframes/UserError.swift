/// An error that a person can act on: what happened, where, and the way out.
///
/// Nothing below the command line logs or exits; it throws this, and the command line prints it and ends with `code`.
public struct UserError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is; the raw values are the exit codes of BSD's `sysexits.h`.
    public enum Code: Int32, Sendable {
        /// Wrong use of a command or an interface.
        case usage = 64
        /// A file or a configuration whose content is wrong.
        case data = 65
        /// A file or folder that is not there.
        case missingInput = 66
        /// A mistake of ours.
        case `internal` = 70
        /// Reading or writing failed: rights, a full disk, a read-only folder.
        case io = 74
        /// A process or a machine of several was lost, or another process has the run: nothing is wrong with the work, it can go on.
        case temporary = 75
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, in one sentence.
    public let message: String
    /// The file, folder or configuration key that it concerns.
    public let place: String?
    /// What the reader can do about it.
    public let remedy: String?

    /// Creates an error.
    public init(_ code: Code, _ message: String, at place: String? = nil, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.place = place
        self.remedy = remedy
    }

    /// `place: message (remedy)`, in one line.
    public var description: String {
        (place.map { "\($0): " } ?? "") + message + (remedy.map { " (\($0))" } ?? "")
    }
}
