package import Wireframes

/// Σ SSIM (Wang et al., IEEE TIP 2004) of a page that is drawn part by part with a drawing that stays, kept up to date patch by
/// patch.
///
/// The same windows as ``structuralDissimilarity(_:_:)``: 11×11 pixels around every pixel, white paper beyond the edges. A
/// patch changes only the windows that reach into it.
package struct GrowingSimilarity {
    private static let margin = gaussianWindow.count / 2
    private static let weights = gaussianWindow.map(Float.init)

    private let width: Int
    private let height: Int
    private let target: [Float]
    /// Of the drawing, in the window around every pixel.
    private let targetMoments: (mean: [Float], square: [Float])
    /// Of the page, and of both.
    private var moments: Moments
    /// SSIM of the window around every pixel.
    private var values: [Float]

    /// A blank page.
    ///
    /// - Parameter target: what it is compared with, row by row, in [0, 1].
    package init(to target: [Float], width: Int, height: Int) {
        precondition(target.count == width * height, "\(target.count) pixels for \(width)×\(height)")
        self.width = width
        self.height = height
        self.target = target
        let page = Bounds(x: 0, y: 0, width: width, height: height)
        // Paper is 1, beyond the edges too: what differs from it is 0 there.
        func means(_ values: [Float]) -> [Float] {
            Self.windowSums(of: values.map { $0 - 1 }, in: page, over: page).map { $0 + 1 }
        }
        targetMoments = (means(target), means(target.map { $0 * $0 }))
        let ones = [Float](repeating: 1, count: target.count)
        moments = Moments(mean: ones, square: ones, product: targetMoments.mean)
        values = []
        values = similarities(page, moments)
    }

    /// By how much Σ SSIM grows when a part of the page is drawn anew.
    ///
    /// - Parameters:
    ///   - bounds: where, within the page.
    ///   - old: the page as it is, all of it.
    ///   - new: the part's picture, as large as `bounds`.
    package func gain(in bounds: Bounds, from old: GrayImage, to new: GrayImage) -> Double {
        let region = windows(reaching: bounds)
        let changed = similarities(region, moments(region, with: bounds, from: old, to: new))
        let before = cut(region, of: values)
        return changed.indices.reduce(0) { $0 + Double(changed[$1] - before[$1]) }
    }

    /// Goes on with the page as ``gain(in:from:to:)`` supposed it.
    package mutating func replace(in bounds: Bounds, from old: GrayImage, to new: GrayImage) {
        let region = windows(reaching: bounds)
        let changed = moments(region, with: bounds, from: old, to: new)
        let similarities = similarities(region, changed)
        for row in 0..<region.height {
            let (own, part) = (place(region, row), (row * region.width)..<((row + 1) * region.width))
            moments.mean.replaceSubrange(own, with: changed.mean[part])
            moments.square.replaceSubrange(own, with: changed.square[part])
            moments.product.replaceSubrange(own, with: changed.product[part])
            values.replaceSubrange(own, with: similarities[part])
        }
    }

    /// Weighted means over windows: E[y], E[y²] of the page y, and E[xy] of it and the drawing x.
    private struct Moments {
        var mean: [Float]
        var square: [Float]
        var product: [Float]
    }

    /// The pixels whose windows a patch changes.
    private func windows(reaching bounds: Bounds) -> Bounds {
        let (left, top) = (max(0, bounds.x - Self.margin), max(0, bounds.y - Self.margin))
        return Bounds(
            x: left, y: top, width: min(width, bounds.maxX + Self.margin) - left,
            height: min(height, bounds.maxY + Self.margin) - top)
    }

    /// Where a row of a region lies in the page.
    private func place(_ region: Bounds, _ row: Int) -> Range<Int> {
        let start = (region.y + row) * width + region.x
        return start..<(start + region.width)
    }

    private func cut(_ region: Bounds, of map: [Float]) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(region.width * region.height)
        for row in 0..<region.height { result += map[place(region, row)] }
        return result
    }

    /// A region's moments once the patch is there.
    private func moments(
        _ region: Bounds, with bounds: Bounds, from old: GrayImage, to new: GrayImage
    ) -> Moments {
        let before = cut(bounds, of: old.pixels)
        let seen = cut(bounds, of: target)
        func changed(_ map: [Float], _ change: (_ before: Float, _ now: Float, _ x: Float) -> Float) -> [Float] {
            var changes = [Float](repeating: 0, count: before.count)
            for index in changes.indices { changes[index] = change(before[index], new.pixels[index], seen[index]) }
            return Self.windowSums(of: changes, in: bounds, over: region, from: cut(region, of: map))
        }
        return Moments(
            mean: changed(moments.mean) { before, now, _ in now - before },
            square: changed(moments.square) { before, now, _ in now * now - before * before },
            product: changed(moments.product) { before, now, x in (now - before) * x })
    }

    /// Weighted sums over the windows around all pixels of `region`, of values that are 0 outside of `bounds`, added to `sums`.
    private static func windowSums(
        of values: [Float], in bounds: Bounds, over region: Bounds, from sums: [Float]? = nil
    ) -> [Float] {
        var rows = [Float](repeating: 0, count: bounds.height * region.width)
        var sums = sums ?? [Float](repeating: 0, count: region.height * region.width)
        for (tap, weight) in weights.enumerated() {
            // The window around a column sees the one `tap − margin` to its right.
            let shift = bounds.x - region.x + margin - tap
            let (from, to) = (max(0, -shift), min(bounds.width, region.width - shift))
            if to <= from { continue }
            for row in 0..<bounds.height {
                add(
                    values, at: row * bounds.width + from, times: weight, to: &rows,
                    at: row * region.width + shift + from, to - from)
            }
        }
        for row in 0..<bounds.height {
            for (tap, weight) in weights.enumerated() {
                let place = bounds.y - region.y + row + margin - tap
                guard (0..<region.height).contains(place) else { continue }
                add(rows, at: row * region.width, times: weight, to: &sums, at: place * region.width, region.width)
            }
        }
        return sums
    }

    /// `count` values, weighted, added to others. Through pointers, for the compiler to take several at a time.
    @inline(__always)
    private static func add(
        _ values: [Float], at from: Int, times weight: Float, to sums: inout [Float], at to: Int, _ count: Int
    ) {
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                guard let source = values.baseAddress?.advanced(by: from),
                    let target = sums.baseAddress?.advanced(by: to)
                else { return }
                for index in 0..<count { target[index] += weight * source[index] }
            }
        }
    }

    /// SSIM of a region's windows with these moments of the page.
    private func similarities(_ region: Bounds, _ moments: Moments) -> [Float] {
        let (c1, c2) = (Float(similarityConstants.0), Float(similarityConstants.1))
        let (means, squares) = (cut(region, of: targetMoments.mean), cut(region, of: targetMoments.square))
        var results = [Float](repeating: 0, count: means.count)
        for index in results.indices {
            let (x, y) = (means[index], moments.mean[index])
            let squaredMeans = x * x + y * y
            let covariance = moments.product[index] - x * y
            let variances = squares[index] + moments.square[index] - squaredMeans
            results[index] = (2 * x * y + c1) * (2 * covariance + c2) / ((squaredMeans + c1) * (variances + c2))
        }
        return results
    }
}
