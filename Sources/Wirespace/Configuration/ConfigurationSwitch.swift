package import Yams

/// A choice of which two are `true` and `false`, the others words.
package protocol ConfigurationSwitch: ConfigurationScalar, RawRepresentable<String>, CaseIterable {}

extension ConfigurationSwitch {
    package static var kind: String {
        let words = allCases.map(\.rawValue)
        return words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    }

    package static func read(_ scalar: Node.Scalar) -> Self? {
        if let value = Bool.read(scalar) { return Self(rawValue: value ? "true" : "false") }
        return Self(rawValue: scalar.string)
    }

    package var scalar: Node.Scalar {
        switch rawValue {
        case "true": true.scalar
        case "false": false.scalar
        default: rawValue.scalar
        }
    }
}
