internal import CTorch

/// `body(inputs)`, of which only the inputs are kept for `backward`: there `body` runs a second time to get back what it
/// computed (Chen et al., "Training deep nets with sublinear memory cost", arXiv:1604.06174, 2016, section 4.1). It costs one more
/// forward pass of the segment, and gives the same gradients: bit for bit, but for the order in which those of a tensor with
/// several consumers are added.
///
/// - Parameters:
///   - inputs: everything with a graph that `body` reads, except for parameters: gradients would not find their way through
///     a tensor that `body` has captured. What needs no gradient may be captured, but lives longer than an input.
///   - outputs: how many tensors `body` gives.
///   - active: without it `body` simply runs, as it does where no gradients are recorded.
///   - body: gives `outputs` tensors, and draws no random numbers: the second run would draw others.
public func checkpointed(
    _ inputs: [Tensor], outputs: Int, if active: Bool = true, _ body: @escaping ([Tensor]) -> [Tensor]
) -> [Tensor] {
    guard active, ct_grad_enabled() else { return body(inputs) }
    let segment = Segment(outputs: outputs, body)
    let made = UnsafeMutablePointer<CTTensor?>.allocate(capacity: outputs)
    made.initialize(repeating: nil, count: outputs)
    defer { made.deallocate() }
    let description = CTSegment(
        context: Unmanaged.passRetained(segment).toOpaque(), outputs: outputs, run: runSegment, release: releaseSegment)
    inputs.withCList { check(ct_checkpoint(made, $0, description)) }
    return (0..<outputs).map { Tensor(owning: made[$0] ?? Tensor.placeholder()) }
}

/// The same of one tensor to one.
public func checkpointed(_ x: Tensor, if active: Bool = true, _ body: @escaping (Tensor) -> Tensor) -> Tensor {
    checkpointed([x], outputs: 1, if: active) { [body($0[0])] }[0]
}

/// What must be the same in both runs: the operators, and what they compute in.
private final class Segment {
    private let outputs: Int
    private let body: ([Tensor]) -> [Tensor]
    private let products = ct_autocast()

    init(outputs: Int, _ body: @escaping ([Tensor]) -> [Tensor]) { (self.outputs, self.body) = (outputs, body) }

    /// The second run happens in `backward`: on a GPU in another thread, and outside of the scopes that were open in the
    /// first.
    func run(_ inputs: [Tensor]) -> [Tensor] {
        let outside = ct_autocast()
        check(ct_set_autocast(products))
        defer { check(ct_set_autocast(outside)) }
        let results = body(inputs)
        precondition(results.count == outputs, "a segment of \(outputs) outputs gave \(results.count)")
        return results
    }
}

private func runSegment(
    _ context: UnsafeMutableRawPointer?, _ inputs: UnsafePointer<CTTensor?>?, _ count: Int,
    _ outputs: UnsafeMutablePointer<CTTensor?>?
) -> CTStatus {
    guard let context, let outputs else { return CT_FAILED }
    let segment = Unmanaged<Segment>.fromOpaque(context).takeUnretainedValue()
    let given = UnsafeBufferPointer(start: inputs, count: count).compactMap { $0.map(Tensor.init(owning:)) }
    ct_scope_enter()
    let results = segment.run(given)
    let status = ct_scope_leave()
    guard status == CT_OK else { return status }
    for (index, result) in results.enumerated() { check(ct_alias(&outputs[index], result.handle)) }
    return withExtendedLifetime(results) { CT_OK }
}

private func releaseSegment(_ context: UnsafeMutableRawPointer?) {
    if let context { Unmanaged<Segment>.fromOpaque(context).release() }
}
