import Foundation
import TestSupport
import Testing
import Torch

/// Lets the process write files of at most so many bytes, or of any length again.
private func limitFileSize(to byteCount: Int?) {
    #if os(Linux)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
        let resource = RLIMIT_FSIZE
    #endif
    var limit = rlimit()
    getrlimit(resource, &limit)
    limit.rlim_cur = byteCount.map { rlim_t($0) } ?? limit.rlim_max
    setrlimit(resource, &limit)
}

#if compiler(>=6.2)
    /// Each test runs in its own process, because limits and user identities belong to the process.
    @Suite("Writing where it cannot be done")
    struct AtomicWriteTests {
        @Test("a disk that fills up while writing is an error, and the old file is intact")
        func diskFull() async {
            await #expect(processExitsWith: .success) {
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "last.safetensors")
                    try SafeTensors(["x": Tensor.ones([3])]).write(to: file)
                    let before = try Data(contentsOf: file)

                    // A limit on the size of files fails in the middle of the writing, as a full disk does.
                    signal(SIGXFSZ, SIG_IGN)
                    limitFileSize(to: 100_000)
                    let error = #expect(throws: TorchError.self) {
                        try SafeTensors(["x": Tensor.ones([1_000_000])]).write(to: file)
                    }
                    limitFileSize(to: nil)

                    #expect(error?.kind == .file)
                    #expect(
                        error?.message.contains("last.safetensors: cannot be written") == true,
                        "\(error?.message ?? "")")
                    #expect(try Data(contentsOf: file) == before)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["last.safetensors"])
                }
            }
        }

        @Test("a folder that may not be written to is an error, and the old file is intact")
        func readOnlyFolder() async {
            await #expect(processExitsWith: .success) {
                if geteuid() == 0 { #expect(setuid(65534) == 0, "root may write anywhere") }
                try withTemporaryFolder { folder in
                    let file = folder.appending(path: "last.safetensors")
                    try SafeTensors(["x": Tensor.ones([3])]).write(to: file)
                    let before = try Data(contentsOf: file)
                    chmod(folder.path, 0o500)
                    defer { chmod(folder.path, 0o700) }
                    let error = #expect(throws: TorchError.self) {
                        try SafeTensors(["x": Tensor.zeros([3])]).write(to: file)
                    }
                    #expect(error?.kind == .file)
                    #expect(
                        error?.message.contains("last.safetensors: cannot be written") == true,
                        "\(error?.message ?? "")")
                    #expect(try Data(contentsOf: file) == before)
                    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["last.safetensors"])
                }
            }
        }

        @Test("a folder that is not there is an error with the file's name")
        func missingFolder() throws {
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "nowhere/last.safetensors")
                let error = #expect(throws: TorchError.self) {
                    try SafeTensors(["x": Tensor.ones([3])]).write(to: file)
                }
                #expect(error?.kind == .file)
                #expect(error?.message.contains("nowhere/last.safetensors") == true)
            }
        }
    }
#endif
