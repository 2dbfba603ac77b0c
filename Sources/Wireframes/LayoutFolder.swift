public import Foundation

/// A data set folder that is filled with pictures of layouts.
public final class LayoutFolder {
    /// Pages written so far.
    public private(set) var count = 0
    private let folder: URL
    private let picture: LayoutPicture
    private var names: Set<String> = []

    /// A new or empty folder, in which nothing can be overwritten.
    ///
    /// - Throws: `UserError` when it is not empty, or cannot be made.
    public init(_ folder: URL, _ picture: LayoutPicture) throws(UserError) {
        self.folder = folder
        self.picture = picture
        try folder.makeEmptyFolder()
    }

    /// Draws the pages of `file`: one as `NAME.png`, several as `LABEL/NAME__ID.png`. Beside a page of the generator
    /// whose picture is unchanged, its sidecar.
    ///
    /// - Returns: what a person should know of the pages: parts that were not drawn.
    /// - Throws: `UserError` naming the file (`LayoutFile.read`), or the picture that cannot be written.
    public func add(_ file: URL, named name: String) throws -> [String] {
        var notes: [String] = []
        try LayoutFile.read(file) { layout in
            let path = try unused(self.path(of: layout, named: name), file)
            let target = folder.appending(path: path + ".png")
            try target.deletingLastPathComponent().makeFolder()
            try PNG.write(
                picture.draw(layout), to: target, depth: (picture.maximumLayers ?? 0) > 255 ? .sixteen : .eight)
            if let page = layout.generated, picture.style == .line, picture.width ?? page.width == page.width {
                try AtomicFile.write(page.sidecar(), to: folder.appending(path: path + ".json"))
            }
            count += 1
            if let note = layout.note { notes.append("\(path).png: \(note)") }
        }
        return notes
    }

    private func path(of layout: PageLayout, named name: String) -> String {
        guard let page = layout.name else { return name }
        let label = layout.archetype.flatMap { $0.isEmpty || $0.hasPrefix("_") ? nil : fileName(of: $0) + "/" } ?? ""
        // A screen is its own group: other screens of the file are no near-copies of it.
        return label + fileName(of: page) + "__" + fileName(of: (name as NSString).lastPathComponent)
    }

    private func unused(_ path: String, _ file: URL) throws(UserError) -> String {
        guard names.insert(path).inserted else {
            throw UserError(
                .data, "another input is drawn as \(path).png already", at: file.path(percentEncoded: false),
                remedy: "rename one, or give each folder its own --out")
        }
        return path
    }
}

extension PageLayout {
    /// What was not drawn, in a few words; nil when all was.
    public var note: String? {
        let parts = [
            outside > 0 ? "\(outside) of \(boxes.count) boxes lie outside of the page" : nil,
            clipped > 0 ? "\(clipped) of \(boxes.count) boxes reach out of the page and are cut off" : nil,
            withoutBounds > 0 ? "\(withoutBounds) of \(boxes.count) nodes have no bounds" : nil,
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
