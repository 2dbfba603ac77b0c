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
        let legs = (0..<(codes.shape[0] - 1)).flatMap { leg in
            (0..<steps).map { step in
                between(
                    codes[rows: leg..<(leg + 1)], codes[rows: (leg + 1)..<(leg + 2)], at: Double(step) / Double(steps))
            }
        }
        let end = codes.shape[0] - 1
        return .concatenate(legs + [codes[rows: end..<(end + 1)]], dim: 0)
    }

    /// The code at a share `t` in [0, 1] of the way from `a` to `b`, `[1, latent]`.
    private func between(_ a: Tensor, _ b: Tensor, at t: Double) -> Tensor {
        if t == 0 { return a }
        if self == .spherical {
            let lengths = a.norm().item() * b.norm().item()
            let angle = lengths > 0 ? acos(min(max((a * b).sum().item() / lengths, -1), 1)) : 0
            // Near 0 and π the arc is ill-defined.
            if sin(angle) > 1e-4 { return a * (sin((1 - t) * angle) / sin(angle)) + b * (sin(t * angle) / sin(angle)) }
        }
        return a * (1 - t) + b * t
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
