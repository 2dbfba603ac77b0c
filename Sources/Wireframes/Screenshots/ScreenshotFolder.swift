public import Foundation

/// Reduces the screenshots of a folder into another, a few at a time, under the same names.
///
/// What is there already and not older than its screenshot is left as it is: a reduction that was stopped goes on.
public struct ScreenshotFolder {
    /// What a reduction has done.
    public struct Result: Sendable {
        /// Pages written.
        public var reduced = 0
        /// Pages that were there already.
        public var present = 0
        /// Why the others could not be made; each names its screenshot.
        public var failures: [UserError] = []
    }

    private let jobs: [(entry: ImageEntry, target: URL)]

    /// Screenshots to reduce, readable or not.
    public var count: Int { jobs.count }

    /// Finds the screenshots below `folder`.
    ///
    /// - Throws: `UserError`: as `ImageFolder.init(scanning:)`; `.usage` when one of the folders lies in the other.
    public init(_ folder: URL, into out: URL) throws(UserError) {
        let (from, to) = (folder.resolvedComponents, out.resolvedComponents)
        guard !to.starts(with: from), !from.starts(with: to) else {
            throw UserError(
                .usage, "the folders lie in one another, so that pages would be taken for screenshots",
                at: out.path(percentEncoded: false), remedy: "name a folder beside it")
        }
        let entries = try ImageFolder(scanning: folder).entries
        let stems = Dictionary(grouping: entries) { ($0.relativePath as NSString).deletingPathExtension }
        jobs = entries.map { entry in
            let stem = (entry.relativePath as NSString).deletingPathExtension
            // a.png and a.jpg would both become a.png: then the ending stays in the name.
            let name = stems[stem]?.count == 1 ? stem : entry.relativePath
            return (entry, out.appending(path: name + ".png", directoryHint: .notDirectory))
        }
    }

    /// Does the work.
    ///
    /// - Parameters:
    ///   - again: whether what is there already is made anew.
    ///   - jobs: screenshots at a time.
    ///   - shouldStop: asked before each screenshot.
    ///   - report: told of every screenshot with the number of those that are done; called by one thread at a time.
    /// - Throws: `UserError` with code `.io` naming what cannot be written; then nothing further is begun.
    public func run(
        again: Bool = false, jobs limit: Int = 2, shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (UserError?, Int) -> Void = { _, _ in }
    ) throws(UserError) -> Result {
        let jobs = jobs
        let progress = ReductionProgress(report)
        _ = concurrentMap(jobs.count, threads: limit) { index in
            guard !shouldStop(), progress.writeFailure == nil else { return }
            let (entry, target) = jobs[index]
            if !again, Self.isCurrent(target, for: entry.url) { return progress.add { $0.present += 1 } }
            let page: GrayImage
            do throws(UserError) {
                page = try PictureFile.readColours(entry.url).wireframe()
            } catch {
                return progress.add(failure: error) { $0.failures.append(error) }
            }
            do throws(UserError) {
                try target.deletingLastPathComponent().makeFolder()
                try PNG.write(page, to: target)
                progress.add { $0.reduced += 1 }
            } catch {
                progress.fail(error)
            }
        }
        if let error = progress.writeFailure { throw error }
        return progress.sortedResult
    }

    private static func isCurrent(_ target: URL, for source: URL) -> Bool {
        func date(_ file: URL) -> Date? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.resolvingSymlinksInPath().path)
            return attributes?[.modificationDate] as? Date
        }
        guard let made = date(target), let taken = date(source) else { return false }
        return made >= taken
    }
}

/// Everything in it is used under the lock.
private final class ReductionProgress: @unchecked Sendable {
    private let lock = NSLock()
    private let report: (UserError?, Int) -> Void
    private var result = ScreenshotFolder.Result()
    private var done = 0
    private var failure: UserError?

    init(_ report: @escaping (UserError?, Int) -> Void) { self.report = report }

    func add(failure: UserError? = nil, _ change: (inout ScreenshotFolder.Result) -> Void) {
        lock.withLock {
            change(&result)
            done += 1
            report(failure, done)
        }
    }

    func fail(_ error: UserError) { lock.withLock { failure = failure ?? error } }

    var writeFailure: UserError? { lock.withLock { failure } }

    var sortedResult: ScreenshotFolder.Result {
        var sorted = lock.withLock { result }
        sorted.failures.sort { ($0.place ?? "") < ($1.place ?? "") }
        return sorted
    }
}
