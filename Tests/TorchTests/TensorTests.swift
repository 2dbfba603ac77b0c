import TestSupport
import Testing
import Torch

@Suite("Tensors")
struct TensorTests {
    private let matrix = Tensor((1...6).map(Float.init), shape: [2, 3])

    @Test("every element type holds small whole numbers and says what it is", arguments: DType.allCases)
    func types(_ dtype: DType) {
        let converted = Tensor([0, 1, 1, 0] as [Float], shape: [2, 2]).to(dtype: dtype)
        #expect(converted.dtype == dtype)
        #expect(converted.shape == [2, 2])
        #expect(converted.integers == [0, 1, 1, 0])
        #expect(converted.doubles == [0, 1, 1, 0])
        #expect(Tensor.full([3], 1, dtype: dtype).dtype == dtype)
    }

    @Test("conversion rounds as the target type must")
    func rounding() {
        let values = Tensor([1.0 / 3, 70_000, -2.75], shape: [3])
        #expect(values.to(dtype: .float32).doubles == [Double(Float(1.0 / 3)), 70_000, -2.75])
        #expect(values.to(dtype: .float16).floats[1] == .infinity)
        #expect(values.to(dtype: .bfloat16).doubles[0] == 0.333984375)
        #expect(values.to(dtype: .int32).integers == [0, 70_000, -2])
    }

    @Test("values come out in row-major order from views and from channels-last memory")
    func order() {
        #expect(matrix.transposed().floats == [1, 4, 2, 5, 3, 6])
        #expect(matrix.narrow(1, from: 1, length: 2).floats == [2, 3, 5, 6])
        #expect(matrix.reshape(2, 1, 3).expand([2, 2, 3]).floats == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
        let maps = Tensor((0..<24).map(Float.init), shape: [1, 2, 3, 4])
        #expect(maps.contiguous(channelsLast: true).floats == maps.floats)
        #expect(maps.permute(0, 2, 3, 1).shape == [1, 3, 4, 2])
    }

    @Test("a clone has memory of its own, a detached tensor shares it")
    func memory() {
        let x = Tensor([1, 2] as [Float], shape: [2])
        let (clone, view) = (x.clone(), x.detach())
        x.add(inPlace: Tensor([10, 10] as [Float], shape: [2]), scaledBy: 2)
        x.multiply(inPlace: 2)
        #expect(x.floats == [42, 44])
        #expect(view.floats == [42, 44])
        #expect(clone.floats == [1, 2])
        x.fill(3)
        #expect(view.floats == [3, 3])
        x.copy(from: Tensor([7, 8] as [Int]))
        #expect(x.dtype == .float32)
        #expect(x.floats == [7, 8])
    }

    @Test("arithmetic broadcasts, numbers stand on either side")
    func arithmetic() {
        let row = Tensor([1, 2, 4] as [Float], shape: [3])
        #expect((matrix - row).floats == [0, 0, -1, 3, 3, 2])
        #expect((matrix / row).floats == [1, 1, 0.75, 4, 2.5, 1.5])
        #expect((8 / row).floats == [8, 4, 2])
        #expect((1 - row).floats == [0, -1, -3])
        #expect((-row * 2 + 1).floats == [-1, -3, -7])
        #expect(row.maximum(Tensor([3] as [Float], shape: [1])).floats == [3, 3, 4])
        #expect(row.minimum(Tensor([3] as [Float], shape: [1])).floats == [1, 2, 3])
        #expect((row .> 1.5 .& (row .< 3)).integers == [0, 1, 0])
        #expect((row .== 2).select(-row, else: row).floats == [1, -2, 4])
        #expect(Tensor([1, .nan, .infinity] as [Float], shape: [3]).isFinite().integers == [1, 0, 0])
    }

    @Test("reductions over all, one or two dimensions")
    func reductions() {
        #expect(matrix.sum().item() == 21)
        #expect(matrix.mean(0).floats == [2.5, 3.5, 4.5])
        #expect(matrix.amax(1, keepDims: true).shape == [2, 1])
        #expect(matrix.amin(0, 1).item() == 1)
        #expect(matrix.argmax(1).integers == [2, 2])
        #expect(matrix.cumsum(1).floats == [1, 3, 6, 4, 9, 15])
        #expect(abs(matrix.norm().item() - 91.0.squareRoot()) < 1e-5)
        let far = Tensor([1000, 1000] as [Float], shape: [2]).logSumExp(0).item()
        #expect(abs(far - 1000 - 0.6931) < 1e-3, "without overflow")
    }

    @Test("joining, choosing and padding")
    func shapes() {
        #expect(Tensor.concatenate([matrix, matrix], dim: 1).shape == [2, 6])
        #expect(Tensor.stack([matrix, matrix]).shape == [2, 2, 3])
        #expect(matrix.indexSelect(1, Tensor([2, 0])).floats == [3, 1, 6, 4])
        #expect(matrix.gather(1, Tensor([1, 2] as [Int], shape: [2, 1])).floats == [2, 6])
        #expect(matrix.pad([1, 0, 0, 1], value: 9).floats == [9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9])
        #expect(matrix.unsqueezed(1).shape == [2, 1, 3])
        #expect(Tensor.arange(2, to: 8, by: 2).floats == [2, 4, 6])
    }

    @Test("decompositions give back the matrix, solutions solve")
    func linearAlgebra() {
        let a = Tensor.randn([5, 3], generator: Generator(seed: 4)).to(dtype: .float64)
        let (q, r) = a.qr()
        #expect(difference(q.matmul(r), a) < 1e-12)
        #expect(difference(q.transposed().matmul(q), .eye(3, dtype: .float64)) < 1e-12)
        let (u, s, vt) = a.svd()
        #expect(difference((u * s).matmul(vt), a) < 1e-12)
        #expect(s.doubles == s.doubles.sorted(by: >))
        let square = a.transposed().matmul(a)
        let (values, vectors) = square.eigh()
        #expect(values.doubles == values.doubles.sorted())
        #expect(difference((vectors * values).matmul(vectors.transposed()), square) < 1e-12)
        let b = Tensor([1.0, 2, 3], shape: [3, 1])
        #expect(difference(square.matmul(square.solve(b)), b) < 1e-10)
    }

    @Test("distances are exactly zero between equal rows")
    func distances() {
        let points = Tensor([1000.1, 2000.2, 1003.1, 2004.2] as [Float], shape: [2, 2])
        let between = points.distances(to: points).doubles
        #expect(between[0] == 0)
        #expect(between[3] == 0)
        #expect(abs(between[1] - 5) < 1e-3)
    }

    @Test("ordering is stable, both ways, with the former places")
    func ordering() {
        let x = Tensor([3, 1, 3, 2] as [Float], shape: [4])
        #expect(x.sorted().indices.integers == [1, 3, 0, 2])
        #expect(x.sorted(descending: true).indices.integers == [0, 2, 3, 1])
        let top = x.topK(2, largest: false)
        #expect(top.values.floats == [1, 2])
        #expect(top.indices.integers == [1, 3])
    }

    @Test("the machine's libtorch says what it is")
    func runtime() {
        #expect(Runtime.version.hasPrefix("2."))
        #expect(Runtime.devices.first == .cpu)
        #expect(Runtime.threads >= 1)
        #expect(matrix.device == .cpu)
        #expect(Device.cuda(1).description == "cuda:1")
    }
}
