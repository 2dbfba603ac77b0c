import Foundation
import Testing
import Torch
import Wireframes
import Wirespace

@Suite("Calibration")
struct CalibrationTests {
    @Test("Of two classes 6 nats apart, three of four guesses right, the temperature is 6 / log 3")
    func twoClasses() throws {
        let scores = Tensor([0, -6, 2, -4, -6, 0, 1, -5] as [Double], shape: [4, 2])
        let temperature = try #require(try calibratingTemperature(scores, labels: [0, 0, 1, 1]))
        #expect(abs(temperature - 6 / log(3)) < 1e-9)
        let probabilities = (scores / temperature).logSoftmax(1).exp().amax(1).doubles
        #expect(probabilities.allSatisfy { abs($0 - 0.75) < 1e-9 })
    }

    @Test("Of many classes it is the most likely one, as scores from a softmax of their own are told")
    func manyClasses() throws {
        let generator = Generator(seed: 3)
        let truth = Tensor.randn([4000, 5], generator: generator) * 2
        // The largest after noise of Gumbel's is drawn by the softmax.
        let drawn = (truth - (-Tensor.rand([4000, 5], generator: generator).log()).log()).argmax(1)
        let temperature = try #require(try calibratingTemperature(truth * 37, labels: drawn.integers))
        #expect(
            abs(temperature / 37 - 1) < 0.1,
            "the scores were 37 times those that the labels were drawn by: \(temperature)")
    }

    @Test("Guesses are never made surer; no rows have no temperature; what is no score is refused")
    func limits() throws {
        let right = Tensor([0, -800, 0, -1] as [Double], shape: [2, 2])
        #expect(try calibratingTemperature(right, labels: [0, 0]) == 1)
        #expect(try calibratingTemperature(.zeros([0, 2]), labels: []) == nil)
        #expect(throws: UserError.self) { try calibratingTemperature(right, labels: [0]) }
        #expect(throws: UserError.self) { try calibratingTemperature(right / 0, labels: [0, 0]) }
        // Where every guess is wrong nothing is told by them.
        let wrong = try #require(try calibratingTemperature(right, labels: [1, 1]))
        #expect(abs(wrong / 1e6 - 1) < 1e-6)
    }

    @Test("The calibration error weighs each bin by its rows")
    func error() throws {
        // Half of two that are .95 sure, both of two that are .65: (.45 · 2 + .35 · 2) / 4.
        let error = expectedCalibrationError([0.95, 0.95, 0.65, 0.65], isRight: [true, false, true, true])
        #expect(abs(try #require(error) - 0.4) < 1e-12)
        #expect(expectedCalibrationError([1, 1, 0], isRight: [true, true, false]) == 0)
        #expect(expectedCalibrationError([], isRight: []) == nil)
    }
}
