internal import Foundation

extension DatasetReport {
    /// What the neighbours of pages, in a model's latent space, say of the pages' labels. Opinions, not facts.
    public struct LabelCheck: Sendable, Codable, Equatable {
        /// A page near another one.
        public struct Neighbour: Sendable, Codable, Equatable {
            /// Its path below the data set's folder.
            public let file: String
            /// Its label.
            public let archetype: String
            /// Euclidean, between posterior means.
            public let distance: Double

            /// Creates a neighbour.
            public init(file: String, archetype: String, distance: Double) {
                self.file = file
                self.archetype = archetype
                self.distance = distance
            }
        }

        /// A page whose label is probably wrong.
        public struct Doubt: Sendable, Codable, Equatable {
            /// Its path below the data set's folder.
            public let file: String
            /// Its label.
            public let archetype: String
            /// The label that its neighbours carry.
            public let suggested: String
            /// Share of the neighbours with its own label, 0 to 1.
            public let ownShare: Double
            /// Share of the neighbours with the suggested label, 0 to 1.
            public let suggestedShare: Double
            /// The neighbours, nearest first.
            public let neighbours: [Neighbour]

            /// Creates a doubt.
            public init(
                file: String, archetype: String, suggested: String, ownShare: Double, suggestedShare: Double,
                neighbours: [Neighbour]
            ) {
                self.file = file
                self.archetype = archetype
                self.suggested = suggested
                self.ownShare = ownShare
                self.suggestedShare = suggestedShare
                self.neighbours = neighbours
            }
        }

        /// The model whose space it is.
        public let model: String
        /// Neighbours that vote on a page.
        public let neighbours: Int
        /// Pages that were judged: labelled ones with enough pages of their label in other groups.
        public let judged: Int
        /// Share of the judged pages whose label is the commonest among their neighbours: how far this space can be trusted.
        public let agreement: Double
        /// Pages whose labels are doubted, the surest first.
        public let doubts: [Doubt]

        /// Creates the result of a check.
        public init(model: String, neighbours: Int, judged: Int, agreement: Double, doubts: [Doubt]) {
            self.model = model
            self.neighbours = neighbours
            self.judged = judged
            self.agreement = agreement
            self.doubts = doubts
        }
    }

    /// The report with what a model says of the labels.
    public func adding(_ labels: LabelCheck) -> DatasetReport {
        var report = self
        report.labels = labels
        return report
    }
}

extension DatasetReport.LabelCheck {
    /// Agreement below which neighbours say little about labels.
    private static let trustedAgreement = 0.7

    /// How far the neighbours can be trusted, in a line.
    var overview: String {
        guard judged > 0 else { return "  labels  none that neighbours could judge" }
        let share = String(format: "%.1f %%", 100 * agreement)
        return "  labels  \(share) of \(judged) are those of most neighbours in the space of \(model)"
            + (agreement < Self.trustedAgreement ? ": too few for neighbours to be trusted" : "")
    }

    /// The problem to show, if there is one.
    var problem: DatasetReport.Problem? {
        guard let first = doubts.first else { return nil }
        let isTrusted = agreement >= Self.trustedAgreement
        let trust = isTrusted ? "probably" : "maybe, though this model's neighbours are a poor guide,"
        let votes = first.neighbours.count
        return DatasetReport.Problem(
            title:
                "\(counted(doubts.count, "page")) \(trust) under a wrong label: their \(votes) nearest pages of other groups carry another:",
            items: doubts.map { doubt in
                let others = Int((doubt.suggestedShare * Double(doubt.neighbours.count)).rounded())
                let shown = doubt.neighbours.filter { $0.archetype == doubt.suggested }.prefix(5).map(\.file)
                return DatasetReport.Problem.Item(
                    text: "\(doubt.file): labelled \(doubt.archetype), \(others) of \(doubt.neighbours.count) "
                        + "neighbours are \(doubt.suggested) (\(shown.prefix(2).joined(separator: ", ")))",
                    files: [doubt.file] + shown)
            })
    }
}
