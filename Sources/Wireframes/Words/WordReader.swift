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
    private static let secondsAllowed = 120.0

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

    /// The reader that is this program.
    ///
    /// - Throws: `UserError` `.missingInput` when it does not say its version.
    package init(program: URL) throws(UserError) {
        self.program = program
        version = try Self.withFolder { folder throws(UserError) in
            let output = folder.appending(path: "version")
            let status = try Self.run(program, ["--version"], output: output)
            let first = try? String(contentsOf: output, encoding: .utf8).split(separator: "\n").first.map(String.init)
            guard status == 0, let first else {
                throw UserError(
                    .missingInput, "does not say its version, and ends with \(status)", at: program.path,
                    remedy: "try `tesseract --version`, and install it again")
            }
            return first
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
            let status = try Self.run(program, arguments, output: folder.appending(path: "output"))
            guard status == 0,
                let table = try? String(contentsOf: result.appendingPathExtension("tsv"), encoding: .utf8)
            else {
                let said = (try? String(contentsOf: folder.appending(path: "output"), encoding: .utf8)) ?? ""
                let last = said.split(separator: "\n").last.map { ": \($0)" } ?? ""
                throw UserError(
                    .data, "tesseract cannot read the words on it, and ends with \(status)\(last)", at: name,
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
    /// - Returns: its exit status.
    private static func run(_ program: URL, _ arguments: [String], output: URL) throws(UserError) -> Int32 {
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
        }
        return process.terminationStatus
    }
}
