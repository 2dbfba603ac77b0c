import Foundation
import Wireframes

/// The files of the page, read once: nothing that a request says leads to a file.
struct Resources: Sendable {
    /// A file of the page.
    struct File: Sendable {
        let type: String
        let data: Data
    }

    let page: File
    let description: File
    /// Scripts and the style, by their names.
    let parts: [String: File]

    /// - Throws: `UserError(.internal)` when the package's resources are not where they should be.
    init() throws {
        page = try Self.file("index.html")
        description = try Self.file("openapi.json")
        let folder = Bundle.module.url(forResource: "Page", withExtension: nil)?.path ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let served = names.filter { $0.hasSuffix(".js") || $0.hasSuffix(".css") }
        parts = Dictionary(uniqueKeysWithValues: try served.map { ($0, try Self.file($0)) })
    }

    private static func file(_ name: String) throws -> File {
        guard let file = Bundle.module.url(forResource: "Page/\(name)", withExtension: nil),
            let data = FileManager.default.contents(atPath: file.path)
        else {
            throw UserError(
                .internal, "a file of the explorer is missing", at: name,
                remedy: "keep the folders *.resources beside the executable")
        }
        return File(type: type(of: name), data: data)
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        default: "application/json"
        }
    }
}
