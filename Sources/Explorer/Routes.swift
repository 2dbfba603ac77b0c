import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore
import Torch
import Wireframes
import Wirespace

/// What is known of a request: the connection that it came by.
package struct Visit: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

extension Explorer {
    /// Every route, behind the gate.
    package func router() -> Router<Visit> {
        let router = Router(context: Visit.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: Gate(host: settings.host, token: settings.token))
        router.get("/") { _, _ in Response(resources.page) }
        router.get("/api/openapi.json") { _, _ in Response(resources.description) }
        router.get("/page/:name") { _, visit in
            guard let part = visit.parameters.get("name").flatMap({ resources.parts[$0] }) else {
                throw Refusal(.notFound, "the page has no such part", remedy: "open /")
            }
            return Response(part)
        }
        addPages(to: router)
        addDrawing(to: router)
        addPlaces(to: router)
        return router
    }

    /// Asks the model's thread, or that of the thumbnails.
    private func ask<State, Answer: Sendable>(
        _ worker: Worker<State>, for visit: Visit, _ body: @escaping @Sendable (State) throws -> Answer
    ) async throws -> Answer {
        try await worker.run(for: clients.client(of: visit.channel), body)
    }

    /// Asks the model's thread for something long, which is ended when whoever asks has gone.
    private func askWhilePresent<Answer: Sendable>(
        _ visit: Visit, _ body: @escaping @Sendable (Workplace, Client) throws -> Answer
    ) async throws -> Answer {
        let client = clients.client(of: visit.channel)
        return try await workplace.run(for: client) { try body($0, client) }
    }

    private func addPages(to router: Router<Visit>) {
        router.get("/api/space") { _, visit in
            try Response(json: try await ask(workplace, for: visit) { try $0.describe() })
        }
        router.get("/api/pages") { _, visit in
            Response(try await ask(workplace, for: visit) { try $0.pages() }, type: "application/json")
        }
        router.get("/api/pages/:id/thumbnail.png") { _, visit in
            let id = try visit.pageID()
            return Response(try await ask(thumbnails, for: visit) { try $0.thumbnail(ofPage: id) }, type: "image/png")
        }
        router.get("/api/pages/:id/picture.png") { _, visit in
            let id = try visit.pageID()
            return Response(try await ask(thumbnails, for: visit) { try $0.picture(ofPage: id) }, type: "image/png")
        }
        router.post("/api/labels") { request, visit in
            let asked: LabelQuestion = try await request.question()
            // Written even if nobody waits for the answer: it was asked for.
            return try Response(
                json: try await workplace.run(for: Client()) { try $0.label(asked) })
        }
        router.get("/api/directions") { _, visit in
            try Response(
                json: try await ask(workplace, for: visit) {
                    let directions = try $0.directions()
                    return DirectionsAnswer(
                        directions: directions.all.map(DirectionAnswer.init), refused: directions.refused)
                })
        }
        router.post("/api/directions") { request, visit in
            let asked: DirectionQuestion = try await request.question()
            return try Response(json: try await workplace.run(for: Client()) { try $0.learn(asked) })
        }
    }

    private func addDrawing(to router: Router<Visit>) {
        router.post("/api/decode") { request, visit in
            let asked: DrawQuestion = try await request.question()
            let data = try await askWhilePresent(visit) {
                try PNG.encode($0.draw(asked.recipe, size: asked.size, as: asked.as, for: $1))
            }
            return Response(data, type: "image/png")
        }
        router.post("/api/interpolate") { request, visit in
            let asked: InterpolateQuestion = try await request.question()
            let data = try await askWhilePresent(visit) { try $0.interpolation(asked, for: $1) }
            return Response(data, type: "image/png")
        }
        router.post("/api/export") { request, visit in
            let asked: ExportQuestion = try await request.question()
            let data = try await askWhilePresent(visit) { try $0.export(asked, for: $1) }
            return Response(data, type: asked.format.type, file: asked.format.fileName)
        }
    }

    private func addPlaces(to router: Router<Visit>) {
        router.post("/api/neighbours") { request, visit in
            let asked: NeighboursQuestion = try await request.question()
            return try Response(json: try await ask(workplace, for: visit) { try $0.neighbours(asked) })
        }
        router.post("/api/generate") { request, visit in
            let asked: GenerateQuestion = try await request.question()
            return try Response(json: try await ask(workplace, for: visit) { try $0.generate(asked) })
        }
        router.get("/api/outliers") { _, visit in
            try Response(json: try await askWhilePresent(visit) { try $0.outliers(count: Limits.found, for: $1) })
        }
        router.get("/api/duplicates") { _, visit in
            try Response(json: try await askWhilePresent(visit) { try $0.duplicates(count: Limits.found, for: $1) })
        }
        router.post("/api/encode") { request, visit in
            let style = try UploadStyle(request)
            let data = try await request.content(upTo: Limits.uploadBytes)
            return try Response(json: try await ask(workplace, for: visit) { try $0.encode(data, as: style) })
        }
    }
}

extension Workplace {
    fileprivate func neighbours(_ asked: NeighboursQuestion) throws -> PlaceAnswer {
        let filter = SearchFilter(
            archetype: asked.archetype, excludedRow: try asked.except.map { try row(ofPage: $0) })
        return try place(
            of: try asked.recipe.code(in: self), named: "the code", count: asked.count ?? 10, filter: filter)
    }

    fileprivate func encode(_ data: Data, as style: UploadStyle) throws -> EncodedAnswer {
        guard !data.isEmpty else {
            throw Refusal(.badRequest, "the body is empty", remedy: "send a PNG or JPEG file, or a layout in JSON")
        }
        let page = try uploadedPage(data, as: style)
        let (mu, sigma) = try space.encode(page)
        let image = page.image
        return EncodedAnswer(
            place: try place(of: mu, named: "the page", count: 10, filter: SearchFilter()), sigma: sigma.floats,
            width: image.width, height: image.height,
            page: "data:image/png;base64," + (try PNG.encode(image)).base64EncodedString())
    }

    /// An animated PNG of the way through some codes.
    ///
    /// - Parameter client: who asks; when they go, the pages that are left are not drawn.
    fileprivate func interpolation(_ asked: InterpolateQuestion, for client: Client) throws -> Data {
        let (steps, delay) = (asked.steps ?? 10, asked.delay ?? 80)
        guard (2...Limits.frames).contains(asked.through.count), (1...Limits.frames).contains(steps),
            (asked.through.count - 1) * steps < Limits.frames
        else {
            throw Refusal(
                .badRequest, "a way through \(asked.through.count) codes in \(steps) steps each is not drawn",
                remedy: "name two codes or more in `through`, for at most \(Limits.frames) pages in all")
        }
        guard (1...65_535).contains(delay) else {
            throw Refusal(.badRequest, "`delay` is \(delay)", remedy: "give 1 to 65535 milliseconds")
        }
        let size = try size(asked.size)
        let frames = (asked.through.count - 1) * steps + 1
        guard frames * size.width * size.height <= Limits.interpolatedPixels else {
            throw Refusal(
                .badRequest, "\(frames) pages of \(size.width)×\(size.height) pixels are too much",
                remedy: "ask for fewer steps or a smaller size")
        }
        let path = asked.spherical == true ? LatentPath.spherical : .linear
        let codes = Tensor.concatenate(try asked.through.map { try $0.code(in: self) }, dim: 0)
        let way =
            asked.even == true
            ? try space.evenly(
                path, through: codes, sizes: Array(repeating: size, count: codes.shape[0]), steps: steps,
                progress: { _ in try client.requirePresence() })
            : path.through(codes, steps: steps)
        let drawn = try (0..<way.shape[0]).map { frame in
            try client.requirePresence()
            return try space.draw(way.narrow(0, from: frame, length: 1), size: size)[0]
        }
        return try PNG.animation(drawn, milliseconds: delay)
    }

    fileprivate func export(_ asked: ExportQuestion, for client: Client) throws -> Data {
        func tree() throws -> LayoutNode {
            if asked.as == .layout { return try layout(asked.recipe, size: asked.size, for: client) }
            return Vectorizer().tree(of: try draw(asked.recipe, size: asked.size, as: .pixels, for: client))
        }
        switch asked.format {
        case .png: return try PNG.encode(draw(asked.recipe, size: asked.size, as: asked.as, for: client))
        case .svg: return Data(WireframeRenderer().svg(try tree()).utf8)
        case .json: return try LayoutDocument(tree()).json()
        }
    }
}

extension ExportQuestion.Format {
    fileprivate var type: String {
        switch self {
        case .svg: "image/svg+xml"
        case .png: "image/png"
        case .json: "application/json"
        }
    }

    fileprivate var fileName: String { self == .json ? "page.layout.json" : "page.\(rawValue)" }
}

extension Visit {
    /// The number of a page in the path.
    fileprivate func pageID() throws -> Int {
        guard let text = parameters.get("id"), let id = Int(text) else {
            throw Refusal(.notFound, "a page has a whole number", remedy: "/api/pages lists them")
        }
        return id
    }
}

extension Response {
    fileprivate init(_ file: Resources.File) { self.init(file.data, type: file.type) }
}
