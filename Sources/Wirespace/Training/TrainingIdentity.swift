import Crypto
import Foundation
import Wireframes

/// Identifies a list of pages by their names and labels, in order, and what else decides a training.
func fingerprint(of pages: [PageReference], and words: [String]) -> String {
    var hash = SHA256()
    hash.update(data: Data(words.joined(separator: "\t").utf8))
    for page in pages { hash.update(data: Data("\(page.name)\t\(page.archetype ?? -1)\n".utf8)) }
    return hexadecimal(hash.finalize().prefix(8))
}

extension Configuration {
    /// The same without what only changes how fast it trains and what it logs: what may differ when a training goes on.
    var withoutSpeedAndLogging: Configuration {
        var deciding = self
        deciding.optimization.threads = nil
        deciding.optimization.activationCheckpointing = OptimizationConfiguration().activationCheckpointing
        deciding.data.workers = DataConfiguration().workers
        deciding.data.cache = DataConfiguration().cache
        deciding.data.cacheGigabytes = DataConfiguration().cacheGigabytes
        deciding.logging = LoggingConfiguration()
        return deciding
    }
}
