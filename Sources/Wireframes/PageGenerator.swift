/// Draws web pages as a UX designer sketches them: 15 archetypes, each in several structures, on sites that differ in
/// device, header, footer, boxes, pictures, type and spacing.
///
/// A page depends on width, heights, archetype and seed alone, on every machine and at any time. Pages are laid out for
/// their width: a narrow page has fewer and simpler elements, and its lines are still 1 or 2 pixels wide.
///
/// ```swift
/// let page = PageGenerator(width: 256).page(.pricing, seed: 7)
/// let image = page.render()         // 256 pixels wide
/// let sidecar = try page.sidecar()  // JSON: factors and layout tree
/// ```
public struct PageGenerator: Sendable {
    /// Pixels per row of every page.
    public let width: Int
    /// The least and the largest number of rows, both multiples of `heightMultiple`.
    public let heights: ClosedRange<Int>
    /// Every page's height is a multiple of this.
    public let heightMultiple: Int

    /// A generator of pages of one width.
    ///
    /// - Parameters:
    ///   - width: pixels per row; less than 32 is taken as 32.
    ///   - heights: rows; by default 500 to 2048 at width 1024, in proportion at other widths.
    ///   - heightMultiple: heights are rounded up to a multiple of this, so that pages can share a batch.
    public init(width: Int = 1024, heights: ClosedRange<Int>? = nil, heightMultiple: Int = 1) {
        let multiple = max(1, heightMultiple)
        func roundedUp(_ rows: Int) -> Int { max(1, rows).roundedUp(to: multiple) }
        self.width = max(32, width)
        self.heightMultiple = multiple
        let least = heights?.lowerBound ?? Int((500.0 / 1024 * Double(self.width)).rounded())
        let most = heights?.upperBound ?? Int((2048.0 / 1024 * Double(self.width)).rounded())
        self.heights = roundedUp(least)...roundedUp(most)
    }

    /// The page of `archetype` on the site that `seed` stands for.
    public func page(_ archetype: Archetype, seed: UInt64) -> GeneratedPage {
        var factors = FactorSource(seed: seed)
        let site = SiteStyle(width: width, factors: &factors)
        let height = height(of: archetype, on: site.device, factors: &factors)
        let bounds = Bounds(x: 0, y: 0, width: width, height: height)
        let builder = PageBuilder(archetype: archetype, site: site, factors: factors, page: bounds)
        let tree = builder.build()
        return GeneratedPage(archetype: archetype, seed: seed, factors: builder.factors.values, tree: tree)
    }

    /// Phones show taller pages than desktops, and a sign-in page is shorter than a home page.
    private func height(of archetype: Archetype, on device: SiteStyle.Device, factors: inout FactorSource) -> Int {
        let low: Double =
            switch device {
            case .phone: 0.6
            case .tablet: 0.25
            case .desktop: 0.05
            }
        let (from, to): (Double, Double) =
            switch archetype {
            case .login: (0.04, 0.38)
            case .signup, .dashboard, .contact: (0.14, 0.65)
            case .cart, .faq: (0.1, 0.8)
            default: (0.06, 1)
            }
        let share = factors.real("length", 0...1)
        let position = low + (1 - low) * (from + (to - from) * share)
        let rows = Double(heights.lowerBound) + position * Double(heights.upperBound - heights.lowerBound)
        let multiple = Double(heightMultiple)
        let height = Int((rows / multiple).rounded() * multiple)
        factors.note("height", .number(Double(height)))
        return height
    }
}

extension Int {
    /// The least multiple of `multiple` that is not smaller, for numbers from 0 on.
    package func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
