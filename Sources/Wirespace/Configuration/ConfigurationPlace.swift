import Wireframes
import Yams

/// Where a value of the configuration stands: its dotted key, and the line of a file or the command line.
package struct ConfigurationPlace {
    /// Dotted name of the key; empty for the whole file.
    private(set) var key = ""
    /// The line of the value in the file, from 1.
    private(set) var line: Int?
    /// The file as the reader named it.
    let file: String
    /// Keys that the command line has set.
    let overridden: Set<String>

    /// The root of a file.
    init(file: String, overridden: Set<String>) {
        self.file = file
        self.overridden = overridden
    }

    /// The place of a key below this one.
    func below(_ name: String, _ value: Node, key node: Node) -> ConfigurationPlace {
        var place = self
        place.key = key.isEmpty ? name : "\(key).\(name)"
        place.line = (node.mark ?? value.mark)?.line
        return place
    }

    /// An error about this key.
    func error(_ message: String, remedy: String? = nil) -> UserError {
        UserError(.data, key.isEmpty ? message : "\(key): \(message)", at: description, remedy: remedy)
    }

    /// The refusal of a key that nobody knows, with the one that was probably meant.
    func unknownKey(_ name: String, _ siblings: [String]) -> UserError {
        let section = key.split(separator: ".").dropLast().joined(separator: ".")
        let prefix = section.isEmpty ? "" : section + "."
        let elsewhere = Configuration.keys.filter { $0.split(separator: ".").last.map(String.init) == name }
        let near = nearestName(to: name, among: siblings).map { [prefix + $0] } ?? elsewhere
        let choices = "known here: \(siblings.joined(separator: ", "))"
        return error(
            "unknown key", remedy: near.isEmpty ? choices : "did you mean '\(near.joined(separator: "' or '"))'?")
    }

    private var description: String {
        let set = overridden.contains { key == $0 || key.hasPrefix($0 + ".") }
        // A section that only an override speaks of has no line.
        let made = line == nil && overridden.contains { $0.hasPrefix(key + ".") }
        return set || made ? "command line" : file + (line.map { ":\($0)" } ?? "")
    }
}
