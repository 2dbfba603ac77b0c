import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace dataset`
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Make, draw, capture, reduce and check folders of wireframes.",
        discussion: """
            Examples:
              wirespace dataset generate pages --count 300
              wirespace dataset render layouts --out pages
              wirespace dataset capture templates --out pages
              wirespace dataset reduce screenshots pages
              wirespace dataset check pages
            """,
        subcommands: [
            GenerateCommand.self, DatasetRenderCommand.self, DatasetCaptureCommand.self, DatasetReduceCommand.self,
            DatasetCheckCommand.self,
        ])

    /// `wirespace dataset generate`
    struct GenerateCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "generate",
            abstract: "Draw wireframes of 15 archetypes, each with its layout tree and generating factors.",
            discussion: """
                Examples:
                  wirespace dataset generate pages --count 300
                  wirespace dataset generate phones --count 60 --width 390 --archetype login --archetype pricing

                Leaves FOLDER/ARCHETYPE/SEED__ARCHETYPE.png, and beside each a .json. The same seed draws the same pages.
                """)

        @Argument(help: "The folder to fill. One that exists must be empty.", completion: .directory)
        var folder: String

        @Option(help: "How many pages.")
        var count = 300

        @Option(help: "Their width in pixels, from 64 to 2048.")
        var width = 1024

        @Option(help: "Only this archetype, in French or English; may be repeated.")
        var archetype: [String] = []

        @Option(help: "The seed of the first page.")
        var seed: UInt64 = 0

        mutating func validate() throws {
            guard count >= 1 else { throw ValidationError("--count must be at least 1") }
            guard (64...2048).contains(width) else { throw ValidationError("--width must be from 64 to 2048") }
            for name in archetype where Archetype(name: name) == nil {
                let all = Archetype.allCases
                let remedy = suggestion(for: name, among: all.map(\.rawValue), understood: all.flatMap(\.names))
                throw ValidationError("there is no archetype '\(name)'; \(remedy)")
            }
        }

        mutating func run() throws {
            let chosen = archetype.isEmpty ? Archetype.allCases : archetype.compactMap(Archetype.init(name:))
            let console = Console()
            console.begin()
            Interruption.listen()
            let total = count
            try PageGenerator(width: width).write(
                count, of: chosen, firstSeed: seed, into: URL(filePath: folder, directoryHint: .isDirectory)
            ) {
                console.progress("generating", done: $0, of: total, unit: "pages")
                if let signal = Interruption.signal, $0 < total {
                    console.line("Stopped after \(counted($0, "page")). Remove \(folder) before you begin anew.")
                    throw ExitCode(128 + signal)
                }
            }
            console.line("\(counted(count, "page")) in \(folder)")
        }
    }
}
