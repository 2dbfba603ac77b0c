/// A rectangle of a page as a layout file has it.
struct LayoutBox: Sendable {
    /// Left and right, top and bottom edge in pixels of the page. While a file is read: its four numbers in its order.
    var x0 = 0.0
    var y0 = 0.0
    var x1 = 0.0
    var y1 = 0.0
    /// The box that it lies in, by its place in the list; −1 for none.
    var parent: Int32
    /// Where its words are in the layout's list of texts; −1 for none.
    var text: Int32 = -1
    /// Height of its letters in pixels; 0 when the file does not say.
    var fontSize: Float = 0
    /// What it is, by its place in `LayoutNode.Role.allCases`.
    var roleIndex: UInt8 = Self.noRole
    /// Which of its four numbers the file has, a bit for each.
    var numbers: UInt8 = 0
    /// The file says that nobody sees it.
    var isHidden = false
    /// Other boxes lie in it.
    var hasChildren = false

    static let noRole = UInt8.max

    init(parent: Int) {
        self.parent = Int32(parent)
    }

    var role: LayoutNode.Role? {
        get { roleIndex == Self.noRole ? nil : LayoutNode.Role.allCases[Int(roleIndex)] }
        set {
            let index = newValue.flatMap { LayoutNode.Role.allCases.firstIndex(of: $0) }
            roleIndex = index.map { UInt8($0) } ?? Self.noRole
        }
    }

    /// The file has all four numbers.
    var hasBounds: Bool { numbers == 0b1111 }

    mutating func scale(by factor: Double) {
        x0 *= factor
        y0 *= factor
        x1 *= factor
        y1 *= factor
        fontSize *= Float(factor)
    }
}

/// A page's layout, from a file of any of the formats that `LayoutFile` reads: rectangles in the order in which they are
/// drawn.
public struct PageLayout: Sendable {
    /// What the file calls the page, where it holds several.
    public internal(set) var name: String?
    /// The label that the file gives the page.
    public internal(set) var archetype: String?
    /// Pixels per row.
    public internal(set) var width = 0
    /// Rows.
    public internal(set) var height = 0
    /// Rectangles that reach out of the page, and of which only the part inside can be drawn.
    public internal(set) var clipped = 0
    /// Rectangles that lie wholly outside of the page, and are not drawn.
    public internal(set) var outside = 0
    /// Rectangles without bounds, which cannot be drawn.
    public internal(set) var withoutBounds = 0
    /// Parents before their children.
    var boxes: [LayoutBox] = []
    var texts: [String] = []
    /// The page of the generator that the file is the sidecar of.
    var generated: GeneratedPage?
    /// How the page is drawn in the style `line`, where the file says so itself.
    var tree: LayoutNode?

    /// Rectangles on the page.
    public var count: Int { boxes.count - outside - withoutBounds }
}
