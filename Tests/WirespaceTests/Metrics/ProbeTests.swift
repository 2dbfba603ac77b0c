import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Probes")
struct ProbeTests {
    /// The split of the golden: the first rows are fitted, the rest is scored.
    private func split(_ name: String, _ count: Int) throws -> (train: (Tensor, [Int]), test: (Tensor, [Int])) {
        let goldens = try MetricGoldens()
        let points = try goldens.tensor("\(name).points")
        let labels = try goldens.labels("\(name).labels")
        let rest = labels.count - count
        return (
            (points.narrow(0, from: 0, length: count), Array(labels.prefix(count))),
            (points.narrow(0, from: count, length: rest), Array(labels.suffix(rest)))
        )
    }

    @Test("5-NN predicts what scikit-learn predicts")
    func nearest() throws {
        let goldens = try MetricGoldens()
        let (train, test) = try split("blobs", Int(try goldens.number("latents", "blobs", "train_count")))
        let predictions = try NearestNeighbourClassifier(train.0, labels: train.1).predict(test.0)
        #expect(predictions == (try goldens.labels("blobs.knn.predictions")))
        #expect(try accuracy(predictions, labels: test.1) == (try goldens.number("latents", "blobs", "knn_accuracy")))
    }

    @Test("A tie of votes goes to the smallest label, and few training points are all neighbours")
    func ties() throws {
        let points = Tensor([0, 1, 2, 3] as [Double], shape: [4, 1])
        let classifier = try NearestNeighbourClassifier(points, labels: [9, 9, -4, -4], neighbours: 4)
        #expect(try classifier.predict(Tensor([0.1] as [Double], shape: [1, 1])) == [-4])
        let few = try NearestNeighbourClassifier(points, labels: [1, 2, 2, 2])
        #expect(try few.predict(Tensor([0] as [Double], shape: [1, 1])) == [2])
        #expect(try few.predict(.zeros([0, 1])) == [])
        #expect(throws: UserError.self) { try few.predict(.zeros([2, 3])) }
        #expect(throws: UserError.self) { try NearestNeighbourClassifier(.zeros([0, 1]), labels: []) }
    }

    @Test("Logistic regression has scikit-learn's weights and probabilities, to 1e-5")
    func multinomial() throws {
        let goldens = try MetricGoldens()
        let (train, test) = try split("blobs", Int(try goldens.number("latents", "blobs", "train_count")))
        let model = try LogisticRegression(train.0, labels: train.1)
        let probabilities = try model.probabilities(test.0).doubles
        expect(
            "logistic probabilities", probabilities, near: try goldens.doubles("blobs.logistic.probabilities"),
            tolerance: 1e-5)
        expect(
            "logistic weights", model.weight.doubles, near: try goldens.doubles("blobs.logistic.weight"),
            tolerance: 1e-5)
        let score = accuracy(try model.predict(test.0), labels: test.1)
        #expect(score == (try goldens.number("latents", "blobs", "linear_probe_accuracy")))
    }

    @Test(
        "Two classes and features of unequal scale agree with scikit-learn to 1e-5, standardised or not",
        arguments: ["binary", "scaled"])
    func scales(name: String) throws {
        let goldens = try MetricGoldens()
        let (train, test) = try split("logistic_\(name)", 60)
        let plain = try LogisticRegression(train.0, labels: train.1).probabilities(test.0).doubles
        expect("logistic, \(name)", plain, near: try goldens.doubles("logistic_\(name).probabilities"), tolerance: 1e-5)
        let model = try LogisticRegression(train.0, labels: train.1, inverseRegularisation: 0.5, standardise: true)
        let expected = try goldens.doubles("logistic_\(name).standardised")
        expect(
            "logistic, \(name), standardised", try model.probabilities(test.0).doubles, near: expected, tolerance: 1e-5)
    }

    @Test("Logistic regression of one class, of constant features and of separable points is defined")
    func degenerate() throws {
        let single = try LogisticRegression(.randn([5, 3], generator: Generator(seed: 1)), labels: [7, 7, 7, 7, 7])
        #expect(try single.predict(.zeros([2, 3])) == [7, 7])
        #expect(try single.probabilities(.zeros([2, 3])).doubles == [1, 1])

        let constant = try LogisticRegression(.full([4, 2], 0.1), labels: [0, 0, 0, 1], standardise: true)
        expect(
            "class shares", try constant.probabilities(.full([1, 2], 0.1)).doubles, near: [0.75, 0.25], tolerance: 1e-6)

        let (points, labels) = blobs(5, perCluster: 40, dimensions: 12, distance: 100, seed: 3)
        let separable = try LogisticRegression(points, labels: labels)
        #expect(accuracy(try separable.predict(points), labels: labels) == 1)
        #expect(throws: UserError.self) { try LogisticRegression(.zeros([0, 3]), labels: []) }
        #expect(throws: UserError.self) { try separable.predict(.full([1, 12], .nan)) }
        #expect(try separable.predict(.zeros([0, 12])) == [])
    }

    @Test("Ridge regression has scikit-learn's weights to 1e-9, whatever the batches")
    func ridge() throws {
        let goldens = try MetricGoldens()
        let (x, y) = (try goldens.tensor("ridge.points"), try goldens.tensor("ridge.values"))
        let regression = RidgeRegression(inputs: 30, outputs: 3)
        for (start, count) in [(0, 1), (1, 12), (13, 7)] {
            regression.add(x.narrow(0, from: start, length: count), y.narrow(0, from: start, length: count))
        }
        #expect(regression.count == 20)
        let (weight, bias) = regression.solution(penalty: 0.7)
        #expect(weight.shape == [3, 30] && bias.shape == [3])
        expect("ridge, weight", weight.doubles, near: try goldens.doubles("ridge.weight"), tolerance: 1e-9)
        expect("ridge, bias", bias.doubles, near: try goldens.doubles("ridge.bias"), tolerance: 1e-9)
    }

    @Test("The shrunk covariance is scikit-learn's LedoitWolf to 1e-10; a single row has none")
    func shrunk() throws {
        let goldens = try MetricGoldens()
        let x = try goldens.tensor("ridge.points")
        let covariance = shrunkCovariance(x).doubles
        expect("covariance", covariance, near: try goldens.doubles("ridge.covariance"), tolerance: 1e-10)
        #expect(shrunkCovariance(x.narrow(0, from: 0, length: 1)).abs().sum().item() == 0)
    }

    @Test("The confusion matrix agrees with scikit-learn")
    func confusion() throws {
        let goldens = try MetricGoldens()
        let matrix = try confusionMatrix(
            labels: goldens.labels("clusters.labels"), predictions: goldens.labels("clusters.noisy_labels"), classes: 9)
        #expect(matrix.flatMap { $0 } == (try goldens.labels("clusters.confusion")))
        #expect(throws: UserError.self) { try confusionMatrix(labels: [1], predictions: [], classes: 2) }
    }

    @Test("The majority class is that of training, the smallest among equals, scored on the test")
    func majority() throws {
        #expect(majorityClassAccuracy(train: [5, 5, 2], test: [5, 2, 2, 2]) == 0.25)
        #expect(majorityClassAccuracy(train: [5, 2], test: [5, 2, 2, 2]) == 0.75)
        #expect(majorityClassAccuracy(train: [], test: [1]) == nil)
        #expect(majorityClassAccuracy(train: [1], test: []) == nil)
    }
}

/// The share of predictions that are right.
func accuracy(_ predictions: [Int], labels: [Int]) -> Double {
    Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
}
