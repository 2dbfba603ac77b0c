import Foundation
import Wireframes
import Wirespace

/// Loads epochs of a folder's pages on request: a line with their number comes in, a line of JSON goes out.
struct LoaderWorker {
    private let loader: Loader

    /// - Parameter store: a folder that keeps what was read, or nil to decode every file in every epoch.
    init(_ folder: String, workers: Int, store: String?) throws {
        var configuration = Configuration()
        configuration.data.directory = folder
        configuration.data.width = 128
        configuration.data.maxHeight = 4096
        configuration.data.heightMultiple = 1
        configuration.data.workers = workers
        configuration.data.splits.train = 1
        configuration.data.splits.validation = 0
        configuration.data.splits.test = 0
        configuration.data.cache = store
        configuration.augmentation.enabled = false
        let pages = try configuration.pageSource(store: store.flatMap { _ in try configuration.pageStore { _ in } })
        loader = Loader(pages, split: .train, purpose: .training, configuration: configuration)
    }

    private struct Ready: Encodable {
        let pages: Int
    }

    private struct Report: Encodable {
        var seconds: [Double] = []
        /// Of the pages' mean greys.
        var means: [Double] = []
    }

    func serve() throws {
        try say(Ready(pages: loader.pages.count))
        while let line = readLine() {
            var report = Report()
            for epoch in 0..<(Int(line) ?? 0) {
                let duration = try ContinuousClock().measure { report.means.append(try load(epoch)) }
                report.seconds.append(duration / .seconds(1))
            }
            try say(report)
        }
    }

    private func load(_ epoch: Int) throws -> Double {
        var (sum, count) = (0.0, 0)
        let groups = loader.groups(epoch: epoch)
        while let group = try groups.next() {
            for page in group.batches.joined().lazy.map(\.target) {
                sum += Double(page.pixels.reduce(0, +)) / Double(page.pixels.count)
                count += 1
            }
        }
        return sum / Double(count)
    }
}
