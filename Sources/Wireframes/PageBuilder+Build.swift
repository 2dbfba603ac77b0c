/// From an archetype to a page.
extension PageBuilder {
    /// The whole page.
    func build() -> LayoutNode {
        var root = LayoutNode(.page, page, style: NodeStyle(fill: 1))
        switch archetype {
        case .login: root.children = loginPage()
        case .signup: root.children = signupPage()
        case .dashboard: root.children = dashboardPage()
        case .home: root.children = framed { stack(homeBlocks(), in: $0) }
        case .contact: root.children = framed { stack(contactBlocks(), in: $0) }
        case .pricing: root.children = framed { stack(pricingBlocks(), in: $0) }
        case .news: root.children = framed { stack(newsBlocks(), in: $0) }
        case .blog: root.children = framed { blogMain($0) }
        case .about: root.children = framed { stack(aboutBlocks(), in: $0) }
        case .product: root.children = framed { stack(productBlocks(), in: $0) }
        case .cart: root.children = framed { stack(cartBlocks(), in: $0) }
        case .faq: root.children = framed { stack(faqBlocks(), in: $0) }
        case .gallery: root.children = framed { stack(galleryBlocks(), in: $0) }
        case .search: root.children = framed { stack(searchBlocks(), in: $0) }
        case .profile: root.children = framed { profileMain($0) }
        }
        root.children = kept(root.children)
        return root
    }

    /// The nodes that have an area and lie on the page: on the narrowest pages some find no room.
    private func kept(_ nodes: [LayoutNode]) -> [LayoutNode] {
        nodes.compactMap { node in
            guard node.bounds.width > 0, node.bounds.height > 0, page.contains(node.bounds) else { return nil }
            var copy = node
            copy.children = kept(node.children)
            return copy
        }
    }

    /// Header and footer around what `main` draws between them. A page too short for both keeps its header.
    func framed(_ main: (Bounds) -> [LayoutNode]) -> [LayoutNode] {
        let headerRows = min(headerHeight, max(12, page.height / 5))
        let footerRows = min(footerHeight, page.height / 5)
        let hasFooter = footerRows >= 9
        let below = page.below(headerRows)
        let area = hasFooter ? below.above(footerRows) : below
        var nodes = [header(in: page.top(headerRows))] + main(area)
        if hasFooter { nodes.append(footer(in: page.bottom(footerRows))) }
        return nodes
    }
}
