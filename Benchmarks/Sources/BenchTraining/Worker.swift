import Foundation
import Torch
import Wirespace

/// Takes training steps on request: a line with their number comes in, a line of JSON goes out. A line with the path of a
/// file loads the state that the peer has saved there; `encode N` and `decode N` time N passes without gradients; `peak` asks for the
/// most bytes that tensors held on a GPU.
///
/// A step is what it is in `Trainer`: accumulate the gradients of its batches, clip, Adam.
final class Worker {
    private let example: TrainingCase
    private let model: BetaVAE
    private let optimizer: Adam
    private let training: TrainingStep
    private let weights: LossWeights
    private let device: Device
    private var stepsTaken = 0

    init(_ example: TrainingCase, device name: String) throws {
        let configuration = example.configuration
        self.example = example
        device = name == "cuda" ? .cuda(0) : .cpu
        let precision = configuration.optimization.mixedPrecision != .off && device != .cpu ? DType.bfloat16 : nil
        if let threads = configuration.optimization.threads { Runtime.threads = threads }
        model = try BetaVAE(configuration.model, seed: 0, device: device)
        try model.parameters.load(example.parameters)
        let vgg = configuration.loss.perceptualWeight > 0 ? try VGG16(device: device, precision: precision) : nil
        let objective = Objective(configuration.loss, prior: Prior(means: example.means?.to(device)), vgg: vgg)
        optimizer = Adam(
            model.parameters, learningRate: configuration.optimization.learningRate,
            weightDecay: configuration.optimization.weightDecay,
            decoupledWeightDecay: configuration.optimization.optimizer == .adamw)
        weights = configuration.finalWeights
        training = TrainingStep(
            model, objective, optimizer, precision: precision, capture: TrainingStep.graphs(on: device)
        ) { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
    }

    /// What the worker says when it is ready.
    private struct Ready: Encodable {
        let torch = Runtime.version
        let threads = Runtime.threads
        let capability = Runtime.cpuCapability
        let parameters: Int
        /// What the probe of AMX set, so that the peer can run with the same.
        let environment: [String: String]
    }

    /// What it says after the steps.
    private struct Report: Encodable {
        var losses: [Double] = []
        var seconds: [Double] = []
        /// Of the gradient, before clipping.
        var norms: [Double] = []
        var peak: Int?
    }

    func serve() throws {
        let environment = ["ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"].reduce(into: [String: String]()) {
            $0[$1] = getenv($1).map { String(cString: $0) }
        }
        try say(Ready(parameters: model.parameters.count, environment: environment))
        while let line = readLine() {
            let words = line.split(separator: " ")
            if let count = Int(line) {
                try say(take(count))
            } else if line == "peak" {
                try say(Report(peak: Runtime.peakMemory(of: device)))
            } else if words.count == 2, let count = Int(words[1]) {
                try say(Report(seconds: time(String(words[0]), count)))
            } else {
                try load(URL(filePath: line))
                try say(Report())
            }
        }
    }

    private func take(_ count: Int) throws -> Report {
        var report = Report()
        let clock = ContinuousClock()
        for _ in 0..<count {
            let duration = try clock.measure {
                let (loss, norm) = try step()
                report.losses.append(loss)
                report.norms.append(norm)
            }
            report.seconds.append(duration / .seconds(1))
        }
        return report
    }

    /// The seconds of each of `count` passes of the encoder or of the decoder, the latter from codes alone.
    private func time(_ part: String, _ count: Int) -> [Double] {
        let batch = example.steps[0][0]
        let (pages, codes) = (batch.input.to(device), batch.noise.to(device))
        let (_, _, H, W) = pages.shape4
        return (0..<count).map { _ in
            let duration = ContinuousClock().measure {
                withoutGradients {
                    _ = part == "encode" ? model.encode(pages).mu : model.decode(codes, height: H, width: W)
                }
                Runtime.synchronize(device)
            }
            return duration / .seconds(1)
        }
    }

    /// Goes on from the peer's parameters and moments.
    private func load(_ url: URL) throws {
        let tensors = try SafeTensors(contentsOf: url).tensors
        func part(_ prefix: String) -> [String: Tensor] {
            let named = tensors.filter { $0.key.hasPrefix(prefix) }
            return Dictionary(uniqueKeysWithValues: named.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        }
        try model.parameters.load(part("model."))
        try optimizer.restore(part("optimizer."))
    }

    /// The mean loss of the step's images, and the norm of its gradient.
    private func step() throws -> (loss: Double, norm: Double) {
        let batches = example.steps[stepsTaken % example.steps.count]
        let count = batches.reduce(0) { $0 + $1.archetypes.count }
        let total = batches.reduce(0) { $0 + accumulate($1, share: 1 / Double(count)) }
        let norm = clipGradientNorm(model.parameters.tensors, to: example.configuration.optimization.clipNorm)
        try training.updateParameters()
        Runtime.synchronize(device)
        stepsTaken += 1
        return (total / Double(count), norm)
    }

    private func accumulate(_ batch: TrainingCase.Batch, share: Double) -> Double {
        let moved = TrainingBatch(
            input: batch.input.to(device), target: batch.target.to(device), noise: batch.noise.to(device),
            dropped: batch.dropped?.to(device), labels: Labels(batch.archetypes, device: device))
        return training.accumulateGradients(of: moved, scale: share, weights).total.doubles.reduce(0, +)
    }
}
