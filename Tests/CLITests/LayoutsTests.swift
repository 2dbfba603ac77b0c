import Foundation
import Testing

@Suite("Layouts")
struct LayoutsTests {
    /// Twelve passes over eighteen pages: seconds, whatever comes of it.
    private static let taught = [
        "layouts", "run", "--resume", "layouts.width=16", "layouts.layers=1", "layouts.heads=2", "layouts.epochs=12",
        "layouts.batch_size=2", "logging.checkpoint_minutes=0.000001",
    ]

    /// A folder with a run, which need not be able to draw anything.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.copy(TinyRun.finished.get().url.appending(path: "run"), to: "run")
        return folder
    }

    private static let file = "run/checkpoints/best.layouts.safetensors"

    @Test("stopped and killed again and again, a training ends with the same decoder; then pages are drawn as layouts")
    func stopped() throws {
        let (whole, stopped) = (try folder(), try folder())
        let outcome = try CommandLineTool.run(Self.taught, in: whole)
        #expect(outcome.code == 0 && outcome.errors.contains("validation"), "\(outcome)")
        expectPlain(outcome)
        var stops = 0
        while stops < 6 {
            let tool = try RunningTool(Self.taught, in: stopped)
            waitForChange(of: "run/checkpoints/best.layouts.resume.safetensors", by: tool, in: stopped)
            usleep(UInt32(10_000 * (stops % 5)))
            tool.send(stops % 2 == 0 ? SIGTERM : SIGKILL)
            let outcome = tool.wait()
            if outcome.code == 0 { break }
            #expect(outcome.code == 128 + (stops % 2 == 0 ? SIGTERM : SIGKILL), "\(outcome)")
            stops += 1
        }
        #expect(stops >= 2)
        let last = try CommandLineTool.run(Self.taught, in: stopped)
        #expect(last.code == 0, "\(last)")
        let bytes = try #require(whole.data(Self.file))
        #expect(bytes == stopped.data(Self.file))
        let done = try CommandLineTool.run(Self.taught, in: whole)
        #expect(done.code == 0 && done.errors.contains("Nothing to do"), "\(done)")
        try expectDrawn(in: whole)
    }

    @Test("threads that share the pages learn what one learns")
    func threads() throws {
        let curves = try [1, 2, 3].map { count in
            let folder = try folder()
            let keys = ["layouts.epochs=3", "layouts.batch_size=3", "optimization.threads=\(count)"]
            let outcome = try CommandLineTool.run(Self.taught + keys, in: folder)
            #expect(outcome.code == 0 && outcome.errors.contains(", \(count) thread"), "\(outcome)")
            return outcome.errors.matches(of: /([0-9.]+) nats a page  \| validation: ([0-9.]+)/).flatMap {
                [Double($0.1) ?? .nan, Double($0.2) ?? .nan]
            }
        }
        #expect(curves[0].count == 6 && curves[0][4] < curves[0][0])
        for curve in curves.dropFirst() {
            #expect(curve.count == 6)
            for (mine, its) in zip(curve, curves[0]) { #expect(abs(mine - its) < 2e-3 * its, "\(curves)") }
        }
    }

    private func waitForChange(of path: String, by tool: RunningTool, in folder: TemporaryFolder) {
        let before = folder.data(path)
        while tool.isRunning, folder.data(path) == before { usleep(1000) }
    }

    private func expectDrawn(in folder: TemporaryFolder) throws {
        let drawn = try CommandLineTool.run(["generate", "run", "--count", "2", "--out", "new"], in: folder)
        #expect(drawn.code == 0, "\(drawn)")
        let files = folder.files(below: "new").keys.sorted()
        #expect(files == ["page-0000.png", "page-0000.svg", "page-0001.png", "page-0001.svg", "sheet.png"], "\(files)")
        #expect(folder.text("new/page-0000.svg").contains("<svg"))
        let pixels = try CommandLineTool.run(
            ["generate", "run", "--count", "1", "--pixels", "--out", "grey"], in: folder)
        #expect(pixels.code == 0 && folder.files(below: "grey").keys.sorted() == ["page-0000.png", "sheet.png"])
        let page = try TinyRun.pageFiles()[0].path
        let reconstructed = try CommandLineTool.run(["reconstruct", "run", page], in: folder)
        #expect(reconstructed.code == 0 && reconstructed.output.contains("as a layout"), "\(reconstructed)")
        let released = try CommandLineTool.run(["release", "run", "--out", "small.safetensors"], in: folder)
        #expect(released.code == 0, "\(released)")
        let again = try CommandLineTool.run(
            ["generate", "small.safetensors", "--count", "1", "--out", "small"], in: folder)
        #expect(again.code == 0 && folder.data("small/page-0000.svg") != nil, "\(again)")
        let evaluated = try CommandLineTool.run(["evaluate", "run", "--json"], in: folder)
        #expect(evaluated.code == 0, "\(evaluated)")
        for key in ["layout_ssim_from_latent", "layout_ink_f1_from_latent", "layout_sample_crossings"] {
            #expect(evaluated.output.contains("\"\(key)\""), "\(key)")
        }
    }

    @Test("what was stopped is not begun anew by mistake, nor gone on with under other keys")
    func begun() throws {
        let folder = try folder()
        let tool = try RunningTool(Self.taught, in: folder)
        waitForChange(of: "run/checkpoints/best.layouts.resume.safetensors", by: tool, in: folder)
        tool.send(SIGKILL)
        #expect(tool.wait().code != 0)
        let anew = try CommandLineTool.run(Self.taught.filter { $0 != "--resume" }, in: folder)
        expectFailure(anew, code: 65, naming: "best.layouts.resume.safetensors")
        let other = try CommandLineTool.run(Self.taught + ["layouts.lr=0.5"], in: folder)
        expectFailure(other, code: 65, naming: "best.layouts.resume.safetensors")
        let finished = try CommandLineTool.run(Self.taught, in: folder)
        #expect(finished.code == 0, "\(finished)")
        expectFailure(
            try CommandLineTool.run(["layouts", "run"], in: folder), code: 65, naming: "best.layouts.safetensors")
        let unknown = try CommandLineTool.run(["layouts", "nowhere"], in: folder)
        expectFailure(unknown, code: 66, naming: "nowhere")
    }
}
