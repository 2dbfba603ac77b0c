import TestSupport
import Testing
import Torch

/// Our own passes over maps against the chains of libtorch's operators that they stand for: forward within 1e-5, gradients
/// within 1e-4, relative to the largest element.
@Suite("Fused passes agree with libtorch's operators")
struct FusedMapsTests {
    /// Compares `fused` with `plain`, and the gradients of all inputs.
    private func compare(
        _ inputs: [Tensor], _ fused: ([Tensor]) -> Tensor, _ plain: ([Tensor]) -> Tensor, _ name: Comment
    ) {
        func run(_ f: ([Tensor]) -> Tensor) -> (output: Tensor, gradients: [Tensor]) {
            let leaves = inputs.map { $0.clone().detach() }
            for leaf in leaves { leaf.requiresGrad = true }
            let output = f(leaves)
            let upstream = Tensor.randn(output.shape, generator: Generator(seed: 9)).to(dtype: output.dtype)
            output.backward(upstream)
            return (output, leaves.map { $0.grad ?? .zeros([0]) })
        }
        let (a, b) = (run(fused), run(plain))
        #expect(difference(a.output, b.output) < 1e-5, name)
        for (mine, theirs) in zip(a.gradients, b.gradients) { #expect(difference(mine, theirs) < 1e-4, name) }
    }

    private func normal(_ shape: Int..., seed: UInt64 = 1) -> Tensor { .randn(shape, generator: Generator(seed: seed)) }

    @Test(
        "a frozen convolution, whatever the size and the number of channels",
        arguments: [
            (2, 64, 64, 37, 50), (1, 64, 128, 9, 4), (3, 128, 64, 3, 2), (1, 32, 48, 11, 13), (1, 112, 80, 1, 1),
        ])
    func frozenConvolution(B: Int, inputs: Int, outputs: Int, H: Int, W: Int) {
        let weight = normal(outputs, inputs, 3, 3, seed: 2)
        let bias = normal(outputs, seed: 3)
        let frozen = FrozenConv2d(weight: weight, bias: bias)
        compare(
            [normal(B, inputs, H, W)], { frozen($0[0]) }, { $0[0].conv2d(weight, bias: bias, padding: 1).relu() },
            "\(inputs) to \(outputs) on \(H)×\(W)")
    }

    @Test("channels that Winograd's kernel does not take go through libtorch")
    func oddChannels() {
        let (weight, bias) = (normal(5, 3, 3, 3, seed: 2), normal(5, seed: 3))
        let frozen = FrozenConv2d(weight: weight, bias: bias)
        compare(
            [normal(1, 3, 8, 8)], { frozen($0[0]) }, { $0[0].conv2d(weight, bias: bias, padding: 1).relu() }, "3 to 5")
    }

    @Test("blank tiles are bit for bit what they are when all are computed")
    func blankTiles() {
        let frozen = [
            FrozenConv2d(weight: normal(32, 16, 3, 3, seed: 2), bias: normal(32, seed: 3)),
            FrozenConv2d(weight: normal(32, 32, 3, 3, seed: 4), bias: normal(32, seed: 5)),
        ]
        let x = Tensor.full([2, 16, 45, 50], 0.7)
        x.narrow(2, from: 20, length: 2).narrow(3, from: 3, length: 30).fill(-1)
        x.narrow(0, from: 1, length: 1).narrow(2, from: 40, length: 1).fill(0.2)
        var occupied = FrozenConv2d.occupiedTiles((x.narrow(1, from: 0, length: 1) .== 0.7).to(dtype: .float32) .< 0.5)
        let first = frozen[0](x, occupied: occupied)
        let blank = occupied.floats.count { $0 == 0 }
        #expect(blank > 2000, "half of the paper is blank")
        #expect(first.floats == frozen[0](x).floats)
        occupied = FrozenConv2d.occupiedTiles(occupied)
        #expect(frozen[1](first, occupied: occupied).floats == frozen[1](first).floats)
    }

    @Test(
        "group norm with ReLU, with and without modulation",
        arguments: [(2, 32, 33, 17, 8), (1, 64, 16, 16, 32), (3, 8, 5, 4, 2)])
    func norm(B: Int, C: Int, H: Int, W: Int, groups: Int) {
        let store = ParameterStore(seed: 1)
        let layer = GroupNorm(C, groups: groups, at: store.root)
        for relu in [true, false] {
            // Far from zero, where the squares of the sums cancel.
            compare(
                [normal(B, C, H, W) + 20, normal(B, 2 * C, seed: 2)],
                { layer($0[0], modulation: $0[1], relu: relu) },
                {
                    let h = $0[0].groupNorm(groups: groups, weight: layer.weight, bias: layer.bias)
                    let (scale, shift) = ($0[1].narrow(1, from: 0, length: C), $0[1].narrow(1, from: C, length: C))
                    let y = h * (scale.reshape(B, C, 1, 1) + 1) + shift.reshape(B, C, 1, 1)
                    return relu ? y.relu() : y
                }, "\(C) channels in \(groups) groups, \(relu)")
        }
    }

    @Test(
        "group norm of maps that are not a processor's fp32, but for the kernels that only a GPU has",
        arguments: [1, 3], [true, false])
    func normOfOtherMaps(B: Int, relu: Bool) {
        compare(
            [normal(B, 8, 5, 4) + 20, normal(B, 8, seed: 2), normal(B, 8, seed: 3)].map { $0.to(dtype: .float64) },
            { $0[0].normalised(groups: 2, scale: $0[1], shift: $0[2], relu: relu) },
            {
                let y = $0[0].groupNorm(groups: 2) * $0[1].reshape(B, 8, 1, 1) + $0[2].reshape(B, 8, 1, 1)
                return relu ? y.relu() : y
            }, "\(B) images, \(relu)")
    }

    @Test("a NaN stays one, so that a broken model is found out")
    func notANumber() {
        let x = normal(1, 8, 5, 4)
        x.narrow(1, from: 3, length: 1).fill(.nan)
        let (scale, shift) = (normal(1, 8, seed: 2), normal(1, 8, seed: 3))
        for relu in [true, false] {
            let y = x.normalised(groups: 8, scale: scale, shift: shift, relu: relu)
            #expect(y.isFinite().integers.count { $0 == 0 } == 20)
        }
        let attended = x.attended(
            maps: .ones([1, 8]), places: .ones([1, 1, 5, 4]), addedTo: normal(1, 8, 5, 4, seed: 4))
        #expect(attended.isFinite().integers.count { $0 == 0 } == 20)
    }

    @Test("half-precision maps lose no more than the rounding of their results")
    func halves() {
        let x = (normal(1, 16, 40, 30) * 3 + 20).to(dtype: .bfloat16)
        let (scale, shift) = (normal(1, 16, seed: 2), normal(1, 16, seed: 3))
        func exactly(_ a: Tensor) -> Tensor { a.to(dtype: .float64) }
        let norm = x.normalised(groups: 4, scale: scale, shift: shift, relu: true)
        #expect(norm.dtype == .bfloat16)
        #expect(
            difference(
                exactly(norm),
                exactly(x).normalised(groups: 4, scale: exactly(scale), shift: exactly(shift), relu: true)) < 4e-3)
        #expect(x.pooledMaps().dtype == .float32)
        #expect(difference(exactly(x.pooledMaps()), exactly(x).pooledMaps()) < 1e-6)
        #expect(x.meanAbsoluteError(from: x * 0).dtype == .float32)
        #expect(difference(exactly(x.meanAbsoluteError(from: x * 0)), exactly(x).abs().mean(1, 2, 3)) < 1e-5)
    }

    /// On a processor fp32 maps are passed once; others take the way of a GPU's.
    private static let precisions = [DType.float32, .float64]

    @Test("pools over places and over channels share the gradient between equal maxima", arguments: precisions)
    func pools(_ dtype: DType) {
        let x = normal(2, 24, 33, 9).to(dtype: dtype)
        x.narrow(2, from: 3, length: 4).fill(9)  // many equal maxima
        compare([x], { $0[0].pooledMaps() }, { .stack([$0[0].mean(2, 3), $0[0].amax(2, 3)]) }, "maps")
        compare(
            [x, normal(2, 24, seed: 2).to(dtype: dtype)], { $0[0].pooledPlaces(scaledBy: $0[1]) },
            {
                let scaled = $0[0] * $0[1].reshape(2, 24, 1, 1)
                return .concatenate([scaled.mean(1, keepDims: true), scaled.amax(1, keepDims: true)], dim: 1)
            }, "places")
    }

    @Test("attention, residual and ReLU", arguments: precisions)
    func attention(_ dtype: DType) {
        compare(
            [
                normal(2, 24, 33, 9), normal(2, 24, seed: 2), normal(2, 1, 33, 9, seed: 3),
                normal(2, 24, 33, 9, seed: 4),
            ].map { $0.to(dtype: dtype) },
            { $0[0].attended(maps: $0[1], places: $0[2], addedTo: $0[3]) },
            { ($0[0] * $0[1].reshape(2, 24, 1, 1) * $0[2] + $0[3]).relu() }, "attention")
    }

    @Test("mean absolute error of each image, in either layout", arguments: precisions)
    func meanAbsoluteError(_ dtype: DType) {
        let other = normal(3, 5, 7, 11, seed: 2).to(dtype: dtype)
        for channelsLast in [false, true] {
            compare(
                [normal(3, 5, 7, 11).to(dtype: dtype).contiguous(channelsLast: channelsLast)],
                { $0[0].meanAbsoluteError(from: other) },
                { ($0[0] - other).abs().mean(1, 2, 3) }, "channels last: \(channelsLast)")
        }
    }

    @Test(
        "weighted means over windows, whatever the size",
        arguments: [(1, 5, 5), (2, 37, 150), (3, 7, 5), (1, 300, 69)],
        [DType.float32, .float64])
    func windowMeans(size: (B: Int, H: Int, W: Int), dtype: DType) {
        let weights = [0.1, -0.2, 0.3, 0.5, 0.3]  // unlike their mirror image, which the gradient meets
        func shifted(_ images: Tensor) -> Tensor {
            [1, 2].reduce(images) { images, dim in
                let length = images.shape[dim] - 4
                return (0..<5).map { images.narrow(dim, from: $0, length: length) * weights[$0] }.dropFirst()
                    .reduce(images.narrow(dim, from: 0, length: length) * weights[0], +)
            }
        }
        compare(
            [normal(size.B, size.H, size.W).to(dtype: dtype)], { $0[0].windowMeans(weights) }, { shifted($0[0]) },
            "\(size), \(dtype)")
    }

    @Test("windows over maps of half precision, which go through libtorch, with their gradient")
    func windowMeansOfHalves() {
        let weights = [0.1, -0.2, 0.3, 0.5, 0.3]
        let (images, halves) = (normal(2, 9, 12), normal(2, 9, 12).to(dtype: .bfloat16))
        for leaf in [images, halves] {
            leaf.requiresGrad = true
            let means = leaf.windowMeans(weights)
            means.backward(.ones(means.shape).to(dtype: means.dtype))
        }
        #expect(halves.windowMeans(weights).dtype == .bfloat16)
        #expect(difference(halves.windowMeans(weights).to(dtype: .float32), images.windowMeans(weights)) < 0.02)
        #expect(difference((halves.grad ?? .zeros([0])).to(dtype: .float32), images.grad ?? .zeros([0])) < 0.02)
    }

    @Test("a window that does not fit, no window and whole numbers are refused")
    func windowRefused() {
        func refusal(_ images: Tensor, _ weights: [Double]) -> String? {
            do {
                _ = try withTorchErrors { images.windowMeans(weights) }
                return nil
            } catch { return (error as? TorchError)?.message }
        }
        let five = [0.2, 0.2, 0.2, 0.2, 0.2]
        #expect(
            refusal(normal(1, 4, 9), five)?.contains("no window of 5 weights a side fits into images of [1, 4, 9]")
                == true)
        #expect(refusal(normal(1, 9, 4), five) != nil)
        #expect(refusal(normal(9, 9), five) != nil)
        #expect(refusal(normal(1, 9, 9), []) != nil)
        #expect(refusal(normal(1, 9, 9).to(dtype: .int64), five) != nil)
    }

    @Test("several threads share a pass, and leave the bytes that one leaves", arguments: [2, 3])
    func threads(count: Int) throws {
        let results = try [1, count].map { count in
            try Lanes(1, threads: count).map { _ in
                #expect(Runtime.threadsAtWork == count)
                return everyPass().map(\.floats)
            }[0]
        }
        #expect(results[0].count == 6 + 10 && results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
        for (place, (alone, shared)) in zip(results[0], results[1]).enumerated() {
            // Not inside #expect, which would look for the shortest way from one to the other.
            let isEqual = alone == shared
            #expect(isEqual, "result \(place)")
        }
    }

    /// The results of all passes over maps large enough to be shared, then the gradients of what went in.
    private func everyPass() -> [Tensor] {
        let maps = normal(2, 64, 96, 80).contiguous(channelsLast: true)
        let frozen = FrozenConv2d(weight: normal(64, 64, 3, 3, seed: 2), bias: normal(64, seed: 3))
        let norm = GroupNorm(64, groups: 8, at: ParameterStore(seed: 1).root)
        let leaves = [
            maps, maps, normal(2, 128, seed: 4), maps, normal(2, 64, seed: 5), maps, normal(2, 1, 96, 80, seed: 6),
            normal(2, 64, 96, 80, seed: 7), maps, normal(2, 700, 80),
        ].map { $0.clone().detach() }
        for leaf in leaves { leaf.requiresGrad = true }
        let results = [
            frozen(leaves[0]), norm(leaves[1], modulation: leaves[2], relu: true),
            leaves[3].pooledPlaces(scaledBy: leaves[4]),
            leaves[5].attended(
                maps: leaves[5].pooledMaps().narrow(0, from: 1, length: 1).reshape(2, 64), places: leaves[6],
                addedTo: leaves[7]),
            leaves[8].meanAbsoluteError(from: normal(2, 64, 96, 80, seed: 8)),
            leaves[9].windowMeans([0.2, 0.5, 0.3]),
        ]
        for result in results { result.backward(.randn(result.shape, generator: Generator(seed: 9))) }
        return results + leaves.map { $0.grad ?? .zeros([0]) }
    }
}
