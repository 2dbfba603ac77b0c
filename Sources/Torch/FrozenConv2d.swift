internal import CTorch

/// `relu(conv(x) + bias)` with 3×3 filters that never change, zero padding of 1: the layer of a network that is only a
/// yardstick.
///
/// On a processor it is Winograd's F(4×4, 3×3) (Lavin and Gray, CVPR 2016) with a quarter of the multiplications, forward
/// and back to its input; the filters are transformed once, here. Results differ from the direct convolution by about
/// 3e-6 of the largest. Channel counts that are no multiples of 16 get libtorch's convolution, GPUs cuDNN's, with bias and ReLU in the
/// same kernel.
public struct FrozenConv2d {
    /// What the forward and the backward product multiply with: four times the size of the filters, each.
    private struct Transformed {
        let filters: Tensor
        let turned: Tensor
    }

    private enum Filters {
        case plain(Tensor)
        case winograd(Transformed)
    }

    private let filters: Filters
    private let bias: Tensor

    /// - Parameters:
    ///   - weight: `[out, in, 3, 3]`, on a processor fp32. A GPU computes in its precision, and fastest if it is channels-last.
    ///   - bias: `[out]`, of the same precision.
    public init(weight: Tensor, bias: Tensor) {
        let (outputs, inputs, _, _) = weight.shape4
        self.bias = bias
        guard weight.device == .cpu, inputs % 16 == 0, outputs % 16 == 0 else {
            filters = .plain(weight)
            return
        }
        filters = withoutGradients {
            // Back to the input: the filters by 180°, inputs and outputs exchanged.
            let last = Tensor((0..<9).reversed().map { $0 }, device: .cpu)
            let turned = weight.reshape(outputs, inputs, 9).indexSelect(2, last)
                .reshape(outputs, inputs, 3, 3).permute(1, 0, 2, 3)
            return .winograd(
                Transformed(
                    filters: .result(weight, ct_winograd_filters), turned: .result(turned, ct_winograd_filters)))
        }
    }

    /// Maps `[B, in, H, W]` to `[B, out, H, W]`, of the filters' precision.
    ///
    /// - Parameter occupied: what `occupiedTiles` gave, to compute blank paper only once. Without gradients only.
    public func callAsFunction(_ x: Tensor, occupied: Tensor? = nil) -> Tensor {
        switch filters {
        case .plain(let weight): .result(x, weight, bias, ct_conv2d_relu)
        case .winograd(let transformed):
            withExtendedLifetime((bias, occupied)) {
                .result(x, transformed.filters, transformed.turned) {
                    ct_frozen_conv2d($0, $1, $2, $3, bias.handle, occupied?.handle)
                }
            }
        }
    }

    /// Where the output may differ from blank paper's, `[B, 1, H, W]` of truth values: the 4×4 tiles with a pixel that has
    /// an occupied neighbour in the input or lies at the edge. All other tiles of an image are equal, bit for bit.
    ///
    /// - Parameter occupied: where the input may differ, `[B, 1, H, W]` of truth values. On a processor.
    public static func occupiedTiles(_ occupied: Tensor) -> Tensor { .result(occupied, ct_occupied_tiles) }
}
