// A page from its code as a sequence of parts, each given the code and the parts before it:
// p(parts | z) = ∏ p(partᵢ | part₍<ᵢ₎, z), by a causal transformer (Vaswani et al., NeurIPS 2017), as LayoutTransformer
// draws layouts (Gupta et al., ICCV 2021).
//
// Where the pixel decoder must draw what it does not know as grey, this one decides. Deviations on purpose:
// - A position of the sequence is a whole part, not one of its numbers: the sequence is twelve times as short. The numbers
//   of a part follow one another in a small head (PixelRNN's channels: van den Oord et al., ICML 2016).
// - Places and lengths are chosen absolutely and relative to landmarks: the edges of the page, of the part before, of what
//   that lies in, and of the last part of the same kind, the twin. Wireframes are made of equal things at equal distances.
package import Torch
import Wireframes

/// p(parts | z) over the pages of any height.
package final class LayoutDecoder {
    /// Parts of a page at most; the others are left out.
    package static let longest = 255
    /// Vectors in which the code stands before the parts.
    private static let prefixLength = 4

    /// All parameters, under the keys of a file.
    package let parameters: ParameterStore
    /// The code's dimensions are divided by these, their deviations under the prior.
    private let scale: Tensor
    private let configuration: LayoutConfiguration
    private let width: Int
    private let codePrefix: Linear
    private let codeShift: Linear
    private let heights: EmbeddingSum
    private let places: EmbeddingSum
    private let parts: EmbeddingSum
    private let edges: EmbeddingSum
    private let blocks: [TransformerBlock]
    private let norm: LayerNorm
    private let twinParts: EmbeddingSum
    private let twinNorm: LayerNorm
    private let twinLinear: Linear
    let heads: [AttributeHead]

    /// A decoder with fresh parameters, determined by `seed`.
    ///
    /// - Parameter prior: of the codes that it will draw, with `latent` dimensions.
    package convenience init(
        _ configuration: LayoutConfiguration, latent: Int, prior: Prior, seed: UInt64, device: Device = .cpu
    ) {
        self.init(
            configuration, ParameterStore(seed: seed, device: device),
            scale: prior.deviations(latent: latent).to(device))
    }

    convenience init(sharing original: LayoutDecoder) {
        self.init(original.configuration, ParameterStore(sharing: original.parameters), scale: original.scale)
    }

    private init(_ configuration: LayoutConfiguration, _ parameters: ParameterStore, scale: Tensor) {
        let width = configuration.width
        let latent = scale.count
        let root = parameters.root
        let values = PartCode.Attribute.allValues
        self.configuration = configuration
        self.parameters = parameters
        self.width = width
        self.scale = scale
        codePrefix = Linear(latent, Self.prefixLength * width, at: root / "code_prefix")
        codeShift = Linear(latent, width, at: root / "code_shift")
        heights = EmbeddingSum(PartCode.rows + 1, width, at: root / "heights")
        places = EmbeddingSum(Self.longest + 1, width, at: root / "places")
        parts = EmbeddingSum(values, width, at: root / "parts")
        edges = EmbeddingSum(PartCode.columns + PartCode.rows + 2, width, at: root / "edges")
        blocks = (0..<configuration.layers).map {
            TransformerBlock(width, heads: configuration.heads, at: root / "blocks" / $0)
        }
        norm = LayerNorm(width, at: root / "norm")
        twinParts = EmbeddingSum(values, width, at: root / "twins" / "parts")
        twinNorm = LayerNorm(width, at: root / "twins" / "norm")
        twinLinear = Linear(width, width, at: root / "twins" / "linear")
        heads = PartCode.Attribute.allCases.map { AttributeHead($0, width, at: root / "heads" / $0.rawValue) }
    }

    // MARK: Training

    /// −log p(parts | z) of a batch in nats, summed over its pages, one value for each attribute: `[attributes]`.
    ///
    /// - Parameter z: `[B, latent]`.
    package func negativeLogLikelihood(_ z: Tensor, _ batch: LayoutBatch) -> Tensor {
        let (prefix, shift) = codes(z, rows: batch.rows)
        let read = embed(batch.inputs).reshape(batch.pages, -1, width)
        var x = Tensor.concatenate([prefix, read], dim: 1) + shift
        for block in blocks { x = block(x) }
        x = norm(x.narrow(1, from: Self.prefixLength, length: batch.length + 1))
        var state = x.reshape(-1, width).indexSelect(0, batch.predicted)
        let losses = zip(heads, batch.targets).map { head, target in
            if head.attribute == .x { state = reminded(of: batch.twins, state) }
            let logits = head(state, near: batch.landmarks[head.attribute])
            state = head.said(
                state.narrow(0, from: 0, length: batch.count), target.narrow(0, from: 0, length: batch.count))
            return -logits.logSoftmax(1).gather(1, target).sum()
        }
        return .stack(losses)
    }

    // MARK: Drawing

    /// Several pages from one code, each as its parts. The same seeds give the same pages.
    ///
    /// A part that lies across an earlier one is drawn again, for almost all parts of wireframes are nested or apart, and what is most often
    /// wrong with a page is one bad number. The last try counts: of what crosses rightly, as a portrait over a banner, a choice that the
    /// decoder makes with probability p is still made with p^(retries + 1) at least.
    ///
    /// - Parameters:
    ///   - z: `[1, latent]`.
    ///   - rows: the pages' height on the grid.
    ///   - step: heights of which it is a multiple were learned; of another, the nearest one is told.
    ///   - temperature: what the logits are divided by; 0 takes the most probable value each time.
    ///   - retries: how often a part is drawn again.
    ///   - seeds: of each page.
    ///   - checkpoint: called after every part; what it throws ends the drawing.
    package func draw(
        _ z: Tensor, rows: Int, step: Int = 1, temperature: Double, retries: Int = 4, seeds: [UInt64],
        checkpoint: () throws -> Void
    ) rethrows -> [[PartCode]] {
        var pages = seeds.map { PageBeingDrawn(progress: PageProgress(rows: min(rows, PartCode.rows)), seed: $0) }
        var reading = reading(z, pages: pages.count, rows: rows, step: step)
        for _ in 0..<Self.longest {
            let parts = next(reading.state, &pages, temperature, retries: temperature > 0 ? retries : 0)
            for row in pages.indices { pages[row].add(parts[row]) }
            if pages.allSatisfy(\.hasEnded) { break }
            try checkpoint()
            read(parts, &reading)
        }
        return pages.map(\.parts)
    }

    /// What the transformer has read of some pages of one code, and says of the next part of each.
    struct Reading {
        /// `[pages, width]`, once anything is read.
        fileprivate(set) var state: Tensor
        fileprivate var caches: [AttentionCache]
        /// Added to every place, `[1, 1, width]`.
        fileprivate let shift: Tensor
        /// Parts of each page.
        fileprivate var count = 0

        /// Goes on with the pages of these rows, in this order.
        mutating func keep(_ rows: [Int]) {
            let rows = Tensor(rows, device: state.device)
            state = state.indexSelect(0, rows)
            for number in caches.indices { caches[number].keep(rows) }
        }
    }

    /// Pages of which nothing is read but the code `[1, latent]` and the height.
    func reading(_ z: Tensor, pages: Int, rows: Int, step: Int) -> Reading {
        let rows = min(rows, PartCode.rows)
        let known = min(max(step, (rows + step / 2) / step * step), PartCode.rows)
        let (prefix, shift) = codes(z, rows: Tensor([known], shape: [1, 1], device: z.device))
        var reading = Reading(state: shift, caches: blocks.map { _ in AttentionCache() }, shift: shift)
        read((prefix + shift).expand([pages, prefix.shape[1], width]), &reading)
        return reading
    }

    /// Reads one more part of each page.
    func read(_ parts: [PartCode], _ reading: inout Reading) {
        let inputs = LayoutBatch.Inputs(parts.map { ($0, reading.count) }, device: reading.state.device)
        read(embed(inputs).reshape(parts.count, 1, width) + reading.shift, &reading)
        reading.count += 1
    }

    private func read(_ x: Tensor, _ reading: inout Reading) {
        var x = x
        for (number, block) in blocks.enumerated() { x = block(x, &reading.caches[number]) }
        reading.state = norm(x.narrow(1, from: x.shape[1] - 1, length: 1)).reshape(-1, width)
    }

    private struct PageBeingDrawn {
        var progress: PageProgress
        var random: SeededGenerator
        var parts: [PartCode] = []
        var hasEnded = false

        init(progress: PageProgress, seed: UInt64) {
            self.progress = progress
            random = SeededGenerator(seed: seed, stream: 7)
        }

        /// Whether the part would lie across an earlier one.
        func isCrossed(by part: PartCode) -> Bool {
            !hasEnded && part[.kind] != PartCode.end && parts.areCrossed(by: part)
        }

        mutating func add(_ part: PartCode) {
            hasEnded = hasEnded || part[.kind] == PartCode.end
            guard !hasEnded else { return }
            parts.append(part)
            progress.add(part)
        }
    }

    /// The next part of each page, drawn again while it would lie across an earlier one.
    private func next(
        _ state: Tensor, _ pages: inout [PageBeingDrawn], _ temperature: Double, retries: Int
    ) -> [PartCode] {
        var parts = next(state, &pages, temperature)
        for _ in 0..<retries {
            let rows = pages.indices.filter { pages[$0].isCrossed(by: parts[$0]) }
            if rows.isEmpty { break }
            var again = rows.map { pages[$0] }  // alone: a page does not depend on the others of its batch
            let others = next(state.indexSelect(0, Tensor(rows, device: state.device)), &again, temperature)
            for (place, row) in rows.enumerated() { (pages[row], parts[row]) = (again[place], others[place]) }
        }
        return parts
    }

    /// The part of each page that `state` `[pages, width]` speaks of.
    private func next(_ state: Tensor, _ pages: inout [PageBeingDrawn], _ temperature: Double) -> [PartCode] {
        var state = state
        var neighbours = pages.map { $0.progress.neighbours(of: .nothing) }
        for head in heads {
            if head.attribute == .x {
                // The kinds are known now, and with them the twins.
                neighbours = zip(pages, neighbours).map { $0.progress.neighbours(of: $1.part) }
            }
            let chances = pages.indices.map { Double(pages[$0].random.uniform()) }
            let values = Self.choices(logits(of: head, &state, neighbours), temperature, chances)
            for (row, value) in values.enumerated() { neighbours[row].part[head.attribute] = value }
            state = head.said(state, neighbours.map(\.part))
        }
        return neighbours.map(\.part)
    }

    /// A value of each row drawn from softmax(logits / temperature), by its distribution function.
    private static func choices(_ logits: Tensor, _ temperature: Double, _ chances: [Double]) -> [Int] {
        guard temperature > 0 else { return logits.argmax(1).integers }
        let limits = Tensor(chances.map(Float.init), shape: [chances.count, 1], device: logits.device)
        let below = (logits / temperature).logSoftmax(1).exp().cumsum(1) .< limits
        return below.to(dtype: .float32).sum(1).doubles.map { min(Int($0), logits.shape[1] - 1) }
    }

    // MARK: Pieces

    /// What stands before the parts, `[B, prefix + 1, width]`, and what is added to every place, `[B, 1, width]`.
    private func codes(_ z: Tensor, rows: Tensor) -> (prefix: Tensor, shift: Tensor) {
        let z = z / scale
        let prefix = codePrefix(z).reshape(-1, Self.prefixLength, width)
        return (
            .concatenate([prefix, heights(rows).reshape(-1, 1, width)], dim: 1), codeShift(z).reshape(-1, 1, width)
        )
    }

    /// Logits of an attribute's values, `[n, values]`, for parts that are known so far. From its place on the state knows of the twins.
    func logits(of head: AttributeHead, _ state: inout Tensor, _ parts: [PageProgress.Neighbours]) -> Tensor {
        if head.attribute == .x { state = reminded(of: LayoutBatch.Twins(parts, device: state.device), state) }
        return head(state, near: Landmarks(head.attribute, parts, device: state.device))
    }

    private func embed(_ inputs: LayoutBatch.Inputs) -> Tensor {
        parts(inputs.parts) + edges(inputs.edges) + places(inputs.places)
    }

    /// The state, and all that is known of the twin.
    private func reminded(of twins: LayoutBatch.Twins, _ state: Tensor) -> Tensor {
        state + twinLinear(twinNorm(twinParts(twins.parts))) * twins.exist
    }
}
