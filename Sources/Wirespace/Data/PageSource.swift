public import Foundation
public import Wireframes

/// Where pages come from: a folder of images, or the generator.
public protocol PageSource: Sendable {
    /// Names of the archetypes, sorted; a label is an index into them. Empty when nothing is labelled.
    var archetypes: [String] { get }

    /// The pages of a split. The same ones in the same order each time.
    func pages(in split: Split) -> [PageReference]

    /// Which split each page lies in, a table in CSV that `data.splits.file` reads; nil for pages that are no files.
    var splitTable: String? { get }

    /// The page itself: dark ink on white paper, in the size in which it is stored.
    ///
    /// Called from several threads at once. A source whose pages change draws anew for each `epoch`.
    ///
    /// - Throws: `UserError` naming the file.
    func load(_ page: PageReference, epoch: Int) throws -> GrayImage

    /// The words on the page; none for a model that reads none.
    ///
    /// - Throws: `UserError` naming the file.
    func words(on page: PageReference) throws -> [PageWord]

    /// The layout that the page was drawn from; nil where nobody knows it.
    ///
    /// - Throws: `UserError` naming a file that should hold it and does not.
    func layout(of page: PageReference, epoch: Int) throws -> LayoutNode?
}

extension PageSource {
    /// No files, no table.
    public var splitTable: String? { nil }
    /// Nothing that is read.
    public func words(on page: PageReference) throws -> [PageWord] { [] }
    /// Only pictures.
    public func layout(of page: PageReference, epoch: Int) throws -> LayoutNode? { nil }
}

/// A page that has not been loaded yet.
public struct PageReference: Sendable, Equatable {
    /// The split that it belongs to.
    public let split: Split
    /// Its place in the split, from 0.
    public let index: Int
    /// A name for people: the file's, relative to the folder.
    public let name: String
    /// Index of its archetype, if it is labelled.
    public let archetype: Int?
    /// The file, if there is one.
    public let file: URL?

    /// Creates a reference.
    public init(split: Split, index: Int, name: String, archetype: Int? = nil, file: URL? = nil) {
        self.split = split
        self.index = index
        self.name = name
        self.archetype = archetype
        self.file = file
    }
}

/// A page, ready for the network.
public struct Sample: Sendable, Equatable {
    /// What the encoder sees: the target, and in training its noise and erased parts.
    public let input: GrayImage
    /// What the decoder must draw; of the same size as the input.
    public let target: GrayImage
    /// The page before augmentation; of the same size as the target.
    public let page: GrayImage
    /// What is written on it, for a model that reads words.
    public let words: [PageWord]
    /// Index of its archetype, if it is labelled.
    public let archetype: Int?
    /// The page's name.
    public let name: String
    /// The page's place in its split, from 0.
    public let index: Int

    /// Its height, then its width, for putting equal ones together.
    var size: (height: Int, width: Int) { (target.height, target.width) }

    /// Creates a sample; without `page` the target is the page itself.
    public init(
        input: GrayImage, target: GrayImage, page: GrayImage? = nil, words: [PageWord] = [], archetype: Int?,
        name: String, index: Int
    ) {
        self.input = input
        self.target = target
        self.page = page ?? target
        self.words = words
        self.archetype = archetype
        self.name = name
        self.index = index
    }
}

extension Configuration {
    /// The pages that `data` names: its folder, or the generator.
    ///
    /// - Parameter store: where pages of the folder are kept.
    /// - Throws: `UserError` naming the folder or the key.
    public func pageSource(store: PageStore? = nil) throws -> any PageSource {
        data.generator == nil ? try FolderSource(self, store: store) : try GeneratorSource(self)
    }
}
