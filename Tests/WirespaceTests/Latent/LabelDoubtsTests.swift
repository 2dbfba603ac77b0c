import Foundation
import TestSupport
import Testing
import Torch
import Wireframes
import Wirespace

/// Pages in clusters 10 apart with noise of 1, so many groups each, labelled by their clusters.
private func clusters(_ sizes: [Int], noise: Float = 1, group: (Int) -> String = { "site-\($0)" }) -> (
    mu: Tensor, entries: [ImageEntry]
) {
    let rows = normalRows(sizes.reduce(0, +), 6)
    var (codes, entries): ([Float], [ImageEntry]) = ([], [])
    for (cluster, size) in sizes.enumerated() {
        for _ in 0..<size {
            let row = rows[entries.count]
            codes += row.enumerated().map { noise * $1 + ($0 == cluster ? 10 : 0) }
            let name = "c\(cluster)/\(entries.count).png"
            entries.append(
                ImageEntry(path: name, relativePath: name, archetype: "c\(cluster)", groupKey: group(entries.count)))
        }
    }
    return (Tensor(codes, shape: [entries.count, 6]), entries)
}

extension ImageEntry {
    fileprivate func labelled(_ archetype: String?, group: String? = nil) -> ImageEntry {
        ImageEntry(
            path: path, relativePath: relativePath, archetype: archetype, groupKey: group ?? groupKey)
    }
}

@Suite("Doubted labels")
struct LabelDoubtsTests {
    @Test("swapped labels are found, with the right one, and no other is doubted")
    func swapped() {
        var (mu, entries) = clusters([40, 40, 40])
        for row in [3, 17, 55, 90] { entries[row] = entries[row].labelled(row < 50 ? "c2" : "c0") }
        let found = LabelDoubts.check(mu, of: entries, model: "m")
        #expect(Set(found.doubts.map(\.file)) == Set([3, 17, 55, 90].map { entries[$0].relativePath }))
        #expect(found.doubts.allSatisfy { $0.file.hasPrefix($0.suggested + "/") && $0.archetype != $0.suggested })
        #expect(found.judged == 120 && abs(found.agreement - 116.0 / 120) < 1e-9)
        let sureness = found.doubts.map { $0.suggestedShare - $0.ownShare }
        #expect(sureness == sureness.sorted(by: >) && sureness[0] > 0.8)
        #expect(found.doubts.allSatisfy { $0.neighbours.map(\.distance) == $0.neighbours.map(\.distance).sorted() })
        _ = mu
        mu = mu * 2
        #expect(LabelDoubts.check(mu, of: entries, model: "m").doubts.map(\.file) == found.doubts.map(\.file))
    }

    @Test("pages of its own group have no vote on a page: a wrong label that a whole site shares is found")
    func groups() {
        var (mu, entries) = clusters([40, 40])
        for row in 0..<12 { entries[row] = entries[row].labelled("c1", group: "one site") }
        let found = LabelDoubts.check(mu, of: entries, model: "m")
        #expect(Set(found.doubts.map(\.file)).isSuperset(of: entries[0..<12].map(\.relativePath)))
        mu = clusters([40, 40]).mu
        for row in 0..<12 { entries[row] = entries[row].labelled("c1", group: "site \(row)") }
        #expect(LabelDoubts.check(mu, of: entries, model: "m").doubts.count < 12)
    }

    @Test("rare and unlabelled pages are not judged, and unlabelled ones do not vote")
    func rare() {
        var (mu, entries) = clusters([30, 5, 30])
        let rare = LabelDoubts.check(mu, of: entries, model: "m")
        #expect(rare.judged == 60 && rare.doubts.isEmpty && rare.agreement == 1)
        for row in 0..<25 { entries[row] = entries[row].labelled(nil) }
        #expect(LabelDoubts.check(mu, of: entries, model: "m").judged == 30)
        entries = entries.map { $0.labelled(nil) }
        let none = LabelDoubts.check(mu, of: entries, model: "m")
        #expect(none.judged == 0 && none.doubts.isEmpty && none.agreement == 0)
        (mu, entries) = clusters([1])
        #expect(LabelDoubts.check(mu, of: entries, model: "m").judged == 0)
    }

    @Test("where labels have nothing to do with places, agreement is low and few labels are doubted")
    func noise() {
        let (mu, entries) = clusters([40, 40, 40], noise: 100)
        let found = LabelDoubts.check(mu, of: entries, model: "m")
        #expect(found.agreement < 0.6 && found.doubts.count < 30)
    }

    @Test("doubts are said and shown with their neighbours, and --fix moves no page for them")
    func shown() throws {
        try withTemporaryFolder { root in
            for (index, name) in ["faq/1__a", "faq/2__a", "login/3__a"].enumerated() {
                let file = root.appending(path: "pages/\(name).png")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try PNG.write(PageGenerator(width: 100).page(.faq, seed: UInt64(index)).render(), to: file)
            }
            let report = try DatasetCheck.run(root.appending(path: "pages"))
            func doubted(agreement: Double) -> DatasetReport {
                let doubt = DatasetReport.LabelCheck.Doubt(
                    file: "login/3__a.png", archetype: "login", suggested: "faq", ownShare: 0, suggestedShare: 1,
                    neighbours: ["1", "2"].map { .init(file: "faq/\($0)__a.png", archetype: "faq", distance: 1) })
                return report.adding(
                    .init(model: "runs/x", neighbours: 10, judged: 3, agreement: agreement, doubts: [doubt]))
            }
            let sure = doubted(agreement: 0.95)
            #expect(sure.summary.contains("login/3__a.png: labelled login, 2 of 2 neighbours are faq (faq/1__a.png"))
            #expect(sure.summary.contains("95.0 % of 3") && !sure.summary.contains("poor guide"))
            #expect(doubted(agreement: 0.2).summary.contains("poor guide"))
            let pictures = { try Report.dataset($0).components(separatedBy: "data:image/png").count }
            #expect(try pictures(sure) == pictures(report) + 3)
            #expect(DatasetRepair(sure) == DatasetRepair(report))
        }
    }

    @Test("one group has no neighbours to vote")
    func oneGroup() {
        let (mu, entries) = clusters([20, 20], group: { _ in "all" })
        #expect(LabelDoubts.check(mu, of: entries, model: "m").judged == 0)
    }
}
