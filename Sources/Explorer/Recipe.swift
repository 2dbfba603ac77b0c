import Foundation
import HTTPTypes
import Torch
import Wireframes
import Wirespace

/// How a code is made: where it starts, and what is added to it. The page's link and every request use this.
struct Recipe: Codable, Sendable {
    /// A place of the map.
    struct Point: Codable, Sendable {
        let x: Double
        let y: Double
    }

    /// A page's part of a mixture.
    struct Share: Codable, Sendable {
        /// Its number in the index.
        let page: Int
        /// Relative to the others'; 1 if nothing is said.
        let weight: Double?
    }

    /// A change: one of `toward`, `plus`, `dimension` and `vector`, and how much of it.
    struct Offset: Codable, Sendable {
        /// An archetype, whose middle `amount` 1 reaches.
        let toward: String?
        /// An archetype to become, the place of `minus` (or of what the page most probably is) being exchanged for its own.
        let plus: String?
        let minus: String?
        /// A dimension, in standard deviations of the index's pages.
        let dimension: Int?
        /// A step of its own, such as a direction's file has.
        let vector: [Double]?
        let amount: Double
    }

    let z: [Double]?
    let point: Point?
    let mix: [Share]?
    let offsets: [Offset]?

    static let keys: Set<String> = ["z", "point", "mix", "offsets"]

    /// The code, `[1, latent]`.
    ///
    /// - Throws: `Refusal` or `UserError` saying what is wrong.
    func code(in workplace: Workplace) throws -> Tensor {
        let starts = [z != nil, point != nil, mix != nil].filter { $0 }.count
        guard starts == 1 else {
            throw Refusal(
                .badRequest, starts == 0 ? "the code has no start" : "the code has more than one start",
                remedy: "give one of z, point and mix")
        }
        var code = try start(in: workplace)
        guard (offsets ?? []).count <= Limits.offsets else {
            throw Refusal(.badRequest, "more than \(Limits.offsets) offsets", remedy: "give fewer")
        }
        for offset in offsets ?? [] { code = try offset.applied(to: code, in: workplace) }
        guard code.floats.allSatisfy({ abs($0) <= Float(100 * Limits.magnitude) }) else {
            throw Refusal(.badRequest, "the offsets lead too far away", remedy: "use smaller amounts")
        }
        return code
    }

    private func start(in workplace: Workplace) throws -> Tensor {
        if let z { return try row(z, named: "z", in: workplace) }
        if let point {
            try requireSmall(point.x, "point.x")
            try requireSmall(point.y, "point.y")
            return workplace.map.code(atX: point.x, y: point.y)
        }
        let mix = mix ?? []
        guard (1...Limits.mixedPages).contains(mix.count) else {
            throw Refusal(.badRequest, "`mix` has \(mix.count) pages", remedy: "name 1 to \(Limits.mixedPages)")
        }
        let rows = try mix.map { try workplace.row(ofPage: $0.page) }
        let weights = mix.map { $0.weight ?? 1 }
        for weight in weights { try requireSmall(weight, "mix.weight") }
        let total = weights.reduce(0, +)
        guard total > 0, weights.allSatisfy({ $0 >= 0 }) else {
            throw Refusal(
                .badRequest, "the weights of `mix` are negative or all 0", remedy: "give weights from 0, one above 0")
        }
        let shares = Tensor(weights.map { Float($0 / total) }, shape: [1, rows.count])
        return shares.matmul(workplace.index.mu.indexSelect(0, Tensor(rows)))
    }
}

extension Recipe.Offset {
    /// The code after the change.
    fileprivate func applied(to code: Tensor, in workplace: Workplace) throws -> Tensor {
        try requireSmall(amount, "offsets.amount")
        guard [toward != nil, plus != nil, dimension != nil, vector != nil].filter({ $0 }).count == 1 else {
            throw Refusal(
                .badRequest, "an offset says not one thing", remedy: "give one of toward, plus, dimension and vector")
        }
        let space = workplace.space
        if let toward {
            return code * (1 - amount) + (try workplace.regions().mean(of: toward)) * amount
        }
        if let plus { return try space.edited(code, minus: minus, plus: plus, strength: amount).z }
        if let dimension { return code + (try space.axis(dimension)) * amount }
        return code + (try row(vector ?? [], named: "offsets.vector", in: workplace)) * amount
    }
}

/// Numbers of a request as a code.
private func row(_ values: [Double], named name: String, in workplace: Workplace) throws -> Tensor {
    let dimension = workplace.space.dimension
    guard values.count == dimension else {
        throw Refusal(
            .badRequest, "`\(name)` has \(values.count) numbers", remedy: "this model's codes have \(dimension)")
    }
    for value in values { try requireSmall(value, name) }
    return Tensor(values.map(Float.init), shape: [1, dimension])
}

private func requireSmall(_ value: Double, _ name: String) throws {
    guard value.isFinite, abs(value) <= Limits.magnitude else {
        throw Refusal(
            .badRequest, "`\(name)` is too large", remedy: "numbers go from -\(Limits.magnitude) to \(Limits.magnitude)"
        )
    }
}
