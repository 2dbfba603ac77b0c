import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Metrics of clusters")
struct ClusterMetricTests {
    @Test("Silhouettes agree with scikit-learn to 1e-6", arguments: ["blobs", "singleton", "duplicates"])
    func silhouettes(name: String) throws {
        let goldens = try MetricGoldens()
        let points = try goldens.tensor("\(name).points")
        let labels = try goldens.labels("\(name).labels")
        let samples = try #require(try silhouetteSamples(points, labels: labels))
        let expected = try goldens.doubles("\(name).silhouette_samples")
        expect("silhouette samples, \(name)", samples, near: expected, tolerance: 1e-6)
        let mean = try #require(try silhouette(points, labels: labels))
        expect(
            "silhouette, \(name)", [mean], near: [try goldens.number("latents", name, "silhouette")], tolerance: 1e-6)
    }

    @Test("Silhouettes do not depend on the blocks in which distances are taken")
    func blocks() throws {
        // 2,000 rows make two blocks; the same points in another order land in other blocks.
        let (points, labels) = blobs(4, perCluster: 500, dimensions: 6, distance: 3, seed: 3)
        let order = Array((0..<2000).reversed())
        let straight = try #require(try silhouetteSamples(points, labels: labels))
        let reversed = try #require(
            try silhouetteSamples(points.indexSelect(0, Tensor(order)), labels: order.map { labels[$0] }))
        expect("reversed", Array(reversed.reversed()), near: straight, tolerance: 1e-12)
    }

    @Test(
        "k-means from given centres ends where scikit-learn's does, to 1e-6",
        arguments: ["blobs", "singleton", "duplicates"])
    func givenCentres(name: String) throws {
        let goldens = try MetricGoldens()
        let points = try goldens.tensor("\(name).points")
        let result = try kMeans(points, initialCentres: try goldens.tensor("\(name).kmeans.initial_centres"))
        let truth = try goldens.labels("\(name).labels")
        #expect(result.labels == (try goldens.labels("\(name).kmeans.labels")))
        #expect(Double(result.iterations) == (try goldens.number("latents", name, "kmeans_iterations")))
        let centres = try goldens.doubles("\(name).kmeans.centres")
        expect("k-means centres, \(name)", result.centres.doubles, near: centres, tolerance: 1e-6)
        let scores = [
            result.inertia, try #require(try silhouette(points, labels: result.labels)),
            try normalizedMutualInformation(truth, result.labels), try adjustedRandIndex(truth, result.labels),
        ]
        let expected = try ["kmeans_inertia", "silhouette_kmeans", "nmi_kmeans", "ari_kmeans"].map {
            try goldens.number("latents", name, $0)
        }
        expect("k-means scores, \(name)", scores, near: expected, tolerance: 1e-6)
    }

    @Test("k-means finds well separated clusters from a seed, the same ones every time")
    func seeded() throws {
        let (points, labels) = blobs(8, perCluster: 25, dimensions: 10, distance: 20, seed: 5)
        let first = try kMeans(points, clusters: 8, seed: 7)
        let second = try kMeans(points, clusters: 8, seed: 7)
        #expect(first.labels == second.labels)
        #expect(try adjustedRandIndex(labels, first.labels) == 1)
        #expect(try kMeans(points, clusters: 8, restarts: 1, seed: 11).inertia >= first.inertia * (1 - 1e-9))
    }

    @Test("A centre that loses all its points moves to the point farthest from its own")
    func emptyCluster() throws {
        let points = Tensor([0, 0.1, 0.2, 9] as [Double], shape: [4, 1])
        let result = try kMeans(points, initialCentres: Tensor([0.1, 1000] as [Double], shape: [2, 1]))
        #expect(result.labels == [0, 0, 0, 1])
        expect("centres", result.centres.doubles, near: [0.1, 9], tolerance: 1e-12)
    }

    @Test("k-means lives with fewer distinct points than clusters and refuses fewer points")
    func tooFewPoints() throws {
        let result = try kMeans(.ones([5, 3]), clusters: 3, seed: 1)
        #expect(result.inertia == 0 && Set(result.labels).count == 1)
        #expect(throws: UserError.self) { try kMeans(.ones([2, 3]), clusters: 3, seed: 1) }
        #expect(throws: UserError.self) { try kMeans(.ones([0, 3]), clusters: 1, seed: 1) }
        #expect(throws: UserError.self) { try kMeans(.ones([2, 3]), initialCentres: .ones([2, 4])) }
    }

    @Test("NMI and ARI agree with scikit-learn to 1e-9", arguments: ["blobs", "singleton", "duplicates"])
    func agreement(name: String) throws {
        let goldens = try MetricGoldens()
        let labels = try goldens.labels("\(name).labels")
        let other = try goldens.labels("\(name).other_labels")
        let values = [try normalizedMutualInformation(labels, other), try adjustedRandIndex(labels, other)]
        let expected = try ["nmi_other", "ari_other"].map { try goldens.number("latents", name, $0) }
        expect("NMI and ARI, \(name)", values, near: expected, tolerance: 1e-9)
    }

    @Test("NMI and ARI of labellings with different numbers of classes agree with scikit-learn to 1e-9")
    func unequalAgreement() throws {
        let goldens = try MetricGoldens()
        let (a, b) = (try goldens.labels("clusters.labels"), try goldens.labels("clusters.noisy_labels"))
        let values = [try normalizedMutualInformation(a, b), try adjustedRandIndex(a, b)]
        expect("NMI and ARI, 4 and 9 classes", values, near: try goldens.doubles("clusters.agreement"), tolerance: 1e-9)
    }

    @Test("Labellings without structure score as scikit-learn says")
    func degenerateAgreement() throws {
        #expect(try normalizedMutualInformation([3, 3, 3], [1, 1, 1]) == 1)
        #expect(try normalizedMutualInformation([0, 0, 1, 1], [5, 5, 5, 5]) == 0)
        #expect(try normalizedMutualInformation([], []) == 1)
        #expect(try adjustedRandIndex([3, 3, 3], [1, 1, 1]) == 1)
        #expect(try adjustedRandIndex([0, 0, 1, 1], [5, 5, 5, 5]) == 0)
        #expect(try adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1]) == -0.5)
        #expect(try adjustedRandIndex([], []) == 1)
        #expect(throws: UserError.self) { try adjustedRandIndex([1], [1, 2]) }
    }

    @Test("Centroid distances and the pooled deviation agree with NumPy to 1e-9")
    func centroids() throws {
        let goldens = try MetricGoldens()
        let labels = try goldens.labels("clusters.labels")
        let result = try #require(try centroidDistances(try goldens.tensor("clusters.points"), labels: labels))
        let deviation = try #require(result.withinClusterDeviation)
        let expected = try goldens.doubles("clusters.centroids")
        expect("centroid distances", [result.minimum, result.mean, deviation], near: expected, tolerance: 1e-9)
        #expect(result.minimumSigma == result.minimum / deviation && result.meanSigma == result.mean / deviation)
    }

    @Test("In units of its deviation a mixture of Gaussians is as far apart as it was made, whatever its scale")
    func sigma() throws {
        let (points, labels) = blobs(3, perCluster: 2000, dimensions: 8, distance: 5, seed: 9)
        for scale in [1.0, 0.01] {
            let result = try #require(try centroidDistances(points * scale, labels: labels))
            #expect(abs((result.meanSigma ?? 0) - 5 * (2.0).squareRoot()) < 0.1)
        }
    }

    @Test("Too few clusters or points have no score, and never crash")
    func degenerate() throws {
        #expect(try silhouette(.ones([4, 2]), labels: [1, 1, 1, 1]) == nil)
        #expect(try silhouette(.ones([3, 2]), labels: [1, 2, 3]) == nil)
        #expect(try silhouette(.ones([0, 2]), labels: []) == nil)
        #expect(try silhouette(.ones([4, 2]), labels: [1, 1, 2, 2]) == 0, "all points in one place")
        #expect(try centroidDistances(.ones([4, 2]), labels: [1, 1, 1, 1]) == nil)
        #expect(try centroidDistances(.ones([0, 2]), labels: []) == nil)
        let alone = try #require(try centroidDistances(.eye(2), labels: [0, 1]))
        #expect(alone.withinClusterDeviation == nil && alone.minimumSigma == nil)
        expect("two points", [alone.minimum], near: [(2.0).squareRoot()], tolerance: 1e-12)
        let exact = try #require(try centroidDistances(.ones([4, 2]), labels: [1, 1, 2, 2]))
        #expect(exact.minimum == 0 && exact.withinClusterDeviation == 0 && exact.meanSigma == nil)
    }

    @Test("Rows that are not finite and labels that do not fit are refused by name")
    func refusals() {
        let spoiled = Tensor([0, 1, .infinity, 2, 3, .nan] as [Double], shape: [3, 2])
        let error = #expect(throws: UserError.self) { try silhouette(spoiled, labels: [0, 0, 1]) }
        #expect(error?.code == .data && error?.message.contains("silhouette: row 1 of 3") == true)
        #expect(throws: UserError.self) { try kMeans(spoiled, clusters: 2, seed: 1) }
        #expect(throws: UserError.self) { try centroidDistances(spoiled, labels: [0, 0, 1]) }
        #expect(throws: UserError.self) { try silhouette(.ones([3, 2]), labels: [0, 1]) }
        #expect(throws: UserError.self) { try silhouette(.ones([3, 0]), labels: [0, 1, 1]) }
        #expect(throws: UserError.self) { try silhouette(.ones([3]), labels: [0, 1, 1]) }
    }
}
