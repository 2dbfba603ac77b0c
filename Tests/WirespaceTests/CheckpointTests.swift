import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Model files")
struct CheckpointTests {
    private static let yaml = """
        data: {directory: pages}
        model: {width: 0.125, latent_dim: 8}
        """

    /// Writes a model of the configuration above, with `change` made to its parameters.
    private func write(to file: URL, _ change: (inout [String: Tensor]) -> Void = { _ in }) throws -> ModelFile {
        let configuration = try Configuration(yaml: Self.yaml, file: "test.yaml")
        var parameters = try BetaVAE(configuration.model, seed: 3).parameters.dictionary
        change(&parameters)
        let stored = ModelFile(
            configuration: configuration, archetypes: ["form", "list"], epoch: 4, parameters: parameters,
            guessTemperature: 12.5)
        try stored.write(to: file)
        return stored
    }

    private func refusal(_ file: URL) -> UserError? {
        #expect(throws: UserError.self) { try TrainedModel(file.path, device: .cpu) }
    }

    @Test("a model comes back with its parameters, configuration, archetypes and epoch")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let stored = try write(to: file)
            let read = try ModelFile(contentsOf: file)
            #expect(read.archetypes == ["form", "list"])
            #expect(read.epoch == 4)
            #expect(read.configuration.model.latentDimension == 8)
            let trained = try TrainedModel(file.path, device: .cpu)
            #expect(trained.guessTemperature == 12.5)
            for (name, tensor) in trained.model.parameters.parameters {
                #expect(tensor.floats == stored.parameters[name]?.floats, "\(name)")
            }
        }
    }

    @Test("a temperature that is none is left out")
    func wrongTemperature() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            _ = try write(to: file)
            for wrong in ["nan", "0.5", "-3", "1e9", "hot"] {
                var changed = try SafeTensors(contentsOf: file)
                changed.metadata["guess_temperature"] = wrong
                try changed.write(to: file)
                #expect(try TrainedModel(file.path, device: .cpu).guessTemperature == 1, "\(wrong)")
            }
        }
    }

    @Test("a missing or misshapen parameter is named with the file")
    func wrongParameters() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            _ = try write(to: file) { $0["heads.mu.bias"] = nil }
            var error = refusal(file)
            #expect(error?.code == .data)
            #expect(error?.place == file.path)
            #expect(error?.message.contains("heads.mu.bias is missing") == true)

            _ = try write(to: file) { $0["heads.mu.bias"] = .zeros([9]) }
            error = refusal(file)
            #expect(error?.code == .data)
            #expect(error?.message.contains("heads.mu.bias has shape [9], the model needs [8]") == true)
        }
    }

    @Test("a truncated file, a foreign one and one that is not there are named")
    func broken() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            #expect(refusal(file)?.code == .missingInput)

            _ = try write(to: file)
            let whole = try Data(contentsOf: file)
            for length in [0, 7, 400, whole.count / 2, whole.count - 1] {
                try whole.prefix(length).write(to: file)
                let error = refusal(file)
                #expect(error?.code == .data, "\(length) bytes")
                #expect(error?.description.contains(file.path) == true)
            }
            try SafeTensors(["x": .ones([2])], metadata: ["format": "pt"]).write(to: file)
            #expect(refusal(file)?.message.contains("not a model of Wirespace") == true)
        }
    }

    @Test("where a file cannot be written the error says so")
    func unwritable() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: UserError.self) {
                try write(to: folder.appending(path: "no/model.safetensors"))
            }
            #expect(error?.code == .io)
            #expect(error?.message.contains("no/model.safetensors") == true)
        }
    }
}
