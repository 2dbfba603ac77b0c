package import Torch

/// Linear regression with an L2 penalty (Hoerl and Kennard, Technometrics 1970), from rows that come batch by batch.
///
///     minimise  Σᵢ ‖yᵢ − W xᵢ − b‖² + penalty · ‖W‖²      (b is free)
///
/// This is what scikit-learn's `Ridge(alpha=penalty)` minimises. Only the rows' second moments are kept, in float64, so any
/// number of rows takes the same memory, and those of several processes may be added.
package struct RidgeRegression {
    /// Σ rᵢ rᵢᵀ of the rows rᵢ = (1, xᵢ, yᵢ), `[1 + d + k, 1 + d + k]`.
    package let moments: Tensor
    private let inputs: Int

    /// A regression of k outputs on d inputs, without rows yet.
    package init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        moments = .zeros([1 + inputs + outputs, 1 + inputs + outputs], dtype: .float64)
    }

    /// Adds rows x `[N, d]` and y `[N, k]`.
    package func add(_ x: Tensor, _ y: Tensor) {
        let (x, y) = (x.to(.cpu, dtype: .float64), y.to(.cpu, dtype: .float64))
        let rows = Tensor.concatenate([.ones([x.shape[0], 1], dtype: .float64), x, y], dim: 1)
        moments.add(inPlaceProductOf: rows.transposed(), rows)
    }

    /// Rows so far.
    package var count: Int { Int(moments.narrow(0, from: 0, length: 1).narrow(1, from: 0, length: 1).item()) }

    /// W `[k, d]` and b `[k]`.
    ///
    /// - Precondition: there are rows, and the penalty is positive.
    package func solution(penalty: Double) -> (weight: Tensor, bias: Tensor) {
        precondition(count > 0 && penalty > 0, "\(count) rows, a penalty of \(penalty)")
        let rest = moments.shape[0] - 1
        let mean = moments.narrow(0, from: 0, length: 1).narrow(1, from: 1, length: rest) / Double(count)
        let scatter =
            moments.narrow(0, from: 1, length: rest).narrow(1, from: 1, length: rest)
            - mean.transposed().matmul(mean) * Double(count)
        func part(_ table: Tensor, _ columns: Range<Int>) -> Tensor {
            table.narrow(1, from: columns.lowerBound, length: columns.count)
        }
        let x = scatter.narrow(0, from: 0, length: inputs)
        let penalised = part(x, 0..<inputs) + Tensor.eye(inputs, dtype: .float64) * penalty
        let weight = penalised.solve(part(x, inputs..<rest)).transposed().contiguous()
        let bias = part(mean, inputs..<rest) - part(mean, 0..<inputs).matmul(weight.transposed())
        return (weight, bias.reshape(-1))
    }
}
