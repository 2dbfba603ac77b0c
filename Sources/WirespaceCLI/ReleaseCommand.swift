import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace release`
struct ReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Write a run's best model as one small file to pass on, in half precision.",
        discussion: """
            Example:
              wirespace release runs/demo --out models/demo.safetensors

            Every verb that takes a run takes the file as well. It holds the configuration, paths of the training pages
            included, but no page. A layout decoder (`wirespace layouts`) is written beside it, as NAME.layouts.safetensors.
            """)

    @Argument(help: "A run folder, or a model file.", completion: .directory)
    var model: String

    @Option(
        help: "The file to write; a folder that is missing is made.", completion: .file(extensions: ["safetensors"]))
    var out: OutputFile

    mutating func run() throws {
        try out.prepare("safetensors")
        let stored = try TrainedModel(model).release(to: out.url)
        print("\(out): \(stored.archetypes.count) archetypes, \(stored.epoch) epochs")
    }
}
