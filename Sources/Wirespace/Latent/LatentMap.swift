import Foundation
public import Torch
import Wireframes

/// A plane on which known pages lie, and the way back from each of its places to a code.
///
/// Into the plane by PCA, which shows distances as they are as far as two dimensions can, or by t-SNE, which keeps
/// neighbours together. Both come back by interpolation: the code at a place is the weighted mean of the μ of the eight
/// pages nearest to it on the map, with the local inverse-distance weights of Franke and Nielson ("Smooth interpolation of
/// large sets of scattered data", 1980). It is μ itself at a page, changes smoothly between pages, and stays among codes
/// that pages have; PCA's own inverse is exact in its plane, but sets the other dimensions to their means.
public struct LatentMap {
    /// How codes come to lie in the plane.
    public enum Method: String, CaseIterable, Sendable, Codable {
        /// The first two principal components.
        case pca
        /// t-SNE, whose time grows with the square of the number of pages.
        case tsne
    }

    /// Pages up to which t-SNE is what one gets without asking: about half a minute.
    public static let mostEmbedded = 2000
    /// Pages up to which t-SNE has the memory it needs.
    public static let mostPages = 10_000
    private static let neighbours = 8

    /// How it was made.
    public let method: Method
    /// Where the pages lie, float32 `[N, 2]`, centred, the largest coordinate being 1.
    public let places: Tensor
    /// `[N, latent]`.
    private let codes: Tensor
    private let plane: (pca: PCA, scale: Double)?

    /// A map of codes `[N, latent]`, N ≥ 1.
    ///
    /// - Parameter method: without one, t-SNE up to `mostEmbedded` pages and PCA from there on.
    /// - Throws: `UserError`: `.usage` for t-SNE of too many pages, `.data` when a code is not finite.
    public init(of codes: Tensor, by method: Method? = nil) throws {
        let count = codes.shape[0]
        self.codes = codes
        self.method = method ?? (count <= Self.mostEmbedded ? .tsne : .pca)
        guard self.method == .pca || count <= Self.mostPages else {
            throw UserError(
                .usage, "t-SNE of \(count) pages would take too much memory", at: "--map",
                remedy: "use pca, or at most \(Self.mostPages) pages")
        }
        let pca = count > 1 ? try PCA(codes, components: 2) : nil
        guard let pca, pca.explainedVarianceRatio.contains(where: { $0 > 0 }) else {
            (places, plane) = (.zeros([count, 2]), nil)  // one page, or copies of one
            return
        }
        let isPlane = self.method == .pca
        let raw = isPlane ? pca.transform(codes) : try tsne(codes, seed: 0).points
        let scale = 1 / max(raw.abs().amax().item(), .leastNormalMagnitude)
        let scaled = (raw * scale).to(dtype: .float32)
        let width = scaled.shape[1]
        places = width == 2 ? scaled : .concatenate([scaled, .zeros([count, 2 - width])], dim: 1)
        plane = isPlane ? (pca, scale) : nil
    }

    /// Where a code `[1, latent]` lies: its projection for PCA, else between the pages nearest to it.
    public func place(of z: Tensor) -> (x: Double, y: Double) {
        let place: [Double]
        if let plane {
            place = (plane.pca.transform(z) * plane.scale).doubles
        } else {
            place = Self.mean(of: places, at: codes.distances(to: z)).doubles
        }
        return (place.first ?? 0, place.dropFirst().first ?? 0)
    }

    /// The code at a place, `[1, latent]`.
    public func code(atX x: Double, y: Double) -> Tensor {
        Self.mean(of: codes, at: places.distances(to: Tensor([Float(x), Float(y)], shape: [1, 2])))
    }

    /// The mean of rows, weighted by how near they are: ((R − d) / (R d))², R being the distance of the first row that
    /// no longer counts.
    private static func mean(of rows: Tensor, at distances: Tensor) -> Tensor {
        let count = rows.shape[0]
        let nearest = distances.reshape(-1).topK(min(neighbours + 1, count), dim: 0, largest: false)
        let (order, d) = (nearest.indices.integers, nearest.values.doubles)
        guard let least = d.first, let last = d.last, least > 1e-9 * max(last, 1e-9) else {
            return rows[rows: Array(order.prefix(1))]
        }
        let reach = count > neighbours ? last : 2 * last
        var weights = d.map {
            let w = (reach - $0) / (reach * $0)
            return w * w
        }
        if weights.reduce(0, +) <= 0 { weights = d.map { _ in 1 } }
        let total = weights.reduce(0, +)
        let shares = Tensor(weights.map { Float($0 / total) }, shape: [1, weights.count])
        return shares.matmul(rows[rows: order].to(dtype: .float32))
    }
}
