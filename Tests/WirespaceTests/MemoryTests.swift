import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Training in little memory")
struct MemoryTests {
    /// A small model with every option that lies in the way of a gradient, or the source's plain one.
    private static func configuration(_ kind: String) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.width = 0.25
        configuration.latentDimension = 8
        configuration.useSkipConnections = true
        if kind != "plain" {
            configuration.modulation = true
            configuration.coordinates = true
        }
        if kind == "subpixel" { configuration.upsampling = .subpixel }
        return configuration
    }

    /// The loss of two pages and the gradient of every parameter.
    static func step(
        _ model: BetaVAE, _ vgg: VGG16?, height: Int, width: Int, checkpointing: Bool
    ) -> (loss: [Float], gradients: [String: [Float]]) {
        var configuration = LossConfiguration()
        configuration.pixel = .bce
        let objective = Objective(configuration, prior: .standard, vgg: vgg)
        var weights = LossWeights(configuration, epoch: 100)
        if vgg == nil { weights.perceptual = 0 }
        let pages = (Tensor.rand([2, 1, height, width], generator: Generator(seed: 2)) .> 0.2).to(dtype: .float32)
        let noise = Tensor.randn([2, 8], generator: Generator(seed: 3))
        let output = model(pages, noise: noise, dropped: Tensor([true, false]), checkpointing: checkpointing)
        let loss = objective(
            output, target: pages, archetypes: [nil, nil], weights: weights, checkpointing: checkpointing)
        model.parameters.zeroGradients()
        loss.total.sum().backward()
        let gradients = model.parameters.dictionary.compactMapValues { $0.grad?.floats }
        return (loss.total.floats, gradients)
    }

    @Test(
        "a step with activation checkpointing has the loss and the gradients of a plain one",
        arguments: ["plain", "conditioned", "subpixel"])
    func sameStep(_ kind: String) throws {
        let model = try BetaVAE(Self.configuration(kind), seed: 1)
        withoutGradients {
            for (name, tensor) in model.parameters.parameters where name.contains("null") || name.contains("modulation")
            {
                tensor.fillUniform(-0.2, 0.2, generator: Generator(seed: 5))
            }
        }
        let vgg = try VGG16()
        let plain = Self.step(model, vgg, height: 47, width: 66, checkpointing: false)
        let again = Self.step(model, vgg, height: 47, width: 66, checkpointing: true)
        #expect(again.loss == plain.loss)
        #expect(Set(again.gradients.keys) == Set(plain.gradients.keys) && plain.gradients.count > 80)
        func whole(_ gradients: [String: [Float]]) -> Tensor {
            let values = gradients.sorted { $0.key < $1.key }.flatMap(\.value)
            return Tensor(values, shape: [values.count]).to(dtype: .float64)
        }
        let (a, b) = (whole(again.gradients), whole(plain.gradients))
        #expect((a - b).norm().item() < 1e-6 * b.norm().item())
        for (name, gradient) in plain.gradients {
            let same = try #require(again.gradients[name])
            if name.hasPrefix("decoder") {
                #expect(same.elementsEqual(gradient), "\(name)")
            } else {
                // What several stages share, codes and skips, gets the sum of their gradients, added in another order.
                #expect(difference(same.map(Double.init), gradient.map(Double.init)) < 1e-5, "\(name)")
            }
        }
    }

    #if compiler(>=6.2) && os(Linux)
        @Test("where the memory ends, a training goes on with checkpointing, or says which keys would help")
        func exhausted() async {
            await #expect(processExitsWith: .success) {
                let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
                defer { try? FileManager.default.removeItem(at: folder) }
                func train(_ checkpointing: String) throws -> [Float] {
                    let configuration = try Configuration(
                        yaml: """
                            device: cpu
                            data: {generator: {width: 512, train_pages: 1, validation_pages: 1}, max_height: 1024, workers: 1}
                            model: {latent_dim: 8, width: 0.25}
                            optimization:
                              {epochs: 1, accumulation_steps: 1, threads: 1, activation_checkpointing: \(checkpointing)}
                            """, file: "test.yaml")
                    let run = RunFolder(folder.appending(path: checkpointing).path)
                    _ = try run.prepare(for: configuration, resume: false)
                    let trainer = try Trainer(
                        configuration, pages: configuration.pageSource(), run: run, resume: false,
                        console: Console(quiet: true))
                    #expect(try trainer.train() == .finished)
                    return trainer.model.parameters.tensors.flatMap(\.floats)
                }
                let wanted = try train("true")
                // What has sufficed so far, and a little: a plain step with VGG16 needs a few hundred MiB more.
                var limit = rlimit(rlim_cur: rlim_t(peakAddressSpace() + 16 << 20), rlim_max: .max)
                #expect(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
                let error = #expect(throws: UserError.self) { try train("false") }
                #expect(error?.message.contains("out of memory") == true, "\(String(describing: error))")
                #expect(error?.remedy?.contains("activation_checkpointing=true, data.max_height=512") == true)
                #expect(try train("auto") == wanted)
            }
        }
    #endif
}

/// A figure of `/proc/self/status`, in bytes.
private func status(_ key: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    return (line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

/// The most addresses that this process has had.
private func peakAddressSpace() -> Int { status("VmPeak") }
