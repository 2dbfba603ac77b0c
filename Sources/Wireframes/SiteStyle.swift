/// What all pages of one site share: its device, its spacing, and how it draws boxes, words and pictures. It depends
/// on the seed alone, so that pages of different archetypes with one seed look like pages of one site.
struct SiteStyle: Sendable {
    enum Device: String {
        case phone, tablet, desktop

        /// Width in CSS pixels that a browser on the device has.
        var cssWidth: Double {
            switch self {
            case .phone: 520
            case .tablet: 800
            case .desktop: 1280
            }
        }
    }

    let device: Device
    /// Pixels per CSS pixel; never so small that lines of text run into one another.
    let scale: Double
    let vocabulary: Vocabulary
    let brand: String

    let density: Double
    let contentShare: Double
    let headingScale: Double
    let stroke: Double
    let lineWidth: Int
    let radius: Double
    let bodyInk: Double

    let header: String
    let headerFill: String
    let navCount: Int
    let footer: String
    let footerColumns: Int
    let cardStyle: String
    let pictureStyle: String
    let buttonStyle: String
    let inputStyle: String
    let labelPlace: String
    let textStyle: String
    let headingAlign: NodeStyle.Alignment
    let separators: String

    init(width: Int, factors: inout FactorSource) {
        let device = Device(rawValue: factors.choice("device", ["phone", "tablet", "desktop", "desktop"])) ?? .desktop
        self.device = device
        scale = max(Double(width) / device.cssWidth, 0.2)
        let isFrench = factors.choice("language", ["fr", "en"]) == "fr"
        vocabulary = isFrench ? .french : .english
        var words = factors.generator("brand")
        brand = words.element(of: vocabulary.brands)

        density = factors.real("density", 0.75...1.35)
        contentShare = device == .desktop ? factors.real("content-width", 0.68...0.98) : 1
        headingScale = factors.real("heading-scale", 0.8...1.25)
        stroke = factors.real("line-grey", 0...0.35)
        lineWidth = factors.choice("line-width", ["1", "1", "2"]) == "2" ? 2 : 1
        radius = Double(factors.choice("corners", ["0", "0", "4", "10", "18"])) ?? 0
        bodyInk = factors.real("text-grey", 0.1...0.5)

        switch device {
        case .phone:
            header = factors.choice("header", ["menu-left", "menu-right", "logo-centre", "search"])
            footer = factors.choice("footer", ["line", "centred", "stacked", "tab-bar", "dark"])
        case .tablet, .desktop:
            header = factors.choice(
                "header", ["logo-left", "logo-left-cta", "split", "stacked", "top-bar", "tabs", "search", "menu-right"])
            footer = factors.choice("footer", ["line", "centred", "columns", "columns", "newsletter", "dark"])
        }
        headerFill = factors.choice("header-fill", ["line", "line", "box", "grey", "black", "none"])
        navCount = factors.count("nav-items", 3...7)
        footerColumns = factors.count("footer-columns", 2...5)
        cardStyle = factors.choice("cards", ["outline", "outline", "shadow", "grey", "rule", "bare"])
        pictureStyle = factors.choice("pictures", ["crossed", "crossed", "photo", "grey", "grey-crossed"])
        buttonStyle = factors.choice("buttons", ["black", "outline", "grey", "pill", "black-pill"])
        inputStyle = factors.choice("inputs", ["box", "box", "underline", "grey", "round"])
        labelPlace = factors.choice("labels", ["above", "above", "inside", "left"])
        textStyle = factors.choice("body-text", ["words", "words", "bars", "lines"])
        headingAlign = factors.choice("heading-align", ["left", "centre"]) == "left" ? .left : .centre
        separators = factors.choice("separators", ["none", "none", "line", "shade"])
    }
}
