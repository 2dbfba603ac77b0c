public import Foundation

/// Looks at every image of a data set folder, one at a time on each of two threads, so that memory does not grow with
/// the folder.
public enum DatasetCheck {
    /// Pixels a side that the model needs.
    public static let smallestSide = 32
    /// Pixels a side that the model takes.
    public static let largestSide = 4096

    /// How like two images of one size are, from −1 to 1 for equal ones: the structural similarity. This module knows no
    /// tensors, so it is given.
    public typealias Similarity = @Sendable (GrayImage, GrayImage) throws -> Double

    /// Checks the folder `root`.
    ///
    /// - Throws: `UserError` when the folder, or one below it, cannot be read (`ImageFolder.init(scanning:)`). What is
    ///   wrong with single images is in the report.
    public static func run(_ root: URL) throws -> DatasetReport {
        try run(ImageFolder(scanning: root))
    }

    /// Checks the images of a folder that has been scanned.
    ///
    /// - Parameters:
    ///   - splits: where groups lie, which near-copies must not evade; by default those of the default shares.
    ///   - read: how training reads a page, if not as it is: turned around, scaled.
    ///   - maximumHeight: rows beyond which training crops a page.
    ///   - similarity: compares pages that look alike from afar; without it no near-copies are looked for.
    ///   - progress: told the number of images looked at so far, from several threads, one at a time.
    /// - Throws: what `similarity` throws; `UserError(.io)` when there is no room for temporary files.
    public static func run(
        _ folder: ImageFolder, splits: ((String) -> Split)? = nil,
        reading read: (@Sendable (URL) throws(UserError) -> GrayImage)? = nil, maximumHeight: Int = .max,
        similarity: Similarity? = nil, progress: @Sendable (Int) -> Void = { _ in }
    ) throws -> DatasetReport {
        let entries = folder.entries
        let rule = try Splits()
        let counter = Counter()
        let thumbnails = similarity == nil ? nil : try NearDuplicates.Thumbnails()
        let looks = concurrentMap(entries.count) { index in
            let look = look(at: entries[index], read) { image in
                thumbnails.map { thumbnails in
                    Result { () throws(UserError) in try thumbnails.add(image, at: index) }
                }
            }
            counter.increment(progress)
            return look
        }
        var readable: [Look] = []
        var unreadable: [DatasetReport.Unreadable] = []
        for (entry, look) in zip(entries, looks) {
            switch look {
            case .success(let facts): readable.append(Look(entry: entry, facts: facts))
            case .failure(let error): unreadable.append(.init(file: entry.relativePath, reason: error.message))
            }
        }
        func files(where condition: (Facts) -> Bool) -> [String] {
            readable.filter { condition($0.facts) }.map { $0.entry.relativePath }
        }
        let groups = Dictionary(grouping: entries, by: \.groupKey)
        let archetypes = archetypes(of: entries, readable)
        let darkPages = files { $0.hasDarkGround && !$0.isBlank }
        let lightPages = files { !$0.hasDarkGround && !$0.isBlank }
        let drawn = readable.filter { !$0.facts.isBlank }
        return DatasetReport(
            folder: folder.root.path(percentEncoded: false),
            images: entries.count,
            unreadable: unreadable,
            archetypes: archetypes,
            unlabelled: entries.count { $0.archetype == nil },
            balance: balance(archetypes.map(\.images)),
            singletons: archetypes.filter { $0.images == 1 }.map(\.name),
            singleGroup: archetypes.filter { $0.images > 1 && $0.groups == 1 }.map(\.name),
            emptyFolders: folder.emptyFolders,
            ignoredFiles: folder.ignoredFiles,
            groups: groups.count,
            largestGroup: groups.map { DatasetReport.Group(key: $0.key, images: $0.value.count) }
                .max { ($0.images, $1.key) < ($1.images, $0.key) },
            splits: splits.map { parts(of: entries, $0) } ?? [],
            width: .init(readable.map { Double($0.facts.width) }),
            height: .init(readable.map { Double($0.facts.height) }),
            inkShare: .init(readable.map(\.facts.inkShare)),
            blank: files { $0.isBlank },
            tiny: files { $0.smallerSide < smallestSide },
            oversized: files { max($0.width, $0.height) > largestSide },
            inverted: darkPages.count < lightPages.count ? darkPages : lightPages,
            rotated: files { $0.isRotated },
            cmyk: files { $0.isCMYK },
            unusualSizes: outliers(drawn, atLeast: log(1.5)) { [log(Double($0.width)), log(Double($0.height))] },
            unusualInk: outliers(drawn, atLeast: 0.02) { [$0.hasDarkGround ? 1 - $0.inkShare : $0.inkShare] },
            duplicates: duplicates(readable),
            nearDuplicates: try thumbnails.map {
                try nearDuplicates(drawn, $0, splits ?? rule.split(ofGroup:), similarity ?? { _, _ in 0 })
            } ?? [],
            cropped: files { $0.height > maximumHeight })
    }

    /// What is remembered of an image.
    private struct Facts: Sendable {
        let width: Int
        let height: Int
        /// Of the file's own width and height, before training scales it.
        let smallerSide: Int
        let inkShare: Double
        let isBlank: Bool
        let hasDarkGround: Bool
        let isRotated: Bool
        let isCMYK: Bool
        let contentHash: String
        let pixelHash: String
        /// How it looks from afar, if that could be kept; nil when it is not asked.
        let appearance: Result<NearDuplicates.Page, UserError>?
    }

    /// An image that could be read.
    private struct Look {
        let entry: ImageEntry
        let facts: Facts
    }

    private static func look(
        at entry: ImageEntry, _ read: ((URL) throws(UserError) -> GrayImage)?,
        appearance: (GrayImage) -> Result<NearDuplicates.Page, UserError>?
    ) -> Result<Facts, UserError> {
        Result { () throws(UserError) in
            let reader = try PictureFile.reader(of: entry.url)
            let image = if let read { try read(entry.url) } else { try reader.image() }
            let content: String
            do {
                content = try contentHash(ofFileAt: entry.path)
            } catch {
                throw UserError(.io, "reading failed: \(UserError.reason(of: error))", at: entry.path)
            }
            let pixels = PixelSummary(image)
            return Facts(
                width: image.width, height: image.height,
                smallerSide: min(reader.size.width, reader.size.height), inkShare: pixels.inkShare,
                isBlank: pixels.isBlank,
                hasDarkGround: pixels.hasDarkGround, isRotated: reader.orientation != .upright, isCMYK: reader.isCMYK,
                contentHash: content, pixelHash: pixels.hash, appearance: appearance(image))
        }
    }

    private static func parts(of entries: [ImageEntry], _ split: (String) -> Split) -> [DatasetReport.SplitPart] {
        let bySplit = Dictionary(grouping: entries) { split($0.groupKey) }
        return Split.allCases.map { split in
            let entries = bySplit[split] ?? []
            return DatasetReport.SplitPart(
                split: split, images: entries.count, groups: Set(entries.map(\.groupKey)).count,
                archetypes: Set(entries.compactMap(\.archetype)).count)
        }
    }

    private static func archetypes(
        of entries: [ImageEntry], _ readable: [Look]
    ) -> [DatasetReport.Archetype] {
        var ink: [String: (sum: Double, count: Int)] = [:]
        for look in readable {
            guard let name = look.entry.archetype else { continue }
            ink[name, default: (0, 0)].sum += look.facts.inkShare
            ink[name, default: (0, 0)].count += 1
        }
        let labelled = Dictionary(grouping: entries.filter { $0.archetype != nil }) { $0.archetype ?? "" }
        return labelled.sorted { $0.key < $1.key }.map { name, entries in
            DatasetReport.Archetype(
                name: name, images: entries.count, groups: Set(entries.map(\.groupKey)).count,
                inkShare: ink[name].map { $0.sum / Double($0.count) } ?? 0)
        }
    }

    private static func balance(_ counts: [Int]) -> DatasetReport.Balance? {
        guard let largest = counts.max(), let smallest = counts.min() else { return nil }
        let total = Double(counts.reduce(0, +))
        let entropy = counts.reduce(0.0) { $0 - Double($1) / total * log(Double($1) / total) }
        return DatasetReport.Balance(
            majorityShare: Double(largest) / total, largestToSmallest: Double(largest) / Double(smallest),
            evenness: counts.count > 1 ? entropy / log(Double(counts.count)) : 1)
    }

    private static func duplicates(
        _ readable: [Look]
    ) -> [DatasetReport.Duplicates] {
        let copies = Dictionary(grouping: readable, by: \.facts.pixelHash).values.filter { $0.count > 1 }
        let sets = copies.map { copies in
            // A copy without a label contradicts none, and is the one to do without.
            let copies = copies.filter { $0.entry.archetype != nil } + copies.filter { $0.entry.archetype == nil }
            let archetypes = Set(copies.compactMap(\.entry.archetype)).sorted()
            return DatasetReport.Duplicates(
                files: copies.map(\.entry.relativePath),
                identicalFiles: Set(copies.map(\.facts.contentHash)).count == 1,
                archetypes: archetypes, acrossArchetypes: archetypes.count > 1,
                acrossGroups: Set(copies.map(\.entry.groupKey)).count > 1)
        }
        return sets.sorted { $0.files[0] < $1.files[0] }
    }

    /// Near-copies, of which pages with equal pixels count as one.
    private static func nearDuplicates(
        _ drawn: [Look], _ thumbnails: NearDuplicates.Thumbnails, _ split: (String) -> Split, _ similarity: Similarity
    ) throws -> [DatasetReport.NearDuplicates] {
        var seen: Set<String> = []
        let distinct = drawn.filter { seen.insert($0.facts.pixelHash).inserted }
        let pages = try distinct.compactMap { try $0.facts.appearance?.get() }
        let sets = try NearDuplicates.sets(of: pages, thumbnails, similarity: similarity)
        return sets.map { first, others in
            let entries = ([first] + others.map(\.page)).map { distinct[$0].entry }
            return DatasetReport.NearDuplicates(
                file: distinct[first].entry.relativePath,
                copies: others.map { .init(file: distinct[$0.page].entry.relativePath, similarity: $0.similarity) },
                acrossArchetypes: Set(entries.compactMap(\.archetype)).count > 1,
                acrossGroups: Set(entries.map(\.groupKey)).count > 1,
                acrossSplits: Set(entries.map { split($0.groupKey) }).count > 1)
        }
    }

    /// Pages with a quantity beyond Tukey's outer fences ("Exploratory Data Analysis", 1977): three interquartile ranges
    /// below the first or above the third quartile. `spread` is the least range: where most pages are equal, a small
    /// difference is none. Fewer than 20 pages have no outliers.
    private static func outliers(
        _ looks: [Look], atLeast spread: Double, _ quantities: (Facts) -> [Double]
    ) -> [String] {
        guard looks.count >= 20 else { return [] }
        let rows = looks.map { quantities($0.facts) }
        let fences = rows[0].indices.map { column -> ClosedRange<Double> in
            let sorted = rows.map { $0[column] }.sorted()
            let (first, third) = (sorted[sorted.count / 4], sorted[sorted.count * 3 / 4])
            let margin = 3 * max(third - first, spread / 3)
            return first - margin...third + margin
        }
        return zip(looks, rows).filter { _, row in zip(row, fences).contains { !$1.contains($0) } }
            .map { $0.0.entry.relativePath }
    }

    /// Counts what several threads have done.
    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var count = 0

        func increment(_ tell: (Int) -> Void) {
            lock.withLock {
                count += 1
                tell(count)
            }
        }
    }
}
