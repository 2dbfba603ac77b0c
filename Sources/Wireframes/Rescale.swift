extension GrayImage {
    /// The image at another width, its aspect ratio kept (``PNG/Size/rescaled(toWidth:)``).
    ///
    /// - Precondition: `width > 0`.
    public func rescaled(toWidth width: Int) -> GrayImage {
        let size = PNG.Size(width: self.width, height: self.height).rescaled(toWidth: width)
        return resized(width: size.width, height: size.height)
    }

    /// The image at another size by exact area averaging: every new pixel is the mean of the paper it covers, partly
    /// covered pixels counted by their share.
    ///
    /// The mean grey, and with it the ink, stays what it was: a line thinner than a new pixel gets lighter but never
    /// vanishes. An enlarged image repeats its pixels, blended where a new one lies across an old edge.
    ///
    /// - Precondition: `width > 0 && height > 0`.
    public func resized(width: Int, height: Int) -> GrayImage {
        precondition(width > 0 && height > 0, "cannot resize to \(width)×\(height)")
        if width == self.width && height == self.height { return self }
        let columns = coverage(of: self.width, by: width)
        let rows = coverage(of: self.height, by: height)
        var result = GrayImage(width: width, height: height, filledWith: 0)
        pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                // One row of the target at a time in double precision, so that thousands of terms lose nothing.
                var sum = [Double](repeating: 0, count: width)
                for (y, row) in rows.enumerated() {
                    for x in 0..<width { sum[x] = 0 }
                    for (i, rowWeight) in row.weights.enumerated() {
                        let line = UnsafeBufferPointer(rebasing: source[(row.first + i) * self.width..<source.count])
                        for (x, column) in columns.enumerated() {
                            sum[x] += rowWeight * column.average(of: line)
                        }
                    }
                    for x in 0..<width { target[y * width + x] = Float(sum[x]) }
                }
            }
        }
        return result
    }
}

extension GrayImage {
    /// The image with strokes of ink that are `width` − 1 pixels wider: each pixel is the darkest of the `width`×`width` around it
    /// (a grey erosion of the paper: Serra, "Image Analysis and Mathematical Morphology", 1982).
    ///
    /// - Precondition: `width > 0`; 1 leaves the image as it is.
    public func widened(strokesBy width: Int) -> GrayImage {
        precondition(width > 0, "strokes widened to \(width) pixels")
        guard width > 1 else { return self }
        let columns = darkest(of: width, step: 1, count: self.width) { $0 % self.width }
        return columns.darkest(of: width, step: self.width, count: height) { $0 / self.width }
    }

    /// Of each pixel the darkest of `width` neighbours along one axis, on which there are `count` pixels, `step` apart.
    private func darkest(of width: Int, step: Int, count: Int, position: (Int) -> Int) -> GrayImage {
        var result = self
        for place in pixels.indices {
            let own = position(place)
            let (first, last) = (max(0, own - (width - 1) / 2), min(count - 1, own + width / 2))
            for other in first...last {
                result.pixels[place] = min(result.pixels[place], pixels[place + (other - own) * step])
            }
        }
        return result
    }
}

/// What one new pixel covers along one axis: old pixels from `first` on, with weights that add up to 1.
private struct Coverage {
    let first: Int
    let weights: [Double]

    func average(of line: UnsafeBufferPointer<Float>) -> Double {
        var sum = 0.0
        for i in weights.indices { sum += weights[i] * Double(line[first + i]) }
        return sum
    }
}

/// Lengths are counted in units of 1 / (`old` · `new`) of the axis, in which an old pixel is `new` long and a new one
/// `old`: all borders are whole numbers, so coverage is exact.
private func coverage(of old: Int, by new: Int) -> [Coverage] {
    (0..<new).map { index in
        let start = index * old
        let end = start + old
        let first = start / new
        let last = (end - 1) / new
        return Coverage(
            first: first,
            weights: (first...last).map { pixel in
                Double(min(end, (pixel + 1) * new) - max(start, pixel * new)) / Double(old)
            })
    }
}
