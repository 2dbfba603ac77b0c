import Foundation
public import Torch
public import Wireframes

/// Ways through the space.
public enum LatentPath: String, CaseIterable, Sendable {
    /// Straight lines.
    case linear
    /// Arcs about the origin, along which a code keeps its usual length (Shoemake, SIGGRAPH 1985; for latent spaces
    /// White, "Sampling Generative Networks", 2016). Between codes of one direction, or of opposite ones, a straight line.
    case spherical

    /// The codes on the way through some codes, all steps between two of them being equal.
    ///
    /// - Parameters:
    ///   - codes: `[N, latent]`, N ≥ 2.
    ///   - steps: from one code to the next, at least 1.
    /// - Returns: `[(N − 1) · steps + 1, latent]`; every `steps`-th row is one of `codes`, exactly.
    public func through(_ codes: Tensor, steps: Int) -> Tensor {
        let legs = codes.shape[0] - 1
        return through(codes, at: (0...(legs * steps)).map { Double($0) / Double(steps) })
    }

    /// The codes at some places of the way through some codes, `[places.count, latent]`.
    ///
    /// - Parameters:
    ///   - codes: `[N, latent]`, N ≥ 2.
    ///   - places: in [0, N − 1]; 1.5 is half way from the second code to the third, and 1 the second, exactly.
    public func through(_ codes: Tensor, at places: [Double]) -> Tensor {
        let rows = places.map { place in
            let leg = min(Int(place), codes.shape[0] - 2)
            return between(
                codes[rows: leg..<(leg + 1)], codes[rows: (leg + 1)..<(leg + 2)], at: place - Double(leg))
        }
        return .concatenate(rows, dim: 0)
    }

    /// The code at a share `t` in [0, 1] of the way from `a` to `b`, `[1, latent]`.
    private func between(_ a: Tensor, _ b: Tensor, at t: Double) -> Tensor {
        if t == 0 { return a }
        if t == 1 { return b }
        if self == .spherical {
            let lengths = a.norm().item() * b.norm().item()
            let angle = lengths > 0 ? acos(min(max((a * b).sum().item() / lengths, -1), 1)) : 0
            // Near 0 and π the arc is ill-defined.
            if sin(angle) > 1e-4 { return a * (sin((1 - t) * angle) / sin(angle)) + b * (sin(t * angle) / sin(angle)) }
        }
        return a * (1 - t) + b * t
    }

    /// Where on a leg to stop so that the page changes equally from stop to stop: `steps + 1` shares of the leg from 0 to 1.
    ///
    /// In a space of clusters most of the change lies in a short piece of a leg, where one cluster gives way to the next; equal
    /// steps of the code would hurry through it. These have constant speed in pixels (after Arvanitidis, Hansen and Hauberg,
    /// ICLR 2018, who also bend the way, which this does not).
    ///
    /// - Parameter changes: how much the page changes in each of some equal parts of the leg; at least one, none negative.
    public static func evenStops(changes: [Double], steps: Int) -> [Double] {
        let passed = changes.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1) }
        let whole = passed.last ?? 0
        guard whole > 0, whole.isFinite else { return (0...steps).map { Double($0) / Double(steps) } }
        var part = 0
        return (0...steps).map { step in
            if step == 0 { return 0 }  // the codes themselves, even where nothing changes next to them
            if step == steps { return 1 }
            let wanted = whole * Double(step) / Double(steps)
            while part < changes.count - 1, passed[part + 1] <= wanted { part += 1 }
            let share = changes[part] > 0 ? (wanted - passed[part]) / changes[part] : 0
            return (Double(part) + share) / Double(changes.count)
        }
    }

    /// The sizes of pages on the way, as many as `through` has rows: each side goes evenly from one to the next.
    public static func sizes(through sizes: [PNG.Size], steps: Int) -> [PNG.Size] {
        let legs = zip(sizes, sizes.dropFirst()).flatMap { from, to in
            (0..<steps).map { step in
                func length(_ a: Int, _ b: Int) -> Int { a + Int((Double((b - a) * step) / Double(steps)).rounded()) }
                return PNG.Size(width: length(from.width, to.width), height: length(from.height, to.height))
            }
        }
        return legs + sizes.suffix(1)
    }
}
