import TestSupport
import Testing
import Torch

/// Forward within 1e-5, gradients within 1e-4, relative to the largest element, as `layer_goldens.py` records them.
@Suite("Layers agree with PyTorch")
struct LayerTests {
    private struct Convolution: Decodable {
        let stride: Int
        let padding: Int
    }

    private struct Groups: Decodable {
        let groups: Int
        let eps: Double
    }

    private struct Output: Decodable {
        let output: Int
    }

    private struct Size: Decodable {
        let size: [Int]
    }

    private static func settings<Settings: Decodable>(_ name: String) throws -> Settings {
        let all: [String: JSON<Settings>] = try Goldens.settings("layers")
        return try #require(all[name]?.value, "goldens.json has no settings for \(name)")
    }

    /// The settings of other layers have other keys; they decode to nil.
    private struct JSON<Value: Decodable>: Decodable {
        let value: Value?

        init(from decoder: any Decoder) {
            value = try? Value(from: decoder)
        }
    }

    /// Feeds a recorded case's inputs to `layer` and compares the output and the gradient of every input.
    private func check(_ name: String, _ layer: ([String: Tensor]) throws -> Tensor) throws {
        let goldens = try Goldens("layers")
        var inputs: [String: Tensor] = [:]
        for role in ["input", "weight", "bias"] {
            guard let leaf = goldens.tensors["\(name).\(role)"] else { continue }
            leaf.requiresGrad = true
            inputs[role] = leaf
        }
        let output = try layer(inputs)
        output.backward(try goldens["\(name).upstream"])
        #expect(difference(output, try goldens["\(name).output"]) < 1e-5, "\(name): output")
        for (role, leaf) in inputs {
            #expect(difference(leaf.grad, try goldens["\(name).grad_\(role)"]) < 1e-4, "\(name): gradient of \(role)")
        }
    }

    @Test(
        "convolutions of every kernel, stride and padding of the model",
        arguments: ["conv3x3_s1", "conv3x3_s2", "conv7x7_s2", "conv7x7_s1", "conv1x1_s2"])
    func convolution(_ name: String) throws {
        let settings: Convolution = try Self.settings(name)
        try check(name) { inputs in
            try #require(inputs["input"]).conv2d(
                try #require(inputs["weight"]), bias: inputs["bias"], stride: settings.stride, padding: settings.padding
            )
        }
    }

    @Test("the affine map")
    func linear() throws {
        try check("linear") { inputs in
            try #require(inputs["input"]).linear(try #require(inputs["weight"]), bias: inputs["bias"])
        }
    }

    @Test("group normalisation, also of maps of one cell", arguments: ["group_norm", "group_norm_1x1"])
    func groupNorm(_ name: String) throws {
        let settings: Groups = try Self.settings(name)
        try check(name) { inputs in
            try #require(inputs["input"]).groupNorm(
                groups: settings.groups, weight: inputs["weight"], bias: inputs["bias"], epsilon: settings.eps)
        }
    }

    @Test("the largest value of each window")
    func maxPool() throws {
        try check("max_pool") { try #require($0["input"]).maxPool2d(3, stride: 2, padding: 1) }
    }

    @Test(
        "adaptive means of maps smaller and larger than the pool",
        arguments: ["1x1", "2x3", "3x5", "5x7", "16x8"], [1, 2, 4])
    func adaptivePool(_ size: String, _ side: Int) throws {
        let name = "adaptive_average_pool_\(side)_\(size)"
        let settings: Output = try Self.settings(name)
        try check(name) { try #require($0["input"]).adaptiveAvgPool2d(settings.output, settings.output) }
    }

    @Test("bilinear resampling down and up", arguments: ["1x2", "2x2", "4x4", "5x3", "64x40"])
    func bilinear(_ size: String) throws {
        let settings: Size = try Self.settings("bilinear_\(size)")
        try check("bilinear_\(size)") {
            try #require($0["input"]).interpolate(settings.size[0], settings.size[1], .bilinear)
        }
    }

    @Test("every cell doubled")
    func nearest() throws {
        try check("nearest_2x") { inputs in
            let input = try #require(inputs["input"])
            let (_, _, height, width) = input.shape4
            return input.interpolate(2 * height, 2 * width, .nearest)
        }
    }

    @Test("the sigmoid, far out as well")
    func sigmoid() throws {
        try check("sigmoid") { try #require($0["input"]).sigmoid() }
    }

    @Test("binary cross-entropy of logits up to ±90, without overflow")
    func binaryCrossEntropy() throws {
        let target = try Goldens("layers")["bce_with_logits.target"]
        try check("bce_with_logits") { try #require($0["input"]).binaryCrossEntropyWithLogits(target) }
    }

    @Test("equal maxima share the gradient evenly")
    func maximumOfTies() throws {
        try check("amax_ties") { try #require($0["input"]).amax(1) }
    }

    @Test("adaptive pooling takes the mean of the cells that a window covers")
    func area() {
        let map = Tensor((0..<24).map(Float.init), shape: [1, 1, 4, 6])
        #expect(map.adaptiveAvgPool2d(2, 2).floats == [4, 7, 16, 19])
    }
}
