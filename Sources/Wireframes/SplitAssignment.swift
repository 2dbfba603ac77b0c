/// Which split each group of a data set lies in.
public struct SplitAssignment: Sendable {
    private let places: [String: Split]
    private let rule: Splits

    /// The split of a group; one that was not there when the assignment was made is placed by the rule.
    public func split(ofGroup key: String) -> Split { places[key] ?? rule.split(ofGroup: key) }

    /// Every group where the rule puts it, or where `fixed` does.
    public init(_ rule: Splits, fixed: [String: Split] = [:]) {
        self.rule = rule
        places = fixed
    }

    /// Groups placed so that every archetype has its shares of each split, as far as whole groups allow.
    ///
    /// Iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data", ECML 2011)
    /// with groups for examples: again and again the archetype with the fewest unplaced pages is taken, and its group with
    /// the most of them goes to the split that still wants most of that archetype; then to the one that wants most pages;
    /// then to the one that the rule says. The rule's hash also orders equal groups, so its seed decides and nothing is
    /// random. Unlike the rule alone, adding pages may move others.
    public init(stratifying entries: [(group: String, archetype: String?)], by rule: Splits) {
        self.rule = rule
        var groups: [String: [String: Int]] = [:]
        for entry in entries { groups[entry.group, default: [:]][entry.archetype ?? "", default: 0] += 1 }
        var wanted = Wanted(entries.map { $0.archetype ?? "" }, rule)
        var order = groups.keys.map { (key: $0, place: rule.place(ofGroup: $0)) }
            .sorted { ($0.place, $0.key) < ($1.place, $1.key) }.map(\.key)
        var places: [String: Split] = [:]
        while !order.isEmpty {
            let left = order.reduce(into: [String: Int]()) { $0.merge(groups[$1] ?? [:], uniquingKeysWith: +) }
            guard let rarest = left.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else { break }
            let holders = order.filter { groups[$0]?[rarest] != nil }
            for key in holders.stableSorted(by: { (groups[$0]?[rarest] ?? 0) > (groups[$1]?[rarest] ?? 0) }) {
                let pages = groups[key] ?? [:]
                let split = wanted.split(for: rarest, otherwise: rule.split(ofGroup: key))
                places[key] = split
                wanted.give(pages, to: split)
            }
            order.removeAll { places[$0] != nil }
        }
        self.places = places
    }

    /// How many pages of each archetype each split still wants.
    private struct Wanted {
        private var pages: [Split: [String: Double]] = [:]
        private var total: [Split: Double] = [:]

        init(_ archetypes: [String], _ rule: Splits) {
            for (split, share) in [(Split.train, rule.train), (.validation, rule.validation), (.test, rule.test)] {
                guard share > 0 else { continue }
                total[split] = share * Double(archetypes.count)
                for name in archetypes { pages[split, default: [:]][name, default: 0] += share }
            }
        }

        func split(for archetype: String, otherwise: Split) -> Split {
            let splits = Split.allCases.filter { total[$0] != nil }
            func rank(_ split: Split) -> (Double, Double, Int) {
                // Shares are not exact in binary: what differs by less than a thousandth of a page is equal.
                let want = ((pages[split]?[archetype] ?? 0) * 1000).rounded()
                return (want, ((total[split] ?? 0) * 1000).rounded(), split == otherwise ? 1 : 0)
            }
            return splits.max { rank($0) < rank($1) } ?? otherwise
        }

        mutating func give(_ given: [String: Int], to split: Split) {
            for (name, count) in given {
                pages[split]?[name, default: 0] -= Double(count)
                total[split]? -= Double(count)
            }
        }
    }
}

extension Array {
    /// Sorted, equal elements in their order.
    fileprivate func stableSorted(by areInOrder: (Element, Element) -> Bool) -> [Element] {
        enumerated().sorted { one, other in
            areInOrder(one.element, other.element)
                || (!areInOrder(other.element, one.element) && one.offset < other.offset)
        }.map(\.element)
    }
}
