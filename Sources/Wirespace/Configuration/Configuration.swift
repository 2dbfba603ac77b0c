public import Foundation
import Wireframes
import Yams

/// Everything that a run depends on: one YAML file, `key=value` on the command line, and the defaults.
///
/// The defaults are the source's final configuration. Each section is a struct with a table of its keys (`fields`)
/// below it; reading, checking, writing and the messages about unknown keys all come from that table, which is why these
/// types are not `Codable`.
///
///     let configuration = try Configuration.load("configs/demo.yaml", overrides: ["optimization.lr=1e-3"])
///     try configuration.write(to: run.appending(path: "config.yaml"))
public struct Configuration: ConfigurationSection {
    /// The seed of everything random: weights, splits, order, noise.
    public var seed: UInt64 = 0
    /// Where the network runs.
    public var device = DeviceChoice.auto
    /// Which pages, and how they are loaded.
    public var data = DataConfiguration()
    /// How training pages are varied.
    public var augmentation = AugmentationConfiguration()
    /// The network and its prior.
    public var model = ModelConfiguration()
    /// The terms of the loss and their warm-ups.
    public var loss = LossConfiguration()
    /// The optimiser and the number of epochs.
    public var optimization = OptimizationConfiguration()
    /// The learning rate over the epochs.
    public var scheduler = SchedulerConfiguration()
    /// The layout decoder, which `wirespace layouts` trains for a model that is trained.
    public var layouts = LayoutConfiguration()
    /// What is written while training, and how often.
    public var logging = LoggingConfiguration()

    /// The defaults. They name no pages: `data.directory` or `data.generator` is for the reader to set.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .value("seed", \.seed),
        .choice("device", \.device),
        .section("data", \.data),
        .section("augmentation", \.augmentation),
        .section("model", \.model),
        .section("loss", \.loss),
        .section("optimization", \.optimization),
        .section("scheduler", \.scheduler),
        .section("layouts", \.layouts),
        .section("logging", \.logging),
    ]

    /// Every key, dotted, headings included: `data`, `data.directory` …
    public static let keys: [String] = names
}

/// The machine's part that runs the network.
public enum DeviceChoice: String, CaseIterable, Sendable {
    /// CUDA if there is one, else Apple's GPU, else the processor.
    case auto
    /// The processor.
    case cpu
    /// An NVIDIA GPU.
    case cuda
    /// An Apple GPU.
    case mps
}

extension Configuration {
    /// Reads a YAML file, applies `key=value` overrides (dotted keys; the last one wins) and checks the whole.
    ///
    /// - Throws: `UserError` naming the file, line and key: `.missingInput` without the file, `.usage` for an override
    ///   that is no `key=value`, `.data` for everything that is wrong inside.
    public static func load(_ path: String, overrides: [String] = []) throws -> Configuration {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UserError(.missingInput, "there is no such configuration", at: path, remedy: "try configs/demo.yaml")
        }
        guard !isFolder.boolValue else {
            throw UserError(.data, "a folder, not a configuration", at: path, remedy: "name a YAML file")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UserError(.io, "the configuration cannot be read", at: path, remedy: "check its permissions")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw UserError(.data, "not UTF-8 text", at: path, remedy: "save the configuration as UTF-8")
        }
        return try Configuration(yaml: text, file: path, overrides: overrides)
    }

    /// Reads YAML text. `file` is only a name for the errors.
    ///
    /// - Throws: as `load`.
    public init(yaml: String, file: String = "configuration", overrides: [String] = []) throws {
        var tree = try Self.compose(yaml, file: file)
        var overridden: Set<String> = []
        for override in overrides {
            let (key, value) = try Self.parse(override: override)
            tree = tree.setting(key.split(separator: ".").map(String.init), to: value)
            overridden.insert(key)
        }
        self.init()
        try read(tree, at: ConfigurationPlace(file: file, overridden: overridden))
        try check(file: file)
    }

    /// All keys with their values: reads back as the same configuration.
    ///
    /// - Throws: whatever Yams cannot write; nothing known.
    public func yaml() throws -> String {
        try Yams.serialize(node: node, allowUnicode: true, sortKeys: false)
    }

    /// Writes all keys with their values, under a temporary name first.
    ///
    /// - Throws: `UserError(.io)` naming the file.
    public func write(to url: URL) throws {
        try AtomicFile.write(Data(yaml().utf8), to: url, durably: true)
    }

    private static func compose(_ yaml: String, file: String) throws -> Node {
        do {
            let node = try Yams.compose(yaml: yaml) ?? [:]
            return node.isNull ? [:] : node
        } catch let error as YamlError {
            throw UserError(.data, "not valid YAML: \(error)", at: file, remedy: "check the indentation and the quotes")
        }
    }

    private static func parse(override text: String) throws -> (key: String, value: Node) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let key = parts[0].trimmingCharacters(in: .whitespaces)
        let names = key.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !names.contains(where: \.isEmpty) else {
            throw UserError(
                .usage, "'\(text)' is not key=value", at: "command line",
                remedy: "write optimization.lr=1e-3, for example")
        }
        do {
            return (key, try Yams.compose(yaml: parts[1]) ?? .null)
        } catch {
            throw UserError(.data, "\(key): '\(parts[1])' is not valid YAML", at: "command line", remedy: "quote it")
        }
    }
}

extension Node {
    /// This tree with the value at a path of keys replaced, and the sections on the way to it made where they lack.
    fileprivate func setting(_ path: [String], to value: Node) -> Node {
        guard let name = path.first else { return value }
        var pairs = mapping.map { $0.map { ($0.key, $0.value) } } ?? []
        let rest = Array(path.dropFirst())
        if let index = pairs.firstIndex(where: { $0.0.string == name }) {
            pairs[index].1 = pairs[index].1.setting(rest, to: value)
        } else {
            pairs.append((Node(name), Node.null.setting(rest, to: value)))
        }
        return Node(pairs)
    }
}
