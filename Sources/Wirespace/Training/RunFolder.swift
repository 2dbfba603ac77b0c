public import Foundation
package import Wireframes

/// The folder that a run leaves: its configuration, its checkpoints, its curves, its evaluation.
public struct RunFolder: Sendable {
    /// `runs/NAME`.
    public let url: URL

    /// A run folder at `path`, whether or not it exists; or a model file, which can be evaluated as one.
    public init(_ path: String) {
        url = URL(filePath: path, directoryHint: .isDirectory)
    }

    /// The resolved configuration.
    public var configuration: URL { url.appending(path: "config.yaml") }
    /// The weights after the last finished epoch.
    public var last: URL { url.appending(path: "checkpoints/last.safetensors") }
    /// The weights of the epoch with the lowest validation score.
    public var best: URL { url.appending(path: "checkpoints/best.safetensors") }
    /// Everything that an exact resume needs.
    public var resume: URL { url.appending(path: "checkpoints/resume.safetensors") }
    /// One line of JSON an epoch.
    public var metrics: URL { url.appending(path: "metrics.jsonl") }
    /// The codes of a folder's pages, which `wirespace encode` makes.
    public var index: URL { url.appending(path: "index.sqlite") }
    /// Which split each page lay in when the run began.
    public var splits: URL { url.appending(path: "splits.csv") }
    /// `metrics.json` and `report.html`; of a model file without a run `NAME.evaluation` beside it.
    public var evaluation: URL {
        url.pathExtension == "safetensors"
            ? url.deletingPathExtension().appendingPathExtension("evaluation")
            : url.appending(path: "evaluation", directoryHint: .isDirectory)
    }

    /// What an evaluation that was stopped had found out.
    public var unfinishedEvaluation: URL { evaluation.appending(path: "unfinished.txt") }
    /// The page that shows it.
    public var report: URL { evaluation.appending(path: "report.html") }
    /// What a person calls the run.
    public var name: String { url.lastPathComponent }

    /// Whether a training can go on here.
    public var canResume: Bool { FileManager.default.fileExists(atPath: resume.path) }

    /// Makes the folder ready for a training: new, or to go on with.
    ///
    /// - Returns: whether the training goes on with a state that is there.
    /// - Throws: `UserError` when another run is there, when it began with another configuration, or when the folder
    ///   cannot be made.
    public func prepare(for configuration: Configuration, resume: Bool) throws -> Bool {
        if FileManager.default.fileExists(atPath: lockFile.path) { _ = try lock() }  // before anything is written
        guard canResume || FileManager.default.fileExists(atPath: last.path) else {
            try create(configuration)
            return false
        }
        guard resume else {
            throw UserError(
                .data, "there is a run already", at: url.relativePath,
                remedy: "go on with it by --resume, or choose another folder with --run")
        }
        guard canResume || wasKilledInFirstCheckpoint else {
            throw UserError(
                .missingInput, "the run has weights, but not the state to go on with", at: self.resume.path,
                remedy: "put the file back, or train under another name with --run")
        }
        try check(configuration)
        try configuration.write(to: self.configuration)
        return canResume
    }

    /// The state comes last in a checkpoint. Without any the first epoch alone is there, which is done again to the same bytes.
    private var wasKilledInFirstCheckpoint: Bool { (try? ModelFile(contentsOf: last))?.epoch == 1 }

    private var lockFile: URL { url.appending(path: ".lock") }

    /// The right to train here, which lasts as long as the lock.
    ///
    /// - Throws: `UserError` when another training has it, or the lock's file cannot be made.
    package func lock() throws -> FileLock {
        let lock = try FileLock(lockFile.path)
        guard lock.take() else {
            throw UserError(
                .temporary, "another training is writing this run", at: url.relativePath,
                remedy: "wait for it, or choose another folder with --run")
        }
        return lock
    }

    /// Makes the folder and writes the configuration.
    private func create(_ configuration: Configuration) throws {
        // Scripts, logs and the run's own pages may lie there already.
        guard url.files(withEndings: ["png", "jpg", "jpeg"]).allSatisfy({ $0.hasPrefix("pages/") }) else {
            throw UserError(
                .data, "a folder of pictures does not become a run", at: url.relativePath,
                remedy: "name a new one with --run")
        }
        do {
            try FileManager.default.createDirectory(
                at: url.appending(path: "checkpoints"), withIntermediateDirectories: true)
        } catch {
            throw UserError(
                .io, "the run folder cannot be made: \(UserError.reason(of: error))", at: url.path,
                remedy: "choose another with --run, or change the rights")
        }
        try configuration.write(to: self.configuration)
    }

    /// Refuses to go on with a configuration that would train something else than the run began.
    ///
    /// What only changes how long or how fast it trains, or what it logs, may differ.
    func check(_ configuration: Configuration) throws {
        guard FileManager.default.fileExists(atPath: self.configuration.path) else {
            throw UserError(
                .missingInput, "the run's configuration is gone", at: self.configuration.path,
                remedy: "put the file back, or train under another name with --run")
        }
        let begun = try Configuration.load(self.configuration.path).withoutSpeedAndLogging
        var comparable = configuration.withoutSpeedAndLogging
        comparable.optimization.epochs = begun.optimization.epochs
        let (old, new) = try (begun.yaml(), comparable.yaml())
        let lines = (old: old.split(separator: "\n"), new: new.split(separator: "\n"))
        if let number = zip(lines.old, lines.new).map(!=).firstIndex(of: true) {
            let sections = Self.sections(ofLine: number, in: lines.old)
            throw UserError(
                .data,
                "the run was begun with `\(sections)\(lines.old[number].trimmingCharacters(in: .whitespaces))`, now it is "
                    + "`\(sections)\(lines.new[number].trimmingCharacters(in: .whitespaces))`",
                at: self.configuration.path, remedy: "train it under another name with --run, or undo the change")
        }
    }

    /// The sections of a configuration that a line of it lies in: `scheduler.params.`.
    private static func sections(ofLine number: Int, in lines: [Substring]) -> String {
        func depth(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
        var (path, least) = ("", depth(lines[number]))
        for line in lines[..<number].reversed() where depth(line) < least {
            least = depth(line)
            path = line.trimmingCharacters(in: .whitespaces).prefix { $0 != ":" } + "." + path
        }
        return path
    }

    // MARK: Splits

    /// Writes `splits.csv`, unless the run has one.
    ///
    /// - Throws: `UserError(.io)` when it cannot be written.
    public func record(splitsOf pages: any PageSource) throws {
        guard let table = pages.splitTable, !FileManager.default.fileExists(atPath: splits.path) else { return }
        try AtomicFile.write(Data(table.utf8), to: splits, durably: true)
    }

    /// Whether the splits that an evaluation saw are not those that the run was trained with: pages were added, removed
    /// or moved since. False where one of them is unknown.
    public func hasOtherSplits(than result: EvaluationResult) -> Bool {
        guard let data = FileManager.default.contents(atPath: splits.path), let hash = result.subject.splits else {
            return false
        }
        return SplitTable.hash(String(decoding: data, as: UTF8.self)) != hash
    }

    // MARK: What was measured

    /// The epochs of the run, oldest first; none before the first is over.
    public func records() throws -> [EpochRecord] { try RunLog.read(self) }

    /// The last evaluation; nil when there is none, one of another version of the schema, or of weights that have changed since.
    public func evaluationResult() -> EvaluationResult? {
        guard !evaluationIsOutdated,
            let data = FileManager.default.contents(atPath: evaluation.appending(path: "metrics.json").path),
            let result = try? EvaluationResult(json: data)
        else { return nil }
        return result.schema == EvaluationResult.schema ? result : nil
    }

    private var evaluationIsOutdated: Bool {
        func written(_ file: URL) -> Date? {
            try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
        }
        let model = [url.pathExtension == "safetensors" ? url : best, last].lazy.compactMap(written).first
        guard let model, let measured = written(evaluation.appending(path: "metrics.json")) else { return false }
        return measured < model
    }

    /// Writes `metrics.json` and `report.html`, which ends an evaluation.
    ///
    /// - Throws: `UserError(.io)` when they cannot be written.
    public func write(_ result: EvaluationResult, _ pictures: EvaluationPictures) throws {
        do {
            try FileManager.default.createDirectory(at: evaluation, withIntermediateDirectories: true)
        } catch {
            throw UserError(
                .io, "cannot be made: \(UserError.reason(of: error))", at: evaluation.path,
                remedy: "check the disk's space and the rights of the folder")
        }
        try AtomicFile.write(try result.json(), to: evaluation.appending(path: "metrics.json"))
        try AtomicFile.write(Data(try Report.html(result, pictures, records()).utf8), to: report)
        try? FileManager.default.removeItem(at: unfinishedEvaluation)
    }
}
