import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Wireframes
import Wirespace

/// What a request in JSON has besides its recipe.
protocol Question: Decodable, Sendable {
    /// The keys that it may have.
    static var keys: Set<String> { get }
}

/// `POST /api/decode`
struct DrawQuestion: Question {
    static let keys = Recipe.keys.union(["size", "as"])
    let recipe: Recipe
    let size: PNG.Size?
    /// Pixels, if nothing is said.
    let `as`: Drawing?
}

/// What a page is drawn as.
enum Drawing: String, Decodable, Sendable, CaseIterable {
    /// What the pixel decoder says of every pixel.
    case pixels
    /// The parts that the layout decoder writes, if the model has one.
    case layout
}

/// `POST /api/export`
struct ExportQuestion: Question {
    enum Format: String, Decodable, Sendable, CaseIterable { case svg, png, json }
    static let keys = DrawQuestion.keys.union(["format"])
    let recipe: Recipe
    let size: PNG.Size?
    let `as`: Drawing?
    let format: Format
}

/// `POST /api/neighbours`
struct NeighboursQuestion: Question {
    static let keys = Recipe.keys.union(["count", "archetype", "except"])
    let recipe: Recipe
    let count: Int?
    let archetype: String?
    /// A page to leave out.
    let except: Int?
}

/// `POST /api/interpolate`
struct InterpolateQuestion: Question {
    static let keys: Set = ["through", "steps", "spherical", "even", "size", "delay"]
    let through: [Recipe]
    let steps: Int?
    let spherical: Bool?
    /// Whether the page changes equally from step to step, and not the code.
    let even: Bool?
    let size: PNG.Size?
    let delay: Int?
}

/// `POST /api/labels`
struct LabelQuestion: Question {
    static let keys: Set = ["pages", "archetype", "before"]
    let pages: [Int]
    /// Empty for none.
    let archetype: String
    /// What the pages were when they were looked at, by number; null for none. Whoever comes too late is refused.
    let before: [Int: String?]?
}

/// `POST /api/generate`
struct GenerateQuestion: Question {
    static let keys: Set = ["archetype", "around", "radius", "count", "temperature", "seed", "diverse"]
    /// By default anything that the model may draw.
    let archetype: String?
    /// A code to draw variants of, within a standard deviation of `radius`.
    let around: Recipe?
    let radius: Double?
    let count: Int?
    let temperature: Double?
    let seed: UInt64?
    let diverse: Bool?
}

/// `POST /api/directions`
struct DirectionQuestion: Question {
    static let keys: Set = ["name", "to", "from"]
    let name: String
    /// Pages with what it means.
    let to: [Int]
    /// Pages without; by default all others.
    let from: [Int]?
}

/// `POST /api/encode?style=…`: what an uploaded picture shows.
enum UploadStyle: String, CaseIterable {
    /// A page of the kind that the model was trained on.
    case wireframe
    /// A screen in colour, to be reduced to a wireframe first.
    case screenshot

    init(_ request: Request) throws {
        for (name, _) in request.uri.queryParameters where name != "style" {
            throw Refusal(.badRequest, "`\(name.prefix(80))` means nothing here", remedy: "the only key is style")
        }
        let name = request.uri.queryParameters["style"].map(String.init) ?? Self.wireframe.rawValue
        guard let style = Self(rawValue: name) else {
            throw Refusal(
                .badRequest, "there is no style '\(name.prefix(80))'",
                remedy: "the styles are \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = style
    }
}

extension DrawQuestion {
    private enum CodingKeys: String, CodingKey { case size, `as` }
    init(from decoder: any Decoder) throws {
        recipe = try Recipe(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        size = try values.decodeIfPresent(PNG.Size.self, forKey: .size)
        `as` = try values.decodeIfPresent(Drawing.self, forKey: .as)
    }
}

extension ExportQuestion {
    private enum CodingKeys: String, CodingKey { case format }
    init(from decoder: any Decoder) throws {
        let draw = try DrawQuestion(from: decoder)
        (recipe, size, `as`) = (draw.recipe, draw.size, draw.as)
        format = try decoder.container(keyedBy: CodingKeys.self).decode(Format.self, forKey: .format)
    }
}

extension NeighboursQuestion {
    private enum CodingKeys: String, CodingKey { case count, archetype, except }
    init(from decoder: any Decoder) throws {
        recipe = try Recipe(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        count = try values.decodeIfPresent(Int.self, forKey: .count)
        archetype = try values.decodeIfPresent(String.self, forKey: .archetype)
        except = try values.decodeIfPresent(Int.self, forKey: .except)
    }
}

/// A misspelt key would be a silent wrong answer.
private enum KnownKeys {
    /// Those of objects within a question, by where they stand.
    private static let within: [String: Set<String>] = [
        "mix": Recipe.Share.keys, "offsets": Recipe.Offset.keys, "of": Recipe.keys, "around": Recipe.keys,
        "through": Recipe.keys, "point": ["x", "y"], "size": ["width", "height"],
    ]

    /// - Throws: `Refusal` when an object in `value` has a key that means nothing there.
    static func require(_ known: Set<String>, in value: Any, at place: String = "") throws {
        for element in value as? [Any] ?? [] { try require(known, in: element, at: place) }
        for (key, value) in value as? [String: Any] ?? [:] {
            guard known.contains(key) else {
                throw Refusal(
                    .badRequest, "`\(place)\(key.prefix(80))` means nothing here",
                    remedy: "the keys are \(known.sorted().joined(separator: ", "))")
            }
            if let inner = within[key] { try require(inner, in: value, at: "\(place)\(key).") }
        }
    }
}

extension Request {
    /// The question in the body.
    ///
    /// - Throws: `Refusal` when it is no JSON by its header, or too large; `DecodingError`.
    func question<Asked: Question>(_ type: Asked.Type = Asked.self) async throws -> Asked {
        guard headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            throw Refusal(
                .unsupportedMediaType, "the body is not JSON by its header",
                remedy: "set Content-Type: application/json")
        }
        let data = try await content(upTo: Limits.requestBytes)
        if let body = try? JSONSerialization.jsonObject(with: data) { try KnownKeys.require(Asked.keys, in: body) }
        return try JSONDecoder().decode(Asked.self, from: data)
    }

    /// The body.
    ///
    /// - Throws: `Refusal` when it has more than so many bytes.
    func content(upTo limit: Int) async throws -> Data {
        let refusal = Refusal(
            .contentTooLarge, "the body is larger than \(limit) bytes", remedy: "send a smaller one")
        guard headers[.contentType]?.lowercased().hasPrefix("multipart/") != true else {
            throw Refusal(.unsupportedMediaType, "the body is a form", remedy: "send the file itself as the body")
        }
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw refusal }
        do {
            return Data(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw refusal
        }
    }
}
