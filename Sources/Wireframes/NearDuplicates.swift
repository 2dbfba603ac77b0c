/// Finding pages that are nearly the same.
enum NearDuplicates {
    /// Bits of 64 in which two perceptual hashes may differ. Generous: what is found is compared pixel by pixel.
    static let largestDistance = 12
    /// Structural similarity of the thumbnails from which on two pages are near-copies.
    static let smallestSimilarity = 0.9
    /// Share by which aspect ratios may differ.
    static let largestStretch = 0.05
    /// Pixels a side of the thumbnails that are compared.
    static let thumbnailSide = 96

    /// A page to compare.
    struct Page {
        let aspect: Double
        let hash: PerceptualHash
        /// Where its thumbnail lies.
        let thumbnail: Int
    }

    /// Thumbnails of pages, in a file without a name that goes with the process: in memory they would grow with the folder.
    final class Thumbnails: Sendable {
        private static let bytes = thumbnailSide * thumbnailSide
        private let file: PlacedFile

        /// - Throws: `UserError(.io)` when no temporary file can be made.
        init() throws(UserError) { file = try PlacedFile.temporary() }

        /// What is to be compared of an image, whose thumbnail is kept at `index`.
        ///
        /// - Throws: `UserError(.io)` when the file cannot be written.
        func add(_ image: GrayImage, at index: Int) throws(UserError) -> Page {
            let thumbnail = image.resized(width: thumbnailSide, height: thumbnailSide)
            try file.write(thumbnail.pixels.map { UInt8(($0 * 255).rounded()) }, at: index * Self.bytes)
            return Page(
                aspect: Double(image.width) / Double(image.height), hash: PerceptualHash(thumbnail), thumbnail: index)
        }

        subscript(page: Page) -> GrayImage {
            let levels = file.bytes(at: page.thumbnail * Self.bytes, count: Self.bytes)
            return GrayImage(width: thumbnailSide, height: thumbnailSide, pixels: levels.map { Float($0) / 255 })
        }
    }

    /// Sets of near-copies: the first page of each, and the others with their likeness to it.
    ///
    /// Each page is compared with the first pages of the sets that there are, so that no chain of small differences
    /// joins pages that look different, and thousands of copies of one page cost no thousands of comparisons each.
    static func sets(
        of pages: [Page], _ thumbnails: Thumbnails, similarity: (GrayImage, GrayImage) throws -> Double
    ) rethrows -> [(first: Int, others: [(page: Int, similarity: Double)])] {
        var sets: [(first: Int, others: [(page: Int, similarity: Double)])] = []
        for (index, page) in pages.enumerated() {
            let candidates = sets.indices.compactMap { set -> (set: Int, distance: Int)? in
                let first = pages[sets[set].first]
                let distance = first.hash.distance(to: page.hash)
                guard distance <= largestDistance, abs(first.aspect / page.aspect - 1) <= largestStretch else {
                    return nil
                }
                return (set, distance)
            }
            var best: (set: Int, similarity: Double)?
            for candidate in candidates.sorted(by: { $0.distance < $1.distance }).prefix(8) {
                let value = try similarity(thumbnails[pages[sets[candidate.set].first]], thumbnails[page])
                if value >= smallestSimilarity, value > best?.similarity ?? 0 { best = (candidate.set, value) }
            }
            if let best {
                sets[best.set].others.append((index, best.similarity))
            } else {
                sets.append((index, []))
            }
        }
        return sets.filter { !$0.others.isEmpty }
    }
}
