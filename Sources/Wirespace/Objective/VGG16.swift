public import Foundation
public import Torch
import Wireframes

/// The first ten convolutions of VGG16 (Simonyan and Zisserman, ICLR 2015) with torchvision's ImageNet weights, frozen,
/// as a yardstick of how alike two pictures look (Johnson et al., ECCV 2016).
public struct VGG16 {
    private let convolutions: [FrozenConv2d]
    private let precision: DType
    private let mean: Tensor
    private let deviation: Tensor

    /// Numbers of the convolutions in torchvision's `features`, block by block; a pool stands between two blocks.
    private static let blocks = [[0, 2], [5, 7], [10, 12, 14], [17, 19, 21]]
    /// What the convolutions of each block give.
    private static let channels = [64, 128, 256, 512]

    /// Loads the weights that come with the package, or those at `url`.
    ///
    /// - Parameter precision: what a GPU computes the features in; a processor's are fp32.
    /// - Throws: `UserError` naming the file when it is not there or is not VGG16.
    public init(weights url: URL? = nil, device: Device = .cpu, precision: DType? = nil) throws {
        guard let url = url ?? Bundle.module.url(forResource: "vgg16_relu4_3.fp16", withExtension: "safetensors") else {
            throw UserError(
                .missingInput, "the VGG16 weights are not beside the program",
                at: "vgg16_relu4_3.fp16.safetensors", remedy: "run `scripts/setup`, or set loss.perceptual_weight=0")
        }
        let file = try Self.tensors(in: url)
        let precision = device.isCUDA ? precision ?? .float32 : .float32
        var inputs = 3
        let layers: [(weight: Tensor, bias: Tensor)] = try zip(Self.blocks, Self.channels).flatMap { numbers, outputs in
            try numbers.map { number in
                let name = "features.\(number)"
                guard let weight = file[name + ".weight"], let bias = file[name + ".bias"],
                    weight.shape == [outputs, inputs, 3, 3], bias.shape == [outputs]
                else {
                    throw UserError(
                        .data, "\(name) of VGG16 is missing or has another shape", at: url.path, remedy: Self.remedy)
                }
                inputs = outputs
                return (
                    weight.to(device, dtype: precision).contiguous(channelsLast: device.isCUDA),
                    bias.to(device, dtype: precision)
                )
            }
        }
        convolutions = layers.map { FrozenConv2d(weight: $0.weight, bias: $0.bias) }
        self.precision = precision
        mean = Tensor([0.485, 0.456, 0.406] as [Float], shape: [1, 3, 1, 1], device: device)
        deviation = Tensor([0.229, 0.224, 0.225] as [Float], shape: [1, 3, 1, 1], device: device)
    }

    private static let remedy = "check out the repository again, or train with loss.perceptual_weight=0"

    private static func tensors(in url: URL) throws -> [String: Tensor] {
        do {
            return try SafeTensors(contentsOf: url).tensors
        } catch let error as TorchError {
            let missing = error.kind == .file
            throw UserError(
                missing ? .missingInput : .data, missing ? "the VGG16 weights cannot be read" : error.message,
                at: url.path, remedy: remedy)
        }
    }

    /// relu1_2, relu2_2, relu3_3 and relu4_3 of pages `[B, 1, H, W]` in [0, 1]: 64, 128, 256 and 512 maps at ÷1, ÷2, ÷4
    /// and ÷8, in the precision that was asked for.
    ///
    /// On a processor, the features of blank paper, which most of a wireframe is, are computed once a page where no
    /// gradient is wanted. The result is the same, bit for bit.
    public func callAsFunction(_ pages: Tensor) -> [Tensor] {
        // What differs from white paper; then what of each layer's output may differ because of it.
        let onProcessor = pages.device == .cpu
        var occupied = onProcessor && !pages.requiresGrad ? FrozenConv2d.occupiedTiles(pages .< 1) : nil
        var x = pages
        var features: [Tensor] = []
        for index in Self.blocks.indices {
            if index > 0 {
                x = Self.pooled(x)
                occupied = occupied.map { Self.pooled($0.to(dtype: .float32)) }
            }
            x = block(index, x, occupied: &occupied)
            features.append(x)
        }
        return features
    }

    /// What stands between two blocks.
    static func pooled(_ x: Tensor) -> Tensor { x.maxPool2d(2, stride: 2) }

    /// The features at the end of a block, from pages for the first and from the pooled features of the one before for the
    /// others.
    func block(_ index: Int, _ input: Tensor) -> Tensor {
        var unknown: Tensor?
        return block(index, input, occupied: &unknown)
    }

    private func block(_ index: Int, _ input: Tensor, occupied: inout Tensor?) -> Tensor {
        var x = index == 0 ? convolutions[0](colours(input)) : input
        let start = Self.blocks[..<index].joined().count
        let numbers = start..<start + Self.blocks[index].count
        for number in numbers where number > 0 {
            occupied = occupied.map(FrozenConv2d.occupiedTiles)
            x = convolutions[number](x, occupied: occupied)
        }
        return x
    }

    /// Pages `[B, 1, H, W]` as pictures `[B, 3, H, W]`, standardised as ImageNet's.
    private func colours(_ pages: Tensor) -> Tensor {
        let (B, _, H, W) = pages.shape4
        let normalised = (pages.expand([B, 3, H, W]) - mean) / deviation
        return normalised.to(dtype: precision).contiguous(channelsLast: pages.device != .mps)
    }

    /// Length of the vector that ``pooled(_:)`` gives.
    static let pooledLength = 5 * 512

    /// relu4_3 as one vector a page, `[B, 5 · 512]`: means over the whole page and over its quarters. Without gradients.
    ///
    /// One page after the other: the maps of several at once would take gigabytes, and a page's vector does not depend on its company.
    func pooled(_ pages: Tensor) -> Tensor {
        let rows = (0..<pages.shape[0]).compactMap { page in
            withoutGradients { self(pages.narrow(0, from: page, length: 1)) }.last.map { top in
                Tensor.concatenate([1, 2].map { top.adaptiveAvgPool2d($0, $0).reshape(1, -1) }, dim: 1)
            }
        }
        return .concatenate(rows, dim: 0)
    }
}
