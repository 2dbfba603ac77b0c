import Foundation
import Torch
import Wireframes

/// One thing that `wirespace doctor` looked at.
public struct Finding: Codable, Sendable {
    /// How it stands.
    public enum State: String, Codable, Sendable {
        /// As it should be.
        case good
        /// Works, but slower or with less than it could.
        case limited
        /// Keeps Wirespace from working.
        case broken

        /// A mark for a terminal.
        public var symbol: String {
            switch self {
            case .good: "✓"
            case .limited: "!"
            case .broken: "✗"
            }
        }
    }

    /// What was looked at.
    public let subject: String
    /// How it stands.
    public let state: State
    /// What was found.
    public let message: String
    /// What to do about it.
    public let remedy: String?

    /// A finding.
    public init(subject: String, state: State, message: String, remedy: String? = nil) {
        self.subject = subject
        self.state = state
        self.message = message
        self.remedy = remedy
    }
}

/// Looks at the machine with a trainer's eyes.
public enum Doctor {
    /// All findings, in the order in which they matter.
    public static func examine() -> [Finding] {
        [libtorch(), processor(), matrixUnit(), gpu(), threads(), memory(), weights(), wordReader()]
    }

    private static func libtorch() -> Finding {
        Finding(subject: "libtorch", state: .good, message: Runtime.version, remedy: nil)
    }

    private static func processor() -> Finding {
        let capability = Runtime.cpuCapability
        let vectors = !["DEFAULT", "NO AVX"].contains(capability)
        return Finding(
            subject: "processor", state: vectors ? .good : .limited,
            message: "\(ProcessInfo.processInfo.activeProcessorCount) cores, libtorch's kernels use \(capability)",
            remedy: vectors ? nil : "unset ATEN_CPU_CAPABILITY, or train on a processor with AVX2")
    }

    private static func matrixUnit() -> Finding {
        switch Runtime.amx {
        case .absent:
            Finding(subject: "AMX", state: .good, message: "this processor has none; nothing to do", remedy: nil)
        case .works:
            Finding(subject: "AMX", state: .good, message: "works", remedy: nil)
        case .capped:
            Finding(
                subject: "AMX", state: .limited,
                message:
                    "announced, but its instructions kill a process here; ONEDNN_MAX_CPU_ISA was set to avoid them",
                remedy: "nothing to do: fp32 is as fast without it; ask whoever runs the virtual machine to repair it")
        case .cappedByUser:
            Finding(
                subject: "AMX", state: .good, message: "your ONEDNN_MAX_CPU_ISA decides whether it is used", remedy: nil
            )
        }
    }

    private static func gpu() -> Finding {
        let devices = Runtime.devices.dropFirst().map(\.description)
        guard devices.isEmpty else {
            return Finding(subject: "GPU", state: .good, message: devices.joined(separator: ", "), remedy: nil)
        }
        let hasDriver = FileManager.default.fileExists(atPath: "/proc/driver/nvidia/version")
        return Finding(
            subject: "GPU", state: hasDriver ? .limited : .good,
            message: hasDriver
                ? "there is an NVIDIA driver, but libtorch is a CPU build" : "none; the processor trains",
            remedy: hasDriver
                ? "CUDA=1 TORCH_VERSION=2.11.0 make build, or LIBTORCH=/path/to/torch make build; keep the variables set"
                : nil)
    }

    private static func threads() -> Finding {
        let (threads, cores) = (Runtime.threads, ProcessInfo.processInfo.activeProcessorCount)
        let atWork = Runtime.threadsAtWork
        guard atWork == threads else {
            return Finding(
                subject: "threads", state: .limited, message: "\(threads) for each operation, of which \(atWork) came",
                remedy: "unset OMP_THREAD_LIMIT and OMP_DYNAMIC, if they are set")
        }
        return Finding(
            subject: "threads", state: threads > cores ? .limited : .good, message: "\(threads) for each operation",
            remedy: threads > cores ? "set OMP_NUM_THREADS=\(cores) or optimization.threads=\(cores)" : nil)
    }

    private static func memory() -> Finding {
        let gibibytes = Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)
        return Finding(
            subject: "memory", state: gibibytes < 4 ? .limited : .good, message: String(format: "%.0f GiB", gibibytes),
            remedy: gibibytes < 4 ? "keep data.width at 256 or less and data.batch_size at 1" : nil)
    }

    private static func weights() -> Finding {
        do {
            _ = try VGG16()
            return Finding(subject: "VGG16", state: .good, message: "the perceptual loss has its weights", remedy: nil)
        } catch {
            return Finding(
                subject: "VGG16", state: .broken, message: "\(error)",
                remedy: "check out the repository again, or train with loss.perceptual_weight=0")
        }
    }

    private static func wordReader() -> Finding {
        do {
            return Finding(
                subject: "words", state: .good, message: "\(try WordReader().version) reads them", remedy: nil)
        } catch {
            return Finding(
                subject: "words", state: .limited, message: "\(error.message); model.features=vgg16_words wants them",
                remedy: error.remedy)
        }
    }
}
