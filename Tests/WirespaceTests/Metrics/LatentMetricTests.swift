import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Metrics of latents: density, dimension, use")
struct LatentMetricTests {
    @Test("k-NN distances agree with scikit-learn to 1e-9")
    func neighbours() throws {
        let goldens = try MetricGoldens()
        let result = try #require(try neighbourDistances(try goldens.tensor("clusters.points")))
        expect("k-NN distances", result.perPoint, near: try goldens.doubles("clusters.knn_distances"), tolerance: 1e-9)
    }

    @Test("k-NN distances of a grid, of two points, of equal points and of one")
    func fewNeighbours() throws {
        let line = Tensor((0..<20).map(Double.init), shape: [20, 1])
        let two = try #require(try neighbourDistances(line, k: 2))
        #expect(two.perPoint == [1.5] + [Double](repeating: 1, count: 18) + [1.5])
        expect("mean and deviation", [two.mean, two.standardDeviation], near: [1.05, 0.15], tolerance: 1e-12)
        #expect(try neighbourDistances(Tensor([0, 3] as [Double], shape: [2, 1]))?.perPoint == [3, 3])
        #expect(try neighbourDistances(.ones([9, 4]))?.mean == 0)
        #expect(try neighbourDistances(.ones([1, 4])) == nil)
        #expect(try neighbourDistances(.ones([0, 4])) == nil)
    }

    @Test("Explained variance agrees with scikit-learn to 1e-9", arguments: ["blobs", "singleton", "duplicates"])
    func variance(name: String) throws {
        let goldens = try MetricGoldens()
        let ratio = try PCA(try goldens.tensor("\(name).points")).explainedVarianceRatio
        let expected = try goldens.numbers("latents", name, "pca_explained_variance_ratio")
        expect("PCA ratio, \(name)", ratio, near: expected, tolerance: 1e-9)
    }

    @Test("PCA agrees with scikit-learn to 1e-6, with more columns than rows and fewer", arguments: ["wide", "tall"])
    func components(name: String) throws {
        let goldens = try MetricGoldens()
        let pca = try PCA(try goldens.tensor("pca_\(name).train"), components: 5)
        let test = try goldens.tensor("pca_\(name).test")
        let transformed = pca.transform(test)
        for (role, values) in [
            ("components", pca.components.doubles), ("ratio", pca.explainedVarianceRatio),
            ("variance", pca.explainedVariance), ("transformed", transformed.doubles),
            ("inverse", pca.inverseTransform(transformed).doubles),
        ] {
            expect("PCA \(role), \(name)", values, near: try goldens.doubles("pca_\(name).\(role)"), tolerance: 1e-6)
        }
    }

    @Test("Principal components of float32 images rebuild the training images when all are kept")
    func images() throws {
        let pages = Tensor.rand([12, 3000], generator: Generator(seed: 4))
        let pca = try PCA(pages, components: 128)
        #expect(pca.components.shape == [11, 3000], "12 images span 11 directions")
        #expect(pca.components.dtype == .float32)
        let rebuilt = pca.inverseTransform(pca.transform(pages))
        expect("rebuilt pages", rebuilt.doubles, near: pages.doubles, tolerance: 1e-5)
    }

    @Test("Components do not depend on the blocks of columns they are made from")
    func blocks() throws {
        // 400,000 columns of 6 rows make two blocks.
        let wide = Tensor.rand([6, 400_000], generator: Generator(seed: 6))
        let pca = try PCA(wide)
        let products = pca.components.matmul(pca.components.transposed())
        expect("orthonormal", products.doubles, near: Tensor.eye(5).doubles, tolerance: 1e-4)
        expect(
            "rebuilt", [(pca.inverseTransform(pca.transform(wide)) - wide).abs().amax().item()], near: [0],
            tolerance: 1e-4)
    }

    @Test("Effective dimensionality agrees with scikit-learn and counts the directions that vary")
    func dimensionality() throws {
        let goldens = try MetricGoldens()
        let expected = try goldens.labels("clusters.effective_dimensionality")[0]
        #expect(try effectiveDimensionality(try goldens.tensor("clusters.points")) == expected)
        let plane = Tensor.randn([500, 2], generator: Generator(seed: 2))
            .matmul(Tensor.randn([2, 30], generator: Generator(seed: 3)))
        #expect(try effectiveDimensionality(plane, share: 0.9999) == 2)
        #expect(try effectiveDimensionality(.randn([5000, 20], generator: Generator(seed: 8))) == 19)
        #expect(try effectiveDimensionality(.ones([50, 4])) == 0)
        #expect(try effectiveDimensionality(.ones([3, 40])) == 0)
        #expect(try effectiveDimensionality(.ones([1, 4])) == nil)
        #expect(try effectiveDimensionality(.eye(2), share: 1) == 1)
    }

    @Test("PCA of one row is refused, of equal rows has no variance")
    func degeneratePCA() throws {
        #expect(throws: UserError.self) { try PCA(.ones([1, 4])) }
        #expect(try PCA(.ones([9, 3])).explainedVarianceRatio == [0, 0, 0])
        let none = try PCA(.ones([3, 9]))
        #expect(none.components.shape == [0, 9])
        #expect(none.inverseTransform(none.transform(.ones([2, 9]))).doubles == [Double](repeating: 1, count: 18))
    }

    @Test("KL agrees with PyTorch's distributions to 1e-9, to N(0, I) and to given means")
    func divergence() throws {
        let goldens = try MetricGoldens()
        let mean = try goldens.tensor("posterior.mean")
        let logVariance = try goldens.tensor("posterior.log_variance")
        let plain = try #require(try posteriorDivergence(mean: mean, logVariance: logVariance))
        expect("KL rows", plain.perRow, near: try goldens.doubles("posterior.kl_rows"), tolerance: 1e-9)
        expect(
            "KL dimensions", plain.perDimension, near: try goldens.doubles("posterior.kl_dimensions"), tolerance: 1e-9)
        #expect(abs(plain.mean - plain.perDimension.reduce(0, +)) < 1e-9)
        let prior = try goldens.tensor("posterior.prior_mean")
        let shifted = try #require(
            try posteriorDivergence(mean: mean, logVariance: logVariance, priorMean: prior))
        expect("KL to means", shifted.perRow, near: try goldens.doubles("posterior.kl_rows_to_prior"), tolerance: 1e-9)
        let same = try posteriorDivergence(mean: mean, logVariance: .zeros(mean.shape), priorMean: mean)
        #expect(same?.mean == 0)
        #expect(try posteriorDivergence(mean: .zeros([0, 3]), logVariance: .zeros([0, 3])) == nil)
        #expect(throws: UserError.self) { try posteriorDivergence(mean: mean, logVariance: .zeros([30, 8])) }
        #expect(throws: UserError.self) {
            try posteriorDivergence(mean: mean, logVariance: logVariance, priorMean: .zeros([29, 9]))
        }
    }

    @Test("Active units agree with NumPy; constant dimensions are not active")
    func active() throws {
        let goldens = try MetricGoldens()
        let expected = try goldens.labels("posterior.active_units")[0]
        #expect(try activeUnits(try goldens.tensor("posterior.mean")) == expected)
        #expect(expected > 0 && expected < 9, "the golden holds both kinds")
        #expect(try activeUnits(.full([50, 6], 3)) == 0)
        #expect(try activeUnits(.zeros([0, 6])) == 0)
    }

    @Test("Rows that are not finite are refused by name")
    func refusals() {
        let spoiled = Tensor([0, 1, .nan, 2, 3, 4] as [Double], shape: [3, 2])
        let clean = Tensor.zeros([3, 2])
        var errors: [UserError?] = []
        errors.append(#expect(throws: UserError.self) { try neighbourDistances(spoiled) })
        errors.append(#expect(throws: UserError.self) { try PCA(spoiled) })
        errors.append(#expect(throws: UserError.self) { try effectiveDimensionality(spoiled) })
        errors.append(#expect(throws: UserError.self) { try activeUnits(spoiled) })
        errors.append(#expect(throws: UserError.self) { try posteriorDivergence(mean: clean, logVariance: spoiled) })
        for error in errors {
            #expect(error?.code == .data && error?.message.contains("row 1 of 3") == true)
        }
    }
}
