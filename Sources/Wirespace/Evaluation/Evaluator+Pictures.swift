import Torch
import Wireframes

extension Evaluator {
    /// The pictures of the report.
    func pictures(
        train: PageMeasurements, test: PageMeasurements, reconstructions: ReconstructionMeasurements
    ) throws -> EvaluationPictures {
        let shown = spread(8, of: test)
        let worst = reconstructions.fromLatent.ssim.indices
            .sorted { reconstructions.fromLatent.ssim[$0] < reconstructions.fromLatent.ssim[$1] }.prefix(8)
        let samples = try samplePicture(test)
        let traversals = traversalPicture(test)
        return EvaluationPictures(
            tsne: try EvaluationPictures.Map(tsneOf: test.mu, archetypes: test.archetypes, seed: seed),
            pca: EvaluationPictures.Map(
                try PCA(test.mu, components: 2).transform(test.mu), archetypes: test.archetypes),
            reconstructions: try reconstructionPicture(shown, test),
            worst: try reconstructionPicture(Array(worst), test),
            interpolations: interpolationPicture(test),
            samples: samples.picture, sampleNames: samples.names,
            traversals: traversals.picture, traversedDimensions: traversals.dimensions,
            neighbours: try neighbourPicture(shown, train: train, test: test))
    }

    private func reconstructionPicture(_ rows: [Int], _ test: PageMeasurements) throws -> RGBImage {
        let pages = try load(rows.map { test.references[$0] })
        return reconstructionGrid(try trained.reconstruct(pages, refinement: refinement))
    }

    /// The way between some pairs of test pages, in equal steps of the code.
    private func interpolationPicture(_ test: PageMeasurements) -> RGBImage {
        let shares = (0...Self.interpolationSteps).map { Double($0) / Double(Self.interpolationSteps) }
        return rowsSheet(
            pairs(of: test).prefix(6).map { interpolate(from: $0.0, to: $0.1, test, at: shares).pages })
    }

    /// Test pages of as many archetypes as fit.
    private func spread(_ count: Int, of test: PageMeasurements) -> [Int] {
        var seen: Set<Int?> = []
        let first = test.archetypes.indices.filter { seen.insert(test.archetypes[$0]).inserted }
        let rest = test.archetypes.indices.filter { !first.contains($0) }
        return Array((first + rest).prefix(count))
    }

    /// The middle size of the test pages: what samples and traversals are drawn at.
    private func usualSize(_ test: PageMeasurements) -> (height: Int, width: Int) {
        let sorted = test.sizes.sorted { ($0.height * $0.width, $0.height) < ($1.height * $1.width, $1.height) }
        return sorted[sorted.count / 2]
    }

    private func samplePicture(_ test: PageMeasurements) throws -> (picture: RGBImage, names: [String]) {
        let labels: [Int?] = trained.prior.means == nil ? [nil] : trained.archetypes.indices.map { $0 }
        let size = usualSize(test)
        let generator = Generator(seed: seed &+ 3)
        let rows = try labels.map { label in
            let z = try newCodes(Array(repeating: label, count: 8), generator: generator)
            guard trained.drawsLayouts else { return draw(z.to(device), height: size.height, width: size.width).pages }
            let sizes = Array(repeating: PNG.Size(width: size.width, height: size.height), count: 8)
            return try newLayouts(of: z, sizes: sizes).map { WireframeRenderer().render($0) }
        }
        return (rowsSheet(rows), labels.map { $0.map { trained.archetypes[$0] } ?? "anything" })
    }

    /// A typical page as each of the most active dimensions goes from −3 to 3 standard deviations of the aggregate.
    private func traversalPicture(_ test: PageMeasurements) -> (picture: RGBImage, dimensions: [Int]) {
        let centre = test.mu.narrow(0, from: 0, length: 1)
        let deviation = (test.mu - test.mu.mean(0, keepDims: true)).square().mean(0).sqrt().doubles
        let dimensions = Array(deviation.indices.sorted { deviation[$0] > deviation[$1] }.prefix(8))
        let size = test.sizes[0]
        let rows = dimensions.map { dimension in
            let axis = Tensor.eye(deviation.count).narrow(0, from: dimension, length: 1)
            let steps = Tensor((-3...3).map { Float($0) * Float(deviation[dimension]) }, shape: [7, 1])
            return draw((centre + steps * axis).to(device), height: size.height, width: size.width).pages
        }
        return (rowsSheet(rows), dimensions)
    }

    private func neighbourPicture(
        _ shown: [Int], train: PageMeasurements, test: PageMeasurements
    ) throws -> RGBImage {
        let distances = test.mu.indexSelect(0, Tensor(shown)).distances(to: train.mu)
        let k = min(5, train.count)
        let nearest = distances.topK(k, dim: 1, largest: false).indices.integers
        return rowsSheet(
            try shown.indices.map { row in
                let neighbours = nearest[row * k..<(row + 1) * k].map { train.references[$0] }
                return try load([test.references[shown[row]]] + neighbours).map(\.image)
            })
    }
}
