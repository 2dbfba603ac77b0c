import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The memory of an evaluation that was stopped")
final class EvaluationMemoryTests {
    private let folder: URL
    private var file: URL { folder.appending(path: "evaluation/unfinished.txt") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func memory(of subject: String = "a model") -> EvaluationMemory {
        EvaluationMemory(file, subject: [subject])
    }

    private let inputs = [Tensor([1, 2, 3] as [Float], shape: [3])]
    private static let numbers: [Float] = [0.1, -1 / 3, .leastNonzeroMagnitude, .nan, -.infinity]

    /// What is recalled, or nil where it would have to be computed.
    private func recalled(
        _ memory: EvaluationMemory, _ result: String = "codes", of inputs: [Tensor]? = nil
    ) throws -> [UInt32]? {
        struct Unknown: Error {}
        do {
            let numbers: [Float] = try memory.recall(result, of: inputs ?? self.inputs) { throw Unknown() }
            return numbers.map(\.bitPattern)
        } catch is Unknown {
            return nil
        }
    }

    @Test("a result is computed once, and then is bit for bit the same, for the same inputs alone")
    func recall() throws {
        let first = memory()
        #expect(try recalled(first) == nil && first.count == 0)
        #expect(!FileManager.default.fileExists(atPath: file.path), "nothing was found out")
        _ = try first.recall("codes", of: inputs) { Self.numbers }
        #expect(try recalled(first) == Self.numbers.map(\.bitPattern))

        let second = memory()
        #expect(second.count == 1)
        #expect(try recalled(second) == Self.numbers.map(\.bitPattern))
        #expect(try recalled(second, "layouts") == nil)
        #expect(try recalled(second, of: [Tensor([1, 2, 3.0000002] as [Float], shape: [3])]) == nil)
        #expect(try recalled(second, of: [Tensor([1, 2, 3] as [Float], shape: [3, 1])]) == nil)
        #expect(try recalled(memory(of: "another model")) == nil)
    }

    @Test("a line that a killed process has torn is computed again; those before and after it stay")
    func torn() throws {
        let first = memory()
        for name in ["a", "b"] { _ = try first.recall(name, of: inputs) { Self.numbers } }
        let whole = try Data(contentsOf: file)
        try whole.dropLast(5).write(to: file)

        let second = memory()
        #expect(try recalled(second, "a") != nil)
        #expect(try recalled(second, "b") == nil)
        _ = try second.recall("c", of: inputs) { Self.numbers }
        let third = memory()
        #expect(try recalled(third, "a") != nil && recalled(third, "c") != nil)
        #expect(try recalled(third, "b") == nil)

        try Data([0xff, 0x00, 0x0a, 0x20, 0x0a]).write(to: file)
        #expect(try recalled(memory(), "a") == nil, "a file of something else is one without results")
    }

    @Test("what libtorch could not compute is not kept")
    func failed() throws {
        let shapes = (Tensor.zeros([2]), Tensor.zeros([3]))
        #expect(throws: TorchError.self) {
            try withTorchErrors { try memory().recall("codes", of: inputs) { (shapes.0 + shapes.1).floats } }
        }
        #expect(memory().count == 0)
    }

    @Test("what cannot be written is said with its place")
    func unwritable() throws {
        try Data("a file".utf8).write(to: folder.appending(path: "evaluation"))
        let error = #expect(throws: UserError.self) { try memory().recall("codes", of: inputs) { Self.numbers } }
        #expect(error?.code == .io && error?.place == file.path)
    }
}
