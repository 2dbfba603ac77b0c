package import Torch
package import Wireframes

/// What a frozen VGG16 sees in a page, and the words on it, say of what archetype it is: those numbers of μ in which the
/// archetypes' means differ are a guess of the mean, by a regression that is solved before the training. The encoder has the
/// others.
///
/// A few hundred projects are too few to learn from nothing what pages of a kind have in common; ImageNet's features bring
/// some of it along (Razavian et al., CVPR Workshops 2014). And an encoder that is also asked for the archetype learns
/// those projects' pages by heart, and with them its other numbers. The features are relu4_3, averaged over the page and its
/// quarters, compressed by log(1 + x) and standardised per page, and with them those ``WordFeatures`` that most training
/// pages have.
package struct FrozenFeatures {
    /// Terms that are looked at: those on most training pages (by document frequency: Yang and Pedersen, ICML 1997).
    package static let vocabularySize = 2048
    /// Of the squared weights (this and what follows were chosen on held-out projects of real pages).
    private static let penalty = 1000.0
    /// How long the vector of a page's words is; that of what VGG16 sees is √2560 ≈ 51.
    private static let lengthOfWords = 30.0

    let vgg: VGG16
    /// 1 for the places of terms that are looked at, `[WordFeatures.placeCount]`, 0 until they are chosen; nil where no words are read.
    private let vocabulary: Tensor?
    private let map: Linear
    /// How far the archetype's mean lies along its axis, `[latent]`; 0 for the numbers of the code that are the encoder's: all,
    /// until the regression is solved.
    private let reach: Tensor

    init(_ vgg: VGG16, readsWords: Bool, latent: Int, at path: ParameterPath) {
        self.vgg = vgg
        vocabulary = readsWords ? path.constant("vocabulary", [WordFeatures.placeCount], 0) : nil
        map = Linear(Self.count(readsWords), latent, .zeros, at: path)
        reach = path.constant("reach", [latent], 0)
        for parameter in [map.weight, map.bias, reach] + [vocabulary].compactMap(\.self) {
            parameter.requiresGrad = false
        }
    }

    /// Whether words are a part of the features.
    package var readsWords: Bool { vocabulary != nil }

    /// 1 for the numbers of the code that are the encoder's, `[latent]`, 0 for the archetypes'.
    package var encoders: Tensor { (reach .== 0).to(dtype: .float32) }

    // MARK: Telling

    /// What is told of pages `[B, 1, H, W]` with words `[B, vocabularySize]`: their part of μ, `[B, latent]`, 0 elsewhere.
    ///
    /// The regression's guesses of the archetypes add up to 1, but some are negative, and the others lie near to each other. Their
    /// squares as shares bring pages nearer to their archetype's mean, where samples are drawn too.
    func codes(of pages: Tensor, _ words: Tensor?) -> Tensor {
        let likely = map(features(of: pages, words)).relu().square()
        return likely / (likely.sum(1, keepDims: true) + 1e-12) * reach
    }

    /// μ `[B, latent]`, from the encoder's and from what is told.
    func joining(_ mu: Tensor, with codes: Tensor) -> Tensor { mu * encoders + codes }

    /// Vectors of the words on pages, `[B, vocabularySize]`: unit vectors; zero for a page without words. Nil where none are read.
    package func vectors(of pages: [[PageWord]]) -> Tensor? {
        guard let vocabulary else { return nil }
        let chosen = vocabulary.floats.enumerated().filter { $0.element > 0 }.prefix(Self.vocabularySize).map(\.offset)
        let columns = Dictionary(uniqueKeysWithValues: zip(chosen, 0...))
        var values = [Float](repeating: 0, count: pages.count * Self.vocabularySize)
        for (row, words) in pages.enumerated() {
            let known = WordFeatures.places(of: words).compactMap { columns[$0] }
            for column in known { values[row * Self.vocabularySize + column] = 1 / Float(known.count).squareRoot() }
        }
        return Tensor(values, shape: [pages.count, Self.vocabularySize], device: vocabulary.device)
    }

    private func features(of pages: Tensor, _ words: Tensor?) -> Tensor {
        let seen = Self.standardised(vgg.pooled(pages))
        guard readsWords else { return seen }
        let read = words ?? .zeros([pages.shape[0], Self.vocabularySize], device: pages.device)
        return .concatenate([seen, read * Self.lengthOfWords], dim: 1)
    }

    private static func count(_ readsWords: Bool) -> Int {
        VGG16.pooledLength + (readsWords ? vocabularySize : 0)
    }

    /// log(1 + x), less its mean, divided by its standard deviation, each row by itself.
    static func standardised(_ features: Tensor) -> Tensor {
        let compressed = (features + 1).log()
        let centred = compressed - compressed.mean(1, keepDims: true)
        return centred / (centred.square().mean(1, keepDims: true) + 1e-5).sqrt()
    }

    // MARK: Learning

    /// Chooses the terms that are looked at.
    ///
    /// - Parameter pages: on how many training pages a term of each place stands, `[WordFeatures.placeCount]`.
    package func choose(_ pages: Tensor) {
        let counts = pages.doubles
        let order = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
        var marks = [Float](repeating: 0, count: counts.count)
        for place in order.prefix(Self.vocabularySize) where counts[place] > 0 { marks[place] = 1 }
        withoutGradients { vocabulary?.copy(from: Tensor(marks, shape: [marks.count])) }
    }

    /// An empty regression of the archetype on the features.
    package func regression(archetypes: Int) -> RidgeRegression {
        RidgeRegression(inputs: Self.count(readsWords), outputs: archetypes)
    }

    /// Adds pages `[B, 1, H, W]` of known archetypes, with words `[B, vocabularySize]`.
    package func add(
        _ pages: Tensor, words: Tensor? = nil, _ archetypes: [Int], of count: Int, to regression: RidgeRegression
    ) {
        regression.add(features(of: pages, words), Tensor.eye(count).indexSelect(0, Tensor(archetypes)))
    }

    /// Takes the numbers in which the means `[K, latent]` differ over from the encoder.
    ///
    /// - Precondition: each mean lies on an axis of its own, as ``Prior``'s do.
    package func take(_ regression: RidgeRegression, means: Tensor) {
        let (weight, bias) = regression.solution(penalty: Self.penalty)
        let reaches = means.to(.cpu, dtype: .float64).transposed()
        let axes = (reaches.abs() .> 0).to(dtype: .float64)
        withoutGradients {
            map.weight.copy(from: axes.matmul(weight))
            map.bias.copy(from: axes.matmul(bias.reshape(-1, 1)).reshape(-1))
            reach.copy(from: reaches.sum(1))
        }
    }
}

extension BetaVAE {
    /// What ``encode(_:words:told:checkpointing:)`` wants to know of the words on pages; nil for a model that reads none.
    package func words(on pages: [[PageWord]]) -> Tensor? { frozenFeatures?.vectors(of: pages) }
}
