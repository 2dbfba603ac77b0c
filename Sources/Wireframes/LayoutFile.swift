public import Foundation

/// Reading layout files: what programs that look into applications and web pages leave of a page's structure.
///
/// | format | told by | coordinates |
/// | --- | --- | --- |
/// | compact | `{"w", "h", "r": {"b": [x, y, w, h], "c": […]}}` | of the page |
/// | nested | `{"bounds": {"x", "y", "width", "height"}, "children": […]}` | of the parent |
/// | view hierarchy (RICO; Deka et al., UIST 2017) | `{"bounds": [x₀, y₀, x₁, y₁], "children"}`, maybe in `activity.root` | of the screen |
/// | labelled elements | `[{"screen_id", "cls", "elements": [{"type", "box": [x₀, y₀, x₁, y₁]}]}]` | 0 to 999 of a 9:16 screen |
/// | elements of a web page | `{"W", "H", "el": [{"t", "x", "y", "w", "h"}]}` | of the page |
/// | sidecar | `{"format": "wirespace-page", "tree"}`, from the page generator | of the page |
/// | layout document | `{"format": "wirespace-layout", "tree"}`, exported or captured | of the page |
public enum LayoutFile {
    /// Levels of `{` and `[` beyond which a file is refused.
    public static let maximumDepth = 50_000
    /// Rectangles beyond which a page is refused.
    public static let maximumNodes = 5_000_000
    /// A coordinate farther from 0 than this is a mistake, in pixels.
    public static let largestCoordinate = 1e6

    /// Reads the pages of `file`, one after the other; only one is in memory at a time.
    ///
    /// - Parameter body: given each page, of which there may be many in one file.
    /// - Throws: what `body` throws, or `UserError` naming the file: `.missingInput` without it, `.io` when it cannot be
    ///   read, `.data` when it is not JSON, no layout, or has values that no page can have.
    public static func read(_ file: URL, _ body: (PageLayout) throws -> Void) throws {
        let path = file.path(percentEncoded: false)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UserError(.missingInput, "there is no such file", at: path, remedy: "check the path")
        }
        guard !isFolder.boolValue else {
            throw UserError(.data, "a folder, not a layout file", at: path, remedy: "name a JSON file")
        }
        do {
            let data = try Data(contentsOf: file, options: .mappedIfSafe)
            guard PictureFile.Format(prefix: data) == nil else {
                throw UserError(
                    .data, "a picture, not a layout file", at: path,
                    remedy: "`wirespace export` makes a layout of a picture")
            }
            try read(data, body)
        } catch let error as UserError {
            throw error.place == nil ? UserError(error.code, error.message, at: path, remedy: error.remedy) : error
        } catch let error as CocoaError {
            throw UserError(
                .io, "cannot read the file: \(UserError.reason(of: error))", at: path, remedy: "check its rights")
        }
    }

    /// Reads the pages of a layout file's content.
    ///
    /// - Throws: as `read(_:_:)` for a file, without its name.
    public static func read(_ data: Data, _ body: (PageLayout) throws -> Void) throws {
        try withoutActuallyEscaping(body) { body in
            // A page is held back until more of the file has been read: of a page with garbage after it nothing is drawn.
            var held: PageLayout?
            let scanner = LayoutScanner { page in
                if let complete = held { try body(complete) }
                if page.format == LayoutDocument.formatName {
                    held = try PageLayout(LayoutDocument(json: data))
                } else if page.format != nil {
                    held = try PageLayout(GeneratedPage(sidecar: data))
                } else {
                    try page.layout.resolve(as: try LayoutFormat(of: page))
                    held = page.layout
                }
            }
            try JSONEvents.read(data, into: scanner)
            guard let last = held else { throw UserError.notALayout }
            try body(last)
        }
    }

    /// The layout files among `inputs`: files themselves, and every `.json` file below folders, with the name that its
    /// picture should have (the path below the folder, without ending). Hidden files are left out.
    ///
    /// - Throws: `UserError` for an input that is not there.
    public static func find(_ inputs: [URL]) throws -> [(file: URL, name: String)] {
        try inputs.flatMap { input -> [(file: URL, name: String)] in
            let path = input.path(percentEncoded: false)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw UserError(.missingInput, "there is no such file or folder", at: path, remedy: "check the path")
            }
            guard isFolder.boolValue else { return [(input, input.deletingPathExtension().lastPathComponent)] }
            let names = input.files(withEndings: ["json"])
            guard !names.isEmpty else {
                throw UserError(
                    .data, "there are no .json files", at: path, remedy: "name layout files, or their folder")
            }
            return names.map { (input.appending(path: $0), ($0 as NSString).deletingPathExtension) }
        }
    }
}

extension UserError {
    static var notALayout: UserError {
        UserError(
            .data, "no layout: none of the formats that are known",
            remedy: "`wirespace dataset render --help` lists them")
    }
}
