import Foundation

/// A small, fast, seeded source of random numbers: the same seed gives the same numbers on every machine and release.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). Its one word of
/// state makes it cheap to derive an independent generator from a few numbers (`init(seed:stream:)`), so that what is
/// drawn for page 12 of epoch 3 depends on nothing but the seed, the 12 and the 3.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator for `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// An independent generator for each list of numbers under one seed: an epoch and a page, say.
    public init(seed: UInt64, stream: Int...) {
        self.init(seed: seed)
        for number in stream {
            state = next() ^ (UInt64(bitPattern: Int64(number)) &* 0xD6E8_FEB8_6659_FD93)
        }
        state = next()
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number uniform in [0, 1).
    public mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A number from the standard normal distribution (Box and Muller, 1958; one of the pair is dropped).
    public mutating func normal() -> Float {
        let radius = (-2 * log(max(uniform(), 0x1p-24))).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// `true` with the given probability.
    public mutating func chance(_ probability: Float) -> Bool {
        uniform() < probability
    }

    /// A whole number from 0 up to, not including, `bound` (Lemire, "Fast Random Integer Generation in an Interval",
    /// 2019, without the rejection: the bias is below bound / 2⁶⁴). Unlike `Int.random`, the same in every Swift.
    public mutating func integer(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A whole number from a range, as ``integer(below:)`` gives it.
    public mutating func integer(in range: ClosedRange<Int>) -> Int { range.lowerBound + integer(below: range.count) }

    /// One of `elements`, all equally likely.
    ///
    /// - Precondition: there is one.
    mutating func element<Element>(of elements: [Element]) -> Element { elements[integer(below: elements.count)] }

    /// The elements in a random order: Fisher and Yates from the front, written out, since the standard library's shuffle may differ
    /// from one Swift to the next.
    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var order = elements
        for i in order.indices.dropLast() { order.swapAt(i, i + integer(below: order.count - i)) }
        return order
    }

    /// A number uniform between two others.
    public mutating func uniform(in range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// A number uniform in [0, 1) with 53 random bits.
    public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }
}
