import Foundation

/// The 15 kinds of page; the raw value is the name of the archetype's folder in a data set.
public enum Archetype: String, CaseIterable, Codable, Sendable {
    /// A home page: hero, features, testimonials, a call to action.
    case home = "accueil"
    /// A contact form with map and address.
    case contact
    /// Plans with prices and features.
    case pricing = "tarifs"
    /// A newspaper's front page.
    case news = "actualites"
    /// A small form to sign in.
    case login = "connexion"
    /// A long form to sign up.
    case signup = "inscription"
    /// A list of posts.
    case blog
    /// A company's story, people and values.
    case about = "apropos"
    /// One product: pictures, price, options.
    case product = "produit"
    /// A cart: rows of articles and a summary.
    case cart = "panier"
    /// Questions and answers.
    case faq
    /// A wall of pictures.
    case gallery = "galerie"
    /// Figures, charts and tables.
    case dashboard = "tableau-de-bord"
    /// A search field, filters and results.
    case search = "recherche"
    /// A person's page: banner, portrait, tabs.
    case profile = "profil"

    /// The archetype that a person, a folder or a file calls `name`: its French or English name, in any case, with or
    /// without accents, spaces, hyphens or underscores ("À propos", "tableau_de_bord", "Sign-up"); `nil` if there is none.
    public init?(name: String) {
        let key = Self.key(name)
        guard let match = Self.allCases.first(where: { $0.names.contains { Self.key($0) == key } }) else { return nil }
        self = match
    }

    /// The name for a reader, in French with its accents.
    public var displayName: String { names[0] }

    /// The English name, which `init(name:)` accepts too.
    public var englishName: String { names[1] }

    /// Every accepted name: the French one for display first, the English one second.
    public var names: [String] {
        switch self {
        case .home: ["Accueil", "home", "accueil", "landing", "homepage", "index"]
        case .contact: ["Contact", "contact", "contact us", "nous contacter"]
        case .pricing: ["Tarifs", "pricing", "prix", "plans"]
        case .news: ["Actualités", "news", "actualité", "magazine"]
        case .login: ["Connexion", "login", "sign in", "signin", "log in"]
        case .signup: ["Inscription", "signup", "register", "registration"]
        case .blog: ["Blog", "blog"]
        case .about: ["À propos", "about", "about us", "qui sommes-nous"]
        case .product: ["Produit", "product", "fiche produit", "product page"]
        case .cart: ["Panier", "cart", "shopping cart", "basket"]
        case .faq: ["FAQ", "faq", "questions", "foire aux questions"]
        case .gallery: ["Galerie", "gallery", "portfolio"]
        case .dashboard: ["Tableau de bord", "dashboard", "admin"]
        case .search: ["Recherche", "search", "search results", "résultats"]
        case .profile: ["Profil", "profile", "account", "compte"]
        }
    }

    private static func key(_ name: String) -> String {
        let plain = name.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: Locale(identifier: "en"))
        return plain.filter { $0.isLetter || $0.isNumber }.lowercased()
    }
}
