internal import CTorch

/// What the elements of a tensor are.
public enum DType: UInt32, Sendable, CaseIterable {
    case float32, float64, float16, bfloat16, int64, int32, uint8, bool

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    var c: CTDType { CTDType(rawValue: rawValue) }
}

/// Where a tensor lives.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    /// Main memory.
    case cpu
    /// An NVIDIA GPU, by its number.
    case cuda(Int = 0)
    /// Apple's GPU.
    case mps

    /// `cpu`, `cuda:0` or `mps`.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        case .mps: "mps"
        }
    }

    /// Whether it is an NVIDIA GPU.
    public var isCUDA: Bool { if case .cuda = self { true } else { false } }

    var c: CTDevice {
        switch self {
        case .cpu: CTDevice(kind: CT_CPU, index: 0)
        case .cuda(let index): CTDevice(kind: CT_CUDA, index: Int32(index))
        case .mps: CTDevice(kind: CT_MPS, index: 0)
        }
    }

    init(_ device: CTDevice) {
        switch device.kind {
        case CT_CUDA: self = .cuda(Int(device.index))
        case CT_MPS: self = .mps
        default: self = .cpu
        }
    }
}

/// An n-dimensional array of libtorch, with its gradient.
///
/// Operations follow PyTorch's semantics and names, broadcasting included; one whose shapes do not fit traps with
/// libtorch's message (see ``withTorchErrors(_:)`` for where that is not wanted). A tensor is freed when its last Swift
/// reference and its last use in an autograd graph are gone.
public final class Tensor {
    /// One owned reference to a `TensorImpl`.
    let handle: CTTensor

    /// Takes over one reference.
    init(owning handle: CTTensor) {
        self.handle = handle
    }

    deinit { ct_tensor_release(handle) }

    /// Tensors alive in this process on this side of the binding. It must not grow from step to step.
    public static var liveCount: Int { Int(ct_live_tensors()) }

    /// Calls into C with a place for one result.
    ///
    /// Swift may free an object right after its last use, so a bare `ct_f(x.handle)` could hand C a dead pointer. All
    /// calls go through these functions, which keep their tensors alive.
    static func result(_ call: (UnsafeMutablePointer<CTTensor?>?) -> CTStatus) -> Tensor {
        var out: CTTensor?
        check(call(&out))
        return Tensor(owning: out ?? placeholder())
    }

    static func result(
        _ a: Tensor, _ call: (UnsafeMutablePointer<CTTensor?>?, CTTensor?) -> CTStatus
    ) -> Tensor {
        withExtendedLifetime(a) { result { call($0, a.handle) } }
    }

    static func result(
        _ a: Tensor, _ b: Tensor, _ call: (UnsafeMutablePointer<CTTensor?>?, CTTensor?, CTTensor?) -> CTStatus
    ) -> Tensor {
        withExtendedLifetime((a, b)) { result { call($0, a.handle, b.handle) } }
    }

    static func result(
        _ a: Tensor, _ b: Tensor?, _ c: Tensor?,
        _ call: (UnsafeMutablePointer<CTTensor?>?, CTTensor?, CTTensor?, CTTensor?) -> CTStatus
    ) -> Tensor {
        withExtendedLifetime((a, b, c)) { result { call($0, a.handle, b?.handle, c?.handle) } }
    }

    /// Calls into C with two results.
    static func results(
        _ a: Tensor, _ call: (UnsafeMutablePointer<CTTensor?>?, UnsafeMutablePointer<CTTensor?>?, CTTensor?) -> CTStatus
    ) -> (Tensor, Tensor) {
        var first: CTTensor?
        var second: CTTensor?
        withExtendedLifetime(a) { check(call(&first, &second, a.handle)) }
        return (Tensor(owning: first ?? placeholder()), Tensor(owning: second ?? placeholder()))
    }

    /// Calls into C for its effect.
    func perform(_ call: (CTTensor?) -> CTStatus) {
        withExtendedLifetime(self) { check(call(handle)) }
    }

    func perform(_ other: Tensor, _ call: (CTTensor?, CTTensor?) -> CTStatus) {
        withExtendedLifetime((self, other)) { check(call(handle, other.handle)) }
    }

    /// What a failed operation yields inside `withTorchErrors`.
    static func placeholder() -> CTTensor {
        var out: CTTensor?
        let status = [0, 0, 0, 0].withCInts { ct_empty(&out, $0, CT_FLOAT32, CTDevice(kind: CT_CPU, index: 0)) }
        guard status == CT_OK, let out else { fatalError("libtorch: " + String(cString: ct_last_error())) }
        return out
    }

    // MARK: What it is

    /// The length of every dimension.
    public var shape: [Int] {
        withExtendedLifetime(self) {
            var shape = [Int64](repeating: 0, count: Int(ct_dim(handle)))
            ct_shape(&shape, handle)
            return shape.map(Int.init)
        }
    }

    /// The four lengths of a batch of maps, `[B, C, H, W]`.
    public var shape4: (Int, Int, Int, Int) {
        let shape = shape
        precondition(shape.count == 4, "a tensor of shape \(shape) is not [B, C, H, W]")
        return (shape[0], shape[1], shape[2], shape[3])
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The type of the elements.
    public var dtype: DType {
        var type = CT_FLOAT32
        perform { ct_dtype(&type, $0) }
        return DType(rawValue: type.rawValue) ?? .float32
    }

    /// Where it lives.
    public var device: Device {
        withExtendedLifetime(self) { Device(ct_device(handle)) }
    }

    // MARK: Values out

    /// All elements in row-major order, converted to `Float`.
    public var floats: [Float] { elements(of: .float32, initial: 0) }

    /// All elements in row-major order, converted to `Double`.
    public var doubles: [Double] { elements(of: .float64, initial: 0) }

    /// All elements in row-major order, converted to `Int`.
    public var integers: [Int] { elements(of: .int64, initial: Int64(0)).map(Int.init) }

    /// All elements in row-major order, converted to bytes.
    var byteValues: [UInt8] { elements(of: .uint8, initial: 0) }

    /// The value of a tensor of one element.
    public func item() -> Double {
        let values = doubles
        precondition(values.count == 1 || ct_scope_active(), "a tensor of shape \(shape) has no single value")
        return values.first ?? .nan
    }

    private func elements<Element>(of dtype: DType, initial: Element) -> [Element] {
        var values = [Element](repeating: initial, count: count)
        values.withUnsafeMutableBytes { bytes in
            perform { ct_copy_bytes(bytes.baseAddress, bytes.count, $0, dtype.c) }
        }
        return values
    }
}

extension [Int] {
    func withCInts<Result>(_ body: (CTInts) -> Result) -> Result {
        map(Int64.init).withUnsafeBufferPointer { body(CTInts(items: $0.baseAddress, count: $0.count)) }
    }
}

extension [Tensor] {
    func withCList<Result>(_ body: (CTTensorList) -> Result) -> Result {
        withExtendedLifetime(self) {
            map { Optional($0.handle) }.withUnsafeBufferPointer {
                body(CTTensorList(items: $0.baseAddress, count: $0.count))
            }
        }
    }
}
