package import Foundation

/// Reads what is written on pages, by Tesseract (Smith, ICDAR 2007), which is started for every page.
///
/// A process of its own, because Tesseract's threads would wait for the same cores as libtorch's, and because a picture that
/// it stumbles over then costs that picture alone.
public struct WordReader: Sendable {
    /// What the program calls itself, `tesseract 5.3.0`: others may read otherwise.
    public let version: String
    private let program: URL

    /// Wider pictures are reduced to so many pixels, since reading would only take longer. To enlarge narrower ones twice was no gain
    /// (real pages of 1,024 pixels a side).
    private static let greatestWidth = 2048
    /// A picture takes less than a second.
    private let secondsAllowed: Double

    /// The reader on the PATH.
    ///
    /// - Throws: `UserError` `.missingInput` when there is none that works.
    public init() throws(UserError) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = folders.lazy.map { "\($0)/tesseract" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else {
            throw UserError(
                .missingInput, "there is no tesseract on the PATH, which reads the words on pages",
                remedy: "install it (`apt-get install tesseract-ocr`, `brew install tesseract`)")
        }
        try self.init(program: URL(filePath: found))
    }

    /// The reader that is this program; it is stopped if it takes longer for a picture than `secondsAllowed`.
    ///
    /// - Throws: `UserError` `.missingInput` when it does not say its version, or cannot read English.
    package init(program: URL, secondsAllowed: Double = 120) throws(UserError) {
        self.program = program
        self.secondsAllowed = secondsAllowed
        func lines(_ argument: String) throws(UserError) -> (lines: [String], end: String?) {
            try Self.withFolder { folder throws(UserError) in
                let output = folder.appending(path: "output")
                let end = try Self.run(program, [argument], output: output, secondsAllowed: 120)
                let said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
                return (said.split(separator: "\n").map(String.init), end)
            }
        }
        let (said, end) = try lines("--version")
        guard end == nil, let first = said.first else {
            throw UserError(
                .missingInput, "does not say its version\(end.map { ", and \($0)" } ?? "")", at: program.path,
                remedy: "try `tesseract --version`, and install it again")
        }
        version = first
        let languages = try lines("--list-langs")
        guard languages.end == nil, languages.lines.contains("eng") else {
            throw UserError(
                .missingInput, languages.end.map { "does not say what it reads, and \($0)" } ?? "cannot read English",
                at: program.path,
                remedy: "install its data (`apt-get install tesseract-ocr-eng`), or set TESSDATA_PREFIX to their folder"
            )
        }
    }

    /// The words on a picture, in the order in which they stand; `name` stands for the picture in errors.
    ///
    /// - Throws: `UserError` naming the picture.
    public func words(on picture: GrayImage, named name: String) throws(UserError) -> [PageWord] {
        guard picture.width > 0, picture.height > 0 else { return [] }
        let scaled =
            picture.width > Self.greatestWidth ? picture.rescaled(toWidth: Self.greatestWidth) : picture
        return try Self.withFolder { folder throws(UserError) in
            let (page, result) = (folder.appending(path: "page.png"), folder.appending(path: "words"))
            try PNG.write(scaled, to: page)
            // 11: text wherever there is any. The pages of a wireframe have no columns to follow.
            let arguments = [page.path, result.path, "--psm", "11", "-c", "tessedit_create_tsv=1"]
            let output = folder.appending(path: "output")
            let end = try Self.run(program, arguments, output: output, secondsAllowed: secondsAllowed)
            guard end == nil,
                let table = try? String(contentsOf: result.appendingPathExtension("tsv"), encoding: .utf8)
            else {
                let said = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
                let last = said.split(separator: "\n").last.map { ": \($0)" } ?? ""
                throw UserError(
                    .data, "tesseract cannot read the words on it, and \(end ?? "leaves none")\(last)", at: name,
                    remedy: "try `tesseract \(name) -`, or train without words (model.features=vgg16)")
            }
            return Self.words(inTable: table)
        }
    }

    /// Rows of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
    static func words(inTable table: String) -> [PageWord] {
        var words: [PageWord] = []
        var line = -1
        var place: [Substring] = []
        for row in table.split(separator: "\n").dropFirst() {
            let cells = row.split(separator: "\t", maxSplits: 11, omittingEmptySubsequences: false)
            guard cells.count == 12, cells[0] == "5", let height = Int(cells[9]), let confidence = Double(cells[10])
            else { continue }
            let here = Array(cells[1...4])
            if here != place { (place, line) = (here, line + 1) }
            words.append(PageWord(String(cells[11]), confidence: confidence, height: height, line: line))
        }
        return words
    }

    private static func withFolder<Result>(_ body: (URL) throws(UserError) -> Result) throws(UserError) -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wirespace-words-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw UserError(
                .io, "cannot make a folder: \(UserError.reason(of: error))", at: folder.path,
                remedy: "set TMPDIR to a folder that can be written")
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Runs a program to its end.
    ///
    /// - Parameter output: takes what it says.
    /// - Returns: how it ended, unless all was well.
    private static func run(
        _ program: URL, _ arguments: [String], output: URL, secondsAllowed: Double
    ) throws(UserError) -> String? {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["OMP_THREAD_LIMIT": "1"]) { $1 }
        process.standardInput = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do {
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
            let file = try FileHandle(forWritingTo: output)
            defer { try? file.close() }
            process.standardOutput = file
            process.standardError = file
            try process.run()
        } catch {
            throw UserError(
                .io, "cannot be started: \(UserError.reason(of: error))", at: program.path,
                remedy: "check its rights, and that the disk of temporary files has space")
        }
        if ended.wait(timeout: .now() + secondsAllowed) == .timedOut {
            kill(-process.processIdentifier, SIGKILL)  // Foundation gives each a process group
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            return "takes longer than \(Int(secondsAllowed)) s"
        }
        return process.terminationStatus == 0 ? nil : "ends with \(process.terminationStatus)"
    }
}
