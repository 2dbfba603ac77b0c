package import Yams

/// A value that fits in one YAML scalar. Typed by YAML's own rules: `5` is a whole number, `"5"` a text.
package protocol ConfigurationScalar: Sendable, Equatable {
    /// What a reader has to write, for the message about a wrong type: "a number".
    static var kind: String { get }
    /// The value, or nothing when the scalar is of another type.
    static func read(_ scalar: Node.Scalar) -> Self?
    /// The scalar that reads back as this value.
    var scalar: Node.Scalar { get }
}

extension ConfigurationScalar where Self: ScalarConstructible {
    /// Quoted text is text, whatever it says.
    package static func read(_ scalar: Node.Scalar) -> Self? {
        scalar.style == .plain ? Self.construct(from: scalar) : nil
    }
}

extension Int: ConfigurationScalar {
    package static var kind: String { "a whole number" }
    package var scalar: Node.Scalar { Node.Scalar("\(self)", Tag(.int)) }
}

extension UInt64: ConfigurationScalar {
    package static var kind: String { "a whole number of 0 or more" }
    package var scalar: Node.Scalar { Node.Scalar("\(self)", Tag(.int)) }
}

extension Double: ConfigurationScalar {
    package static var kind: String { "a number" }

    package static func read(_ scalar: Node.Scalar) -> Double? {
        guard scalar.style == .plain, let value = Double.construct(from: scalar), value.isFinite else { return nil }
        return value
    }

    /// Swift's shortest text that reads back as the same bits (Yams' own keeps 15 digits).
    package var scalar: Node.Scalar { Node.Scalar("\(self)", Tag(.float)) }
}

extension Bool: ConfigurationScalar {
    package static var kind: String { "true or false" }
    package var scalar: Node.Scalar { Node.Scalar(self ? "true" : "false", Tag(.bool)) }
}

extension String: ConfigurationScalar {
    package static var kind: String { "a text" }

    /// Any scalar that is not null: a folder may be called `2026` or `on`.
    package static func read(_ scalar: Node.Scalar) -> String? {
        isNull(scalar) ? nil : scalar.string
    }

    /// Quoted where it would read back as null.
    package var scalar: Node.Scalar {
        let bare = Node.Scalar(self, Tag(.str), .plain)
        return isNull(bare) ? Node.Scalar(self, Tag(.str), .doubleQuoted) : Node.Scalar(self, Tag(.str))
    }
}

/// Whether a scalar is YAML's null: `null`, `~`, or nothing at all.
func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
}
