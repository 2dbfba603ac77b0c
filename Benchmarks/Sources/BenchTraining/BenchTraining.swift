// One side of the benchmark: training steps as `wirespace train` takes them, timed. `Benchmarks/run` starts it.
import Foundation
import Wirespace

/// `bench-training describe CONFIG.yaml [key=value …]` prints what the case needs to know of a configuration;
/// `bench-training work CASE.safetensors [device]` takes steps when told to.
@main
enum BenchTraining {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        switch (arguments.popFirst(), arguments.popFirst()) {
        case ("describe", let path?):
            print(try json(Settings(Configuration.load(path, overrides: Array(arguments)))))
        case ("work", let path?):
            try Worker(TrainingCase(contentsOf: URL(filePath: path)), device: arguments.first ?? "cpu").serve()
        default:
            FileHandle.standardError.write(
                Data("usage: bench-training describe CONFIG.yaml [key=value …] | work CASE.safetensors [device]\n".utf8)
            )
            exit(64)
        }
    }
}

/// One line of JSON.
func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
