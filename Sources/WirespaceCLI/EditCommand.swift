import ArgumentParser
import Foundation
import Wireframes
import Wirespace

/// `wirespace edit`
struct EditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Draw a page as another archetype: its code minus one archetype's middle plus another's.",
        discussion: """
            Examples:
              wirespace edit runs/demo signup.png --minus signup --plus login --out edited.png
              wirespace edit runs/demo page.png --plus dashboard --strength 0.6 --sheet compared.png

            The page is drawn in pixels.
            """)

    @OptionGroup var options: SpaceOptions

    @Argument(help: "A page: a PNG or JPEG file, or a page of the index by its path or number.")
    var page: String

    @Option(
        help: "The archetype to take away. By default what the index says of the page, else what it most probably is.")
    var minus: String?

    @Option(help: "The archetype to add.")
    var plus: String

    @Option(help: "How much of the step is made; 1 is all of it.")
    var strength = 1.0

    @Option(
        help:
            "The height of the new page in pixels, at the model's width. By default the old one's with its paper below."
    )
    var height: Int?

    @Option(help: "The page to write.")
    var out = OutputFile("edited.png")

    @Option(help: "A picture to write: the page drawn from its code, and the edited one.")
    var sheet: OutputFile?

    mutating func validate() throws {
        guard strength.isFinite else { throw ValidationError("--strength must be a number") }
    }

    mutating func run() throws {
        try out.prepare("png")
        try sheet.prepare("png")
        let space = try options.space()
        let page = try space.pageToDraw(page)
        try out.requireOther(than: [page.file], pagesOf: space)
        try sheet?.requireOther(than: [page.file, out.url], pagesOf: space)
        let edit = try space.edited(page.mu, minus: minus ?? space.label(of: page), plus: plus, strength: strength)
        let size = try page.size.with(height: height)
        let edited = try space.draw(edit.z, size: size)
        for drawn in edited { try PNG.write(drawn, to: out.url) }
        if let sheet {
            let before = try space.draw(page.mu, size: size)
            let named = zip(before + edited, ["before", "− \(edit.minus) + \(plus)"]).map(Caption.under)
            try sheet.write(pageSheet(named, columns: 2))
        }
        let seen = try space.probabilities(of: edit.z)
        print("\(page.name) − \(edit.minus) + \(plus): \(out)" + (seen.isEmpty ? "" : ", now \(guesses(seen))"))
        space.warn(ofStrange: edit.z)
    }
}
