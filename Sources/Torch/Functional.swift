internal import CTorch

/// How a map is resampled.
public enum Interpolation: UInt32, Sendable {
    /// The nearest cell.
    case nearest
    /// Linear in both directions, corners not aligned (PyTorch's `align_corners=False`).
    case bilinear
}

extension Tensor {
    /// `x · Wᵀ + b`, with `weight` `[out, in]`.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor { .result(self, weight, bias, ct_linear) }

    /// A convolution of `[B, in, H, W]` with `weight` `[out, in, k, k]`, zero padding.
    public func conv2d(_ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0) -> Tensor {
        .result(self, weight, bias) { ct_conv2d($0, $1, $2, $3, Int64(stride), Int64(padding)) }
    }

    /// Group normalisation of `[B, C, …]` over `groups` groups of channels, image by image.
    public func groupNorm(groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5) -> Tensor {
        .result(self, weight, bias) { ct_group_norm($0, $1, Int64(groups), $2, $3, epsilon) }
    }

    /// Normalisation over the last dimension.
    public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Double = 1e-5) -> Tensor {
        .result(self, weight, bias) { ct_layer_norm($0, $1, $2, $3, epsilon) }
    }

    /// softmax(q · kᵀ / √width) · v, with `self` as q (Vaswani et al., NeurIPS 2017): `[B, heads, length, width]`.
    ///
    /// - Parameter causal: whether a place sees only itself and those before it.
    public func attention(keys: Tensor, values: Tensor, causal: Bool) -> Tensor {
        .result(self, keys, values) { ct_attention($0, $1, $2, $3, causal) }
    }

    /// The largest value of each window.
    public func maxPool2d(_ kernel: Int, stride: Int, padding: Int = 0) -> Tensor {
        .result(self) { ct_max_pool2d($0, $1, Int64(kernel), Int64(stride), Int64(padding)) }
    }

    /// The mean of `height × width` windows that cover the map, whatever its size; windows overlap on maps smaller
    /// than the output.
    public func adaptiveAvgPool2d(_ height: Int, _ width: Int) -> Tensor {
        .result(self) { ct_adaptive_avg_pool2d($0, $1, Int64(height), Int64(width)) }
    }

    /// The maps `[B, C, H, W]` resampled to `height × width`.
    public func interpolate(_ height: Int, _ width: Int, _ mode: Interpolation) -> Tensor {
        .result(self) { ct_interpolate($0, $1, Int64(height), Int64(width), CTInterpolation(rawValue: mode.rawValue)) }
    }

    /// Channels to places: `[B, C · f², H, W]` to `[B, C, f · H, f · W]` (Shi et al., CVPR 2016, section 2.2).
    public func pixelShuffle(_ factor: Int) -> Tensor {
        .result(self) { ct_pixel_shuffle($0, $1, Int64(factor)) }
    }

    /// The binary cross-entropy of `sigmoid(self)` against `target` in [0, 1], element by element, without overflow.
    public func binaryCrossEntropyWithLogits(_ target: Tensor) -> Tensor { .result(self, target, ct_bce_with_logits) }
}
