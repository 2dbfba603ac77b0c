import ArgumentParser
import Foundation
import Torch
import Wireframes
import Wirespace

/// The command line. Each verb has a file; each is thin: parse, check, call, print.
@main
struct WirespaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wirespace",
        abstract: "Learn a latent space of wireframes, and use it.",
        discussion: """
            The first five minutes:
              wirespace doctor
              wirespace generate models/demo.safetensors --archetype pricing --out new
              wirespace dataset generate pages --count 300
              wirespace train configs/real.yaml data.directory=pages --run runs/first
              wirespace evaluate runs/first
              wirespace encode runs/first pages
              wirespace search runs/first pages/contact/000001__contact.png
              wirespace explore runs/first
            """,
        version: "0.1.0",
        subcommands: [
            DoctorCommand.self, DatasetCommand.self, TrainCommand.self, LayoutsCommand.self, EvaluateCommand.self,
            ReconstructCommand.self, EncodeCommand.self, SearchCommand.self, InterpolateCommand.self,
            GenerateCommand.self,
            TraverseCommand.self, EditCommand.self, DirectionCommand.self, OutliersCommand.self,
            DuplicatesCommand.self,
            ExploreCommand.self, ExportCommand.self, ReleaseCommand.self, SlurmCommand.self,
        ])

    /// Ends with 0 when done, else with the code of the error (64 wrong usage, 65 bad data, 66 missing input, 70
    /// internal, 74 I/O, 75 a process of several was lost, 128 + a signal that stopped it) and its message on standard error.
    static func main() {
        signal(SIGXFSZ, SIG_IGN)  // a file-size limit is an error of writing, as a full disk is
        do {
            try requireVerbs(in: arguments)
            var command = try parseAsRoot(joiningNegativeNumbers(in: arguments))
            try command.run()
        } catch {
            guard let failure = UserError(reporting: error) else { Self.exit(withError: error) }
            try? FileHandle.standardError.write(contentsOf: Data("wirespace: \(failure)\n".utf8))
            Self.exit(withError: ExitCode(failure.code.rawValue))
        }
    }
}

/// The parser would take a verb that it does not know for an argument of the verb before it.
///
/// - Throws: `UserError` for a word where a verb should stand.
private func requireVerbs(in words: [String]) throws {
    var known: [any ParsableCommand.Type] = WirespaceCommand.configuration.subcommands
    for word in words where !known.isEmpty {
        guard !word.hasPrefix("-") else { return }
        if word == "help" { continue }
        let names = known.map { $0.configuration.commandName ?? "" }
        guard let place = names.firstIndex(of: word) else {
            throw UserError(
                .usage, "there is no verb '\(word.prefix(80))'", remedy: suggestion(for: word, among: names))
        }
        known = known[place].configuration.subcommands
    }
}

/// `--count -3` as `--count=-3`: the parser would take the number for an option, and say that a value is missing.
private func joiningNegativeNumbers(in words: [String]) -> [String] {
    let options = words.prefix { $0 != "--" }
    let joined: [String] = options.reduce(into: []) { joined, word in
        let isNegative = word.hasPrefix("-") && Double(word) != nil
        if isNegative, let option = joined.last, option.hasPrefix("-"), !option.contains("=") {
            joined[joined.count - 1] = option + "=" + word
        } else {
            joined.append(word)
        }
    }
    return joined + words.dropFirst(options.count)
}

/// What was typed after the program's name. Swift's library finds it before the environment; where it is linked into the program, our own
/// runtime has set variables before that, which moves the environment, and Linux must be asked.
private var arguments: [String] {
    if !CommandLine.arguments.isEmpty { return Array(CommandLine.arguments.dropFirst()) }
    let typed = FileManager.default.contents(atPath: "/proc/self/cmdline") ?? Data()
    return typed.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
        .map { String(decoding: $0, as: UTF8.self) }
}

extension UserError {
    /// What to tell of an error; nil for those of the argument parser, which speaks for itself.
    fileprivate init?(reporting error: any Error) {
        switch error {
        case let error as UserError:
            self = error
        case let error as TorchError where error.kind == .file:
            self.init(.io, error.message, remedy: "check the disk's space and the rights")
        case let error as TorchError:
            self.init(error.kind == .content ? .data : .internal, error.message)
        case let error as CocoaError:
            self.init(.io, error.localizedDescription, at: error.filePath)
        default:
            // The parser's own errors mean wrong usage, help or an exit code: all others are `EXIT_FAILURE` to it.
            guard !(error is ExitCode), WirespaceCommand.exitCode(for: error) == .failure else { return nil }
            self.init(.internal, "\(error)", remedy: "please report this")
        }
    }
}
