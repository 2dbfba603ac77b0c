import Foundation
import TestSupport
import Testing
import Torch

@Suite("Safetensors files")
struct SafeTensorsTests {
    /// A file of a given header and body.
    private func file(_ header: String, body: Int = 0) -> Data {
        let json = Data(header.utf8)
        return Data((0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }) + json
            + Data(repeating: 1, count: body)
    }

    private func refusal(_ data: Data) -> TorchError? {
        #expect(throws: TorchError.self) { try SafeTensors(data) }
    }

    @Test("every type, scalars, empty tensors, odd names and metadata come back as they were")
    func roundTrip() throws {
        var tensors = Dictionary(
            uniqueKeysWithValues: DType.allCases.map { dtype in
                ("of type \(dtype)", Tensor([0, 1, 1, 0, 1, 1] as [Float], shape: [2, 3]).to(dtype: dtype))
            })
        tensors["scalar"] = Tensor([2.5] as [Float], shape: [])
        tensors["empty"] = .zeros([0, 4])
        tensors["\"quoted\\name/ü\n"] = Tensor([-1, Int.min, Int.max])
        tensors["a view"] = Tensor((0..<6).map(Double.init), shape: [2, 3]).transposed()
        let metadata = ["epoch": "3", "weird \"key\"": "a/b\\c\né"]
        let read = try SafeTensors(SafeTensors(tensors, metadata: metadata).encoded())
        #expect(read.metadata == metadata)
        #expect(Set(read.tensors.keys) == Set(tensors.keys))
        for (name, tensor) in tensors {
            let copy = try #require(read.tensors[name])
            #expect(copy.dtype == tensor.dtype, "\(name)")
            #expect(copy.shape == tensor.shape, "\(name)")
            #expect(copy.doubles == tensor.doubles, "\(name)")
            #expect(copy.integers == tensor.integers, "\(name)")
        }
    }

    @Test("the same tensors give the same bytes, and tensors start at multiples of 8")
    func layout() throws {
        let tensors = ["b": Tensor.ones([3]), "a": Tensor.zeros([2]), "c": Tensor.eye(2)]
        let data = try SafeTensors(tensors).encoded()
        #expect(try SafeTensors(tensors).encoded() == data)
        #expect(try SafeTensors(SafeTensors(data).tensors).encoded() == data)
        #expect(data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) } % 8 == 0)
        #expect(try SafeTensors(SafeTensors([:]).encoded()).tensors.isEmpty)
    }

    @Test("a part of a larger buffer reads as well as a whole one")
    func slice() throws {
        let data = try SafeTensors(["x": Tensor([5, 6])]).encoded()
        let read = try SafeTensors((Data([1, 2, 3]) + data).dropFirst(3))
        #expect(read.tensors["x"]?.integers == [5, 6])
    }

    private struct Types: Decodable {
        let values: [Double]
    }

    @Test("a file that Python wrote, with every type")
    func fromPython() throws {
        let file = try SafeTensors(contentsOf: Goldens.folder.appending(path: "types.safetensors"))
        let values = (try Goldens.settings("types") as Types).values
        #expect(file.metadata == ["made by": "Python", "quote": "a \"b\" \\ é"])
        for dtype in DType.allCases {
            let tensor = try #require(file.tensors["\(dtype)"], "\(dtype)")
            #expect(tensor.dtype == dtype)
            #expect(tensor.shape == [2, 3])
            let expected: [Double] =
                switch dtype {
                case .bool: values.map { $0 == 0 ? 0 : 1 }
                case .uint8, .int32, .int64: values.map { $0.rounded(.towardZero) }
                default: values
                }
            #expect(tensor.doubles == expected, "\(dtype)")
        }
        #expect(file.tensors["scalar"]?.shape == [])
        #expect(file.tensors["scalar"]?.item() == 2.5)
        #expect(file.tensors["empty"]?.shape == [0, 4])
        #expect(file.tensors["négatif/ü"]?.integers == [-1, -(1 << 40)])
    }

    @Test(
        "Python reads what we write",
        .enabled(if: python != nil, "needs .deps/python with scripts/requirements.txt: run scripts/setup"))
    func toPython() throws {
        let python = try #require(python)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "ours.safetensors")
            var tensors = Dictionary(
                uniqueKeysWithValues: DType.allCases.map { ("\($0)", Tensor([1, 0]).to(dtype: $0)) })
            tensors["x/ü"] = Tensor((0..<6).map(Float.init), shape: [2, 3])
            try SafeTensors(tensors, metadata: ["epoch": "7"]).write(to: file)
            let program = """
                import sys
                from safetensors import safe_open
                with safe_open(sys.argv[1], "numpy") as file:
                    print(file.metadata()["epoch"])
                    for key in sorted(file.keys()):
                        part = file.get_slice(key)
                        print(key, part.get_dtype(), part.get_shape())
                    print(file.get_tensor("x/ü").tolist(), file.get_tensor("int64").tolist())
                """
            let printed = try lines(ofPython: program, file.path(percentEncoded: false), by: python)
            #expect(
                printed == [
                    "7", "bfloat16 BF16 [2]", "bool BOOL [2]", "float16 F16 [2]", "float32 F32 [2]", "float64 F64 [2]",
                    "int32 I32 [2]", "int64 I64 [2]", "uint8 U8 [2]", "x/ü F32 [2, 3]",
                    "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] [1, 0]",
                ])
        }
    }

    @Test("a file cut off anywhere is refused")
    func truncated() throws {
        let data = try SafeTensors(["a": Tensor.ones([5]), "b": Tensor.zeros([2, 2])], metadata: ["k": "v"]).encoded()
        for length in 0..<data.count {
            #expect(refusal(data.prefix(length))?.kind == .content, "\(length) of \(data.count) bytes")
        }
        #expect(refusal(data + Data([0]))?.message.contains("cover") == true, "too long is wrong as well")
    }

    @Test("a byte that has changed is told; files without a checksum, which others write, are read as they are")
    func damaged() throws {
        let data = try SafeTensors(["a": Tensor.ones([5]), "b": Tensor.zeros([2, 2])], metadata: ["k": "v"]).encoded()
        let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        for place in (8 + header)..<data.count {
            var changed = data
            changed[place] ^= 0x10
            #expect(refusal(changed)?.message.contains("not those that were written") == true, "byte \(place)")
        }
        var bare = try #require(String(data: data.dropFirst(8).prefix(header), encoding: .utf8))
        let checksum = try #require(bare.range(of: #","sha256":"[0-9a-f]{64}""#, options: .regularExpression))
        bare.removeSubrange(checksum)
        let foreign = Data((0..<8).map { UInt8(truncatingIfNeeded: bare.utf8.count >> (8 * $0)) }) + Data(bare.utf8)
        #expect(try SafeTensors(foreign + data.dropFirst(8 + header)).tensors["a"]?.floats == [1, 1, 1, 1, 1])
        #expect(try SafeTensors(foreign + data.dropFirst(8 + header)).metadata == ["k": "v"])
    }

    @Test(
        "foreign formats are refused in words",
        arguments: [
            Data("PK\u{3}\u{4}archive/data.pkl and so on".utf8), Data("{\"weights\": [1, 2, 3]}".utf8),
            Data(repeating: 0xFF, count: 64), Data(repeating: 0, count: 64),
            Data([0x89]) + Data("PNG\r\n\u{1A}\n".utf8),
        ])
    func foreign(_ data: Data) {
        #expect(refusal(data)?.message.contains("not a sound safetensors file") == true)
    }

    @Test(
        "a header that lies is refused with the name of the tensor",
        arguments: [
            (#"{"x": {"dtype": "F32", "shape": [2]}}"#, "x lacks"),
            (#"{"x": {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]}}"#, "x lacks"),
            (#"{"x": {"dtype": "F32", "shape": [2], "data_offsets": [0]}}"#, "x lacks"),
            (#"{"x": [1, 2]}"#, "x lacks"),
            (#"{"x": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}}"#, "F8_E4M3"),
            (#"{"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}"#, "needs 12 bytes and has 8"),
            (#"{"x": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}"#, "x lies at"),
            (#"{"x": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}"#, "x lies at"),
            (#"{"x": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}"#, "x lies at"),
            (#"{"x": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}"#, "impossible shape"),
            (#"{"x": {"dtype": "F32", "shape": [-1, -2], "data_offsets": [0, 8]}}"#, "impossible shape"),
            (
                #"{"x": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 8]}}"#,
                "impossible shape"
            ),
            (
                #"{"x": {"dtype": "F32", "shape": [4611686018427387904, 4, 0], "data_offsets": [0, 0]}}"#,
                "impossible shape"
            ),
            (
                #"{"x": {"dtype": "F32", "shape": [0, 4611686018427387904, 4], "data_offsets": [0, 0]}}"#,
                "impossible shape"
            ),
            (#"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#, "cover 4 of 8 bytes"),
            (
                #"{"__metadata__": {"sha256": 3}, "x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}"#,
                "metadata"
            ),
            (#"["x"]"#, "not a JSON object"),
            (#"{"x": "#, "not a JSON object"),
        ])
    func lying(_ header: String, _ words: String) {
        let error = refusal(file(header, body: 8))
        #expect(error?.kind == .content)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test("ranges that overlap are refused even when their lengths add up to the file's")
    func overlap() {
        let twice = #""dtype": "F32", "shape": [1], "data_offsets": [0, 4]"#
        #expect(refusal(file("{\"x\": {\(twice)}, \"y\": {\(twice)}}", body: 8))?.kind == .content)
    }

    @Test("a missing file and a folder in its place are named")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            for url in [folder.appending(path: "none.safetensors"), folder] {
                let error = #expect(throws: TorchError.self) { try SafeTensors(contentsOf: url) }
                #expect(error?.kind == .file)
                #expect(error?.message.contains(folder.lastPathComponent) == true, "\(error?.message ?? "")")
            }
            let broken = folder.appending(path: "broken.safetensors")
            try Data([1, 2, 3]).write(to: broken)
            let error = #expect(throws: TorchError.self) { try SafeTensors(contentsOf: broken) }
            #expect(error?.kind == .content)
            #expect(error?.message.contains("broken.safetensors") == true)
        }
    }
}
