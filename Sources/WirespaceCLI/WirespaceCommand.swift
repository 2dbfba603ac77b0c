import ArgumentParser
import Foundation
import Wireframes

/// The command line. Each verb has a file; each is thin: parse, check, call, print.
@main
struct WirespaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wirespace",
        abstract: "Learn a latent space of wireframes, and use it.",
        discussion: """
            The first five minutes:
              wirespace doctor
              wirespace dataset generate pages --count 300
              wirespace train configs/demo.yaml --run runs/demo
              wirespace evaluate runs/demo
              wirespace reconstruct runs/demo my-page.png
            """,
        version: "0.1.0",
        subcommands: [
            DoctorCommand.self, DatasetCommand.self, TrainCommand.self, EvaluateCommand.self, ReconstructCommand.self,
        ])

    /// Ends with 0 when done, else with the code of the error (64 wrong usage, 65 bad data, 66 missing input, 70
    /// internal, 74 I/O) and its message on standard error.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as UserError {
            FileHandle.standardError.write(Data("wirespace: \(error)\n".utf8))
            Self.exit(withError: ExitCode(error.code.rawValue))
        } catch {
            Self.exit(withError: error)
        }
    }
}
