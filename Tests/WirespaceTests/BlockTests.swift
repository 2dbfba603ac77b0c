import TestSupport
import Testing
import Torch
import Wirespace

/// Forward within 1e-5, gradients within 1e-4, relative to the largest element, as `layer_goldens.py` records them.
@Suite("Blocks agree with PyTorch")
struct BlockTests {
    private let scale = ChannelScale(width: 0.125)
    private let latent = 16

    /// Loads a recorded block's parameters, feeds its inputs and compares the output and every gradient.
    private func check(_ name: String, _ store: ParameterStore, _ block: (Tensor, Tensor?) -> Tensor) throws {
        let goldens = try Goldens("blocks")
        try store.load(goldens.under("\(name).parameters"))
        let inputs = ["input": try goldens["\(name).input"], "z": goldens.tensors["\(name).z"]].compactMapValues { $0 }
        for leaf in inputs.values { leaf.requiresGrad = true }
        let output = block(try goldens["\(name).input"], inputs["z"])
        output.backward(try goldens["\(name).upstream"])
        #expect(difference(output, try goldens["\(name).output"]) < 1e-5, "\(name)")
        for (role, leaf) in inputs {
            #expect(difference(leaf.grad, try goldens["\(name).grad_\(role)"]) < 1e-4, "\(name): gradient of \(role)")
        }
        let gradients = goldens.under("\(name).grad_parameters")
        #expect(gradients.count == store.parameters.count)
        for (key, parameter) in store.parameters {
            let expected = try #require(gradients[key])
            #expect(difference(parameter.grad, expected) < 1e-4, "\(name): gradient of \(key)")
        }
    }

    @Test("attention over channels and places")
    func attention() throws {
        let store = ParameterStore(seed: 0)
        let attention = CBAM(32, at: store.root)
        try check("cbam", store) { x, _ in attention(x) }
    }

    @Test(
        "residual blocks with and without a shortcut, a stride and a code",
        arguments: [
            ("resblock_s1", 8, 8, 1), ("resblock_s1_wider", 12, 8, 1), ("resblock_s2", 8, 16, 2),
            ("resblock_modulated", 12, 8, 1),
        ])
    func residualBlock(_ name: String, _ inputs: Int, _ outputs: Int, _ stride: Int) throws {
        let store = ParameterStore(seed: 0)
        let block = ResidualBlock(
            inputs, outputs, stride: stride, modulatedBy: name == "resblock_modulated" ? latent : nil, scale: scale,
            at: store.root)
        try check(name, store) { x, z in block(x, z: z) }
    }

    @Test("a fresh block's modulation changes nothing")
    func freshModulation() {
        let plain = ResidualBlock(8, 8, scale: scale, at: ParameterStore(seed: 1).root)
        let modulated = ResidualBlock(8, 8, modulatedBy: latent, scale: scale, at: ParameterStore(seed: 1).root)
        let generator = Generator(seed: 2)
        let (x, z) = (Tensor.randn([2, 8, 5, 5], generator: generator), Tensor.randn([2, 16], generator: generator))
        #expect(modulated(x, z: z).floats == plain(x).floats)
    }

    @Test("encoder and spatial pyramid of pages from 33 × 47 up", arguments: ["33x47", "64x32", "100x65"])
    func spatialPyramidPooling(_ size: String) throws {
        let goldens = try Goldens("blocks")
        let name = "spp_\(size)"
        let model = try BetaVAE(.golden(), seed: 0)
        try model.parameters.load(Goldens("model").under("plain.parameters"))
        let map = try goldens["\(name).input"]
        #expect(difference(model.encoder(try goldens.image("\(name).image")).top, map) < 1e-5)

        map.requiresGrad = true
        let pooled = spatialPyramid(map)
        pooled.backward(try goldens["\(name).upstream"])
        #expect(difference(pooled, try goldens["\(name).output"]) < 1e-5)
        #expect(difference(map.grad, try goldens["\(name).grad_input"]) < 1e-4)
    }

    @Test("coordinate channels", arguments: [(33, 47, 16), (33, 47, 1), (64, 32, 4)])
    func coordinateChannels(_ height: Int, _ width: Int, _ stride: Int) throws {
        let expected = try Goldens("blocks")["coordinates_\(height)x\(width)_s\(stride).output"]
        let channels = coordinates(height, width, stride: stride).unsqueezed(0)
        #expect(difference(channels, expected) < 1e-6)
    }

    private struct Widths: Decodable {
        let channels: [String: [String: Int]]
        let groups: [String: [String: Int]]
    }

    @Test("channel counts and groups at every width")
    func widths() throws {
        let widths: Widths = try Goldens.settings("blocks")
        #expect(widths.channels.count == 8)
        for (width, counts) in widths.channels {
            let scale = ChannelScale(width: try #require(Double(width)))
            for (channels, expected) in counts {
                #expect(scale(try #require(Int(channels))) == expected, "\(channels) channels at width \(width)")
            }
            for (channels, expected) in try #require(widths.groups[width]) {
                #expect(
                    scale.groups(try #require(Int(channels))) == expected, "groups of \(channels) at width \(width)")
            }
        }
    }
}

extension ModelConfiguration {
    /// The small model of the goldens; the `conditioned` variant has modulation and coordinates as well.
    static func golden(conditioned: Bool = false) -> ModelConfiguration {
        var configuration = ModelConfiguration()
        configuration.width = 0.125
        configuration.latentDimension = 16
        configuration.modulation = conditioned
        configuration.coordinates = conditioned
        return configuration
    }
}
