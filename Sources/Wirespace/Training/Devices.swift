import Foundation
public import Torch
import Wireframes

extension DeviceChoice {
    /// The device that was asked for, or the fastest there is.
    ///
    /// - Parameter localRank: of several processes on a machine each takes a GPU of its own, while there are some.
    /// - Throws: `UserError` when libtorch cannot use the device that was asked for.
    public func resolved(localRank: Int = 0) throws -> Device {
        let devices = Runtime.devices
        let gpus = devices.filter { $0.isCUDA }
        let gpu = gpus.isEmpty ? nil : gpus[localRank % gpus.count]
        let wanted: Device? =
            switch self {
            case .auto: gpu ?? devices.last
            case .cpu: .cpu
            case .cuda: gpu ?? .cuda(0)
            case .mps: .mps
            }
        guard let wanted, devices.contains(wanted) else {
            throw UserError(
                .data,
                "libtorch sees no \(rawValue) device here, only \(devices.map(\.description).joined(separator: ", "))",
                at: "device", remedy: "set device=auto; `wirespace doctor` says what is there")
        }
        return wanted
    }
}

extension MixedPrecision {
    /// What autocast casts to, or nil for fp32 throughout.
    ///
    /// On a CPU half precision is no faster (measured: 144 against 219 GFLOP/s in matrix products), so unless it is asked for by
    /// name fp32 it is.
    func products(on device: Device) -> DType? {
        switch self {
        case .off: nil
        case .on: device.isCUDA ? (Runtime.hasFastBFloat16 ? .bfloat16 : .float16) : nil
        case .bfloat16: .bfloat16
        case .float16: .float16
        }
    }
}
