import Testing
import Wireframes
import Wirespace

@Suite("The share of a rank")
struct GroupShareTests {
    /// A group of pages of the given heights.
    private func group(_ heights: [Int], batchSize: Int) -> Group {
        let samples = heights.enumerated().map { index, height in
            let page = GrayImage(width: 8, height: height, filledWith: 1)
            return Sample(input: page, target: page, archetype: nil, name: "\(index)", index: index)
        }
        return Group(index: 0, samples: samples, batchSize: batchSize)
    }

    @Test(
        "all ranks together do every page once, in batches of one size that fit",
        arguments: [1, 2, 3, 5, 16],
        [
            [8, 8, 8, 8, 8, 8, 8, 8], [8, 16, 8, 24, 8, 16, 16, 8, 40], [8], [], [8, 16],
        ])
    func everyPage(ranks: Int, heights: [Int]) {
        let group = group(heights, batchSize: 4)
        let shares = (0..<ranks).map { group.batches(of: $0, among: ranks) }
        #expect(shares.joined().joined().map(\.index).sorted() == Array(heights.indices))
        for batch in shares.joined() {
            #expect(Set(batch.map(\.target.height)).count == 1 && (1...4).contains(batch.count))
        }
    }

    @Test("one rank gets the batches as they are; a resumed group leaves out what is done")
    func alone() {
        let group = group([8, 16, 8, 16, 8], batchSize: 2)
        #expect(group.batches(of: 0, among: 1) == group.batches)
        #expect(group.batches(of: 0, among: 1, after: 1) == Array(group.batches.dropFirst()))
        let rest = (0..<2).flatMap { group.batches(of: $0, among: 2, after: 1) }.joined().map(\.index).sorted()
        #expect(rest == group.batches.dropFirst().joined().map(\.index).sorted())
    }

    @Test("the work is even: one full batch is cut, and large pages count for more")
    func even() {
        let one = group(Array(repeating: 8, count: 8), batchSize: 8)
        #expect((0..<2).map { one.batches(of: $0, among: 2).joined().count } == [4, 4])
        let mixed = group([64, 16, 16, 16, 16], batchSize: 1)
        #expect((0..<2).map { mixed.batches(of: $0, among: 2).joined().count }.sorted() == [1, 4])
    }
}

@Suite("A rank's place")
struct RankPlaceTests {
    @Test("nothing in the environment, or one process, is a process on its own")
    func alone() throws {
        #expect(try RankPlace([:]) == nil)
        #expect(try RankPlace(["RANK": "0", "WORLD_SIZE": "1", "MASTER_PORT": "29500"]) == nil)
        // A batch script of SLURM knows of two tasks, but it is not one of them.
        #expect(try RankPlace(["SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_JOB_ID": "7"]) == nil)
    }

    @Test("torchrun's variables")
    func torchrun() throws {
        let place = try #require(
            try RankPlace([
                "RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "gpu-7", "MASTER_PORT": "29400",
                "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
            ]))
        #expect(place.rank == 5 && place.size == 8 && place.localRank == 1)
        #expect(place.host == "gpu-7" && place.port == 29400 && place.launcherServes && place.attempt == 2)
    }

    @Test(
        "SLURM's variables, whatever the node list looks like",
        arguments: [
            ("n1", "n1"), ("n[1-3]", "n1"), ("node-[001-003,7],other", "node-001"), ("a,b[1-2]", "a"),
            ("rack[2,4-5]-ib", "rack2-ib"),
        ])
    func slurm(nodes: String, first: String) throws {
        let place = try #require(
            try RankPlace([
                "SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "4", "SLURM_LOCALID": "1", "SLURM_JOB_ID": "123456",
                "SLURM_STEP_NODELIST": nodes,
            ]))
        #expect(place.rank == 3 && place.size == 4 && place.localRank == 1 && place.host == first)
        #expect((1024..<32768).contains(place.port))
    }

    @Test("a variable that is missing or no number is named")
    func wrong() {
        for environment in [["RANK": "0", "WORLD_SIZE": "2"], ["RANK": "2", "WORLD_SIZE": "2", "MASTER_PORT": "1"]] {
            do {
                _ = try RankPlace(environment)
                Issue.record("\(environment) was accepted")
            } catch {
                #expect((error as? UserError)?.code == .usage, "\(error)")
            }
        }
    }
}
