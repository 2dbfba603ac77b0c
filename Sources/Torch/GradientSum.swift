internal import CTorch

/// The sums of parameters' gradients over all ranks of a group, of which some are on their way while `backward` still computes
/// others (Li et al., "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", VLDB 2020).
///
/// For one step: ``leaving(during:)`` or nothing, ``send()``, whatever else the ranks have to tell each other, ``receive()``. What
/// has left is what counts, though the gradients be computed again.
public final class GradientSum {
    private let handle: CTGradientSum
    /// Outlives what works in it.
    private let group: ProcessGroup

    /// - Parameters:
    ///   - parameters: such as require gradients, in the order in which the model uses them, the same on every rank; `backward` comes
    ///     to the last ones first.
    ///   - bucketBytes: gradients are joined into pieces of at most this size.
    /// - Throws: ``TorchError``.
    public convenience init(of parameters: [Tensor], over group: ProcessGroup, bucketBytes: Int = 4 << 20) throws {
        var out: CTGradientSum?
        try group.perform { group in
            parameters.reversed().withCList { ct_gradient_sum_open(&out, group, $0, bucketBytes) }
        }
        guard let out else { throw TorchError(.operation, "there is no sum of gradients") }
        self.init(handle: out, group: group)
    }

    private init(handle: CTGradientSum, group: ProcessGroup) {
        self.handle = handle
        self.group = group
    }

    deinit { ct_gradient_sum_release(handle) }

    /// Runs `body`, whose one `backward` brings the last of this rank's gradients: each leaves as soon as it and those after it in the
    /// order of the parameters are there.
    ///
    /// - Throws: what `body` throws; ``TorchError`` where it adds to a gradient twice, as activation checkpointing may.
    public func leaving<Result>(during body: () throws -> Result) throws -> Result {
        try perform { ct_gradient_sum_watch($0, true) }
        defer { withExtendedLifetime(self) { check(ct_gradient_sum_watch(handle, false)) } }
        return try body()
    }

    /// Sends what has not left. A parameter without a gradient adds nothing.
    public func send() throws { try perform { ct_gradient_sum_send($0) } }

    /// Waits for the sums, and puts them in the gradients' place: every parameter has one then.
    ///
    /// - Throws: ``TorchError`` naming the rank that was lost.
    public func receive() throws { try perform { ct_gradient_sum_receive($0) } }

    /// The number of pieces that have left.
    package var sent: Int { withExtendedLifetime(self) { ct_gradient_sum_sent(handle) } }

    private func perform(_ call: (CTGradientSum) -> CTStatus) throws {
        try withExtendedLifetime(self) { try checkThrowing(call(handle)) }
    }
}
