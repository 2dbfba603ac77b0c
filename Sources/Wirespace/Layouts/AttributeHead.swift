import Torch

/// The distribution of one attribute of a part, and what its value says to the attributes after it.
struct AttributeHead {
    /// How far from a landmark values are told apart.
    private static let reach = 128

    let attribute: PartCode.Attribute
    private let norm: LayerNorm
    private let hidden: Linear
    private let absolute: Linear
    private let relative: Linear?
    private let embedding: EmbeddingSum

    init(_ attribute: PartCode.Attribute, _ width: Int, at path: ParameterPath) {
        self.attribute = attribute
        norm = LayerNorm(width, at: path / "norm")
        hidden = Linear(width, width, at: path / "hidden")
        absolute = Linear(width, attribute.values, .zeros, at: path / "absolute")
        let landmarks = Landmarks.count(attribute)
        relative =
            landmarks == 0
            ? nil : Linear(width, landmarks * (2 * Self.reach + 1), .zeros, at: path / "relative")
        embedding = EmbeddingSum(attribute.values, width, at: path / "values")
    }

    /// Logits `[n, values]` from states `[n, width]`: of each value itself, and of its distance from each landmark.
    func callAsFunction(_ state: Tensor, near landmarks: Landmarks?) -> Tensor {
        let h = hidden(norm(state)).gelu()
        let logits = absolute(h)
        guard let relative, let landmarks else { return logits }
        let (n, count) = (state.shape[0], landmarks.places.shape[1])
        let every = Tensor.arange(to: Double(attribute.values), device: state.device)
        let distances = every.reshape(1, 1, -1) - landmarks.places.reshape(n, count, 1)
        let reach = Double(Self.reach)
        let indices = (distances.clamp(min: -reach, max: reach) + reach).to(dtype: .int64)
        return logits + (relative(h).reshape(n, count, -1).gather(2, indices) * landmarks.exist).sum(1)
    }

    /// The states with the value of the attribute, int64 `[n, 1]`.
    func said(_ state: Tensor, _ value: Tensor) -> Tensor { state + embedding(value) }

    /// The states with what parts `[n]` have.
    func said(_ state: Tensor, _ parts: [PartCode]) -> Tensor { said(state, values(of: parts, device: state.device)) }

    /// The attribute's value of each part, int64 `[n, 1]`.
    func values(of parts: [PartCode], device: Device) -> Tensor {
        Tensor(parts.map { $0[attribute] }, shape: [parts.count, 1], device: device)
    }
}
