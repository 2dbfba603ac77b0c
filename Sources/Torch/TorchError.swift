internal import CTorch

/// A failure of libtorch or of a tensor file, in words.
public struct TorchError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Kind: Sendable {
        /// libtorch refused the operation: shapes that do not fit, a device that is not there.
        case operation
        /// The device or the machine has no memory left.
        case outOfMemory
        /// A tensor file that cannot be read or written.
        case file
        /// A tensor file whose content is not what it must be.
        case content
    }

    /// The kind of failure.
    public let kind: Kind
    /// What happened, naming the file, the tensor and the shapes where there are any.
    public let message: String

    /// Creates an error.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// libtorch's last failure on this thread.
    static func last(_ status: CTStatus) -> TorchError {
        TorchError(status == CT_OUT_OF_MEMORY ? .outOfMemory : .operation, String(cString: ct_last_error()))
    }
}

/// Runs `body` and throws libtorch's first failure in it, where tensors would otherwise trap.
///
/// A shape that does not fit is a mistake in the program, so tensor operations do not throw. Where the shapes come from
/// a file or a request, or the memory may not suffice, the same failure is the user's to know: inside this scope a
/// failed operation yields an empty `[0, 0, 0, 0]` tensor, those that use it fail in turn or do nothing, and the scope ends by
/// throwing the first message.
///
/// - Parameter body: a synchronous closure; the scope belongs to the thread.
public func withTorchErrors<Result>(_ body: () throws -> Result) throws -> Result {
    ct_scope_enter()
    let outcome = Swift.Result { try body() }
    let status = ct_scope_leave()
    if status != CT_OK { throw TorchError.last(status) }
    return try outcome.get()
}

/// Traps with libtorch's message, unless a `withTorchErrors` scope will report it.
func check(_ status: CTStatus) {
    if status != CT_OK && !ct_scope_active() {
        fatalError("libtorch: " + String(cString: ct_last_error()))
    }
}

/// Throws libtorch's message: for what depends on files, settings and other processes.
func checkThrowing(_ status: CTStatus) throws {
    if status != CT_OK { throw TorchError.last(status) }
}
