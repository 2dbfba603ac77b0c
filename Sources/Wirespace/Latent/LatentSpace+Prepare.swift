public import Foundation
import Wireframes

extension LatentSpace {
    /// Pages that are drawn for a space that has none.
    private static let generatedPages = 300

    /// Sees to it that there is an index: of `folder` if one is named (brought up to date), else the one there is, else of
    /// the pages the model was trained on, else of pages that the generator draws into `pages` beside the index.
    ///
    /// - Throws: `UserError` naming the folder or the index.
    public func prepareIndex(from folder: URL? = nil, console: Console = Console(quiet: true)) throws {
        if folder == nil, hasIndex { return }
        _ = try updateIndex(from: try folder ?? ownPages(console), console: console)
    }

    /// The folder that the configuration names, or one of generated pages.
    private func ownPages(_ console: Console) throws -> URL {
        let data = trained.configuration.data
        if let directory = data.directory { return URL(filePath: directory, directoryHint: .isDirectory) }
        let folder = indexFile.deletingLastPathComponent().appending(path: "pages", directoryHint: .isDirectory)
        // A folder that is there was left by an encoding that was stopped: the index is brought up to date from it.
        guard !FileManager.default.fileExists(atPath: folder.path) else { return folder }
        let generator = PageGenerator(
            width: data.pageWidth ?? 512, heightMultiple: data.pageHeightMultiple)
        console.line("no index: drawing \(Self.generatedPages) pages into \(folder.path)")
        // Seeds that a training's own pages do not have but by chance: those are drawn from 64 bits.
        try generator.write(Self.generatedPages, of: Archetype.allCases, firstSeed: 1 << 40, into: folder)
        return folder
    }
}
