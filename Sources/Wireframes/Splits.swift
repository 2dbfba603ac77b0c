internal import Crypto
internal import Foundation

/// A part of a data set.
public enum Split: String, Sendable, Codable, CaseIterable {
    /// What the weights are fitted on.
    case train
    /// What choices are made on: checkpoints, settings.
    case validation
    /// What metrics are reported on, seen by neither.
    case test
}

/// The rule that puts every group of images into training, validation or test.
///
/// A group's place is a number in [0, 1) from the SHA-256 of the seed and the group key, and depends on nothing else:
/// adding or removing files moves no other file, and near-copies of one group lie on one side. Test has the interval
/// from 0, validation the next, training the rest: changing the share of validation does not touch the test images.
public struct Splits: Sendable, Hashable {
    /// Share of the groups in training.
    public let train: Double
    /// Share of the groups in validation.
    public let validation: Double
    /// Share of the groups in test.
    public let test: Double
    /// Another seed gives another, independent assignment.
    public let seed: UInt64

    /// A rule with the given shares, which are of groups: where groups differ in size, shares of images will deviate.
    ///
    /// - Throws: `UserError` with code `.data` unless no share is negative and they add up to 1 (within 10⁻⁶).
    public init(
        train: Double = 0.7, validation: Double = 0.1, test: Double = 0.2, seed: UInt64 = 0
    ) throws(UserError) {
        guard train >= 0, validation >= 0, test >= 0, abs(train + validation + test - 1) <= 1e-6 else {
            throw UserError(
                .data, "shares of \(train), \(validation) and \(test) do not make a whole", at: "data.splits",
                remedy: "give train, validation and test shares of at least 0 that add up to 1")
        }
        self.train = train
        self.validation = validation
        self.test = test
        self.seed = seed
    }

    /// The part that images of the group belong to.
    public func split(ofGroup groupKey: String) -> Split {
        let place = place(ofGroup: groupKey)
        // The sum may fall short of 1 by rounding; the last part with a share takes the rest.
        if place < test { return .test }
        if place < test + validation || train == 0 { return validation > 0 ? .validation : .test }
        return .train
    }

    /// The group's number in [0, 1).
    func place(ofGroup groupKey: String) -> Double {
        let digest = SHA256.hash(data: Data("\(seed)\n\(groupKey.precomposedStringWithCanonicalMapping)".utf8))
        return Double(digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 11) * 0x1p-53
    }

    /// The entries of one part, in their order.
    public func entries(_ split: Split, of entries: [ImageEntry]) -> [ImageEntry] {
        entries.filter { self.split(ofGroup: $0.groupKey) == split }
    }
}
