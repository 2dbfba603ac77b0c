import Foundation
import TensorBoard
import Testing

/// The Python that `scripts/setup` makes, with the packages of `scripts/requirements.txt`; nil without it.
private let python: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = root.appending(path: ".deps/python/bin/python3").path(percentEncoded: false)
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
}()

private final class RunFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "tensorboard-tests-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: url) }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false)).sorted() }
    }
}

/// What the real TensorBoard reads in a run's folder.
private struct Reading: Decodable {
    struct Picture: Decodable {
        let step: Int
        let width: Int
        let height: Int
        let png: String
    }

    /// Steps and values of each curve; values as text, since JSON knows no infinity.
    let scalars: [String: [[String]]]
    let images: [String: [Picture]]
    let texts: [String: [[String]]]
    let plugins: [String: String]
    let wallTimes: [Double]

    init(_ folder: URL) throws {
        let script = """
            import base64, json, sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
            events.Reload()
            tags = events.Tags()
            scalars = {t: [[str(e.step), repr(e.value)] for e in events.Scalars(t)] for t in tags["scalars"]}
            images = {t: [dict(step=e.step, width=e.width, height=e.height,
                               png=base64.b64encode(e.encoded_image_string).decode()) for e in events.Images(t)]
                      for t in tags["images"]}
            texts = {t: [[str(e.step), e.tensor_proto.string_val[0].decode()] for e in events.Tensors(t)]
                     for t in tags["tensors"]}
            plugins = {t: events.SummaryMetadata(t).plugin_data.plugin_name for t in tags["tensors"]}
            times = [e.wall_time for t in scalars for e in events.Scalars(t)]
            print(json.dumps(dict(scalars=scalars, images=images, texts=texts, plugins=plugins, wallTimes=times)))
            """
        let process = Process()
        process.executableURL = URL(filePath: python ?? "")
        process.arguments = ["-c", script, folder.path(percentEncoded: false)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        self = try JSONDecoder().decode(Reading.self, from: data)
    }
}

@Suite("Event files")
struct EventWriterTests {
    @Test("CRC-32C gives the published check values")
    func checksum() {
        #expect(CRC32C.checksum(Data()) == 0)
        #expect(CRC32C.checksum(Data("123456789".utf8)) == 0xE306_9283)
        // RFC 3720, appendix B.4, whose tables show the bytes in little-endian order.
        #expect(CRC32C.checksum(Data(repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum(Data(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Data(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(Data((0..<32).reversed())) == 0x113F_DB5C)
        // A slice does not start at index 0.
        #expect(CRC32C.checksum(Data("xx123456789".utf8).dropFirst(2)) == 0xE306_9283)
    }

    @Test(
        "the real TensorBoard reads scalars, images and texts back",
        .enabled(if: python != nil, "needs .deps/python with scripts/requirements.txt: run scripts/setup"))
    func readBack() throws {
        let run = RunFolder()
        let writer = try EventWriter(directory: run.url)
        let started = Date().timeIntervalSince1970
        for step in 0..<2000 { writer.scalar("loss/pixel", Double(step) * 0.25, step: step) }
        for (step, value) in [Double.nan, .infinity, -1.5e300].enumerated() {
            writer.scalar("odd é", value, step: step)
        }
        // The smallest grey PNG file, and 200,000 bytes that go beyond the writer's buffer.
        let png = try #require(
            Data(
                base64Encoded:
                    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="))
        writer.image("latent/tsne_visualization", png: png, width: 1, height: 1, step: 10)
        writer.image("latent/tsne_visualization", png: png + Data(count: 200_000), width: 640, height: 480, step: 20)
        writer.text("config", "# Wirespace\nété", step: 0)
        try writer.close()
        try writer.close()

        let reading = try Reading(run.url)
        let losses = try #require(reading.scalars["loss/pixel"])
        #expect(losses.count == 2000)
        #expect(
            losses.enumerated().allSatisfy { step, point in
                point[0] == String(step) && Double(point[1]) == Double(step) * 0.25
            })
        #expect(reading.scalars["odd é"]?.map { $0[1] } == ["nan", "inf", "-inf"])
        let pictures = try #require(reading.images["latent/tsne_visualization"])
        #expect(pictures.map(\.step) == [10, 20])
        #expect(pictures.map(\.width) == [1, 640] && pictures.map(\.height) == [1, 480])
        #expect(Data(base64Encoded: pictures[0].png) == png)
        #expect(Data(base64Encoded: pictures[1].png) == png + Data(count: 200_000))
        #expect(reading.texts["config"] == [["0", "# Wirespace\nété"]] && reading.plugins["config"] == "text")
        #expect(reading.wallTimes.allSatisfy { abs($0 - started) < 60 })
    }

    @Test(
        "a resumed run makes TensorBoard drop what the first wrote at that step and later",
        .enabled(if: python != nil, "needs .deps/python with scripts/requirements.txt: run scripts/setup"))
    func resumed() throws {
        let run = RunFolder()
        let first = try EventWriter(directory: run.url)
        for step in 0..<10 { first.scalar("loss", Double(step), step: step) }
        try first.close()
        // The first run was killed in the middle of a record.
        let handle = try FileHandle(forWritingTo: first.url)
        try handle.truncate(atOffset: handle.seekToEnd() - 5)
        try handle.close()
        let second = try EventWriter(directory: run.url, resumingAtStep: 6)
        for step in 6..<8 { second.scalar("loss", Double(100 + step), step: step) }
        try second.close()
        #expect(try run.files == [first.url.lastPathComponent, second.url.lastPathComponent])
        let points = try #require(try Reading(run.url).scalars["loss"])
        #expect(points.map { $0[0] } == (0..<8).map(String.init))
        #expect(points.map { Double($0[1]) ?? -1 } == [0, 1, 2, 3, 4, 5, 106, 107])
    }

    @Test(
        "events are visible after a flush, while the file is open",
        .enabled(if: python != nil, "needs .deps/python with scripts/requirements.txt: run scripts/setup"))
    func flushed() throws {
        let run = RunFolder()
        let writer = try EventWriter(directory: run.url)
        writer.scalar("loss", 1, step: 1)
        try writer.flush()
        writer.scalar("loss", 2, step: 2)
        #expect(try Reading(run.url).scalars["loss"] == [["1", "1.0"]])
        try writer.close()
        #expect(try Reading(run.url).scalars["loss"]?.count == 2)
    }

    @Test("each record is a length, a masked checksum, a message and its masked checksum")
    func framing() throws {
        let run = RunFolder()
        let writer = try EventWriter(directory: run.url)
        for step in 0..<5 { writer.scalar("loss", 0.5, step: step) }
        try writer.close()
        var rest = try Data(contentsOf: writer.url)
        var records = 0
        while !rest.isEmpty {
            let length = rest.prefix(8)
            let count = Int(length.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            #expect(number(rest.dropFirst(8)) == CRC32C.masked(length))
            let message = rest.dropFirst(12).prefix(count)
            #expect(message.count == count && number(rest.dropFirst(12 + count)) == CRC32C.masked(message))
            rest = rest.dropFirst(16 + count)
            records += 1
        }
        #expect(records == 6, "the version and five scalars")
    }

    private func number(_ bytes: Data) -> UInt32 {
        bytes.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    @Test("a later file sorts after an earlier one, also when it was written by a clock that was ahead")
    func order() throws {
        let run = RunFolder()
        try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
        try Data().write(to: run.url.appending(path: "events.out.tfevents.4102444800.zeus"))
        let names = try (0..<3).map { _ in try EventWriter(directory: run.url).url.lastPathComponent }
        #expect(names[0].hasPrefix("events.out.tfevents.4102444801."))
        #expect(names == names.sorted() && Set(names).count == 3)
        #expect(try run.files.count == 4)
    }

    @Test("a folder that cannot be made, and writing after the end, are errors that name the file")
    func failures() throws {
        let run = RunFolder()
        try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
        let file = run.url.appending(path: "file")
        try Data().write(to: file)
        let thrown = try #require(throws: EventFileError.self) { try EventWriter(directory: file) }
        #expect(thrown.path.hasSuffix("file"))
        let writer = try EventWriter(directory: run.url)
        try writer.close()
        writer.scalar("late", 1, step: 1)
        #expect(throws: EventFileError.self) { try writer.flush() }
        try writer.flush()
    }
}
