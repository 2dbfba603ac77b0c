import Testing
import Wireframes
import Wirespace

@Suite("Bootstrap intervals")
struct BootstrapTests {
    @Test("The interval of a mean is 1.96 standard errors to both sides, to 10 %")
    func mean() throws {
        var generator = SeededGenerator(seed: 3)
        let values = (0..<400).map { _ in Double(generator.normal()) }
        let mean = values.reduce(0, +) / 400
        let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400).squareRoot() / 20
        let interval = try #require(try bootstrapInterval(ofMean: values, resamples: 4000, seed: 1))
        #expect(abs((mean - interval.low) / (1.96 * error) - 1) < 0.1)
        #expect(abs((interval.high - mean) / (1.96 * error) - 1) < 0.1)
    }

    @Test("Both forms draw the same resamples, the same ones for a seed and others for another")
    func seeds() throws {
        let values = [0.1, 0.9, 0.4, 0.35, 0.8]
        let cheap = try bootstrapInterval(ofMean: values, seed: 5)
        let general = bootstrapInterval(count: 5, seed: 5) { rows in rows.reduce(0) { $0 + values[$1] } / 5 }
        #expect(cheap == general)
        #expect(cheap == (try bootstrapInterval(ofMean: values, seed: 5)))
        #expect(cheap != (try bootstrapInterval(ofMean: values, seed: 6)))
    }

    @Test("Quantiles lie between neighbours as NumPy's do")
    func quantiles() {
        // The statistics are 0...40 in some order: numpy.quantile(range(41), [0.025, 0.975]) is [1, 39].
        var next = 0.0
        let interval = bootstrapInterval(count: 3, resamples: 41, seed: 1) { _ in
            defer { next += 1 }
            return (next * 7).truncatingRemainder(dividingBy: 41)
        }
        #expect(interval == Interval(low: 1, high: 39))
        // Of 0...4: [0.1, 3.9].
        next = 0
        let short = bootstrapInterval(count: 3, resamples: 5, seed: 1) { _ in
            defer { next += 1 }
            return next
        }
        #expect(abs((short?.low ?? 0) - 0.1) < 1e-12 && abs((short?.high ?? 0) - 3.9) < 1e-12)
    }

    @Test("No rows have no interval, one row has itself, undefined resamples are left out")
    func degenerate() throws {
        #expect(try bootstrapInterval(ofMean: [], seed: 1) == nil)
        #expect(try bootstrapInterval(ofMean: [0.25], seed: 1) == Interval(low: 0.25, high: 0.25))
        #expect(bootstrapInterval(count: 0, seed: 1) { _ in 1 } == nil)
        #expect(bootstrapInterval(count: 2, seed: 1) { _ in .nan } == nil)
        let defined = bootstrapInterval(count: 2, seed: 1) { $0[0] == 0 ? .nan : 3 }
        #expect(defined == Interval(low: 3, high: 3))
        let error = #expect(throws: UserError.self) { try bootstrapInterval(ofMean: [0, .nan], seed: 1) }
        #expect(error?.message.contains("value 1 of 2") == true)
    }
}
