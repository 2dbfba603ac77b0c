internal import CTorch

/// What libtorch is and what it will use on this machine.
public enum Runtime {
    /// libtorch's version, such as `2.13.0`.
    public static var version: String { String(cString: ct_version()) }

    /// The vector instructions that libtorch's own kernels use, such as `AVX512`.
    public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

    /// Threads of one operation that this thread begins. Setting it also sets what threads will have that have not begun any yet.
    public static var threads: Int {
        get { Int(ct_threads()) }
        set { check(ct_set_threads(Int32(clamping: newValue))) }
    }

    /// How many threads come when an operation of our own is divided among ``threads``, counted.
    public static var threadsAtWork: Int {
        var count: Int32 = 0
        check(ct_threads_at_work(&count))
        return Int(count)
    }

    /// Devices that can be used now.
    public static var devices: [Device] {
        [.cpu] + (0..<Int(ct_cuda_count())).map { .cuda($0) } + (ct_mps_available() ? [.mps] : [])
    }

    /// Intel's matrix unit. Some virtual machines announce it and then kill the process that uses it; a child process
    /// tries it at start, before oneDNN looks, and oneDNN is kept from it where the child did not survive.
    public enum AMX: UInt32, Sendable {
        /// The processor has none.
        case absent
        /// It works.
        case works
        /// It is announced but does not work: `ONEDNN_MAX_CPU_ISA` was set to avoid it.
        case capped
        /// The user's own `ONEDNN_MAX_CPU_ISA` decides.
        case cappedByUser
    }

    /// What the probe found.
    public static var amx: AMX { AMX(rawValue: ct_amx().rawValue) ?? .absent }

    /// Whether the allocator of GPUs may let a piece of memory grow, so that pages of many sizes do not cut it up. On unless
    /// `PYTORCH_CUDA_ALLOC_CONF` or `PYTORCH_ALLOC_CONF` says otherwise.
    public static var expandableSegments: Bool { ct_expandable_segments() }

    /// Whether the GPUs multiply bfloat16 fast: NVIDIA's since Ampere.
    public static var hasFastBFloat16: Bool { ct_fast_bfloat16() }

    /// Bytes that tensors on `device` held at most; nil where libtorch does not count, as on a processor.
    public static func peakMemory(of device: Device) -> Int? {
        var bytes: Int64 = 0
        check(ct_peak_memory(&bytes, device.c))
        return bytes > 0 ? Int(bytes) : nil
    }

    /// Gives memory that libtorch keeps for later back to `device`.
    public static func emptyCache(of device: Device) { check(ct_empty_cache(device.c)) }

    /// Waits until `device` has done all it was given.
    public static func synchronize(_ device: Device) { check(ct_synchronize(device.c)) }
}
