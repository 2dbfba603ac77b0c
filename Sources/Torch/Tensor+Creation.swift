internal import CTorch

extension Tensor {
    /// A tensor of `values` in row-major order.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public convenience init(_ values: [Float], shape: [Int], device: Device = .cpu) {
        self.init(copying: values, shape: shape, dtype: .float32, device: device)
    }

    /// A tensor of double-precision `values` in row-major order.
    public convenience init(_ values: [Double], shape: [Int], device: Device = .cpu) {
        self.init(copying: values, shape: shape, dtype: .float64, device: device)
    }

    /// A tensor of indices (`int64`).
    public convenience init(_ values: [Int], shape: [Int]? = nil, device: Device = .cpu) {
        self.init(copying: values.map(Int64.init), shape: shape ?? [values.count], dtype: .int64, device: device)
    }

    /// A tensor of truth values.
    public convenience init(_ values: [Bool], device: Device = .cpu) {
        self.init(copying: values.map { UInt8($0 ? 1 : 0) }, shape: [values.count], dtype: .bool, device: device)
    }

    convenience init<Element>(copying values: [Element], shape: [Int], dtype: DType, device: Device = .cpu) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill \(shape)")
        self.init(sharing: values.withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype, device: device) })
    }

    /// A tensor over a copy of raw memory.
    convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, device: Device = .cpu) {
        self.init(
            sharing: .result { out in
                shape.withCInts { ct_from_bytes(out, bytes.baseAddress, $0, dtype.c, device.c) }
            })
    }

    /// A second reference to the same tensor.
    private convenience init(sharing other: Tensor) {
        var out: CTTensor?
        other.perform { ct_alias(&out, $0) }
        guard let out else { fatalError("libtorch: " + String(cString: ct_last_error())) }
        self.init(owning: out)
    }

    /// All zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        full(shape, 0, dtype: dtype, device: device)
    }

    /// All ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        full(shape, 1, dtype: dtype, device: device)
    }

    /// `value` everywhere.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        result { out in shape.withCInts { ct_full(out, $0, value, dtype.c, device.c) } }
    }

    /// `start, start + step, …` up to and without `end`.
    public static func arange(
        _ start: Double = 0, to end: Double, by step: Double = 1, dtype: DType = .float32, device: Device = .cpu
    ) -> Tensor {
        result { ct_arange($0, start, end, step, dtype.c, device.c) }
    }

    /// The identity matrix, `[n, n]`.
    public static func eye(_ n: Int, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
        result { ct_eye($0, Int64(n), dtype.c, device.c) }
    }

    /// Standard normal noise.
    public static func randn(_ shape: [Int], generator: Generator, device: Device = .cpu) -> Tensor {
        withExtendedLifetime(generator) {
            result { out in shape.withCInts { ct_randn(out, $0, generator.handle, device.c) } }
        }
    }

    /// Uniform noise in [0, 1).
    public static func rand(_ shape: [Int], generator: Generator, device: Device = .cpu) -> Tensor {
        withExtendedLifetime(generator) {
            result { out in shape.withCInts { ct_rand(out, $0, generator.handle, device.c) } }
        }
    }

    /// The same values with another element type, on another device, or both.
    public func to(_ device: Device? = nil, dtype: DType? = nil) -> Tensor {
        let target = (device ?? self.device).c
        let type = (dtype ?? self.dtype).c
        return .result(self) { ct_to($0, $1, type, target) }
    }

    /// The same values, laid out as `[B, H, W, C]` in memory when `channelsLast`.
    public func contiguous(channelsLast: Bool = false) -> Tensor {
        .result(self) { ct_contiguous($0, $1, channelsLast ? CT_CHANNELS_LAST : CT_CONTIGUOUS) }
    }

    /// A copy with memory of its own.
    public func clone() -> Tensor { .result(self, ct_clone) }
}
