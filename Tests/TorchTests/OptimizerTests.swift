import TestSupport
import Testing
import Torch

@Suite("Optimisers and schedules agree with PyTorch")
struct OptimizerTests {
    private struct Rule: Decodable {
        let lr: Double
        let weight_decay: Double
        let decoupled: Bool
    }

    /// A problem of `optim.safetensors` with its parameters and its loss.
    private struct Problem {
        let store = ParameterStore(seed: 0)
        let loss: () throws -> Tensor

        init(_ name: String, _ goldens: Goldens) throws {
            let initial = goldens.under("\(name).parameters")
            for (key, value) in initial.sorted(by: { $0.key < $1.key }) {
                _ = store.root.constant(key, value.shape, 0)
            }
            try store.load(initial)
            let parameters = store.dictionary
            if name == "mlp" {
                let (input, target) = (try goldens["mlp.input"], try goldens["mlp.target"])
                let weights = try ["layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"]
                    .map { try #require(parameters[$0]) }
                loss = {
                    let hidden = input.linear(weights[0], bias: weights[1]).tanh()
                    return (hidden.linear(weights[2], bias: weights[3]) - target).square().sum()
                }
            } else {
                let (matrix, vector) = (try goldens["quadratic.matrix"], try goldens["quadratic.vector"])
                let w = try #require(parameters["w"])
                loss = { (matrix.matmul(w) - vector).square().sum() * 0.05 }
            }
        }
    }

    @Test(
        "20 clipped steps give PyTorch's losses, norms and parameters",
        arguments: ["mlp", "quadratic"], ["adam", "adamw"])
    func twentySteps(_ problemName: String, _ ruleName: String) throws {
        let goldens = try Goldens("optim")
        let name = "\(problemName).\(ruleName)"
        let rule = try #require(Self.rules()[name])
        let problem = try Problem(problemName, goldens)
        let optimizer = Adam(
            problem.store, learningRate: rule.lr, weightDecay: rule.weight_decay, decoupledWeightDecay: rule.decoupled)
        var (losses, norms): ([Double], [Double]) = ([], [])
        for step in 1...20 {
            problem.store.zeroGradients()
            let loss = try problem.loss()
            loss.backward()
            norms.append(clipGradientNorm(problem.store.tensors, to: 1))
            losses.append(loss.item())
            optimizer.step()
            for (key, expected) in goldens.under("\(name).step\(step)") {
                #expect(difference(problem.store.dictionary[key], expected) < 1e-5, "\(name) step \(step): \(key)")
            }
        }
        #expect(difference(losses, try goldens["\(name).losses"].doubles) < 1e-5)
        #expect(difference(norms, try goldens["\(name).gradient_norms"].doubles) < 1e-5)
    }

    private static func rules() throws -> [String: Rule] {
        let all: [String: Lenient] = try Goldens.settings("optim")
        return all.compactMapValues(\.rule)
    }

    /// An entry of `optim` in goldens.json; some are plain numbers.
    private struct Lenient: Decodable {
        let rule: Rule?

        init(from decoder: any Decoder) {
            rule = try? Rule(from: decoder)
        }
    }

    @Test("three steps of Muon are PyTorch's, which orthogonalises in bfloat16", arguments: ["tall", "wide"])
    func muon(_ shape: String) throws {
        let goldens = try Goldens("optim")
        let initial = try goldens["muon.\(shape).weight"]
        let store = ParameterStore(seed: 0)
        let weight = store.root.constant("weight", initial.shape, 0)
        try store.load(["weight": initial])
        let optimizer = Muon(store, learningRate: 0.02, weightDecay: 0.1)
        for step in 0..<3 {
            weight.grad = try goldens["muon.\(shape).gradient\(step)"]
            try optimizer.step()
        }
        let (moved, expected) = (weight.detach() - initial, try goldens["muon.\(shape).result"] - initial)
        let error = (moved - expected).norm().item() / expected.norm().item()
        #expect(error < 0.02, "bfloat16 has three digits")
    }

    @Test(
        "five iterations bring singular values near 1 and keep the directions",
        arguments: [[9, 40], [40, 9], [12, 12]])
    func orthogonalization(_ shape: [Int]) {
        let matrix = Tensor.randn(shape, generator: Generator(seed: 3))
        let result = orthogonalized(matrix)
        let (u, _, vt) = matrix.svd()
        let rotated = u.transposed().matmul(result).matmul(vt.transposed())  // diagonal, if the directions are kept
        let values = result.svd().s.floats
        #expect(values.allSatisfy { (0.6...1.25).contains($0) }, "\(values)")
        #expect(difference(rotated * (1 - Tensor.eye(values.count)) + 1, .ones([values.count, values.count])) < 1e-3)
        #expect(orthogonalized(.zeros(shape)).floats.allSatisfy { $0 == 0 }, "no gradient, no step")
    }

    @Test("Muon moves matrices and kernels by its own rule, and the rest as AdamW does")
    func muonAndAdam() throws {
        let store = ParameterStore(seed: 0)
        let shapes = [[4, 3, 3, 3], [5, 6], [7], [1, 8], [1, 4, 1, 1]]
        let parameters = shapes.enumerated().map { store.root.constant("p\($0)", $1, 1) }
        let muon = Muon(store, learningRate: 0.01)
        let names = Set(muon.state.keys)
        #expect(names.isSuperset(of: ["p0.momentum", "p1.momentum", "p2.exp_avg", "p3.exp_avg", "p4.exp_avg"]))
        #expect(!names.contains("p0.exp_avg") && !names.contains("p2.momentum"))
        for parameter in parameters { parameter.grad = .randn(parameter.shape, generator: Generator(seed: 1)) }
        try muon.step()
        // AdamW's first step is the learning rate in the gradient's direction.
        #expect(difference((parameters[2].detach() - 1).abs().doubles, Array(repeating: 0.01, count: 7)) < 1e-4)
        let kernel = (parameters[0].detach() - 1).norm().item()
        #expect(kernel > 0.2 * 0.01 * 27.0.squareRoot() * 2 * 0.6 && kernel < 0.2 * 0.01 * 27.0.squareRoot() * 2 * 1.25)
    }

    @Test("Muon moves the same with lanes")
    func lanes() throws {
        let results = try [nil, Lanes(2), Lanes(5)].map { lanes in
            let store = ParameterStore(seed: 4)
            let layers = [(9, 40), (30, 7), (16, 16)].enumerated().map { Linear($1.0, $1.1, at: store.root / $0) }
            let muon = Muon(store, learningRate: 0.01, lanes: lanes)
            let generator = Generator(seed: 2)
            for _ in 0..<3 {
                for tensor in store.tensors { tensor.grad = .randn(tensor.shape, generator: generator) }
                try muon.step()
            }
            return layers.flatMap { $0.weight.doubles }
        }
        #expect(difference(results[1], results[0]) < 1e-6)
        #expect(difference(results[2], results[0]) < 1e-6)
    }

    @Test(
        "an optimiser that goes on from a saved state takes the same steps as one that never stopped",
        arguments: ["adam", "muon"])
    func resume(_ rule: String) throws {
        let goldens = try Goldens("optim")
        func optimizer(over store: ParameterStore) -> any Optimizer {
            rule == "muon"
                ? Muon(store, learningRate: 0.01, weightDecay: 1e-4)
                : Adam(store, learningRate: 0.01, weightDecay: 1e-4)
        }
        func advance(_ problem: Problem, _ optimizer: any Optimizer, steps: Int) throws {
            for _ in 0..<steps {
                problem.store.zeroGradients()
                try problem.loss().backward()
                try optimizer.step()
            }
        }
        let straight = try Problem("mlp", goldens)
        let straightOptimizer = optimizer(over: straight.store)
        try advance(straight, straightOptimizer, steps: 10)
        let parameters = straight.store.dictionary.mapValues { $0.detach().clone() }
        let state = straightOptimizer.state.mapValues { $0.clone() }
        try advance(straight, straightOptimizer, steps: 10)

        let resumed = try Problem("mlp", goldens)
        let resumedOptimizer = optimizer(over: resumed.store)
        try resumed.store.load(parameters)
        try resumedOptimizer.restore(state)
        try advance(resumed, resumedOptimizer, steps: 10)
        for (name, tensor) in straight.store.parameters {
            #expect(resumed.store.dictionary[name]?.floats == tensor.floats, "\(name)")
        }
    }

    @Test("a state that lacks something, or has another shape, is refused and changes nothing")
    func foreignState() throws {
        let problem = try Problem("mlp", Goldens("optim"))
        let optimizer = Adam(problem.store, learningRate: 0.01)
        try problem.loss().backward()
        optimizer.step()
        let before = optimizer.state.mapValues(\.floats)

        var lacking = optimizer.state.mapValues { $0 + 1 }
        lacking["layer2.bias.exp_avg"] = nil
        var error = #expect(throws: TorchError.self) { try optimizer.restore(lacking) }
        #expect(error?.kind == .content)
        #expect(error?.message.contains("layer2.bias.exp_avg is missing") == true)

        var reshaped = optimizer.state.mapValues { $0 + 1 }
        reshaped["layer1.weight.exp_avg_sq"] = .zeros([3, 8])
        error = #expect(throws: TorchError.self) { try optimizer.restore(reshaped) }
        #expect(error?.message.contains("layer1.weight.exp_avg_sq has shape [3, 8], not [8, 3]") == true)
        #expect(optimizer.state.mapValues(\.floats) == before)
    }

    @Test("a parameter without a gradient stays where it is")
    func withoutGradient() {
        let store = ParameterStore(seed: 0)
        let (moved, still) = (store.root.constant("moved", [2], 1), store.root.constant("still", [2], 1))
        let optimizer = Adam(store, learningRate: 0.1, weightDecay: 0.5)
        moved.square().sum().backward()
        optimizer.step()
        #expect(difference(moved.doubles, [0.9, 0.9]) < 1e-6)
        #expect(still.floats == [1, 1])
    }

    @Test("the gradient's norm is taken over all tensors, and only longer gradients are shortened")
    func clipping() {
        func parameters() -> [Tensor] {
            [[3, 0], [0, 4]].map { (gradient: [Float]) in
                let parameter = Tensor([0, 0] as [Float], shape: [2])
                parameter.requiresGrad = true
                parameter.grad = Tensor(gradient, shape: [2])
                return parameter
            }
        }
        func gradients(_ parameters: [Tensor]) -> [Float] { parameters.flatMap { $0.grad?.floats ?? [] } }

        let untouched = parameters()
        #expect(clipGradientNorm(untouched, to: nil) == 5)
        #expect(clipGradientNorm(untouched, to: 6) == 5)
        #expect(gradients(untouched) == [3, 0, 0, 4])

        let shortened = parameters()
        #expect(clipGradientNorm(shortened, to: 1) == 5)
        #expect(difference(gradients(shortened).map(Double.init), [0.6, 0, 0, 0.8]) < 1e-6)

        let endless = parameters()
        endless[0].grad = Tensor([.infinity, 1] as [Float], shape: [2])
        #expect(clipGradientNorm(endless, to: 1) == .infinity)
        #expect(gradients(endless) == [.infinity, 1, 0, 4], "an infinite norm says nothing about the direction")
        #expect(clipGradientNorm([Tensor.zeros([2])], to: 1) == 0)
    }

    private struct Curve: Decodable {
        let lr: Double
        let T_0: Int
        let T_mult: Int
        let eta_min: Double
        let values: [Double]
    }

    @Test("40 epochs of cosine annealing with warm restarts")
    func cosineAnnealing() throws {
        let curve: Curve = try Goldens.settings("learning_rate", in: "scheduler.json")
        let schedule = CosineAnnealingWarmRestarts(
            base: curve.lr, minimum: curve.eta_min, firstCycle: curve.T_0, factor: curve.T_mult)
        #expect(curve.values.count == 40)
        #expect(difference((0..<40).map(schedule.learningRate), curve.values) < 1e-12)
    }
}
