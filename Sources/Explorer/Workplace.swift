import Foundation
import HTTPTypes
import Hummingbird
import Torch
import Wireframes
import Wirespace

/// What the requests work with: a space, its pages, their map and their labels. It lives on one thread.
final class Workplace {
    let space: LatentSpace
    /// The pages, labelled as people have corrected them.
    private(set) var index: LatentIndex
    /// What their folders say that they are, by path.
    private let ofFolders: [String: String]
    let map: LatentMap
    private(set) var labels: PageLabels
    /// What folders say that their pages are, and what people have said: a label that no page has any more can be given again.
    private var namesOfPages: Set<String>
    private let name: String
    private let rows: [Int: Int]
    private var knownDirections: Directions?
    private var pagesAnswer: Data?

    /// Reads the index and makes the map.
    ///
    /// - Throws: `UserError` when the index or the labels cannot be read.
    init(_ space: LatentSpace, name: String, map method: LatentMap.Method?) throws {
        self.space = space
        self.name = name
        labels = try PageLabels(space.fileOfIndex("labels.csv"))
        let encoded = try space.index()
        namesOfPages = labels.names.union(encoded.archetypes)
        let named = encoded.pages.compactMap { page in page.archetype.map { (page.path, $0) } }
        ofFolders = Dictionary(named) { first, _ in first }
        try space.relabel { [labels] in labels.archetype(of: $0.path, folder: $0.archetype) }
        index = try space.index()
        map = try LatentMap(of: index.mu, by: method)
        rows = Dictionary(index.pages.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// The row of the page with a number.
    func row(ofPage id: Int) throws -> Int {
        guard let row = rows[id] else {
            throw Refusal(.notFound, "there is no page \(id)", remedy: "/api/pages lists them")
        }
        return row
    }

    /// What a code can be moved along, found when it is first asked for.
    func directions() throws -> Directions {
        if let knownDirections { return knownDirections }
        let directions = try Directions(space.fileOfIndex("directions"), in: space)
        knownDirections = directions
        return directions
    }

    /// Names that a label may have: those of pages, and those of the model for which there are no others.
    var archetypes: [String] {
        let ofModel = space.trained.archetypes.filter {
            (try? ArchetypeRegions.label(of: $0, among: Array(namesOfPages))) == nil
        }
        return namesOfPages.union(ofModel).sorted()
    }

    private var englishNames: [String: String] {
        let names = archetypes.compactMap { name in Archetype(name: name).map { (name, $0.englishName) } }
        return Dictionary(uniqueKeysWithValues: names.filter { $0.0.lowercased() != $0.1 })
    }

    /// Archetypes that have a place in the space.
    private var places: [String] { (try? space.archetypeRegions().names.sorted()) ?? [] }

    // MARK: Answers

    func describe() throws -> SpaceAnswer {
        try renewLabels()
        let size = usualSize
        return SpaceAnswer(
            run: name, model: space.modelID, index: index.folderID, dimension: space.dimension, archetypes: archetypes,
            englishNames: englishNames, places: places,
            pages: index.pages.count, layouts: space.trained.drawsLayouts, map: map.method, size: size,
            limits: .init(
                uploadBytes: Limits.uploadBytes, uploadPixels: Limits.uploadPixels, drawnPixels: Limits.drawnPixels,
                interpolatedPixels: Limits.interpolatedPixels, frames: Limits.frames,
                leastSide: PagePreparation.leastSide, greatestSide: PagePreparation.greatestSide))
    }

    /// All pages and where they lie, as JSON, which is made once for the same labels.
    func pages() throws -> Data {
        try renewLabels()
        if let pagesAnswer { return pagesAnswer }
        let places = map.places.doubles
        let answers = index.pages.enumerated().map { row, page in
            PageAnswer(
                id: page.id, path: page.path, archetype: page.archetype, x: places[2 * row],
                y: places[2 * row + 1], width: page.size.width, height: page.size.height)
        }
        let data = try Response.encode(answers)
        pagesAnswer = data
        return data
    }

    /// A code: where it lies, what it is, and what is near.
    func place(of code: Tensor, named query: String, count: Int, filter: SearchFilter) throws -> PlaceAnswer {
        guard (1...Limits.neighbours).contains(count) else {
            throw Refusal(.badRequest, "`count` is \(count)", remedy: "ask for 1 to \(Limits.neighbours) neighbours")
        }
        let found = try space.search(near: code, named: query, count: count, filter: filter)
        let (x, y) = map.place(of: code)
        return PlaceAnswer(
            z: code.floats, x: x, y: y, archetypes: found.archetypes, isOutOfDistribution: found.isOutOfDistribution,
            neighbours: found.neighbours.map { .init(page: $0.page.id, distance: $0.distance) })
    }

    /// Reads the labels again, if a person or another explorer has written them.
    private func renewLabels() throws {
        if let renewed = try labels.renewed() { try use(renewed) }
    }

    private func use(_ labels: PageLabels) throws {
        try space.relabel { labels.archetype(of: $0.path, folder: ofFolders[$0.path]) }
        self.labels = labels
        index = try space.index()
        namesOfPages.formUnion(labels.names)
        pagesAnswer = nil
    }

    /// Writes what some pages are.
    func label(_ asked: LabelQuestion) throws -> LabelAnswer {
        try renewLabels()
        let pages = try asked.pages.map { index.pages[try row(ofPage: $0)] }
        guard !pages.isEmpty else { throw Refusal(.badRequest, "`pages` is empty", remedy: "name a page") }
        let known = archetypes
        let label =
            asked.archetype.isEmpty ? "" : known[try ArchetypeRegions.label(of: asked.archetype, among: known)]
        for page in pages {
            guard let before = asked.before?[page.id], before != page.archetype else { continue }
            throw Refusal(
                .conflict, "somebody else has said since that \(page.path) is \(page.archetype ?? "of no archetype")",
                remedy: "look at it again")
        }
        try use(try labels.setting(label, of: pages, among: index.pages))
        return LabelAnswer(pages: asked.pages, archetype: label, places: places)
    }

    /// Learns what some pages have and others have not.
    func learn(_ asked: DirectionQuestion) throws -> DirectionAnswer {
        var directions = try directions()
        let name = try directions.checked(asked.name)
        let direction = try space.direction(
            named: name, toRows: try asked.to.map { try row(ofPage: $0) },
            from: try asked.from?.map { try row(ofPage: $0) })
        try directions.keep(direction)
        knownDirections = directions
        return DirectionAnswer(.init(direction: direction, isLearned: true))
    }

    // MARK: Drawing

    /// What a page is drawn at when nobody says how large: as large as the middle page, as far as so much is drawn.
    private var usualSize: PNG.Size {
        let size = space.usualSize()
        let share = min(1, (Double(Limits.drawnPixels) / Double(size.width * size.height)).squareRoot())
        func side(_ length: Int) -> Int {
            min(max(Int(Double(length) * share), PagePreparation.leastSide), PagePreparation.greatestSide)
        }
        return PNG.Size(width: side(size.width), height: side(size.height))
    }

    /// The size to draw at: what was asked for, else the usual one.
    func size(_ asked: PNG.Size?) throws -> PNG.Size {
        let size = asked ?? usualSize
        let sides = PagePreparation.leastSide...PagePreparation.greatestSide
        guard sides.contains(size.width), sides.contains(size.height), size.width * size.height <= Limits.drawnPixels
        else {
            throw Refusal(
                .badRequest, "a page of \(size.width)×\(size.height) pixels is not drawn here",
                remedy: "sides go from \(sides.lowerBound) to \(sides.upperBound) pixels, "
                    + "\(Limits.drawnPixels) pixels in all")
        }
        return size
    }

    /// The page that a code stands for.
    ///
    /// - Parameter client: who asks; when they go, a layout is not finished.
    func draw(_ recipe: Recipe, size: PNG.Size?, as drawing: Drawing?, for client: Client) throws -> GrayImage {
        if drawing == .layout { return WireframeRenderer().render(try layout(recipe, size: size, for: client)) }
        return try space.draw(try recipe.code(in: self), size: try self.size(size))[0]
    }

    /// The layout that a code stands for, the same each time.
    func layout(_ recipe: Recipe, size: PNG.Size?, for client: Client) throws -> LayoutNode {
        guard space.trained.drawsLayouts else {
            throw Refusal(
                .badRequest, "the model has no layout decoder",
                remedy: "leave out `as`, or train one with `wirespace layouts`")
        }
        let (code, sizes) = (try recipe.code(in: self), [try self.size(size)])
        // What stands for one page shall be like it, what was invented or mixed like a page.
        let isPage = recipe.mix?.count == 1
        let layouts =
            try isPage
            ? space.trained.pageLayouts(of: code, sizes: sizes, checkpoint: client.requirePresence)
            : space.trained.layouts(of: code, sizes: sizes, checkpoint: client.requirePresence)
        return layouts[0]
    }

    /// An uploaded page: a picture, or a layout in any format that `dataset render` reads.
    func uploadedPage(_ data: Data, as style: UploadStyle) throws -> EncoderInput {
        guard PictureFile.Format(prefix: data) != nil else {
            guard data.first(where: { !" \t\r\n\u{FEFF}".utf8.contains($0) }).map("{[".utf8.contains) ?? false else {
                throw Refusal(
                    .badRequest, "this is neither a picture nor a layout",
                    remedy: "open a PNG or JPEG file, or a layout in JSON")
            }
            return try space.trained.input(try layout(data), named: "the page")
        }
        let size = try PictureFile.size(of: data)
        let reduces = style == .screenshot || space.trained.configuration.data.screenshots
        try requireFew(size.width, size.height, reduces ? Limits.screenshotPixels : Limits.uploadPixels)
        if reduces {
            let page = try PictureFile.decodeColours(data).wireframe()
            return try space.trained.input(inkOnPaper: page, read: PictureFile.decode(data), named: "the page")
        }
        return try space.trained.input(try PictureFile.decode(data), named: "the page")
    }

    private func layout(_ data: Data) throws -> GrayImage {
        var drawn: Result<GrayImage, any Error>?
        try LayoutFile.read(data) { layout in
            // Kept, not thrown: the reader would take what is not its own for a mistake of the program.
            drawn =
                drawn
                ?? Result {
                    try self.requireFew(layout.width, layout.height)
                    return try LayoutPicture().draw(layout)
                }
        }
        guard let drawn else { throw Refusal(.badRequest, "the file has no page") }
        return try drawn.get()
    }

    private func requireFew(_ width: Int, _ height: Int, _ limit: Int = Limits.uploadPixels) throws {
        let (pixels, overflows) = width.multipliedReportingOverflow(by: height)
        guard !overflows, pixels <= limit else {
            throw Refusal(
                .contentTooLarge, "a page of \(width)×\(height) pixels is too large",
                remedy: "at most \(limit) pixels are taken")
        }
    }
}
