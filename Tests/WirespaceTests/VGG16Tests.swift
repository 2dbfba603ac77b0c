import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("VGG16 agrees with PyTorch")
struct VGG16Tests {
    @Test("features of the four layers: means and deviations of every channel, and a corner of each map")
    func features() throws {
        let goldens = try Goldens("vgg")
        let features = try VGG16()(goldens.image("target"))
        let layers = zip(["relu1_2", "relu2_2", "relu3_3", "relu4_3"], features)
        #expect(features.map { $0.shape[1] } == [64, 128, 256, 512])
        for (name, map) in layers {
            let mean = map.mean(0, 2, 3, keepDims: true)
            let deviation = (map - mean).square().mean(0, 2, 3).sqrt()
            #expect(difference(mean.reshape(-1), try goldens["\(name).channel_mean"]) < 1e-5, "\(name)")
            #expect(difference(deviation, try goldens["\(name).channel_std"]) < 1e-5, "\(name)")
            let corner = map.narrow(1, from: 0, length: 4).narrow(2, from: 0, length: 6).narrow(3, from: 0, length: 8)
            #expect(difference(corner.reshape(4, 6, 8), try goldens["\(name).slice"]) < 1e-5, "\(name)")
        }
    }

    @Test("the perceptual distance and its gradient")
    func distance() throws {
        let goldens = try Goldens("vgg")
        let reconstruction = try goldens["reconstruction"]
        reconstruction.requiresGrad = true
        let loss = try perceptualDistance(reconstruction, goldens.image("target"), VGG16())
        loss.sum().backward()
        #expect(difference(loss, try goldens["loss"]) < 1e-5)
        #expect(difference(reconstruction.grad, try goldens["grad_reconstruction"]) < 1e-4)
    }

    @Test("a page is at distance zero from itself, and every image of a batch has its own distance")
    func images() throws {
        let goldens = try Goldens("vgg")
        let (target, other) = (try goldens.image("target"), try goldens["reconstruction"])
        let distances = try perceptualDistance(
            .concatenate([target, other], dim: 0), .concatenate([target, target], dim: 0), VGG16())
        #expect(distances.floats[0] == 0)
        #expect(difference([distances.doubles[1]], try goldens["loss"].doubles) < 1e-5)
    }

    @Test("a file that is missing, broken or not VGG16 is named")
    func foreignFile() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "vgg.safetensors")
            var error = #expect(throws: UserError.self) { try VGG16(weights: file) }
            #expect(error?.code == .missingInput)
            #expect(error?.place == file.path)

            try Data("not weights".utf8).write(to: file)
            error = #expect(throws: UserError.self) { try VGG16(weights: file) }
            #expect(error?.code == .data)

            let misshapen = ["features.0.weight": Tensor.zeros([64, 1, 3, 3]), "features.0.bias": .zeros([64])]
            for tensors in [[:], misshapen] {
                try SafeTensors(tensors).write(to: file)
                error = #expect(throws: UserError.self) { try VGG16(weights: file) }
                #expect(error?.code == .data)
                #expect(error?.message.contains("features.0") == true)
            }
        }
    }
}
