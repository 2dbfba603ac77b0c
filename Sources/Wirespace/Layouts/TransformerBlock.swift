import Torch

/// A layer of a causal transformer with the norms before its halves (Xiong et al., ICML 2020), on `[B, length, width]`.
///
/// Both halves start as if they were not there.
struct TransformerBlock {
    private let heads: Int
    private let norms: (LayerNorm, LayerNorm)
    private let project: Linear
    private let join: Linear
    private let widen: Linear
    private let narrow: Linear

    init(_ width: Int, heads: Int, at path: ParameterPath) {
        self.heads = heads
        norms = (LayerNorm(width, at: path / "norm1"), LayerNorm(width, at: path / "norm2"))
        project = Linear(width, 3 * width, at: path / "project")
        join = Linear(width, width, .zeros, at: path / "join")
        widen = Linear(width, 4 * width, at: path / "widen")
        narrow = Linear(4 * width, width, .zeros, at: path / "narrow")
    }

    /// The whole sequence; a place sees itself and those before it.
    func callAsFunction(_ x: Tensor) -> Tensor {
        var cache = AttentionCache()
        return self(x, &cache)
    }

    /// What follows the places in the cache: a sequence at its beginning, later one place at a time.
    func callAsFunction(_ x: Tensor, _ cache: inout AttentionCache) -> Tensor {
        let (B, T, width) = (x.shape[0], x.shape[1], x.shape[2])
        let projected = project(norms.0(x)).reshape(B, T, 3, heads, width / heads).permute(2, 0, 3, 1, 4)
        func part(_ index: Int) -> Tensor { projected.narrow(0, from: index, length: 1).reshape(B, heads, T, -1) }
        let (keys, values) = cache.add(part(1), part(2))
        let seen = part(0).attention(keys: keys, values: values, causal: T > 1)
        let x = x + join(seen.permute(0, 2, 1, 3).reshape(B, T, width))
        return x + narrow(widen(norms.1(x)).gelu())
    }
}

/// The keys and values of the places so far, `[B, heads, places, width / heads]`.
struct AttentionCache {
    private var known: (keys: Tensor, values: Tensor)?

    /// All of them, with new ones at the end.
    mutating func add(_ keys: Tensor, _ values: Tensor) -> (keys: Tensor, values: Tensor) {
        let all =
            known.map {
                (Tensor.concatenate([$0.keys, keys], dim: 2), Tensor.concatenate([$0.values, values], dim: 2))
            }
            ?? (keys, values)
        known = all
        return all
    }

    /// Goes on with the sequences of these rows.
    mutating func keep(_ rows: Tensor) {
        known = known.map { ($0.keys.indexSelect(0, rows), $0.values.indexSelect(0, rows)) }
    }
}
