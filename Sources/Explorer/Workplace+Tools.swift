import HTTPTypes
import Torch
import Wireframes
import Wirespace

/// New pages, and pages that stand out: what the verbs `generate`, `outliers` and `duplicates` do.
extension Workplace {
    /// Codes of new pages.
    func generate(_ asked: GenerateQuestion) throws -> GenerateAnswer {
        let usual = asked.around == nil ? TrainedModel.usualTemperature : 1  // a radius is meant as it is
        let (count, temperature) = (asked.count ?? 8, asked.temperature ?? usual)
        guard (1...Limits.generated).contains(count) else {
            throw Refusal(.badRequest, "`count` is \(count)", remedy: "ask for 1 to \(Limits.generated) pages")
        }
        guard (0...Limits.temperature).contains(temperature) else {
            throw Refusal(
                .badRequest, "`temperature` is \(temperature)", remedy: "give 0 to \(Limits.temperature)")
        }
        let codes = space.sample(
            count, from: try distribution(asked), temperature: temperature, seed: asked.seed ?? 0,
            diverse: asked.diverse ?? false)
        return GenerateAnswer(z: (0..<count).map { codes.narrow(0, from: $0, length: 1).floats })
    }

    private func distribution(_ asked: GenerateQuestion) throws -> GaussianMixture {
        guard let around = asked.around else {
            guard asked.radius == nil else {
                throw Refusal(.badRequest, "`radius` is that of `around`, which is missing", remedy: "give both")
            }
            return try asked.archetype.map { try space.source(of: $0).codes } ?? space.trained.codeDistribution()
        }
        let radius = asked.radius ?? 0.5
        guard asked.archetype == nil, (0...Limits.magnitude).contains(radius) else {
            throw Refusal(
                .badRequest, "`around` goes with a `radius` from 0 to \(Limits.magnitude), and without `archetype`",
                remedy: "give one of around and archetype")
        }
        return GaussianMixture(around: try around.code(in: self), deviation: radius)
    }

    /// The most solitary pages.
    ///
    /// - Parameter client: who asks; when they go, no more pages are compared.
    func outliers(count: Int, for client: Client) throws -> [PlaceAnswer.Neighbour] {
        try requireFewPages()
        return try index.outliers { _ in try client.requirePresence() }.prefix(count).map {
            .init(page: $0.page.id, distance: $0.distance)
        }
    }

    /// Pairs of pages whose codes are unusually near to each other, and whose pictures are alike.
    ///
    /// - Parameter client: who asks; when they go, no more pages are compared.
    func duplicates(count: Int, for client: Client) throws -> [PairAnswer] {
        try requireFewPages()
        let pairs = try index.duplicates(within: max(index.usualDuplicateDistance(), 1e-6)) { _ in
            try client.requirePresence()
        }
        var alike: [PairAnswer] = []
        for pair in pairs.prefix(20 * count) where alike.count < count {
            try client.requirePresence()
            guard let ssim = try space.similarity(of: pair), ssim >= 0.9 else { continue }
            alike.append(.init(first: pair.first.id, second: pair.second.id, distance: pair.distance, ssim: ssim))
        }
        return alike
    }

    /// All pages are compared with all others, while everybody waits.
    private func requireFewPages() throws {
        guard index.pages.count <= Limits.comparedPages else {
            throw Refusal(
                .unprocessableContent, "\(index.pages.count) pages are too many to compare all of them here",
                remedy: "use `wirespace outliers` and `wirespace duplicates`")
        }
    }
}
