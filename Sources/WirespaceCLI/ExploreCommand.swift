import ArgumentParser
import Explorer
import Foundation
import Wireframes
import Wirespace

/// `wirespace explore`
struct ExploreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Show the space in a browser: a map of pages, and new pages from any place on it.",
        discussion: """
            Example:
              wirespace explore runs/demo --data my-wireframes

            Prints the address of the page. Without an index it first encodes --data, else the pages the model was trained
            on, else pages that it draws. Only this machine can reach the server, unless --host names another address: then
            whoever opens the page needs the token that is part of the address printed. Ends by Ctrl-C.
            """)

    @OptionGroup var options: SpaceOptions

    @Option(help: "A folder of pages to show; new and changed ones are encoded first.", completion: .directory)
    var data: String?

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 8080

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "What whoever asks must know. Made where --host lets others in.")
    var token: String?

    @Option(help: "How pages lie on the map: pca or tsne. By default t-SNE up to 2000 pages.", transform: Self.method)
    var map: LatentMap.Method?

    mutating func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
    }

    mutating func run() throws {
        let console = Console()
        let space = try options.space()
        try space.prepareIndex(from: data.map { URL(filePath: $0, directoryHint: .isDirectory) }, console: console)
        var settings = Explorer.Settings()
        (settings.host, settings.port, settings.token, settings.map) = (host, port, token, map)
        if !settings.isLocal, token == nil { settings.token = Self.newToken() }
        console.line("laying out the map")
        let explorer = try Explorer(space, name: RunFolder(options.run).name, settings: settings)
        try explorer.run { url in
            print("Open \(url.absoluteString)\nEnd with Ctrl-C.")
            fflush(nil)
        }
    }

    private static func method(_ name: String) throws -> LatentMap.Method {
        guard let method = LatentMap.Method(rawValue: name) else { throw ValidationError("give pca or tsne") }
        return method
    }

    /// 128 random bits.
    private static func newToken() -> String {
        (0..<16).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }.joined()
    }
}
