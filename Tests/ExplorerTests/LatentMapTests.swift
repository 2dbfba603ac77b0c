import Testing
import Torch
import Wireframes
import Wirespace

@Suite("The map and the way back")
struct LatentMapTests {
    private func codes(_ count: Int) -> Tensor {
        var random = SeededGenerator(seed: 1)
        return Tensor((0..<count * 6).map { _ in random.normal() as Float }, shape: [count, 6])
    }

    @Test("leads from a page to its place and from there to its code", arguments: LatentMap.Method.allCases)
    func backAndForth(_ method: LatentMap.Method) throws {
        let codes = codes(40)
        let map = try LatentMap(of: codes, by: method)
        let places = map.places.doubles
        for row in [0, 17, 39] {
            let code = codes.narrow(0, from: row, length: 1)
            let place = map.place(of: code)
            #expect(abs(place.x - places[2 * row]) < 1e-5 && abs(place.y - places[2 * row + 1]) < 1e-5)
            let back = map.code(atX: places[2 * row], y: places[2 * row + 1])
            #expect((back - code).abs().amax().item() < 1e-4)
        }
    }

    @Test("changes smoothly between pages, and stays among their codes")
    func smooth() throws {
        let codes = codes(40)
        let map = try LatentMap(of: codes, by: .pca)
        let (least, most) = (codes.amin().item(), codes.amax().item())
        var before = map.code(atX: -1, y: 0.1)
        for step in 1...2000 {
            let code = map.code(atX: -1 + Double(step) / 1000, y: 0.1)
            #expect((code - before).norm().item() < 0.2)
            #expect(code.amin().item() >= least - 1e-5 && code.amax().item() <= most + 1e-5)
            before = code
        }
    }

    @Test("is there for one page and for copies of one", arguments: [1, 3])
    func degenerate(_ count: Int) throws {
        let codes = Tensor.ones([count, 6])
        for method in LatentMap.Method.allCases {
            let map = try LatentMap(of: codes, by: method)
            #expect(map.places.doubles == Array(repeating: 0, count: 2 * count))
            #expect(map.code(atX: 0.3, y: 0).doubles == Array(repeating: 1, count: 6))
        }
    }
}
