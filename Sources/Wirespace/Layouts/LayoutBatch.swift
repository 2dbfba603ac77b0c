package import Torch

/// Pages' parts as the tensors that a layout decoder learns from.
package struct LayoutBatch {
    /// Pages.
    let pages: Int
    /// Parts of the longest page.
    let length: Int
    /// Parts of all pages together.
    let count: Int
    /// Each page's height on the grid, int64 `[B, 1]`.
    let rows: Tensor
    /// The parts, `B · length` rows; pages with fewer are filled up with nothing.
    let inputs: Inputs
    /// Places among the outputs, `B · (length + 1)`, at which a part is foretold, then those at which a page ends.
    let predicted: Tensor
    /// The value of each attribute, int64 `[count, 1]`; of the kind, with the ends after them, `[count + ends, 1]`.
    let targets: [Tensor]
    /// Of each part.
    let twins: Twins
    /// By attribute, where there are any.
    let landmarks: [PartCode.Attribute: Landmarks]

    /// A batch of pages, each with its height on the grid. Of a page with too many parts, the last
    /// ones are left out, and its end is not learned.
    package init(_ sequences: [(parts: [PartCode], rows: Int)], device: Device) {
        let sequences = sequences.map {
            ($0.parts.prefix(LayoutDecoder.longest), min($0.rows, PartCode.rows), $0.parts.count)
        }
        let length = sequences.map(\.0.count).max() ?? 0
        var inputs: [(PartCode, Int)] = []
        var (foretold, ends): ([Int], [Int]) = ([], [])
        var neighbours: [PageProgress.Neighbours] = []
        for (page, (parts, rows, total)) in sequences.enumerated() {
            var progress = PageProgress(rows: rows)
            for (place, part) in parts.enumerated() {
                inputs.append((part, place))
                foretold.append(page * (length + 1) + place)
                neighbours.append(progress.neighbours(of: part))
                progress.add(part)
            }
            inputs += (parts.count..<length).map { (.nothing, $0) }
            if parts.count == total { ends.append(page * (length + 1) + parts.count) }
        }
        pages = sequences.count
        self.length = length
        count = neighbours.count
        rows = Tensor(sequences.map(\.1), shape: [sequences.count, 1], device: device)
        self.inputs = Inputs(inputs, device: device)
        predicted = Tensor(foretold + ends, device: device)
        targets = PartCode.Attribute.allCases.map { attribute in
            let ends = attribute == .kind ? ends.map { _ in PartCode.end } : []
            let values = neighbours.map { $0.part[attribute] } + ends
            return Tensor(values, shape: [values.count, 1], device: device)
        }
        twins = Twins(neighbours, device: device)
        landmarks = Dictionary(
            uniqueKeysWithValues: PartCode.Attribute.allCases.compactMap { attribute in
                Landmarks(attribute, neighbours, device: device).map { (attribute, $0) }
            })
    }

    /// What the transformer reads of parts.
    struct Inputs {
        /// Numbers of the attributes' values, int64 `[n, attributes]`.
        let parts: Tensor
        /// Numbers of the right and the lower edge, int64 `[n, 2]`.
        let edges: Tensor
        /// Each part's place on its page, int64 `[n, 1]`.
        let places: Tensor

        init(_ parts: [(part: PartCode, place: Int)], device: Device) {
            let n = parts.count
            self.parts = Tensor(
                parts.flatMap(\.part.numbers), shape: [n, PartCode.Attribute.allCases.count], device: device)
            let edges = parts.flatMap { part, _ in
                [
                    min(part[.x] + part[.width], PartCode.columns),
                    PartCode.columns + 1 + min(part[.y] + part[.height], PartCode.rows),
                ]
            }
            self.edges = Tensor(edges, shape: [n, 2], device: device)
            places = Tensor(parts.map(\.place), shape: [n, 1], device: device)
        }
    }

    /// The last part of the same kind.
    struct Twins {
        /// Numbers of its attributes' values, int64 `[n, attributes]`.
        let parts: Tensor
        /// 1 where there is one, `[n, 1]`.
        let exist: Tensor

        init(_ neighbours: [PageProgress.Neighbours], device: Device) {
            let shape = [neighbours.count, PartCode.Attribute.allCases.count]
            parts = Tensor(neighbours.flatMap { ($0.twin ?? .nothing).numbers }, shape: shape, device: device)
            exist = Tensor(
                neighbours.map { $0.twin == nil ? 0 : 1 as Float }, shape: [neighbours.count, 1], device: device)
        }
    }
}

/// Places on the grid that a value of an attribute is likely to lie near.
struct Landmarks {
    /// Those of each part that a part is compared with, one after the other, `[n, landmarks]`.
    let places: Tensor
    /// 1 where there is such a part, `[n, landmarks, 1]`.
    let exist: Tensor

    /// How many an attribute has.
    static func count(_ attribute: PartCode.Attribute) -> Int {
        let nobody = PageProgress(rows: 0).neighbours(of: .nothing)
        return nobody.others.count * PartCode.nothing.landmarks(of: attribute, for: .nothing).count
    }

    /// Nil for an attribute without.
    init?(_ attribute: PartCode.Attribute, _ neighbours: [PageProgress.Neighbours], device: Device) {
        let count = Self.count(attribute)
        guard count > 0 else { return nil }
        var (places, exist): ([Float], [Float]) = ([], [])
        for known in neighbours {
            for other in known.others {
                let landmarks = (other ?? .nothing).landmarks(of: attribute, for: known.part)
                places += landmarks.map(Float.init)
                exist += landmarks.map { _ in other == nil ? 0 : 1 }
            }
        }
        self.places = Tensor(places, shape: [neighbours.count, count], device: device)
        self.exist = Tensor(exist, shape: [neighbours.count, count, 1], device: device)
    }
}
