import Foundation
import HTTPTypes
import Wireframes
import Wirespace

/// Directions that a code can be moved along: those that people have learned, kept as files beside the index, and those
/// of the generating factors of pages with sidecars.
struct Directions {
    private let folder: URL
    private(set) var all: [DirectionAnswer.Known]
    /// Files of the folder that are no directions of this space, and why.
    let refused: [String]

    /// Reads the files, and learns what the sidecars teach.
    ///
    /// - Throws: `UserError` when there is no index.
    init(_ folder: URL, in space: LatentSpace) throws {
        self.folder = folder
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        var (learned, refused): ([LatentDirection], [String]) = ([], [])
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "json" {
            do {
                learned.append(try LatentDirection(contentsOf: file, for: space))
            } catch let error as UserError {
                refused.append("\(file.lastPathComponent): \(error.message)")
            }
        }
        self.refused = refused
        let taken = Set(learned.map(\.name))
        let factors = try space.directionsOfFactors().prefix(Limits.factors).filter { !taken.contains($0.name) }
        all =
            learned.map { .init(direction: $0, isLearned: true) }
            + factors.map { .init(direction: $0, isLearned: false) }
    }

    /// The direction of a name.
    ///
    /// - Throws: `Refusal`.
    func named(_ name: String) throws -> LatentDirection {
        guard let known = all.first(where: { $0.direction.name == name }) else {
            throw Refusal(
                .badRequest, "there is no direction '\(name.prefix(80))'", remedy: "/api/directions lists them")
        }
        return known.direction
    }

    /// What a person may call a new one.
    ///
    /// - Throws: `Refusal`.
    func checked(_ name: String) throws -> String {
        let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...60).contains(name.count),
            !name.unicodeScalars.contains(where: CharacterSet.controlCharacters.contains)
        else {
            throw Refusal(.badRequest, "a direction cannot be called that", remedy: "give 1 to 60 letters")
        }
        guard !all.contains(where: { $0.direction.name == name }) else {
            throw Refusal(.conflict, "there is a direction '\(name)' already", remedy: "choose another name")
        }
        guard all.count(where: \.isLearned) < Limits.directions else {
            throw Refusal(
                .conflict, "there are \(Limits.directions) directions",
                remedy: "delete some of \(folder.lastPathComponent)")
        }
        return name
    }

    /// Writes a new one to a file of its own, which `wirespace traverse --direction` reads too.
    ///
    /// - Throws: `UserError(.io)` when it cannot be written, `Refusal` when no file name is free; nothing has changed then.
    mutating func keep(_ direction: LatentDirection) throws {
        try folder.makeFolder()
        // Nothing of the name leads anywhere: only plain letters and digits of it are left.
        let plain = direction.name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let names = [""] + (2...(Limits.directions + 2)).map { "-\($0)" }
        let files = names.map { folder.appending(path: "direction-" + String(plain) + $0 + ".json") }
        guard let free = files.first(where: { !FileManager.default.fileExists(atPath: $0.path) }) else {
            throw Refusal(
                .conflict, "there are too many files of that name", remedy: "delete some of \(folder.lastPathComponent)"
            )
        }
        try direction.write(to: free)
        all.insert(.init(direction: direction, isLearned: true), at: 0)
    }
}
