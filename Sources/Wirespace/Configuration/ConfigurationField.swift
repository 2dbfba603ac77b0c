import Wireframes
package import Yams

/// One part of the configuration: a struct with a default for every property, and the table of its keys.
package protocol ConfigurationSection: Sendable, Equatable {
    /// The defaults.
    init()
    /// One line for each key. Reading, writing and the list of known keys all come from here.
    static var fields: [ConfigurationField<Self>] { get }
}

/// One key of a section: its name in YAML, how it is read (and checked), how it is written.
package struct ConfigurationField<Section: ConfigurationSection>: Sendable {
    /// The key, as written in YAML.
    package let name: String
    /// Dotted names of the keys below this one; empty for a plain value.
    package let names: @Sendable () -> [String]
    /// Checks a node and stores it. The place says where the node is, for the errors.
    package let read: @Sendable (Node, ConfigurationPlace, inout Section) throws -> Void
    /// The node that reads back as the section's value.
    package let write: @Sendable (Section) -> Node
}

extension ConfigurationField {
    /// The property that a key stands for.
    package typealias Path<Value> = any WritableKeyPath<Section, Value> & Sendable

    /// A plain value.
    package static func value<Value: ConfigurationScalar>(
        _ name: String, _ path: Path<Value>
    ) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in section[keyPath: path] = try Value(node, at: place) },
            write: { .scalar($0[keyPath: path].scalar) })
    }

    /// A plain value, or null.
    package static func value<Value: ConfigurationScalar>(
        _ name: String, _ path: Path<Value?>
    ) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in
                section[keyPath: path] = node.isNull ? nil : try Value(node, at: place, orNull: true)
            },
            write: { $0[keyPath: path].map { .scalar($0.scalar) } ?? .null })
    }

    /// A mapping of names that the reader chooses, to texts or null.
    package static func names(_ name: String, _ path: Path<[String: String?]>) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in
                section[keyPath: path] = node.isNull ? [:] : try names(in: node, at: place)
            },
            write: { section in
                Node(
                    section[keyPath: path].sorted { $0.key < $1.key }.map { key, value in
                        (Node.scalar(key.scalar), value.map { Node.scalar($0.scalar) } ?? Node.null)
                    })
            })
    }

    private static func names(in node: Node, at place: ConfigurationPlace) throws -> [String: String?] {
        guard let mapping = node.mapping else {
            throw place.error("expected names below it, found \(node.found)", remedy: "write OLD: NEW, a line each")
        }
        var names: [String: String?] = [:]
        for (key, value) in mapping {
            guard let name = key.string else {
                throw place.error("\(key.found) is no name", remedy: "write OLD: NEW, a line each")
            }
            let inside = place.below(name, value, key: key)
            let text: String? = value.isNull ? nil : try String(value, at: inside, orNull: true)
            names[name] = .some(text)
        }
        return names
    }

    /// A number within bounds.
    package static func number<Value: ConfigurationScalar & ConfigurationNumber>(
        _ name: String, _ path: Path<Value>, _ requirement: Requirement
    ) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in
                section[keyPath: path] = try requirement.checked(Value(node, at: place), at: place)
            },
            write: { .scalar($0[keyPath: path].scalar) })
    }

    /// A number within bounds, or null.
    package static func number<Value: ConfigurationScalar & ConfigurationNumber>(
        _ name: String, _ path: Path<Value?>, _ requirement: Requirement
    ) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in
                section[keyPath: path] =
                    node.isNull ? nil : try requirement.checked(Value(node, at: place, orNull: true), at: place)
            },
            write: { $0[keyPath: path].map { .scalar($0.scalar) } ?? .null })
    }

    /// One of a few words.
    package static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Choice>
    ) -> Self {
        Self(
            name: name, names: { [] },
            read: { node, place, section in
                let word = node.isNull ? "null" : try String(node, at: place)
                guard let choice = Choice(rawValue: word) else {
                    let choices = Choice.allCases.map(\.rawValue)
                    let meant = nearestName(to: word, among: choices).map { "; did you mean '\($0)'?" } ?? ""
                    throw place.error(
                        "'\(word)' is not one of its values",
                        remedy: "choose \(choices.joined(separator: ", "))\(meant)")
                }
                section[keyPath: path] = choice
            },
            write: { .scalar($0[keyPath: path].rawValue.scalar) })
    }

    /// A section of its own.
    package static func section<Part: ConfigurationSection>(
        _ name: String, _ path: Path<Part>
    ) -> Self {
        Self(
            name: name, names: { Part.names },
            // A heading whose keys are all commented out reads as null: it keeps the defaults.
            read: { node, place, section in
                if !node.isNull { try section[keyPath: path].read(node, at: place) }
            },
            write: { $0[keyPath: path].node })
    }

    /// A section of its own, or null.
    package static func section<Part: ConfigurationSection>(
        _ name: String, _ path: Path<Part?>
    ) -> Self {
        Self(
            name: name, names: { Part.names },
            read: { node, place, section in
                var part = section[keyPath: path] ?? Part()
                if !node.isNull { try part.read(node, at: place) }
                section[keyPath: path] = node.isNull ? nil : part
            },
            write: { $0[keyPath: path]?.node ?? .null })
    }
}

extension ConfigurationSection {
    /// Every key of this section and below, dotted.
    static var names: [String] {
        fields.flatMap { field in [field.name] + field.names().map { "\(field.name).\($0)" } }
    }

    /// The YAML of the whole section, in the order of its table.
    var node: Node {
        Node(Self.fields.map { (Node($0.name), $0.write(self)) })
    }

    /// Takes the keys of a YAML mapping; those that it lacks stay as they are.
    mutating func read(_ node: Node, at place: ConfigurationPlace) throws {
        guard let mapping = node.mapping else {
            throw place.error("expected keys below it, found \(node.found)", remedy: "its keys: \(Self.keyList)")
        }
        for (key, value) in mapping {
            let name = key.string ?? ""
            let inside = place.below(name, value, key: key)
            guard let field = Self.fields.first(where: { $0.name == name }) else {
                throw inside.unknownKey(name, Self.fields.map(\.name))
            }
            try field.read(value, inside, &self)
        }
    }

    private static var keyList: String { fields.map(\.name).joined(separator: ", ") }
}

/// What a `Requirement` can check.
package protocol ConfigurationNumber {
    /// The number, to compare with a bound.
    var asDouble: Double { get }
}

extension Int: ConfigurationNumber {
    package var asDouble: Double { Double(self) }
}

extension Double: ConfigurationNumber {
    package var asDouble: Double { self }
}

extension Requirement {
    /// The value itself, if it is accepted.
    fileprivate func checked<Value: ConfigurationNumber>(_ value: Value, at place: ConfigurationPlace) throws -> Value {
        guard accepts(value.asDouble) else {
            throw place.error(
                "must be \(words), not \(value)", remedy: "change it, or leave the key out for the default")
        }
        return value
    }
}

extension ConfigurationScalar {
    /// Reads a node of this type or says what was expected.
    fileprivate init(_ node: Node, at place: ConfigurationPlace, orNull: Bool = false) throws {
        guard let scalar = node.scalar, let value = Self.read(scalar) else {
            throw place.error(
                "expected \(Self.kind)\(orNull ? " or null" : ""), found \(node.found)",
                remedy: "change it, or leave the key out for the default")
        }
        self = value
    }
}

extension Node {
    /// YAML's null, as a value to write.
    static var null: Node { Node("null", Tag(.null)) }

    /// Whether this is YAML's null.
    var isNull: Bool { scalar.map(Wirespace.isNull) ?? false }

    /// What a reader wrote, in a few words.
    var found: String {
        switch self {
        case .mapping: "a list of keys"
        case .sequence: "a list"
        case .scalar where isNull: "nothing"
        case .scalar(let scalar) where scalar.style == .plain: "'\(scalar.string)'"
        case .scalar(let scalar): "the quoted text \"\(scalar.string)\""
        case .alias: "an alias"
        }
    }
}
