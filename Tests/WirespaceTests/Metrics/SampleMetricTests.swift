import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Metrics of samples and factors")
struct SampleMetricTests {
    private func normal(_ count: Int, _ width: Int, seed: UInt64) -> Tensor {
        .randn([count, width], generator: Generator(seed: seed))
    }

    @Test("Precision, recall, density and coverage agree with the papers' formulas in NumPy to 1e-9")
    func coverage() throws {
        let goldens = try MetricGoldens()
        let result = try #require(
            try prdc(real: try goldens.tensor("samples.real"), generated: try goldens.tensor("samples.fake")))
        let values = [result.precision, result.recall, result.density, result.coverage]
        expect("PRDC", values, near: try goldens.doubles("samples.prdc"), tolerance: 1e-9)
    }

    @Test("One repeated good sample is precise but covers little; far samples score 0")
    func coverageExtremes() throws {
        let real = normal(300, 4, seed: 1)
        let collapsed = real.narrow(0, from: 0, length: 1).expand([300, 4]) + normal(300, 4, seed: 2) * 1e-3
        let result = try #require(try prdc(real: real, generated: collapsed))
        #expect(result.precision == 1 && result.recall < 0.05 && result.coverage < 0.1)
        let far = try #require(try prdc(real: real, generated: real + 100))
        #expect([far.precision, far.recall, far.density, far.coverage] == [0, 0, 0, 0])
        #expect(try prdc(real: real, generated: .zeros([1, 4])) == nil)
        #expect(
            try prdc(real: .zeros([3, 4]), generated: .zeros([2, 4]))?.coverage == 0, "balls of radius 0 are empty")
        #expect(throws: UserError.self) { try prdc(real: real, generated: .zeros([5, 3])) }
    }

    @Test("Kernel discrepancies agree with scikit-learn's kernels to 1e-9: cubic, Gaussian by the median and at 1.5")
    func discrepancies() throws {
        let goldens = try MetricGoldens()
        let (real, fake) = (try goldens.tensor("samples.real"), try goldens.tensor("samples.fake"))
        let values = try [
            polynomialDiscrepancy(real, fake), gaussianDiscrepancy(real, fake),
            gaussianDiscrepancy(real, fake, bandwidth: 1.5),
        ].map { try #require($0) }
        expect("KID, MMD", values, near: try goldens.doubles("samples.discrepancies"), tolerance: 1e-9)
    }

    @Test("KID with the whole sets as subsets is their discrepancy; smaller subsets spread around it")
    func subsets() throws {
        let (real, fake) = (normal(200, 5, seed: 3), normal(160, 5, seed: 4) * 1.3)
        let exact = try #require(try polynomialDiscrepancy(real, fake))
        let whole = try #require(
            try kernelDistance(real: real.narrow(0, from: 0, length: 160), generated: fake, subsetSize: 500, seed: 1))
        let expected = try #require(try polynomialDiscrepancy(real.narrow(0, from: 0, length: 160), fake))
        expect("KID of whole sets", [whole.mean], near: [expected], tolerance: 1e-9)
        #expect(whole.subsetSize == 160 && whole.standardDeviation < 1e-9)
        let parts = try #require(try kernelDistance(real: real, generated: fake, seed: 1))
        #expect(parts.subsetSize == 80)
        #expect(parts.interval.low < exact && exact < parts.interval.high)
        #expect(parts == (try kernelDistance(real: real, generated: fake, seed: 1)))
        #expect(try kernelDistance(real: real, generated: .zeros([1, 5]), seed: 1) == nil)
    }

    @Test("MMD is near 0 for two samples of one prior, larger for another, and defined for equal points")
    func gaussian() throws {
        let same = try #require(try gaussianDiscrepancy(normal(1500, 8, seed: 5), normal(1500, 8, seed: 6)))
        let other = try #require(try gaussianDiscrepancy(normal(1500, 8, seed: 5), normal(1500, 8, seed: 6) + 0.5))
        #expect(abs(same) < 2e-3)
        #expect(other > 0.02)
        #expect(try gaussianDiscrepancy(.ones([4, 2]), .ones([5, 2])) == 0)
        #expect(try gaussianDiscrepancy(.ones([4, 2]), .ones([1, 2])) == nil)
    }

    @Test("MIG and its bins agree with NumPy and scikit-learn to 1e-9")
    func informationGap() throws {
        let goldens = try MetricGoldens()
        let codes = try goldens.tensor("factors.codes")
        let factors = try values(try goldens.tensor("factors.values"))
        let columns = codes.transposed().contiguous()
        let bins = (0..<6).flatMap { binned(columns.narrow(0, from: $0, length: 1).doubles, into: 20) }
        #expect(bins == (try goldens.labels("factors.bins")))
        let gap = try #require(try mutualInformationGap(codes, factors: factors))
        expect("MIG", [gap], near: try goldens.doubles("factors.mig"), tolerance: 1e-9)
    }

    @Test("MIG leaves out factors that never vary, and has no value without any")
    func degenerateGap() throws {
        let codes = Tensor([0, 0, 1, 1] as [Double], shape: [4, 1])
        #expect(try mutualInformationGap(codes, factors: [[0, 0, 1, 1], [2, 2, 2, 2]]) == 1)
        #expect(try mutualInformationGap(codes, factors: [[2, 2, 2, 2]]) == nil)
        #expect(try mutualInformationGap(.zeros([0, 3]), factors: [[]]) == nil)
        #expect(try mutualInformationGap(.ones([4, 2]), factors: [[0, 0, 1, 1]]) == 0)
        #expect(throws: UserError.self) { try mutualInformationGap(codes, factors: [[0, 1]]) }
    }

    @Test("DCI's arithmetic on given importances agrees with SciPy's entropies to 1e-9")
    func dciArithmetic() throws {
        let goldens = try MetricGoldens()
        let importance = try rows(try goldens.tensor("factors.importance"))
        let scores = DCI(importance: importance)
        let values = [scores.disentanglement, scores.completeness]
        expect("DCI", values, near: try goldens.doubles("factors.dci"), tolerance: 1e-9)
        let perfect = DCI(importance: [[2, 0], [0, 1], [0, 0]])
        expect("perfect", [perfect.disentanglement, perfect.completeness], near: [1, 1], tolerance: 1e-12)
        let even = DCI(importance: [[1, 1], [1, 1]])
        expect("even", [even.disentanglement, even.completeness], near: [0, 0], tolerance: 1e-12)
        #expect(DCI(importance: []).disentanglement == 0 && DCI(importance: [[0, 0]]).completeness == 0)
    }

    @Test("One latent a factor scores high in DCI and FactorVAE, a rotation of the same latents lower")
    func rotation() throws {
        let goldens = try MetricGoldens()
        let factors = try values(try goldens.tensor("factors.values"))
        let straight =
            Tensor(factors.flatMap { $0.map(Double.init) }, shape: [3, 300]).transposed()
            + normal(300, 3, seed: 7).to(dtype: .float64) * 0.05
        let mixed = straight.matmul(Tensor([1, 1, 1, 1, -1, 0.5, 0.7, 0.6, -1] as [Double], shape: [3, 3]))

        func score(_ codes: Tensor) throws -> DCI? {
            let train = codes.narrow(0, from: 0, length: 200)
            return try dci(
                train: train, trainFactors: factors.map { Array($0.prefix(200)) },
                test: codes.narrow(0, from: 200, length: 100), testFactors: factors.map { Array($0.suffix(100)) })
        }
        let (apart, together) = (try #require(try score(straight)), try #require(try score(mixed)))
        #expect(apart.disentanglement > 0.9 && apart.completeness > 0.9 && (apart.informativeness ?? 0) > 0.9)
        #expect(together.disentanglement < 0.6 && together.completeness < 0.6)

        let votes = try factorVAEScore(straight, factors: factors, seed: 1)
        #expect(votes == 1)
        #expect(votes == (try factorVAEScore(straight, factors: factors, seed: 1)))
        #expect((try factorVAEScore(mixed, factors: factors, seed: 1) ?? 1) < 0.9)
    }

    @Test("The majority-vote classifier counts training votes and scores the others")
    func votes() {
        let train = [(0, 1), (0, 1), (0, 0), (2, 0), (2, 1)].map { (dimension: $0.0, factor: $0.1) }
        let test = [(0, 1), (0, 0), (2, 0), (5, 0), (5, 1)].map { (dimension: $0.0, factor: $0.1) }
        #expect(majorityVoteAccuracy(train: train, test: test) == 0.6)
        #expect(majorityVoteAccuracy(train: train, test: []) == 0)
    }

    @Test("Collapsed latents and factors without repeated values have defined scores")
    func degenerateFactors() throws {
        #expect(try factorVAEScore(.ones([6, 3]), factors: [[0, 0, 0, 1, 1, 1]], seed: 1) == 0)
        #expect(try factorVAEScore(normal(3, 3, seed: 1), factors: [[0, 1, 2]], seed: 1) == nil)
        #expect(try factorVAEScore(normal(3, 3, seed: 1), factors: [], seed: 1) == nil)
        let codes = normal(4, 2, seed: 1)
        #expect(try dci(train: codes, trainFactors: [[1, 1, 1, 1]], test: codes, testFactors: [[1, 1, 1, 2]]) == nil)
        let collapsed = try dci(
            train: .ones([4, 2]), trainFactors: [[0, 0, 0, 1]], test: .ones([4, 2]), testFactors: [[0, 0, 0, 1]])
        #expect(collapsed == DCI(importance: [[0], [0]], informativeness: 0.75))
    }

    @Test("Rows that are not finite are refused by name")
    func refusals() {
        let spoiled = Tensor([0, 1, .nan, 2, 3, 4] as [Double], shape: [3, 2])
        let clean = Tensor.zeros([3, 2])
        var errors: [UserError?] = []
        errors.append(#expect(throws: UserError.self) { try prdc(real: clean, generated: spoiled) })
        errors.append(#expect(throws: UserError.self) { try kernelDistance(real: spoiled, generated: clean, seed: 1) })
        errors.append(#expect(throws: UserError.self) { try gaussianDiscrepancy(clean, spoiled) })
        errors.append(#expect(throws: UserError.self) { try mutualInformationGap(spoiled, factors: []) })
        errors.append(#expect(throws: UserError.self) { try factorVAEScore(spoiled, factors: [], seed: 1) })
        errors.append(#expect(throws: UserError.self) { try tsne(spoiled, seed: 1) })
        for error in errors {
            #expect(error?.code == .data && error?.message.contains("row 1 of 3") == true)
        }
    }

    private func values(_ table: Tensor) throws -> [[Int]] {
        (0..<table.shape[0]).map { table.narrow(0, from: $0, length: 1).integers }
    }

    private func rows(_ table: Tensor) throws -> [[Double]] {
        (0..<table.shape[0]).map { table.narrow(0, from: $0, length: 1).doubles }
    }
}
