/// Words for pages in one language: short lists of the labels that real sites use, and filler for paragraphs.
struct Vocabulary: Sendable {
    var brands: [String]
    var nav: [String]
    var headings: [String]
    var features: [String]
    var buttons: [String]
    var people: [String]
    var jobs: [String]
    var topics: [String]
    var products: [String]
    var plans: [String]
    var fields: [String]
    var questions: [String]
    var figures: [String]
    var months: [String]
    var filler: [String]
    /// Fixed labels, by an English key.
    var labels: [String: String]

    func label(_ key: String) -> String { labels[key] ?? key }

    static let french = Vocabulary(
        brands: ["Atelier Nord", "Lumio", "Maison Vert", "Cobalt", "Papyrus", "Hexa", "Bois & Fils", "Kiosk", "Orion"],
        nav: [
            "Accueil", "Produits", "Services", "Tarifs", "Blog", "À propos", "Équipe", "Aide", "Contact", "Boutique",
        ],
        headings: [
            "Des outils simples pour votre équipe", "Construire mieux, ensemble", "Votre projet prend forme",
            "La maison des bonnes idées", "Gagnez du temps chaque jour", "Un service proche de vous",
            "Créez sans limites", "Tout commence par une rencontre", "Moins de papier, plus de temps",
        ],
        features: [
            "Rapide", "Sécurisé", "Sur mesure", "Support 24/7", "Partage", "Statistiques", "Sauvegarde", "Mobile",
            "Paiement", "Livraison", "Qualité", "Proximité", "Innovation", "Confiance", "Écoute",
        ],
        buttons: ["Commencer", "En savoir plus", "Découvrir", "Essayer", "Voir tout", "Demander un devis", "Réserver"],
        people: [
            "Camille Roux", "Léa Martin", "Hugo Petit", "Inès Morel", "Paul Garnier", "Sarah Blanc", "Noé Faure",
            "Julie Perrin", "Karim Aziz", "Anna Kovac",
        ],
        jobs: ["Directrice", "Designer", "Développeur", "Comptable", "Chef de projet", "Commerciale", "Fondateur"],
        topics: [
            "Culture", "Économie", "Sport", "Voyage", "Cuisine", "Design", "Société", "Sciences", "Monde", "Musique",
        ],
        products: [
            "Lampe de bureau", "Chaise en bois", "Sac à dos", "Théière", "Carnet A5", "Montre", "Veste légère",
            "Casque audio", "Tapis rond", "Vase bleu",
        ],
        plans: ["Découverte", "Essentiel", "Pro", "Entreprise"],
        fields: [
            "Prénom", "Nom", "Téléphone", "Société", "Adresse", "Ville", "Code postal", "Pays", "Date de naissance",
            "Fonction",
        ],
        questions: [
            "Comment créer un compte ?", "Quels sont les délais de livraison ?", "Puis-je annuler ma commande ?",
            "Comment modifier mon mot de passe ?", "Quels moyens de paiement acceptez-vous ?", "Où est ma facture ?",
            "Comment joindre le support ?", "Puis-je changer de formule ?", "Mes données sont-elles protégées ?",
            "Proposez-vous une remise ?", "Comment retourner un article ?", "Livrez-vous à l'étranger ?",
        ],
        figures: ["Ventes", "Visites", "Clients", "Revenus", "Commandes", "Taux de clic", "Inscrits", "Retours"],
        months: ["janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct."],
        filler: split(
            """
            le projet avance avec une équipe attentive à chaque détail nous aidons les petites entreprises à trouver leur \
            place en ligne depuis dix ans notre atelier dessine des espaces simples et durables pour tous les usages du \
            quotidien la qualité vient du temps passé à écouter puis à construire pas à pas sans perdre de vue le but
            """),
        labels: [
            "login": "Connexion", "signup": "Créer un compte", "email": "Adresse e-mail", "password": "Mot de passe",
            "remember": "Se souvenir de moi", "forgot": "Mot de passe oublié ?", "or": "ou", "send": "Envoyer",
            "message": "Message", "subject": "Sujet", "name": "Nom", "search": "Rechercher",
            "results": "résultats pour",
            "filters": "Filtres", "sort": "Trier par", "price": "Prix", "cart": "Votre panier", "total": "Total",
            "subtotal": "Sous-total", "shipping": "Livraison", "checkout": "Commander", "promo": "Code promo",
            "addToCart": "Ajouter au panier", "quantity": "Quantité", "size": "Taille", "colour": "Couleur",
            "description": "Description", "reviews": "Avis clients", "related": "Vous aimerez aussi",
            "contact": "Contactez-nous", "faq": "Questions fréquentes", "gallery": "Galerie", "all": "Tout",
            "pricing": "Nos tarifs", "monthly": "Mensuel", "yearly": "Annuel", "perMonth": "/ mois",
            "choose": "Choisir", "news": "À la une", "latest": "Derniers articles", "readMore": "Lire la suite",
            "about": "Notre histoire", "team": "L'équipe", "values": "Nos valeurs", "timeline": "Les grandes dates",
            "testimonials": "Ils en parlent", "features": "Pourquoi nous choisir", "newsletter": "Lettre d'information",
            "subscribe": "S'abonner", "dashboard": "Tableau de bord", "activity": "Activité récente",
            "orders": "Dernières commandes", "profile": "Profil", "posts": "Publications", "followers": "Abonnés",
            "following": "Abonnements", "edit": "Modifier", "settings": "Réglages", "save": "Enregistrer",
            "cancel": "Annuler", "next": "Suivant", "back": "Retour", "terms": "J'accepte les conditions",
            "address": "Adresse", "phone": "Téléphone", "hours": "Horaires", "categories": "Catégories",
            "tags": "Étiquettes", "popular": "Les plus lus", "legal": "© 2024 Tous droits réservés", "help": "Aide",
            "google": "Continuer avec Google", "step": "Étape", "photo": "Photo", "welcome": "Bon retour parmi nous",
            "item": "Article", "continue": "Continuer mes achats", "status": "Statut", "client": "Client",
            "date": "Date", "amount": "Montant", "follow": "Suivre", "map": "Nous trouver", "infos": "Informations",
            "compare": "Comparer les formules", "mission": "Notre mission", "currency": "€",
            "featured": "Le plus choisi", "tour": "Visite guidée",
        ])

    static let english = Vocabulary(
        brands: ["Northwind", "Acme", "Lighthouse", "Foundry", "Paperclip", "Juniper", "Basecoat", "Tandem", "Quill"],
        nav: ["Home", "Products", "Services", "Pricing", "Blog", "About", "Team", "Help", "Contact", "Shop"],
        headings: [
            "Simple tools for busy teams", "Build better together", "Your project, made real",
            "The home of good ideas", "Save hours every week", "A service close to you",
            "Create without limits", "It starts with a conversation", "Less paper, more time",
        ],
        features: [
            "Fast", "Secure", "Tailored", "24/7 support", "Sharing", "Analytics", "Backups", "Mobile", "Payments",
            "Delivery", "Quality", "Local", "Innovation", "Trust", "Listening",
        ],
        buttons: ["Get started", "Learn more", "Discover", "Try it free", "See all", "Request a quote", "Book now"],
        people: [
            "Jane Cooper", "Tom Baker", "Maria Lopez", "Ben Carter", "Alice Young", "Omar Haddad", "Grace Lee",
            "Peter Novak", "Ruth Allen", "Sam Green",
        ],
        jobs: ["Director", "Designer", "Developer", "Accountant", "Project lead", "Sales", "Founder"],
        topics: ["Culture", "Business", "Sports", "Travel", "Food", "Design", "Society", "Science", "World", "Music"],
        products: [
            "Desk lamp", "Wooden chair", "Backpack", "Teapot", "A5 notebook", "Watch", "Light jacket", "Headphones",
            "Round rug", "Blue vase",
        ],
        plans: ["Starter", "Basic", "Pro", "Enterprise"],
        fields: [
            "First name", "Last name", "Phone", "Company", "Address", "City", "Postcode", "Country", "Date of birth",
            "Job title",
        ],
        questions: [
            "How do I create an account?", "How long does delivery take?", "Can I cancel my order?",
            "How do I change my password?", "Which payment methods do you accept?", "Where is my invoice?",
            "How can I reach support?", "Can I switch plans?", "Is my data safe?", "Do you offer discounts?",
            "How do I return an item?", "Do you ship abroad?",
        ],
        figures: ["Sales", "Visits", "Customers", "Revenue", "Orders", "Click rate", "Sign-ups", "Returns"],
        months: ["Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct"],
        filler: split(
            """
            our team pays attention to every detail and helps small companies find their place online for ten years the \
            studio has designed simple and durable spaces for everyday use quality comes from time spent listening and \
            then building step by step without losing sight of the goal that matters most to the people we serve
            """),
        labels: [
            "login": "Sign in", "signup": "Create an account", "email": "Email address", "password": "Password",
            "remember": "Remember me", "forgot": "Forgot password?", "or": "or", "send": "Send", "message": "Message",
            "subject": "Subject", "name": "Name", "search": "Search", "results": "results for", "filters": "Filters",
            "sort": "Sort by", "price": "Price", "cart": "Your cart", "total": "Total", "subtotal": "Subtotal",
            "shipping": "Shipping", "checkout": "Checkout", "promo": "Promo code", "addToCart": "Add to cart",
            "quantity": "Quantity", "size": "Size", "colour": "Colour", "description": "Description",
            "reviews": "Reviews", "related": "You may also like", "contact": "Get in touch",
            "faq": "Frequently asked questions", "gallery": "Gallery", "all": "All", "pricing": "Plans and pricing",
            "monthly": "Monthly", "yearly": "Yearly", "perMonth": "/ month", "choose": "Choose", "news": "Top stories",
            "latest": "Latest posts", "readMore": "Read more", "about": "Our story", "team": "The team",
            "values": "Our values", "timeline": "Milestones", "testimonials": "What people say",
            "features": "Why choose us", "newsletter": "Newsletter", "subscribe": "Subscribe", "dashboard": "Dashboard",
            "activity": "Recent activity", "orders": "Latest orders", "profile": "Profile", "posts": "Posts",
            "followers": "Followers", "following": "Following", "edit": "Edit", "settings": "Settings", "save": "Save",
            "cancel": "Cancel", "next": "Next", "back": "Back", "terms": "I accept the terms", "address": "Address",
            "phone": "Phone", "hours": "Opening hours", "categories": "Categories", "tags": "Tags",
            "popular": "Most read", "legal": "© 2024 All rights reserved", "help": "Help",
            "google": "Continue with Google", "step": "Step", "photo": "Photo", "welcome": "Welcome back",
            "item": "Item", "continue": "Continue shopping", "status": "Status", "client": "Customer", "date": "Date",
            "amount": "Amount", "follow": "Follow", "map": "Find us", "infos": "Details",
            "compare": "Compare plans", "mission": "Our mission", "currency": "$", "featured": "Most popular",
            "tour": "Take the tour",
        ])

    private static func split(_ text: String) -> [String] {
        text.split(separator: " ").map(String.init)
    }
}
