import Foundation
import Wireframes
import Wirespace

/// `GET /api/space`
struct SpaceAnswer: Encodable, Sendable {
    struct Bounds: Encodable, Sendable {
        let uploadBytes: Int
        let uploadPixels: Int
        let drawnPixels: Int
        let leastSide: Int
        let greatestSide: Int
    }

    let run: String
    let model: String
    let dimension: Int
    let archetypes: [String]
    let pages: Int
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
    let neighbours: [Neighbour]
}

/// `POST /api/encode`
struct EncodedAnswer: Encodable, Sendable {
    let place: PlaceAnswer
    let sigma: [Float]
    let width: Int
    let height: Int
    /// The page as the model sees it, a `data:` URL of a PNG file.
    let page: String
    /// What the model makes of it, of the same kind.
    let reconstruction: String
}

/// `POST /api/labels`
struct LabelAnswer: Encodable, Sendable {
    let page: Int
    let path: String
    let archetype: String
}
