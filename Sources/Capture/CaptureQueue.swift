public import Foundation
internal import Wireframes

/// Captures pages at several widths into a data set folder, a few at a time, each worker with a browser of its own.
///
/// A page leaves `SITE__PAGE_WIDTH.png` and, last, `SITE__PAGE_WIDTH.json`, the layout that the picture is drawn from. What
/// is there already, from the same source with the same content, is not captured again.
public final class CaptureQueue {
    /// How pages are captured.
    public struct Settings: Sendable {
        /// Widths of the window in pixels.
        public var widths = [1280]
        /// Pages at a time.
        public var jobs = 2
        /// Seconds for one page at one width.
        public var timeout = 30.0
        /// Seconds that a page must not change before it is looked at.
        public var wait = 0.5
        /// Files may use the network.
        public var usesNetwork = false
        /// Capture what is there already, too.
        public var again = false
        /// A folder for pictures of the pages as they are; nil takes none.
        public var screenshots: URL?

        /// The defaults.
        public init() {}
    }

    /// What became of a page at one width.
    public struct Outcome: Sendable, Codable {
        /// How it ended.
        public enum Kind: String, Sendable, Codable {
            /// It was captured.
            case captured
            /// It was there already.
            case present
            /// It could not be captured.
            case failed
        }

        /// The address or the file.
        public let source: String
        /// Width of the window in pixels.
        public let width: Int
        /// How it ended.
        public let kind: Kind
        /// The picture below the folder; nil when there is none.
        public let file: String?
        /// Why it failed; nil when it did not.
        public let reason: String?
        /// What a person should know of it.
        public let notes: [String]
    }

    private struct Job {
        let target: CaptureTarget
        let width: Int
        let path: String
    }

    private let executable: String
    private let settings: Settings
    private let folder: URL

    /// A queue that fills `folder` by means of the browser `executable` (`Browser.find`).
    public init(_ executable: String, into folder: URL, settings: Settings = Settings()) {
        self.executable = executable
        self.folder = folder
        self.settings = settings
    }

    /// Captures `targets`.
    ///
    /// - Parameters:
    ///   - shouldStop: asked often; once it says yes, no more is captured and what is under way is given up.
    ///   - report: told each outcome, from several threads, one at a time, with the number of those that are done.
    /// - Returns: the outcomes in the order of the targets; those that were not reached are left out.
    /// - Throws: `UserError` when the folder cannot be written, or the browser does not start.
    public func run(
        _ targets: [CaptureTarget], shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Outcome, Int) -> Void = { _, _ in }
    ) throws -> [Outcome] {
        try folder.makeFolder()
        try settings.screenshots?.makeFolder()
        Browser.removeAbandonedProfiles()
        let jobs = plan(targets)
        let progress = CaptureProgress(count: jobs.count, report: report)
        let settings = settings
        let worker = Worker(executable, settings, folder)
        let threads = DispatchGroup()
        for _ in 0..<max(1, min(settings.jobs, jobs.count)) {
            threads.enter()
            let thread = Thread {
                defer { threads.leave() }
                worker.work(jobs, progress, shouldStop)
            }
            // Trees are written and drawn by recursion.
            thread.stackSize = 8 << 20
            thread.start()
        }
        threads.wait()
        if let error = progress.error { throw error }
        return progress.outcomes
    }

    /// Every page at every width, with names that no two share.
    private func plan(_ targets: [CaptureTarget]) -> [Job] {
        var owners: [String: String] = [:]
        return targets.flatMap { target in
            settings.widths.map { width in
                let plain = target.path(width: width, isDistinct: false)
                let owner = owners[plain.lowercased()] ?? CapturedFile(folder, plain).source?.page
                let isTaken = owner != nil && owner != target.source
                let path = isTaken ? target.path(width: width, isDistinct: true) : plain
                owners[path.lowercased()] = target.source
                return Job(target: target, width: width, path: path)
            }
        }
    }

    /// What a thread does; nothing in it changes.
    private struct Worker: Sendable {
        let executable: String
        let settings: Settings
        let folder: URL

        init(_ executable: String, _ settings: Settings, _ folder: URL) {
            self.executable = executable
            self.settings = settings
            self.folder = folder
        }

        func work(_ jobs: [Job], _ progress: CaptureProgress, _ shouldStop: @escaping @Sendable () -> Bool) {
            var browser: Browser?
            defer { browser?.end() }
            while !shouldStop(), let index = progress.next() {
                do {
                    let outcome = try outcome(of: jobs[index], &browser) { shouldStop() || progress.error != nil }
                    progress.finish(index, outcome)
                } catch DevToolsFailure.stopped {
                    return
                } catch {
                    progress.fail(error as? UserError ?? UserError(.internal, "\(error)", remedy: "please report this"))
                    return
                }
            }
        }

        /// - Throws: what ends the whole capture.
        private func outcome(
            of job: Job, _ browser: inout Browser?, _ shouldStop: @escaping () -> Bool
        ) throws -> Outcome {
            func outcome(_ kind: Outcome.Kind, _ reason: String? = nil, notes: [String] = []) -> Outcome {
                Outcome(
                    source: job.target.source, width: job.width, kind: kind,
                    file: kind == .failed ? nil : job.path + ".png", reason: reason, notes: notes)
            }
            let hash = job.target.root == nil ? nil : try? contentHash(ofFileAt: job.target.source)
            if job.target.root != nil, hash == nil {
                let isThere = FileManager.default.fileExists(atPath: job.target.source)
                let missing = "there is no such file; addresses begin with https://"
                return outcome(.failed, isThere ? "the file cannot be read" : missing)
            }
            let file = CapturedFile(folder, job.path)
            let isPictured = settings.screenshots.map { CapturedFile($0, job.path).hasPicture } ?? true
            if !settings.again, isPictured, file.isComplete(source: job.target.source, hash: hash) {
                return outcome(.present)
            }
            let isOffline = job.target.root != nil && !settings.usesNetwork
            if browser?.isOffline != isOffline {
                browser?.end()
                browser = nil
            }
            let running = try browser ?? Browser(executable, isOffline: isOffline, shouldStop: shouldStop)
            browser = running
            do {
                let capture = PageCapture(running, job.target, width: job.width, settings)
                let (page, screenshot) = try capture.run(screenshot: settings.screenshots != nil)
                let source = LayoutDocument.Source(
                    page: job.target.source, hash: hash, viewport: job.width,
                    title: page.title.isEmpty ? nil : page.title, notes: capture.notes.isEmpty ? nil : capture.notes)
                try file.write(page.tree(), source)
                if let screenshot, let folder = settings.screenshots { try save(screenshot, folder, job.path) }
                return outcome(.captured, notes: capture.notes)
            } catch CaptureFailure.page(let reason) {
                return outcome(.failed, reason)
            } catch CaptureFailure.browser(let reason) {
                running.end()
                browser = nil
                return outcome(.failed, reason)
            }
        }

        private func save(_ screenshot: Data, _ folder: URL, _ path: String) throws {
            let file = folder.appending(path: path + ".png")
            try file.deletingLastPathComponent().makeFolder()
            try AtomicFile.write(screenshot, to: file)
        }
    }
}

/// A captured page in the data set folder: its picture and the layout that the picture is drawn from.
struct CapturedFile {
    private let picture: URL
    private let layout: URL

    init(_ folder: URL, _ path: String) {
        picture = folder.appending(path: path + ".png")
        layout = folder.appending(path: path + ".json")
    }

    /// Where the page that is there came from; nil without one.
    var source: LayoutDocument.Source? {
        struct Head: Decodable { let source: LayoutDocument.Source? }
        guard let data = try? Data(contentsOf: layout) else { return nil }
        return (try? JSONDecoder().decode(Head.self, from: data))?.source
    }

    /// Whether there is a picture that begins as one.
    var hasPicture: Bool { (try? PNG.size(of: picture)) != nil }

    func isComplete(source page: String, hash: String?) -> Bool {
        guard hasPicture, let source else { return false }
        return source.page == page && source.hash == hash
    }

    /// Writes both as `wirespace dataset render` would draw the layout, the layout last: where it is, the picture is.
    func write(_ tree: LayoutNode, _ source: LayoutDocument.Source) throws {
        var document = LayoutDocument(tree)
        document.source = source
        let data = try document.json()
        try picture.deletingLastPathComponent().makeFolder()
        var image: GrayImage?
        try LayoutFile.read(data) { image = try LayoutPicture().draw($0) }
        guard let image else {
            throw UserError(.internal, "the layout has no page", at: layout.path(percentEncoded: false))
        }
        try PNG.write(image, to: picture)
        try AtomicFile.write(data, to: layout)
    }
}

/// What the workers share; everything in it is used under the lock.
final class CaptureProgress: @unchecked Sendable {
    private let lock = NSLock()
    private let count: Int
    private let report: (CaptureQueue.Outcome, Int) -> Void
    private var taken = 0
    private var finished: [CaptureQueue.Outcome?]
    private var failure: UserError?

    init(count: Int, report: @escaping (CaptureQueue.Outcome, Int) -> Void) {
        self.count = count
        self.report = report
        finished = Array(repeating: nil, count: count)
    }

    func next() -> Int? {
        lock.withLock {
            guard taken < count, failure == nil else { return nil }
            defer { taken += 1 }
            return taken
        }
    }

    func finish(_ index: Int, _ outcome: CaptureQueue.Outcome) {
        lock.withLock {
            finished[index] = outcome
            report(outcome, finished.count { $0 != nil })
        }
    }

    func fail(_ error: UserError) {
        lock.withLock { failure = failure ?? error }
    }

    var error: UserError? { lock.withLock { failure } }
    var outcomes: [CaptureQueue.Outcome] { lock.withLock { finished.compactMap { $0 } } }
}
