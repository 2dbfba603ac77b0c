package import Torch

/// What a frozen VGG16 sees in a page, and the words on it, say of what archetype it is: those numbers of μ in which the
/// archetypes' means differ are the best linear guess of the mean, E[m_y | features], by a regression that is solved before the
/// training. The encoder has the others.
///
/// A few hundred projects are too few to learn from nothing what pages of a kind have in common; ImageNet's features bring
/// some of it along (Razavian et al., CVPR Workshops 2014). And an encoder that is also asked for the archetype learns
/// those projects' pages by heart, and with them its other numbers. The features are relu4_3, averaged over the page and its
/// quarters, compressed by log(1 + x) and standardised per page, and with them ``WordFeatures``.
package struct FrozenFeatures {
    /// Of the squared weights (this and what follows were chosen on held-out projects of real pages).
    private static let penalty = 1000.0
    /// How long the vector of a page's words is; that of what VGG16 sees is √2560 ≈ 51.
    private static let lengthOfWords = 30.0

    let vgg: VGG16
    /// Whether words are a part of the features.
    package let readsWords: Bool
    private let map: Linear
    /// 1 for the numbers of the code that are the encoder's, `[latent]`: all, until the regression is solved.
    package let encoders: Tensor

    init(_ vgg: VGG16, readsWords: Bool, latent: Int, at path: ParameterPath) {
        self.vgg = vgg
        self.readsWords = readsWords
        map = Linear(Self.count(readsWords), latent, .zeros, at: path)
        encoders = path.constant("encoders", [latent], 1)
        for parameter in [map.weight, map.bias, encoders] { parameter.requiresGrad = false }
    }

    /// What is told of pages `[B, 1, H, W]` with words `[B, WordFeatures.length]`: their part of μ, `[B, latent]`, 0 elsewhere.
    func codes(of pages: Tensor, _ words: Tensor?) -> Tensor { map(features(of: pages, words)) }

    /// μ `[B, latent]`, from the encoder's and from what is told.
    func joining(_ mu: Tensor, with codes: Tensor) -> Tensor { mu * encoders + codes }

    /// An empty regression of the archetype on the features.
    package func regression(archetypes: Int) -> RidgeRegression {
        RidgeRegression(inputs: Self.count(readsWords), outputs: archetypes)
    }

    /// Adds pages `[B, 1, H, W]` of known archetypes, with words `[B, WordFeatures.length]`.
    package func add(
        _ pages: Tensor, words: Tensor? = nil, _ archetypes: [Int], of count: Int, to regression: RidgeRegression
    ) {
        regression.add(features(of: pages, words), Tensor.eye(count).indexSelect(0, Tensor(archetypes)))
    }

    /// Takes the numbers in which the means `[K, latent]` differ over from the encoder.
    package func take(_ regression: RidgeRegression, means: Tensor) {
        let (weight, bias) = regression.solution(penalty: Self.penalty)
        let axes = means.to(.cpu, dtype: .float64).transposed()
        withoutGradients {
            map.weight.copy(from: axes.matmul(weight))
            map.bias.copy(from: axes.matmul(bias.reshape(-1, 1)).reshape(-1))
            encoders.copy(from: 1 - (axes.abs().sum(1) .> 0).to(dtype: .float32))
        }
    }

    private func features(of pages: Tensor, _ words: Tensor?) -> Tensor {
        let seen = Self.standardised(vgg.pooled(pages))
        guard readsWords else { return seen }
        let read = words ?? .zeros([pages.shape[0], WordFeatures.length], device: pages.device)
        return .concatenate([seen, read * Self.lengthOfWords], dim: 1)
    }

    private static func count(_ readsWords: Bool) -> Int {
        VGG16.pooledLength + (readsWords ? WordFeatures.length : 0)
    }

    /// log(1 + x), less its mean, divided by its standard deviation, each row by itself.
    static func standardised(_ features: Tensor) -> Tensor {
        let compressed = (features + 1).log()
        let centred = compressed - compressed.mean(1, keepDims: true)
        return centred / (centred.square().mean(1, keepDims: true) + 1e-5).sqrt()
    }
}
