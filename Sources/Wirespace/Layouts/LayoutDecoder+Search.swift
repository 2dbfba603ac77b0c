// The layout of a code that both decoders agree on.
//
// The layout decoder knows how pages are built, but tells places one after the other and errs sooner or later; the pixel
// decoder knows what stands where, but blurs what it is not sure of. Their product, log p(parts | z) + w · log p(pixels of
// the parts | z) (a product of experts: Hinton, Neural Computation 2002), wants parts that are likely and that are seen.
// A page is searched part by part, by a beam search that also tries to move the edges of promising parts. It is no search for
// the product's very maximum, which would be a page of few parts: each part is compared with the likeliest one instead.
package import Torch
import Wireframes

extension LayoutDecoder {
    // Chosen on 15 generated pages (Docs/results.md, "The layout of a page").
    /// Pages that are kept after each part.
    private static let beamWidth = 6
    /// Likely parts of each page that are looked at.
    private static let proposalsPerPage = 24
    /// How much less likely than the likeliest, in nats, a part that is looked at may be, after each of its attributes.
    private static let greatestRegret = 10.0
    /// Rounds in which edges are moved, of how many proposals, and how many moves of each are kept.
    private static let moves = (rounds: 2, proposals: 6, kept: 4)
    /// What it costs a part, in nats, to lie across an earlier one.
    private static let priceOfCrossing = 6.0

    /// The parts of the page that a code stands for, by both decoders.
    ///
    /// - Parameters:
    ///   - z: `[1, latent]`.
    ///   - rows: the page's height on the grid.
    ///   - step: heights of which it is a multiple were learned.
    ///   - evidence: what the pixel decoder draws of the code.
    package func search(_ z: Tensor, rows: Int, step: Int = 1, _ evidence: PixelEvidence) -> [PartCode] {
        var reading = reading(z, pages: 1, rows: rows, step: step)
        var pages = [SearchedPage(rows: min(rows, PartCode.rows), evidence)]
        var ended: SearchedPage?
        for _ in 0..<Self.longest {
            let (proposals, ends) = proposals(for: pages, reading.state, evidence)
            ended = ([ended].compactMap(\.self) + ends.map { pages[$0] }).max { $0.score < $1.score }
            let kept = proposals.prefix(Self.beamWidth)
            // A page that has ended might still be overtaken, but hardly ever is.
            guard let best = kept.first, best.score >= ended?.score ?? best.score else { break }
            pages = kept.map { pages[$0.page].adding($0, evidence) }
            reading.keep(kept.map(\.page))
            read(kept.map(\.part), &reading)
        }
        return (ended ?? pages[0]).parts
    }

    /// A part that one of the pages may go on with.
    fileprivate struct Proposal {
        /// The number of the page.
        let page: Int
        let part: PartCode
        /// The page's score with the part.
        let score: Double
        /// What the pixels say of it.
        let seen: Double
    }

    /// Parts that the pages may go on with, the best first; and the pages whose likeliest next part is none.
    private func proposals(
        for pages: [SearchedPage], _ state: Tensor, _ evidence: PixelEvidence
    ) -> (proposals: [Proposal], ends: [Int]) {
        let likely = likeliestParts(state, pages.map(\.progress))
        // Compared with the likeliest part, not with 1: else a page would be the better the fewer parts it has.
        let best = pages.indices.map { page in likely.filter { $0.page == page }.map(\.logProbability).max() ?? 0 }
        let ends = likely.filter { $0.part[.kind] == PartCode.end && $0.logProbability == best[$0.page] }.map(\.page)
        func proposal(_ page: Int, _ part: PartCode, _ logProbability: Double, seen: Double) -> Proposal {
            let regret =
                best[page] - logProbability + (pages[page].parts.areCrossed(by: part) ? Self.priceOfCrossing : 0)
            return Proposal(page: page, part: part, score: pages[page].score - regret + seen, seen: seen)
        }
        func sorted(_ proposals: [Proposal]) -> [Proposal] { proposals.sorted { $0.score > $1.score } }
        var known: [Set<[Int]>] = pages.map { _ in [] }
        /// How the pages look with parts that were not looked at before.
        func seen(_ page: Int, _ parts: [PartCode]) -> [(page: Int, part: PartCode, seen: Double)] {
            var looks: [(page: Int, part: PartCode, seen: Double)] = []
            for part in parts where known[page].insert(part.numbers).inserted {
                looks.append((page, part, evidence.gain(part, on: pages[page].sketch)))
            }
            return looks
        }
        var all: [Proposal] = []
        for (page, part, logProbability) in likely where part[.kind] != PartCode.end {
            all += seen(page, [part]).map { proposal(page, part, logProbability, seen: $0.seen) }
        }
        all = sorted(all)
        for _ in 0..<Self.moves.rounds {
            let moved = all.prefix(Self.moves.proposals).flatMap { old in
                seen(old.page, old.part.moved).filter { $0.seen > old.seen }.sorted { $0.seen > $1.seen }
                    .prefix(Self.moves.kept)
            }
            if moved.isEmpty { break }
            let chances = logProbabilities(
                of: moved.map { pages[$0.page].progress.neighbours(of: $0.part) }, state[rows: moved.map(\.page)])
            all = sorted(all + zip(moved, chances).map { proposal($0.page, $0.part, $1, seen: $0.seen) })
        }
        return (all, ends)
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

/// A page of the search, as far as it is.
private struct SearchedPage {
    private(set) var progress: PageProgress
    private(set) var sketch: PageSketch
    private(set) var parts: [PartCode] = []
    /// What the pixels say of its parts, less what they are less likely than the likeliest ones, in nats.
    private(set) var score = 0.0

    init(rows: Int, _ evidence: PixelEvidence) {
        progress = PageProgress(rows: rows)
        sketch = evidence.blankPage
    }

    func adding(_ proposal: LayoutDecoder.Proposal, _ evidence: PixelEvidence) -> SearchedPage {
        var page = self
        page.parts.append(proposal.part)
        page.progress.add(proposal.part)
        evidence.draw(proposal.part, on: &page.sketch)
        page.score = proposal.score
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
