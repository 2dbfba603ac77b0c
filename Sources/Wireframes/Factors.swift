/// One generating factor's value: a name from a list, or a number.
public enum FactorValue: Codable, Sendable, Equatable {
    /// A discrete choice.
    case category(String)
    /// A count or a continuous value.
    case number(Double)

    /// Reads a string or a number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            self = .category(name)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    /// Writes a string or a number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .category(let name): try container.encode(name)
        case .number(let value): try container.encode(value)
        }
    }
}

/// Draws factors and remembers them. Each has a random stream of its own, named after it: factors are independent of
/// one another, and a new one changes none of the others.
struct FactorSource {
    let seed: UInt64
    private(set) var values: [String: FactorValue] = [:]

    init(seed: UInt64) {
        self.seed = seed
    }

    /// One of `options`, all equally likely; repeat an option to make it more so.
    mutating func choice(_ name: String, _ options: [String]) -> String {
        var generator = generator(name)
        let value = generator.element(of: options)
        values[name] = .category(value)
        return value
    }

    mutating func flag(_ name: String, _ probability: Float) -> Bool {
        var generator = generator(name)
        let value = generator.chance(probability)
        values[name] = .category(value ? "yes" : "no")
        return value
    }

    mutating func count(_ name: String, _ range: ClosedRange<Int>) -> Int {
        var generator = generator(name)
        let value = generator.integer(in: range)
        values[name] = .number(Double(value))
        return value
    }

    /// Uniform in `range`, in steps of a thousandth of it.
    mutating func real(_ name: String, _ range: ClosedRange<Double>) -> Double {
        var generator = generator(name)
        let step = Double(generator.integer(below: 1001)) / 1000
        let value = ((range.lowerBound + (range.upperBound - range.lowerBound) * step) * 10_000).rounded() / 10_000
        values[name] = .number(value)
        return value
    }

    /// Notes a factor that follows from others, such as the page's height.
    mutating func note(_ name: String, _ value: FactorValue) {
        values[name] = value
    }

    /// The stream called `name`: the 64-bit FNV-1a hash of the name under the seed.
    func generator(_ name: String) -> SeededGenerator {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return SeededGenerator(seed: seed, stream: Int(truncatingIfNeeded: hash))
    }
}
