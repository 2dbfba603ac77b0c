import Testing
import Torch
import Wireframes
import Wirespace

@Suite("t-SNE")
struct TSNETests {
    @Test("Separated clusters stay separated in the plane")
    func clusters() throws {
        let (points, labels) = blobs(5, perCluster: 40, dimensions: 60, distance: 12, seed: 1)
        let layout = try tsne(points, iterations: 400, seed: 2).points
        #expect(layout.shape == [200, 2] && layout.dtype == .float32)
        #expect(try #require(try silhouette(layout, labels: labels)) > 0.6)
        let neighbours = try NearestNeighbourClassifier(layout, labels: labels, neighbours: 5).predict(layout)
        #expect(accuracy(neighbours, labels: labels) == 1)
    }

    @Test("Descent lowers the divergence, and the same seed gives the same layout")
    func descent() throws {
        let points = Tensor.randn([150, 10], generator: Generator(seed: 3))
        let start = try tsne(points, iterations: 0, seed: 4).divergence
        let early = try tsne(points, iterations: 270, seed: 4).divergence
        let late = try tsne(points, iterations: 700, seed: 4)
        #expect(late.divergence > 0 && late.divergence < 0.7 * start)
        #expect(late.divergence < 0.9 * early)
        #expect(late.points.floats == (try tsne(points, iterations: 700, seed: 4).points.floats))
        #expect(late.points.floats != (try tsne(points, iterations: 700, seed: 5).points.floats))
    }

    @Test("Points drawn from a plane keep their neighbours")
    func plane() throws {
        let plane = Tensor.rand([300, 2], generator: Generator(seed: 5))
        let layout = try tsne(plane, seed: 6).points
        let near = plane.distances(to: plane).topK(6, largest: false).indices.integers
        let kept = layout.distances(to: layout).topK(6, largest: false).indices.integers
        let overlap = (0..<300).map {
            Set(near[($0 * 6)..<($0 * 6 + 6)]).intersection(kept[($0 * 6)..<($0 * 6 + 6)]).count - 1
        }
        #expect(Double(overlap.reduce(0, +)) / 1500 > 0.7)
    }

    @Test("Few points, equal points and outliers are laid out all the same", arguments: [0, 1, 2, 3, 4, 7, 40])
    func degenerate(count: Int) throws {
        let line = Tensor((0..<count).map { Double($0 * $0 * $0) }, shape: [count, 1])
        for points in [line, .ones([count, 3]), .ones([count, 90])] {
            let layout = try tsne(points, iterations: 300, seed: 1)
            #expect(layout.points.shape == [count, 2])
            #expect(layout.points.floats.allSatisfy(\.isFinite) && layout.divergence.isFinite)
        }
    }
}
