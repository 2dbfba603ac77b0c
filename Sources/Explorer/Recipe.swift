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

    /// A part of a mixture: one of `page` and `of`.
    struct Share: Codable, Sendable {
        static let keys: Set<String> = ["page", "of", "weight"]
        /// A page's number in the index.
        let page: Int?
        /// Any other code.
        let of: Recipe?
        /// Relative to the others'; 1 if nothing is said.
        let weight: Double?
    }

    /// A change: one of `toward`, `direction`, `plus`, `dimension` and `vector`, and how much of it.
    struct Offset: Codable, Sendable {
        static let keys: Set<String> = ["toward", "direction", "plus", "minus", "dimension", "vector", "amount"]
        /// An archetype, whose middle `amount` 1 reaches.
        let toward: String?
        /// One of `/api/directions`, in its steps.
        let direction: String?
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
    func code(in workplace: Workplace, depth: Int = 0) throws -> Tensor {
        let starts = [z != nil, point != nil, mix != nil].filter { $0 }.count
        guard starts == 1 else {
            throw Refusal(
                .badRequest, starts == 0 ? "the code has no start" : "the code has more than one start",
                remedy: "give one of z, point and mix")
        }
        var code = try start(in: workplace, depth: depth)
        guard (offsets ?? []).count <= Limits.offsets else {
            throw Refusal(.badRequest, "more than \(Limits.offsets) offsets", remedy: "give fewer")
        }
        for offset in offsets ?? [] { code = try offset.applied(to: code, in: workplace) }
        guard code.floats.allSatisfy({ abs($0) <= Float(100 * Limits.magnitude) }) else {
            throw Refusal(.badRequest, "the offsets lead too far away", remedy: "use smaller amounts")
        }
        return code
    }

    private func start(in workplace: Workplace, depth: Int) throws -> Tensor {
        if let z { return try row(z, named: "z", in: workplace) }
        if let point {
            try requireSmall(point.x, "point.x")
            try requireSmall(point.y, "point.y")
            return workplace.map.code(atX: point.x, y: point.y)
        }
        let mix = mix ?? []
        guard (1...Limits.mixed).contains(mix.count) else {
            throw Refusal(.badRequest, "`mix` has \(mix.count) parts", remedy: "name 1 to \(Limits.mixed)")
        }
        guard depth < Limits.depth else {
            throw Refusal(.badRequest, "mixtures of mixtures of mixtures", remedy: "mix codes, given as z")
        }
        let parts = try mix.map { try $0.code(in: workplace, depth: depth + 1) }
        let weights = mix.map { $0.weight ?? 1 }
        for weight in weights { try requireSmall(weight, "mix.weight") }
        let total = weights.reduce(0, +)
        guard total > 0, weights.allSatisfy({ $0 >= 0 }) else {
            throw Refusal(
                .badRequest, "the weights of `mix` are negative or all 0", remedy: "give weights from 0, one above 0")
        }
        let shares = Tensor(weights.map { Float($0 / total) }, shape: [1, parts.count])
        return shares.matmul(.concatenate(parts, dim: 0))
    }
}

extension Recipe.Share {
    fileprivate func code(in workplace: Workplace, depth: Int) throws -> Tensor {
        switch (page, of) {
        case (let page?, nil): return try workplace.index.mu.narrow(0, from: workplace.row(ofPage: page), length: 1)
        case (nil, let recipe?): return try recipe.code(in: workplace, depth: depth)
        default:
            throw Refusal(.badRequest, "a part of `mix` is not one thing", remedy: "give one of page and of")
        }
    }
}

extension Recipe.Offset {
    /// The code after the change.
    fileprivate func applied(to code: Tensor, in workplace: Workplace) throws -> Tensor {
        try requireSmall(amount, "offsets.amount")
        let kinds = [toward != nil, direction != nil, plus != nil, dimension != nil, vector != nil]
        guard kinds.filter({ $0 }).count == 1 else {
            throw Refusal(
                .badRequest, "an offset says not one thing",
                remedy: "give one of toward, direction, plus, dimension and vector")
        }
        let space = workplace.space
        if let toward {
            return code * (1 - amount) + (try workplace.space.archetypeRegions().mean(of: toward)) * amount
        }
        if let direction { return code + (try workplace.directions().named(direction).step) * amount }
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
