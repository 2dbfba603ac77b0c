import Foundation
import Testing

/// A Chromium to drive and a Python to drive it with.
private let browser: Bool = {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
    let named = ProcessInfo.processInfo.environment["CHROMIUM"].map { [$0] }
    return hasProgram("python3") && (named ?? names).contains(where: hasProgram)
}()

private func hasProgram(_ name: String) -> Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (name.contains("/") ? [name] : folders.map { "\($0)/\(name)" })
        .contains(where: FileManager.default.isExecutableFile)
}

@Suite("The explorer in a browser")
struct ExploreTests {
    private static let scripts = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Browser")
    private static let model = scripts.appending(path: "../../../models/demo.safetensors").standardizedFileURL

    /// Loads, uses the keys alone, searches, drags, mixes, uploads, exports, opens links; narrow windows, 200 %, names and
    /// contrasts of the controls. The steps are in `Browser/walk.py`.
    @Test(
        "a person finds the way by mouse and by keys, at all sizes",
        .enabled(if: browser, "no Chromium or no python3 here: install them, or name a browser in CHROMIUM"))
    func walk() throws {
        let folder = try TemporaryFolder()
        try folder.copy(Self.model, to: "demo.safetensors")
        let pages = try CommandLineTool.run(
            ["dataset", "generate", "pages", "--count", "60", "--width", "128"], in: folder)
        #expect(pages.code == 0, "\(pages)")
        let server = try RunningTool(
            ["explore", "demo.safetensors", "--data", "pages", "--port", "0", "--map", "pca"], in: folder)
        defer {
            server.send(SIGTERM)
            _ = server.wait()
        }
        while server.isRunning, !server.outputSoFar.contains("\n") { Thread.sleep(forTimeInterval: 0.05) }
        let address = try #require(
            server.outputSoFar.firstMatch(of: /http:\S+/)?.output, "\(server.outputSoFar)")
        let page = try #require(folder.files(below: "pages").keys.filter { $0.hasSuffix(".png") }.min())

        let walk = Process()
        walk.executableURL = URL(filePath: "/usr/bin/env")
        let script = Self.scripts.appending(path: "walk.py").path
        walk.arguments = ["python3", script, String(address), folder.url.appending(path: "pages/\(page)").path]
        walk.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let said = try FileHandle(forUpdating: folder.add("said", Data()))
        (walk.standardOutput, walk.standardError) = (said, said)
        try walk.run()
        walk.waitUntilExit()
        #expect(walk.terminationStatus == 0, "\(folder.text("said"))")
    }
}
