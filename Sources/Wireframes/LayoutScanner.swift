internal import Foundation

/// Collects the rectangles of a layout file while its JSON goes by, whichever format it is in: the formats differ in the
/// names of their keys, and `PageLayout.resolve` knows how each counts.
final class LayoutScanner: JSONEventReader {
    /// The keys that mean something to us, and where they come from.
    enum Key: String {
        case compactBounds = "b"
        case compactChildren = "c"
        case compactRoot = "r"
        case bounds, children, root, tree, activity, format
        case box, elements, el
        case x, y, w, h, width, height
        case pageWidth = "W"
        case pageHeight = "H"
        case role, type, `class`
        case kind = "t"
        case text
        case words = "s"
        case fontSize = "fs"
        case visible = "visible-to-user"
        case archetype
        case label = "cls"
        case identifier = "screen_id"
        case other = ""
    }

    /// What an open `{` or `[` is to the layout.
    private enum Place {
        /// A list of pages, a page (or a wrapper around it), a rectangle, a list of rectangles.
        case pages, page, node, nodes
        /// What stands around the root of a page.
        case wrapper
        /// The numbers of a rectangle, in a list or by name.
        case boundsList, boundsObject
        case other
    }

    private struct Frame {
        let place: Place
        /// The rectangle that this belongs to.
        let node: Int
        var key = Key.other
    }

    private let finish: (inout Page) throws -> Void
    private var frames: [Frame] = []
    private var page = Page()
    private var roles: [String: LayoutNode.Role?] = [:]
    private var keys: [Int: [(name: [UInt8], key: Key)]] = [:]

    /// A page as it stands in the file.
    struct Page {
        var layout = PageLayout()
        var seen: Set<Key> = []
        var format: String?
        /// Bounds were lists of numbers, or objects with names.
        var hasListBounds = false
        var hasNamedBounds = false
        /// Pages of the file before this one.
        var index = 0
    }

    /// - Parameter finish: given each page of the file when it is complete.
    init(finish: @escaping (inout Page) throws -> Void) {
        self.finish = finish
        let names: [Key] = [
            .compactBounds, .compactChildren, .compactRoot, .bounds, .children, .root, .tree, .activity, .format, .box,
            .elements, .el, .x, .y, .w, .h, .width, .height, .pageWidth, .pageHeight, .role, .type, .class, .kind,
            .text,
            .words, .fontSize, .visible, .archetype, .label, .identifier,
        ]
        for key in names { keys[key.rawValue.utf8.count, default: []].append((Array(key.rawValue.utf8), key)) }
    }

    // MARK: - Structure

    func beginObject() throws {
        try checkDepth()
        guard let top = frames.last else { return frames.append(Frame(place: .page, node: try addNode(in: -1))) }
        switch (top.place, top.key) {
        case (.pages, _): frames.append(Frame(place: .page, node: try addNode(in: -1)))
        case (.nodes, _), (.page, .compactRoot), (.page, .root), (.page, .tree), (.wrapper, .root):
            frames.append(Frame(place: .node, node: try addNode(in: top.node)))
        case (.page, .bounds), (.node, .bounds):
            page.hasNamedBounds = true
            frames.append(Frame(place: .boundsObject, node: top.node))
        // RICO: {"activity": {"root": …}}.
        case (.page, .activity): frames.append(Frame(place: .wrapper, node: top.node))
        default:
            try refuse("an object")
            frames.append(Frame(place: .other, node: -1))
        }
    }

    func beginArray() throws {
        try checkDepth()
        guard let top = frames.last else { return frames.append(Frame(place: .pages, node: -1)) }
        switch (top.place, top.key) {
        case (.page, .children), (.node, .children), (.page, .compactChildren), (.node, .compactChildren),
            (.page, .elements), (.page, .el):
            frames.append(Frame(place: .nodes, node: top.node))
        case (.page, .bounds), (.node, .bounds), (.page, .compactBounds), (.node, .compactBounds), (.node, .box):
            page.hasListBounds = true
            page.layout.boxes[top.node].numbers = 0
            frames.append(Frame(place: .boundsList, node: top.node))
        default:
            try refuse("a list")
            frames.append(Frame(place: .other, node: -1))
        }
    }

    func endObject() throws {
        guard let frame = frames.popLast() else { return }
        if frame.place == .page { try endPage() }
    }

    func endArray() throws {
        guard let frame = frames.popLast() else { return }
        let count = frame.place == .boundsList ? page.layout.boxes[frame.node].numbers.nonzeroBitCount : 4
        if count != 4 { throw wrong("has \(count) numbers in its bounds, not 4", frame.node) }
    }

    private func endPage() throws {
        try finish(&page)
        page = Page(index: page.index + 1)
    }

    func key(_ name: UnsafeRawBufferPointer) throws {
        var key = keys[name.count]?.first { name.elementsEqual($0.name) }?.key ?? .other
        // Among the elements of a web page, "b" says that letters are bold.
        if key == .compactBounds, page.seen.contains(.el) { key = .other }
        frames[frames.count - 1].key = key
        let place = frames[frames.count - 1].place
        if key != .other, place == .page || place == .node { page.seen.insert(key) }
    }

    private func checkDepth() throws {
        guard frames.count < LayoutFile.maximumDepth else {
            throw UserError(
                .data, "nested more than \(LayoutFile.maximumDepth) levels deep",
                remedy: "no page needs that: look at the program that wrote it")
        }
    }

    private func addNode(in parent: Int) throws -> Int {
        let index = page.layout.boxes.count
        guard index < LayoutFile.maximumNodes else {
            throw UserError(
                .data, "has more than \(LayoutFile.maximumNodes) nodes", remedy: "split it, or leave out what is hidden"
            )
        }
        if parent >= 0 { page.layout.boxes[parent].hasChildren = true }
        page.layout.boxes.append(LayoutBox(parent: parent))
        return index
    }

    // MARK: - Values

    func number(_ value: Double) throws {
        guard let top = frames.last else { return }
        switch (top.place, top.key) {
        case (.boundsList, _):
            let position = page.layout.boxes[top.node].numbers.nonzeroBitCount
            guard position < 4 else { throw wrong("has more than 4 numbers in its bounds", top.node) }
            try set(position, of: top.node, to: value)
        case (.boundsObject, _), (.node, .x), (.node, .y), (.node, .w), (.node, .h):
            guard let position = position(of: top.key) else { return }
            try set(position, of: top.node, to: value)
        case (.page, .w), (.page, .width), (.page, .pageWidth): page.layout.width = try side(value, "width")
        case (.page, .h), (.page, .height), (.page, .pageHeight): page.layout.height = try side(value, "height")
        case (.node, .fontSize): page.layout.boxes[top.node].fontSize = value.isFinite ? Float(value) : 0
        default: try refuse("a number")
        }
    }

    func string(_ text: UnsafeRawBufferPointer) throws {
        guard let top = frames.last else { return }
        func words() -> String { String(decoding: text, as: UTF8.self) }
        switch (top.place, top.key) {
        case (.node, .role), (.node, .type), (.node, .class), (.node, .kind):
            let name = words()
            let role = roles[name] ?? LayoutNode.Role(looseName: name)
            roles[name] = .some(role)
            page.layout.boxes[top.node].role = role ?? page.layout.boxes[top.node].role
        case (.node, .text), (.node, .words):
            guard text.count <= 10_000, !text.isEmpty else { return }
            page.layout.boxes[top.node].text = Int32(page.layout.texts.count)
            page.layout.texts.append(words())
        case (.page, .format): page.format = words()
        case (.page, .label), (.page, .archetype): page.layout.archetype = words()
        case (.page, .identifier): page.layout.name = words()
        default: try refuse("a text")
        }
    }

    func bool(_ value: Bool) throws {
        guard let top = frames.last, top.place == .node || top.place == .page else {
            return try refuse("true or false")
        }
        if top.key == .visible { page.layout.boxes[top.node].isHidden = !value }
        try refuse("true or false")
    }

    /// RICO has nulls among its children; elsewhere, too, it means that there is nothing.
    func null() throws {}

    private func position(of key: Key) -> Int? {
        switch key {
        case .x: 0
        case .y: 1
        case .w, .width: 2
        case .h, .height: 3
        default: nil
        }
    }

    private func set(_ position: Int, of node: Int, to value: Double) throws {
        guard abs(value) <= LayoutFile.largestCoordinate else {
            throw wrong("has the coordinate \(value), which no page has", node)
        }
        page.layout.boxes[node].numbers |= 1 << UInt8(position)
        switch position {
        case 0: page.layout.boxes[node].x0 = value
        case 1: page.layout.boxes[node].y0 = value
        case 2: page.layout.boxes[node].x1 = value
        default: page.layout.boxes[node].y1 = value
        }
    }

    private func side(_ value: Double, _ name: String) throws -> Int {
        guard value >= 1, value <= LayoutFile.largestCoordinate else {
            throw UserError(
                .data, "the page's \(name) is \(value), not from 1 to \(Int(LayoutFile.largestCoordinate)) pixels",
                remedy: "correct it, or split the page")
        }
        return Int(value.rounded(.up))
    }

    /// Refuses a value where rectangles or their bounds should be.
    private func refuse(_ found: String) throws {
        guard let top = frames.last else { return }
        switch (top.place, top.key) {
        case (.boundsList, _), (.node, .bounds), (.node, .box), (.node, .compactBounds), (.page, .bounds),
            (.page, .compactBounds):
            throw wrong("has \(found) for bounds", top.node)
        case (.boundsObject, let key) where position(of: key) != nil:
            throw wrong("has \(found) in its bounds", top.node)
        case (.node, .x), (.node, .y), (.node, .w), (.node, .h): throw wrong("has \(found) for '\(top.key)'", top.node)
        case (.nodes, _), (.node, .children), (.node, .compactChildren), (.page, .children):
            throw wrong("has \(found) among its children", top.node)
        case (.page, .compactRoot), (.page, .root), (.page, .tree), (.page, .elements), (.page, .el), (.wrapper, .root):
            throw UserError(
                .data, "'\(top.key.rawValue)' of the page is \(found)", remedy: "correct the file, or export it again")
        case (.page, .w), (.page, .h), (.page, .pageWidth), (.page, .pageHeight), (.page, .width), (.page, .height):
            throw UserError(
                .data, "'\(top.key.rawValue)' of the page is \(found), not a number", remedy: "correct the file")
        default: break
        }
    }

    private func wrong(_ what: String, _ node: Int) -> UserError {
        let page = frames.first?.place == .pages ? "page \(self.page.index + 1), " : ""
        return UserError(
            .data, "\(page)node \(node + 1) \(what)", remedy: "correct it, or look at the program that wrote the file")
    }
}
