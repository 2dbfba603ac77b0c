import Foundation
import TestSupport
import Testing
import Wireframes
import Wirespace

/// The least that a configuration needs.
private let pages = "data: {directory: pages}\n"

private func configuration(_ yaml: String = "", _ overrides: String...) throws -> Configuration {
    try Configuration(yaml: pages + yaml, file: "test.yaml", overrides: overrides)
}

private func refusal(_ yaml: String = "", _ overrides: String...) -> UserError? {
    do {
        _ = try Configuration(yaml: pages + yaml, file: "test.yaml", overrides: overrides)
        return nil
    } catch {
        return error as? UserError
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    @Test("an empty file has the source's values")
    func defaults() throws {
        let configuration = try configuration()
        #expect(configuration.loss.betaKLD == 1)
        #expect(configuration.optimization.learningRate == 3e-4)
        #expect(configuration.optimization.accumulationSteps == 64)
        #expect(configuration.scheduler.params.minimum == 3e-5)
        #expect(configuration.data.directory == "pages")
    }

    @Test("what is written reads back equal, for numbers, words and texts that look like something else")
    func roundTrip() throws {
        var written = try configuration()
        written.seed = .max
        written.device = .cuda
        written.data.directory = "null"
        written.data.groupPattern = "^(\"é: #1\" [a-z]+)_\\d"
        written.data.archetypes = ["FicheProduit": "produit", "null": "é: #", "Erreur404": nil]
        written.data.splits.seed = 7
        written.data.splits.stratify = true
        written.data.archetypesDirectory = "2026"
        written.optimization.learningRate = 1.0 / 3
        written.optimization.threads = 3
        written.scheduler.params.minimum = 1e-12
        written.model.prior = .archetypes
        #expect(try Configuration(yaml: written.yaml()) == written)

        written.data = DataConfiguration()
        written.data.generator = GeneratorConfiguration()
        written.data.generator?.width = 96
        #expect(try Configuration(yaml: written.yaml()) == written)
    }

    @Test("a file that is written and loaded is the same configuration")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "config.yaml")
        let written = try configuration("seed: 7")
        try written.write(to: url)
        #expect(try Configuration.load(url.path) == written)
        #expect(throws: UserError.self) { try written.write(to: folder.appending(path: "none/config.yaml")) }
    }

    @Test("a file that is not there is missing input")
    func missingFile() {
        #expect { try Configuration.load("no/such.yaml") } throws: { ($0 as? UserError)?.code == .missingInput }
    }

    @Test("every key of the specification is known")
    func knownKeys() {
        let keys = [
            "loss.beta_kld", "loss.perceptual_weight", "loss.warmup_epochs", "loss.perceptual_warmup_epochs",
            "model.latent_dim", "model.use_skip_connections", "optimization.lr", "optimization.accumulation_steps",
            "optimization.mixed_precision", "scheduler.name", "scheduler.params.T_0", "scheduler.params.T_mult",
            "scheduler.params.eta_min", "data.generator.fresh_pages", "augmentation.erasing.min_area",
        ]
        #expect(Set(keys).isSubset(of: Configuration.keys))
    }

    @Test(
        "an unknown key is refused with the nearest known one, its line and its file",
        arguments: [
            ("loss:\n  beta_kdl: 1", "loss.beta_kld", "test.yaml:3"),
            ("los: {beta_kld: 1}", "loss", "test.yaml:2"),
            ("optimization:\n  acumulation_steps: 2", "optimization.accumulation_steps", "test.yaml:3"),
            ("scheduler:\n  params: {T0: 3}", "scheduler.params.T_0", "test.yaml:3"),
            ("beta_kld: 1", "loss.beta_kld", "test.yaml:2"),
        ])
    func unknownKey(yaml: String, meant: String, place: String) {
        let error = refusal(yaml)
        #expect(error?.code == .data)
        #expect(error?.place == place)
        #expect(error?.remedy?.contains("'\(meant)'") == true)
    }

    @Test("an unknown key on the command line is not blamed on the file", arguments: ["los.pixel=l1", "loss.pixl=l1"])
    func unknownOverride(override: String) {
        #expect(refusal("loss: {beta_kld: 1}", override)?.place == "command line")
        #expect(refusal("los: {pixel: l1}", "seed=1")?.place == "test.yaml:2")
    }

    @Test("a key far from any other is answered with the list of those that there are")
    func strangeKey() {
        #expect(refusal("model: {xyzzy: 1}")?.remedy?.contains("latent_dim") == true)
    }

    @Test(
        "wrong types are refused by name",
        arguments: [
            ("optimization: {epochs: many}", "optimization.epochs"),
            ("optimization: {epochs: 1.5}", "optimization.epochs"),
            ("optimization: {epochs: \"5\"}", "optimization.epochs"), ("optimization: {lr: [1]}", "optimization.lr"),
            ("optimization: {lr: .nan}", "optimization.lr"), ("model: {modulation: 1}", "model.modulation"),
            ("model: 5", "model"), ("seed: -1", "seed"), ("optimization: {lr: null}", "optimization.lr"),
            ("optimization: {epochs: 99999999999999999999}", "optimization.epochs"),
        ])
    func wrongType(yaml: String, key: String) {
        let error = refusal(yaml)
        #expect(error?.code == .data)
        #expect(error?.message.hasPrefix(key + ": expected") == true)
        #expect(error?.remedy != nil)
    }

    @Test(
        "values out of range are refused by name",
        arguments: [
            ("optimization.lr=0", "more than 0"), ("optimization.epochs=0", "between 1 and 1000000"),
            ("data.max_height=16", "between 32 and 4096"), ("model.skip_dropout=1.5", "between 0 and 1"),
            ("data.width=5000", "between 32 and 4096"), ("loss.beta_kld=-1", "0 or more"),
            ("optimization.accumulation_steps=9223372036854775807", "between 1 and 1000000"),
            ("data.batch_size=4611686018427387904", "between 1 and 1000000"),
            ("scheduler.params.T_mult=9223372036854775807", "between 1 and 1000000"),
            ("data.generator.train_pages=9223372036854775807", "between 1 and 10000000"),
        ])
    func outOfRange(override: String, words: String) {
        let error = refusal("", override)
        #expect(error?.place == "command line")
        #expect(error?.message.contains("must be \(words), not ") == true)
    }

    @Test("pages may get no higher than a page may be by the paper that they get below")
    func paddedHeight() {
        let error = refusal("", "data.max_height=4096", "data.height_multiple=48")
        #expect(error?.message.contains("up to 4128 pixels") == true)
        #expect(refusal("", "data.max_height=4096", "data.height_multiple=64") == nil)
    }

    @Test("a term that is off has no warm-up")
    func longestWarmup() throws {
        #expect(try configuration("").loss.longestWarmup == 30)
        #expect(
            try configuration("", "loss.perceptual_weight=0", "loss.perceptual_weight_min=0").loss.longestWarmup == 20)
    }

    @Test("the files that a configuration names are inputs, and layout decoders beside its models")
    func inputs() throws {
        try withTemporaryFolder { folder in
            let (model, decoder) = (folder.path + "/a.safetensors", folder.path + "/a.layouts.safetensors")
            try Data("of a".utf8).write(to: URL(filePath: decoder))
            let inputs = try configuration("", "model.pretrained=\(model)", "layouts.pretrained=runs/b").inputs
            #expect(inputs == ["pages", model, "runs/b", decoder])
        }
    }

    @Test("a word that is no choice is answered with the choices")
    func choices() {
        let error = refusal("loss: {pixel: l2}")
        #expect(error?.remedy == "choose l1, bce; did you mean 'l1'?")
        #expect(refusal("", "device=gpu")?.remedy?.contains("auto, cpu, cuda, mps") == true)
    }

    @Test("overrides are typed by YAML, the last one wins, and they reach into sections that the file lacks")
    func overrides() throws {
        let changed = try configuration(
            "optimization: {lr: 1}", "optimization.lr=1e-3", "optimization.lr=2e-3", "model.modulation=yes",
            "scheduler.params={T_0: 5, T_mult: 3}", "data.directory=null", "data.generator.width=64")
        #expect(changed.optimization.learningRate == 2e-3)
        #expect(changed.model.modulation)
        #expect(changed.scheduler.params.firstCycle == 5)
        #expect(changed.scheduler.params.cycleGrowth == 3)
        #expect(changed.data.directory == nil)
        #expect(changed.data.generator?.width == 64)
        #expect(changed.data.generator?.trainPages == 600)
        #expect(try configuration("", "data.group_pattern=(a)=b").data.groupPattern == "(a)=b")
    }

    @Test("an override that is no key=value is wrong usage", arguments: ["seed", "=3", "a..b=1", ""])
    func malformedOverride(text: String) {
        #expect(refusal("", text)?.code == .usage)
    }

    @Test(
        "values that do not fit together are refused with a way out that works",
        arguments: [
            (["data.generator={}"], ["data.directory=null"]), (["data.directory=null"], ["data.generator={}"]),
            (["data.splits.train=0.5"], ["data.splits.test=0.4"]), (["loss.prior_pull=4"], ["model.prior=archetypes"]),
            (["loss.perceptual_weight=0"], ["loss.perceptual_weight_min=0"]),
            (["data.group_pattern=abc"], ["data.group_pattern=(abc)"]),
            (["data.group_pattern=("], ["data.group_pattern=()"]),
            (["data.directory=null", "data.generator={}", "data.invert=true"], ["data.invert=false"]),
            (["data.invert=true", "data.screenshots=true"], ["data.invert=false"]),
            (["data.directory=null", "data.generator={}", "data.screenshots=true"], ["data.screenshots=false"]),
            (["optimization.lr=1e-6"], ["scheduler.params.eta_min=1e-7"]),
            (["augmentation.erasing.min_area=0.5"], ["augmentation.erasing.max_area=0.6"]),
        ])
    func consistency(wrong: [String], remedy: [String]) throws {
        #expect {
            try Configuration(yaml: pages, file: "test.yaml", overrides: wrong)
        } throws: { error in
            (error as? UserError)?.code == .data && (error as? UserError)?.remedy != nil
        }
        #expect(throws: Never.self) { try Configuration(yaml: pages, overrides: wrong + remedy) }
    }

    @Test("broken YAML and doubled keys are refused", arguments: ["a: [", "seed: 1\nseed: 2", "\tseed: 1", "- 1"])
    func brokenYAML(yaml: String) {
        #expect { try Configuration(yaml: yaml, file: "test.yaml") } throws: { error in
            (error as? UserError)?.code == .data && (error as? UserError)?.place?.hasPrefix("test.yaml") == true
        }
    }

    @Test("a heading without keys keeps its defaults")
    func emptySection() throws {
        #expect(try configuration("loss:\n  # beta_kld: 2\n") == configuration())
    }

    @Test("the configurations that come with the project load", arguments: ["seed", "demo", "best", "real"])
    func shipped(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let configuration = try Configuration.load(root.appending(path: "configs/\(name).yaml").path)
        guard name == "seed" else { return }
        var defaults = Configuration()
        defaults.data.directory = configuration.data.directory
        #expect(configuration == defaults, "the defaults are the source's")
    }
}
