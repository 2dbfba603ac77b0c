internal import Crypto
public import Foundation

/// Looks at every image of a data set folder, one at a time on each of two threads, so that memory does not grow with
/// the folder.
public enum DatasetCheck {
    /// Pixels a side that the model needs.
    public static let smallestSide = 32
    /// Pixels a side that the model takes.
    public static let largestSide = 4096

    /// Checks the folder `root`.
    ///
    /// - Throws: `UserError` when the folder, or one below it, cannot be read (`ImageFolder.init(scanning:)`). What is
    ///   wrong with single images is in the report.
    public static func run(_ root: URL) throws(UserError) -> DatasetReport {
        try run(ImageFolder(scanning: root))
    }

    /// Checks the images of a folder that has been scanned.
    public static func run(_ folder: ImageFolder) -> DatasetReport {
        let entries = folder.entries
        let looks = concurrentMap(entries.count) { look(at: entries[$0]) }
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
            width: .init(readable.map { Double($0.facts.width) }),
            height: .init(readable.map { Double($0.facts.height) }),
            inkShare: .init(readable.map(\.facts.inkShare)),
            blank: files { $0.isBlank },
            tiny: files { min($0.width, $0.height) < smallestSide },
            oversized: files { max($0.width, $0.height) > largestSide },
            duplicates: duplicates(readable))
    }

    /// What is remembered of an image.
    private struct Facts: Sendable {
        let width: Int
        let height: Int
        let inkShare: Double
        let isBlank: Bool
        let contentHash: String
        let pixelHash: String
    }

    /// An image that could be read.
    private struct Look {
        let entry: ImageEntry
        let facts: Facts
    }

    private static func look(at entry: ImageEntry) -> Result<Facts, UserError> {
        Result { () throws(UserError) in
            let image = try PNG.read(entry.url)
            let content: String
            do {
                content = try contentHash(ofFileAt: entry.path)
            } catch {
                throw UserError(.io, "reading failed: \(UserError.reason(of: error))", at: entry.path)
            }
            var (sum, lowest, highest) = (0.0, Float.infinity, -Float.infinity)
            for value in image.pixels {
                sum += Double(value)
                lowest = min(lowest, value)
                highest = max(highest, value)
            }
            return Facts(
                width: image.width, height: image.height, inkShare: 1 - sum / Double(image.pixels.count),
                // Two of 256 levels: the flattest page that anything could be seen on.
                isBlank: highest - lowest < 2 / 255, contentHash: content, pixelHash: pixelHash(image))
        }
    }

    /// Equal for equal pixels, whatever the depth and colour type of the files that they come from.
    private static func pixelHash(_ image: GrayImage) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(image.width) \(image.height) ".utf8))
        image.pixels.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hexadecimal(hash.finalize())
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
            DatasetReport.Duplicates(
                files: copies.map(\.entry.relativePath),
                identicalFiles: Set(copies.map(\.facts.contentHash)).count == 1,
                acrossArchetypes: Set(copies.map(\.entry.archetype)).count > 1,
                acrossGroups: Set(copies.map(\.entry.groupKey)).count > 1)
        }
        return sets.sorted { $0.files[0] < $1.files[0] }
    }
}
