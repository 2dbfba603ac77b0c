internal import CTorch

/// Work that can be done again.
public protocol Replayable {
    /// Does it again.
    func replay()
}

/// A CUDA graph: work of a GPU that is captured once and then replayed at one command. Where maps are small, a GPU has finished a kernel
/// before the processor has launched the next.
///
/// What is replayed reads and writes the same memory every time: inputs are copied into the tensors that were there when it was
/// captured, results are read from those that it left before any other graph is replayed.
public final class CUDAGraph: Replayable {
    private let handle: CTGraph

    /// Whether work of `device` can be captured: on NVIDIA's GPUs, unless the environment's `WIRESPACE_CUDA_GRAPHS` is 0.
    public static func isAvailable(on device: Device) -> Bool { ct_graphs_available(device.c) }

    /// Captures what `body` gives the device to do. It is not done now.
    ///
    /// - Throws: ``TorchError`` where that cannot be captured (waiting for a result cannot), or the memory does not suffice: nothing has
    ///   happened then. And what `body` throws.
    public init(on device: Device, capturing body: () throws -> Void) throws {
        var begun: CTGraph?
        try withTorchErrors { check(ct_graph_begin(&begun, device.c)) }
        guard let begun else { throw TorchError(.operation, "there is no graph") }
        handle = begun
        let captured = Result { try withTorchErrors(body) }
        let ended = Result { try withTorchErrors { check(ct_graph_end(begun)) } }
        try captured.get()
        try ended.get()
    }

    deinit { ct_graph_release(handle) }

    /// Does the work again. It has only begun when this returns, as everything on a GPU.
    public func replay() { withExtendedLifetime(self) { check(ct_graph_replay(handle)) } }
}
