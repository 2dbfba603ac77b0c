internal import CTorch

/// Chains of operators over whole maps in one pass each, on a processor, and in few on a GPU: what libtorch does in many passes is
/// bounded by memory. Results are channels-last, and so are inputs best.
extension Tensor {
    /// Whether the passes below are the faster way for these maps `[B, C, H, W]`: fp32 on a processor, C a multiple of 8; on a GPU one
    /// page at a time, since libtorch's kernels that they are made of there know no images.
    public var fitsFusedPasses: Bool {
        let shape = shape
        guard shape.count == 4, !shape.contains(0) else { return false }
        return device == .cpu ? dtype == .float32 && shape[1] % 8 == 0 : prefersChannelsLast
    }

    /// Whether maps of this device and batch are worked on faster channels-last.
    public var prefersChannelsLast: Bool {
        switch device {
        case .cpu: true
        case .cuda: shape.first == 1
        case .mps: false
        }
    }

    /// `GN(x) · scale + shift`, then the ReLU if wanted, with `scale` and `shift` `[C]` or `[B, C]`.
    package func normalised(groups: Int, scale: Tensor, shift: Tensor, relu: Bool, epsilon: Double = 1e-5) -> Tensor {
        .result(self, scale, shift) { ct_normalise($0, $1, $2, $3, Int64(groups), relu, epsilon) }
    }

    /// The mean and the largest value of each map, `[2, B, C]`, at least fp32. Equal maxima share their gradient.
    public func pooledMaps() -> Tensor { .result(self, ct_channel_pool) }

    /// The mean and the largest value at each place over the channels of `x · scale`, `[B, 2, H, W]`, with `scale` `[B, C]`.
    public func pooledPlaces(scaledBy scale: Tensor) -> Tensor { .result(self, scale, ct_place_pool) }

    /// `relu(x · maps · places + residual)`, with `maps` `[B, C]`, `places` `[B, 1, H, W]` and a residual of x's shape.
    public func attended(maps: Tensor, places: Tensor, addedTo residual: Tensor) -> Tensor {
        withExtendedLifetime(residual) {
            .result(self, maps, places) { ct_attend_and_add($0, $1, $2, $3, residual.handle) }
        }
    }

    /// The means over the windows that lie inside images `[B, H, W]`, of any device and precision: `[B, H − n + 1, W − n + 1]`,
    /// row by row. Structural similarity is made of them (Wang et al., IEEE TIP 2004).
    ///
    /// - Parameter weights: `n` weights that add up to 1; a place's weight is that of its row times that of its column.
    public func windowMeans(_ weights: [Double]) -> Tensor {
        .result(self) { ct_window_means($0, $1, weights, weights.count) }
    }

    /// mean|x − y| of each image, `[B]`, where `constant` is y, of the same shape, and gets no gradient.
    public func meanAbsoluteError(from constant: Tensor) -> Tensor { .result(self, constant, ct_mean_absolute_error) }
}
