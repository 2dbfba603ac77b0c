import Foundation
import Wireframes

extension Configuration {
    /// What no key can check alone: values that must fit together.
    func check(file: String) throws {
        func require(_ holds: Bool, _ message: String, _ remedy: String) throws {
            if !holds { throw UserError(.data, message, at: file, remedy: remedy) }
        }
        try checkPages(require)
        try require(
            augmentation.erasing.minArea <= augmentation.erasing.maxArea,
            "augmentation.erasing.min_area \(augmentation.erasing.minArea) is more than max_area",
            "set augmentation.erasing.max_area=\(augmentation.erasing.minArea) or less min_area")
        try require(
            loss.perceptualWeightMin <= loss.perceptualWeight,
            "loss.perceptual_weight_min \(loss.perceptualWeightMin) is more than loss.perceptual_weight, "
                + "\(loss.perceptualWeight)",
            "set loss.perceptual_weight_min=\(loss.perceptualWeight) too")
        try require(
            loss.priorPull == 0 || model.prior == .archetypes,
            "loss.prior_pull pulls towards the archetypes' means, which model.prior 'standard' does not have",
            "set loss.prior_pull=0, or model.prior=archetypes")
        try require(
            model.features == .none || model.prior == .archetypes,
            "model.features '\(model.features.rawValue)' tells the archetypes, for which model.prior 'standard' has no place",
            "set model.prior=archetypes, or model.features=none")
        try require(
            !model.frozenEncoder || model.pretrained != nil,
            "model.frozen_encoder leaves the encoder as model.pretrained has it, which names no model",
            "name a run with model.pretrained=RUN, or set model.frozen_encoder=false")
        try require(
            data.generator == nil || !model.features.readsWords,
            "model.features '\(model.features.rawValue)' reads words, for which generated pages are too small",
            "set model.features=vgg16, or name a folder of pages with data.directory")
        try require(
            scheduler.params.minimum <= optimization.learningRate,
            "scheduler.params.eta_min \(scheduler.params.minimum) is more than optimization.lr, "
                + "\(optimization.learningRate)",
            "set scheduler.params.eta_min=\(optimization.learningRate / 10)")
    }

    private func checkPages(_ require: (Bool, String, String) throws -> Void) throws {
        try require(
            data.directory != nil || data.generator != nil,
            "no pages: neither data.directory nor data.generator is set",
            "set data.directory=FOLDER, or data.generator={} for generated pages")
        try require(
            data.directory == nil || data.generator == nil, "both data.directory and data.generator are set",
            "take one away: data.generator=null, or data.directory=null")
        let tallest = data.maxHeight.roundedUp(to: data.pageHeightMultiple)
        try require(
            tallest <= PagePreparation.greatestSide,
            "pages of data.max_height get paper below up to \(tallest) pixels, and may have \(PagePreparation.greatestSide)",
            "set a smaller data.max_height, or a height_multiple that divides it")
        let ofFolders = [
            data.invert ? "data.invert" : nil, data.screenshots ? "data.screenshots" : nil,
            data.groupPattern.map { _ in "data.group_pattern" },
            data.archetypesDirectory.map { _ in "data.archetypes_dir" },
            data.labels.map { _ in "data.labels" }, data.archetypes.isEmpty ? nil : "data.archetypes",
            data.splits.file.map { _ in "data.splits.file" }, data.splits.stratify ? "data.splits.stratify" : nil,
        ].compactMap { $0 }
        try require(
            data.generator == nil || ofFolders.isEmpty,
            "\(ofFolders.joined(separator: ", ")) means nothing for generated pages", "leave it out")
        try require(
            !data.invert || !data.screenshots, "both data.invert and data.screenshots are set",
            "set data.invert=false: reduced screenshots are ink on paper, whatever their colours")
        try require(
            data.splits.file == nil || !data.splits.stratify, "both data.splits.file and data.splits.stratify are set",
            "take one away: a file says itself where each page lies")
        try require(
            data.labels == nil || data.archetypesDirectory == nil, "both data.labels and data.archetypes_dir are set",
            "take one away")
        let shares = data.splits.train + data.splits.validation + data.splits.test
        try require(
            abs(shares - 1) < 1e-6, "data.splits add up to \(shares), not to 1",
            "for example train .7, validation .1, test .2")
        try require(data.splits.train > 0, "data.splits.train is 0: nothing to learn from", "set data.splits.train=0.7")
        guard let pattern = data.groupPattern else { return }
        let groups = (try? NSRegularExpression(pattern: pattern))?.numberOfCaptureGroups
        try require(
            groups != nil, "data.group_pattern '\(pattern)' is not a regular expression",
            "for example data.group_pattern='^([^_]+)_'")
        try require(
            groups != 0, "data.group_pattern '\(pattern)' has no capture group",
            "put ( ) around the part of the file name that near-copies share")
    }
}
