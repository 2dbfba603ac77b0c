// One side of the benchmark: training steps as `wirespace train` takes them, timed. `Benchmarks/run` starts it.
import Foundation
import Wirespace

/// `bench-training describe CONFIG.yaml [key=value …]` prints what the case needs to know of a configuration;
/// `bench-training work CASE.safetensors [device]` takes steps when told to, `bench-training load FOLDER WORKERS [STORE]` loads
/// epochs of pages.
@main
enum BenchTraining {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        switch (arguments.popFirst(), arguments.popFirst()) {
        case ("describe", let path?):
            print(try json(Settings(Configuration.load(path, overrides: Array(arguments)))))
        case ("work", let path?):
            try Worker(TrainingCase(contentsOf: URL(filePath: path)), device: arguments.first ?? "cpu").serve()
        case ("load", let folder?):
            let workers = arguments.popFirst().flatMap { Int($0) } ?? 0
            try LoaderWorker(folder, workers: workers, store: arguments.first).serve()
        default:
            let usage =
                "usage: bench-training describe CONFIG.yaml [key=value …] | work CASE.safetensors [device]"
                + " | load FOLDER WORKERS [STORE]\n"
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
    }
}

/// Writes one line of JSON.
func say(_ value: some Encodable) throws {
    FileHandle.standardOutput.write(Data((try json(value) + "\n").utf8))
}

/// One line of JSON.
func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
