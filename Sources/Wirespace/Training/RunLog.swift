import Foundation
import TensorBoard
import Torch
import Wireframes

/// The curves of a run: `metrics.jsonl`, and the same for TensorBoard.
struct RunLog {
    private let run: RunFolder
    private var records: [EpochRecord]
    private let events: EventWriter

    /// Opens the log of a run with `finishedEpochs` behind it; what it says of later ones, written before a crash, is
    /// dropped.
    init(_ run: RunFolder, finishedEpochs: Int, resumes: Bool) throws {
        self.run = run
        records = resumes ? try Self.read(run).filter { $0.epoch < finishedEpochs } : []
        // A run that was killed before its first checkpoint starts again: its events are to be dropped as well.
        events = try Self.writing { try EventWriter(directory: run.url, resumingAtStep: finishedEpochs) }
    }

    /// The records of a run, oldest first.
    static func read(_ run: RunFolder) throws -> [EpochRecord] {
        guard let data = FileManager.default.contents(atPath: run.metrics.path) else { return [] }
        return try data.split(separator: UInt8(ascii: "\n")).map {
            do {
                return try JSONDecoder().decode(EpochRecord.self, from: $0)
            } catch {
                throw UserError(
                    .data, "a line is not an epoch's record: \(error)", at: run.metrics.path,
                    remedy: "remove that line, or the file")
            }
        }
    }

    private static func writing<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as EventFileError {
            throw UserError(.io, error.message, at: error.path, remedy: "check the disk's space and the rights")
        }
    }

    /// Adds an epoch to both.
    mutating func add(_ record: EpochRecord) throws {
        records.append(record)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var lines = Data()
        for record in records {
            lines += try encoder.encode(record)
            lines.append(UInt8(ascii: "\n"))
        }
        try AtomicFile.write(lines, to: run.metrics, durably: true)

        func scalar(_ tag: String, _ value: Double?) {
            if let value { events.scalar(tag, value, step: record.epoch) }
        }
        scalar("loss/total", record.train.total)
        scalar("loss/pixel", record.train.pixel)
        scalar("loss/perceptual", record.train.perceptual)
        scalar("loss/kl", record.train.kl)
        scalar("loss/pull", record.train.pull)
        scalar("loss/geodesic", record.train.geodesic)
        scalar("schedule/learning_rate", record.learningRate)
        scalar("schedule/alpha", record.alpha)
        scalar("schedule/beta", record.beta)
        scalar("schedule/pull", record.pullWeight)
        scalar("schedule/ssim_share", record.ssimShare)
        scalar("gradient/norm", record.gradientNorm)
        scalar("validation/score", record.validation?.score)
        scalar("validation/kl", record.validation?.kl)
        scalar("validation/pixel", record.validation?.pixel)
        scalar("validation/pixel_from_latent", record.validation?.pixelFromLatent)
        scalar("validation/ssim", record.validation?.ssim)
        scalar("validation/ssim_from_latent", record.validation?.ssimFromLatent)
        scalar("validation/ink_ratio", record.validation?.inkRatio)
        if let latent = record.latent {
            scalar("latent/silhouette_score", latent.silhouette)
            scalar("latent/interpolation_smoothness", latent.interpolationSmoothness)
            scalar("latent/mean_knn_distance", latent.meanKNNDistance)
            scalar("health/active_units", Double(latent.activeUnits))
            scalar("health/z_shuffle_delta", latent.zShuffleDelta)
            scalar("health/prior_mmd", latent.priorMMD)
            scalar("health/kl_largest_dimension", latent.klPerDimension.max())
            for (term, share) in latent.gradientShares { scalar("gradient/share_of_\(term)", share) }
        }
        try Self.writing { try events.flush() }
    }

    /// Writes a picture under a tag.
    func image(_ tag: String, _ picture: RGBImage, epoch: Int) throws {
        events.image(tag, png: try PNG.encode(picture), width: picture.width, height: picture.height, step: epoch)
        try Self.writing { try events.flush() }
    }
}
