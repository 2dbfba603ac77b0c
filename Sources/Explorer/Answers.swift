import Foundation
import Wireframes
import Wirespace

/// `GET /api/space`
struct SpaceAnswer: Encodable, Sendable {
    struct Bounds: Encodable, Sendable {
        let uploadBytes: Int
        let uploadPixels: Int
        let drawnPixels: Int
        let interpolatedPixels: Int
        let frames: Int
        let leastSide: Int
        let greatestSide: Int
    }

    let run: String
    let model: String
    /// Tells indexes apart whose pages have the same numbers.
    let index: String
    let dimension: Int
    let archetypes: [String]
    /// What a person may call an archetype, if that is another name.
    let englishNames: [String: String]
    /// Archetypes that have a place in the space: to go toward, and to draw new pages of.
    let places: [String]
    let pages: Int
    /// Whether pages can be drawn as layouts.
    let layouts: Bool
    let map: LatentMap.Method
    /// What pages are drawn at when nothing is said.
    let size: PNG.Size
    let limits: Bounds
}

/// One of `GET /api/pages`
struct PageAnswer: Encodable, Sendable {
    let id: Int
    let path: String
    let archetype: String?
    let x: Double
    let y: Double
    let width: Int
    let height: Int
}

/// `POST /api/neighbours`
struct PlaceAnswer: Encodable, Sendable {
    struct Neighbour: Encodable, Sendable {
        let page: Int
        let distance: Double
    }

    let z: [Float]
    let x: Double
    let y: Double
    let archetypes: [ArchetypeRegions.Probability]
    /// Whether it is unlike the pages that the model was trained on.
    let isOutOfDistribution: Bool
    let neighbours: [Neighbour]
}

/// `POST /api/generate`
struct GenerateAnswer: Encodable, Sendable {
    /// A code a page.
    let z: [[Float]]
}

/// One of `GET /api/duplicates`
struct PairAnswer: Encodable, Sendable {
    let first: Int
    let second: Int
    let distance: Double
    let ssim: Double
}

/// `POST /api/encode`
struct EncodedAnswer: Encodable, Sendable {
    let place: PlaceAnswer
    let sigma: [Float]
    let width: Int
    let height: Int
    /// The page as the model sees it, a `data:` URL of a PNG file.
    let page: String
}

/// `POST /api/labels`
struct LabelAnswer: Encodable, Sendable {
    let pages: [Int]
    let archetype: String
    /// As in ``SpaceAnswer``: a label may have given an archetype a place, or taken it.
    let places: [String]
}

/// `GET /api/directions`
struct DirectionsAnswer: Encodable, Sendable {
    let directions: [DirectionAnswer]
    /// Files that could not be read, and why.
    let refused: [String]
}

/// One of `GET /api/directions`, and the answer to `POST /api/directions`.
struct DirectionAnswer: Encodable, Sendable {
    /// A direction, and whether a person has learned it.
    struct Known: Sendable {
        let direction: LatentDirection
        let isLearned: Bool
    }

    let name: String
    let pages: Int
    let explained: Double
    let isLearned: Bool

    init(_ known: Known) {
        (name, pages, explained) = (known.direction.name, known.direction.pages, known.direction.explained)
        isLearned = known.isLearned
    }
}
