// The layout of a code that both decoders agree on.
//
// The layout decoder knows how pages are built, but tells places one after the other and errs sooner or later; the pixel
// decoder knows what stands where, but blurs what it is not sure of. Their product, log p(parts | z) − w · (the pixel term
// between the parts and the drawing) (a product of experts: Hinton, Neural Computation 2002), wants parts that are likely and that are seen.
// A page is searched part by part: of the likeliest parts, and of the promising ones with their edges moved, the best is
// taken. An error is seldom put right later, so there are several searches, each with its own w, and the best page counts.
// They are no search for the product's very maximum, which would be a page of few parts: each part is compared with the
// likeliest one instead. Beams of several pages found no better ones.
package import Torch
import Wireframes

extension LayoutDecoder {
    // Chosen on generated validation pages (Docs/experiments.md, "The search for the layout of a page").
    /// What the pixel term weighs beside a nat of the layout decoder, in each search: little, since its windows overlap and say
    /// the same several times.
    private static let weights = [0.03, 0.05, 0.08]
    /// The weight by which the pages that they find are compared.
    private static let decidingWeight = 0.05
    /// Likely parts of each page that are looked at.
    private static let proposalsPerPage = 24
    /// How much less likely than the likeliest, in nats, a part that is looked at may be, after each of its attributes.
    private static let greatestRegret = 10.0
    /// Rounds in which edges are moved, of how many proposals for a page, and how many moves of each are kept.
    private static let moves = (rounds: 3, proposals: 12, kept: 4)
    /// What it costs a part, in nats, to lie across an earlier one.
    private static let priceOfCrossing = 6.0

    /// The parts of the page that a code stands for, by both decoders.
    ///
    /// - Parameters:
    ///   - z: `[1, latent]`.
    ///   - rows: the page's height on the grid.
    ///   - step: heights of which it is a multiple were learned.
    ///   - evidence: what the pixel decoder draws of the code.
    ///   - checkpoint: called after every part; what it throws ends the search.
    package func search(
        _ z: Tensor, rows: Int, step: Int = 1, _ evidence: PixelEvidence, checkpoint: () throws -> Void
    ) rethrows -> [PartCode] {
        var pages = Self.weights.map { SearchedPage(rows: min(rows, PartCode.rows), weight: $0, evidence) }
        var reading = reading(z, pages: pages.count, rows: rows, step: step)
        var finished: [SearchedPage] = []
        for _ in 0..<Self.longest {
            let (next, ends) = bestParts(for: pages, reading.state, evidence)
            for number in ends { pages[number].markEnd() }
            let longer = zip(pages, next).map { page, part in part.map { page.adding($0, evidence) } }
            let going = longer.indices.filter { longer[$0].map { !$0.isWorseThanEnded } ?? false }
            finished += pages.indices.filter { !going.contains($0) }.map { pages[$0] }
            pages = going.compactMap { longer[$0] }
            if pages.isEmpty { break }
            try checkpoint()
            reading.keep(going)
            read(going.compactMap { next[$0]?.part }, &reading)
        }
        let found = (finished + pages).map { $0.end ?? $0.content }
        return found.max { $0.score(Self.decidingWeight) < $1.score(Self.decidingWeight) }?.parts ?? []
    }

    /// A part that a page may go on with.
    fileprivate struct Proposal {
        /// The number of the page.
        let page: Int
        let part: PartCode
        /// By how many nats it is less likely than the likeliest part, and what crossing costs.
        let regret: Double
        /// By how much the pixel term falls.
        let gain: Double
    }

    /// The best part that each page may go on with, if there is any, and the pages whose likeliest next part is none.
    private func bestParts(
        for pages: [SearchedPage], _ state: Tensor, _ evidence: PixelEvidence
    ) -> (parts: [Proposal?], ends: [Int]) {
        let likely = likeliestParts(state, pages.map(\.progress))
        // Compared with the likeliest part, not with 1: else a page would be the better the fewer parts it has.
        let best = pages.indices.map { page in likely.filter { $0.page == page }.map(\.logProbability).max() ?? 0 }
        var known: [Set<[Int]>] = pages.map { _ in [] }
        /// How a page looks with parts that were not looked at before.
        func looks(_ page: Int, _ parts: [PartCode]) -> [(page: Int, part: PartCode, gain: Double)] {
            parts.filter { known[page].insert($0.numbers).inserted }
                .map { (page, $0, evidence.gain($0, on: pages[page].drawn)) }
        }
        func proposal(_ look: (page: Int, part: PartCode, gain: Double), _ logProbability: Double) -> Proposal {
            let crossing = pages[look.page].content.parts.areCrossed(by: look.part) ? Self.priceOfCrossing : 0
            return Proposal(
                page: look.page, part: look.part, regret: best[look.page] - logProbability + crossing, gain: look.gain)
        }
        var all: [[Proposal]] = pages.map { _ in [] }
        func add(_ proposals: [Proposal]) {
            for proposal in proposals { all[proposal.page].append(proposal) }
            for (number, page) in pages.enumerated() {
                all[number].sort { page.score($0) > page.score($1) }
            }
        }
        add(
            likely.filter { $0.part[.kind] != PartCode.end }.flatMap { page, part, logProbability in
                looks(page, [part]).map { proposal($0, logProbability) }
            })
        for _ in 0..<Self.moves.rounds {
            let moved = all.flatMap { $0.prefix(Self.moves.proposals) }.flatMap { old in
                looks(old.page, old.part.moved).filter { $0.gain > old.gain }.sorted { $0.gain > $1.gain }
                    .prefix(Self.moves.kept)
            }
            if moved.isEmpty { break }
            let chances = logProbabilities(
                of: moved.map { pages[$0.page].progress.neighbours(of: $0.part) }, state[rows: moved.map(\.page)])
            add(zip(moved, chances).map(proposal))
        }
        let ends = likely.filter { $0.part[.kind] == PartCode.end && $0.logProbability == best[$0.page] }.map(\.page)
        return (all.map(\.first), ends)
    }

    // MARK: The layout decoder's part

    /// The likeliest next parts of each page and log p of each, by a beam search over the attributes.
    private func likeliestParts(
        _ state: Tensor, _ pages: [PageProgress]
    ) -> [(page: Int, part: PartCode, logProbability: Double)] {
        typealias Row = (page: Int, neighbours: PageProgress.Neighbours, logProbability: Double)
        var state = state
        var rows: [Row] = pages.enumerated().map { ($0, $1.neighbours(of: .nothing), 0) }
        var ends: [Row] = []
        for head in heads {
            if head.attribute == .x {
                rows = rows.map { ($0.page, pages[$0.page].neighbours(of: $0.neighbours.part), $0.logProbability) }
            }
            let count = min(Self.proposalsPerPage, head.attribute.values)
            let best = logits(of: head, &state, rows.map(\.neighbours)).logSoftmax(1).topK(count, dim: 1)
            let (values, chances) = (best.indices.integers, best.values.doubles)
            var next: [(from: Int, row: Row)] = values.indices.map { number in
                var row = rows[number / count]
                row.neighbours.part[head.attribute] = values[number]
                row.logProbability += chances[number]
                return (number / count, row)
            }
            next = Dictionary(grouping: next, by: \.row.page).sorted { $0.key < $1.key }.flatMap { _, rows in
                let likeliest = rows.sorted { $0.row.logProbability > $1.row.logProbability }
                return likeliest.prefix(Self.proposalsPerPage).filter {
                    $0.row.logProbability > likeliest[0].row.logProbability - Self.greatestRegret
                }
            }
            if head.attribute == .kind {
                ends = next.map(\.row).filter { $0.neighbours.part[.kind] == PartCode.end }
                next.removeAll { $0.row.neighbours.part[.kind] == PartCode.end }
            }
            rows = next.map(\.row)
            if rows.isEmpty { break }
            state = head.said(state[rows: next.map(\.from)], rows.map(\.neighbours.part))
        }
        return (rows + ends).map { ($0.page, $0.neighbours.part, $0.logProbability) }
    }

    /// log p of whole parts, each after the page that its row of the state has read.
    private func logProbabilities(of parts: [PageProgress.Neighbours], _ state: Tensor) -> [Double] {
        var state = state
        var sum = Tensor.zeros([parts.count, 1], device: state.device)
        for head in heads {
            let values = head.values(of: parts.map(\.part), device: state.device)
            sum = sum + logits(of: head, &state, parts).logSoftmax(1).gather(1, values)
            state = head.said(state, parts.map(\.part))
        }
        return sum.reshape(-1).doubles
    }
}

/// A page of a search, as far as it is.
private struct SearchedPage {
    /// What the pixel term weighs.
    private let weight: Double
    private(set) var progress: PageProgress
    private(set) var drawn: PixelEvidence.Page
    private(set) var content = Content()
    /// As it was where it might best have ended, if it might.
    private(set) var end: Content?

    /// Parts, and all that speaks against and for them.
    struct Content {
        fileprivate(set) var parts: [PartCode] = []
        fileprivate var regret = 0.0
        fileprivate var gain = 0.0

        func score(_ weight: Double) -> Double { weight * gain - regret }
    }

    init(rows: Int, weight: Double, _ evidence: PixelEvidence) {
        self.weight = weight
        progress = PageProgress(rows: rows)
        drawn = evidence.blankPage
    }

    var isWorseThanEnded: Bool { end.map { content.score(weight) < $0.score(weight) } ?? false }

    mutating func markEnd() {
        if end.map({ $0.score(weight) < content.score(weight) }) ?? true { end = content }
    }

    func score(_ proposal: LayoutDecoder.Proposal) -> Double { weight * proposal.gain - proposal.regret }

    func adding(_ proposal: LayoutDecoder.Proposal, _ evidence: PixelEvidence) -> SearchedPage {
        var page = self
        page.content.parts.append(proposal.part)
        page.content.regret += proposal.regret
        page.content.gain += proposal.gain
        page.progress.add(proposal.part)
        evidence.draw(proposal.part, on: &page.drawn)
        return page
    }
}

extension PartCode {
    /// The part with an edge, or the whole of it, moved by one or two columns or rows.
    fileprivate var moved: [PartCode] {
        let changes: [[(Attribute, Int)]] = [
            [(.x, 1)], [(.y, 1)], [(.width, 1)], [(.height, 1)], [(.x, 1), (.width, -1)], [(.y, 1), (.height, -1)],
        ]
        return [-2, -1, 1, 2].flatMap { distance in changes.compactMap { changed($0, by: distance) } }
    }

    private func changed(_ change: [(attribute: Attribute, sign: Int)], by distance: Int) -> PartCode? {
        var part = self
        for (attribute, sign) in change {
            part[attribute] += sign * distance
            guard (0..<attribute.values).contains(part[attribute]) else { return nil }
        }
        return part
    }
}
