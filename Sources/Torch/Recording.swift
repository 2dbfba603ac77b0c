internal import CTorch

/// Work that can be done again.
public protocol RepeatableWork {
    /// Does it again.
    func `repeat`()
}

/// Work of a GPU that is recorded once and then done again at one command (CUDA graphs): where maps are small, a GPU has finished a
/// kernel before the processor has named the next.
///
/// What is repeated reads and writes the same memory every time: inputs are copied into the tensors that were there when it was
/// recorded, results are read from those that it left before anything recorded is done again.
public final class Recording: RepeatableWork {
    private let handle: CTRecording

    /// Whether work of `device` can be recorded.
    public static func isPossible(on device: Device) -> Bool { ct_records(device.c) }

    /// Records what `body` gives the device to do. It is not done now.
    ///
    /// - Throws: ``TorchError`` where that cannot be recorded (waiting for a result cannot), or the memory does not suffice: nothing has
    ///   happened then. And what `body` throws.
    public init(on device: Device, _ body: () throws -> Void) throws {
        var begun: CTRecording?
        try withTorchErrors { check(ct_recording_begin(&begun, device.c)) }
        guard let begun else { throw TorchError(.operation, "there is no recording") }
        handle = begun
        let recorded = Result { try withTorchErrors(body) }
        let ended = Result { try withTorchErrors { check(ct_recording_end(begun)) } }
        try recorded.get()
        try ended.get()
    }

    deinit { ct_recording_release(handle) }

    /// Does the work again. It has only begun when this returns, as everything on a GPU.
    public func `repeat`() { withExtendedLifetime(self) { check(ct_recording_repeat(handle)) } }
}
