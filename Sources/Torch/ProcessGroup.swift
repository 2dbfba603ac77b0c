internal import CTorch

/// Several processes, on one machine or many, that train as one: libtorch's c10d, with Gloo, and with NCCL for GPUs where libtorch has it.
///
/// Every operation must be called by all ranks in the same order; it ends when all have come to it. While they work the
/// ranks give each other signs of life through rank 0. A process that dies closes its connections, and the others then
/// fail within seconds with the number of the rank; one whose machine vanishes silently is lost after half a minute.
/// After a failure the group is of no further use.
///
/// The tensors may live on any device; without NCCL they are summed in main memory.
public final class ProcessGroup {
    /// This process's number, from 0.
    public let rank: Int
    /// Number of processes.
    public let size: Int
    private let handle: CTGroup

    /// Opens the place where the ranks meet, or goes there. ``connect()`` waits for all.
    ///
    /// - Parameters:
    ///   - host: the machine where they meet, as all of them reach it.
    ///   - port: 0 for any free one, if this rank serves: see ``port``.
    ///   - serves: whether this rank opens the place; by default rank 0 does.
    ///   - name: of the group, where one place serves several, one after the other.
    ///   - timeout: seconds to wait for the others.
    /// - Throws: ``TorchError`` when the place cannot be opened or reached.
    public init(
        rank: Int, of size: Int, host: String, port: Int, serves: Bool? = nil, name: String = "group",
        timeout: Double = 300
    ) throws {
        var out: CTGroup?
        try host.withCString { host in
            try name.withCString { name in
                let meeting = CTMeeting(
                    host: host, name: name, port: UInt16(clamping: port), serves: serves ?? (rank == 0),
                    rank: Int32(clamping: rank), size: Int32(clamping: size), timeout: timeout)
                try checkThrowing(ct_group_open(&out, meeting))
            }
        }
        guard let out else { throw TorchError(.operation, "there is no process group") }
        handle = out
        self.rank = rank
        self.size = size
    }

    deinit { ct_group_release(handle) }

    /// The port where the ranks meet.
    public var port: Int { withExtendedLifetime(self) { Int(ct_group_port(handle)) } }

    /// Waits until all ranks are there.
    ///
    /// - Throws: ``TorchError`` naming the ranks that did not come within the timeout.
    public func connect() throws { try perform { ct_group_connect($0) } }

    /// Tells the others why this rank stops, so that their failure says it.
    public func leave(because reason: String) {
        withExtendedLifetime(self) { ct_group_leave(handle, reason) }
    }

    /// Waits until all ranks have finished: to be called last.
    public func finish() {
        withExtendedLifetime(self) { ct_group_finish(handle) }
    }

    /// Replaces every tensor by its sum over all ranks.
    ///
    /// - Parameter bucketBytes: tensors are joined into pieces of at most this size, so that many small ones cost few
    ///   messages.
    /// - Throws: ``TorchError`` naming the rank that was lost.
    public func sum(_ tensors: [Tensor], bucketBytes: Int = 4 << 20) throws {
        try perform { handle in tensors.withCList { ct_group_sum(handle, $0, bucketBytes) } }
    }

    /// The sums of some numbers over all ranks.
    ///
    /// - Throws: as ``sum(_:bucketBytes:)``.
    public func sum(_ values: [Double]) throws -> [Double] {
        let tensor = Tensor(values, shape: [values.count])
        try sum([tensor])
        return tensor.doubles
    }

    /// Overwrites a tensor with that of one rank.
    ///
    /// - Throws: as ``sum(_:bucketBytes:)``.
    public func broadcast(_ tensor: Tensor, from root: Int = 0) throws {
        try perform { handle in withExtendedLifetime(tensor) { ct_group_broadcast(handle, tensor.handle, Int32(root)) }
        }
    }

    /// The bytes of every rank, in the order of the ranks; they may differ in number.
    ///
    /// - Throws: as ``sum(_:bucketBytes:)``.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        let counts = try gather(Tensor([bytes.count])).integers
        let longest = counts.max() ?? 0
        guard longest > 0 else { return counts.map { _ in [] } }
        let padded = bytes + Array(repeating: 0, count: longest - bytes.count)
        let all = try gather(Tensor(copying: padded, shape: [longest], dtype: .uint8)).byteValues
        return counts.enumerated().map { rank, count in Array(all[rank * longest..<rank * longest + count]) }
    }

    /// The tensors of every rank, all of one shape, stacked.
    private func gather(_ tensor: Tensor) throws -> Tensor {
        var out: CTTensor?
        try perform { handle in withExtendedLifetime(tensor) { ct_group_gather(&out, handle, tensor.handle) } }
        guard let out else { throw TorchError(.operation, "nothing was gathered") }
        return Tensor(owning: out)
    }

    func perform(_ call: (CTGroup) -> CTStatus) throws {
        try withExtendedLifetime(self) { try checkThrowing(call(handle)) }
    }
}
