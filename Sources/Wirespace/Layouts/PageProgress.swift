import Wireframes

/// The parts of a page so far, and those among them that the next one is compared with.
struct PageProgress {
    /// The page itself, as if it were a part.
    private let page: PartCode
    private var last: PartCode?
    /// The parts in which the last one lies, the outermost first, and the last one itself.
    private var open: [PartCode] = []
    /// The last part of each kind.
    private var latest: [Int: PartCode] = [:]

    /// A page of which nothing is drawn, `rows` of the grid high.
    init(rows: Int) {
        var page = PartCode.nothing
        page[.width] = PartCode.columns
        page[.height] = rows
        self.page = page
    }

    /// Goes on to the next part.
    mutating func add(_ part: PartCode) {
        while let container = open.last, !container.bounds.contains(part.bounds) { open.removeLast() }
        open.append(part)
        latest[part[.kind]] = part
        last = part
    }

    /// What `part`, as far as it is known, is compared with.
    func neighbours(of part: PartCode) -> Neighbours {
        Neighbours(
            part: part, page: page, container: open.dropLast().last, last: last, twin: latest[part[.kind]])
    }

    /// A part and what it is compared with: designs are made of equal things at equal distances, in line with each other
    /// and with what they lie in.
    struct Neighbours {
        /// The part itself, as far as it is known.
        var part: PartCode
        /// The page itself.
        let page: PartCode
        /// What the part before lies in, if that is not the page.
        let container: PartCode?
        /// The part before.
        let last: PartCode?
        /// The last part of the same kind.
        let twin: PartCode?

        /// All of them.
        var others: [PartCode?] { [page, container, last, twin] }
    }
}
