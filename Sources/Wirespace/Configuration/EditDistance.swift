/// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`: the optimal string alignment
/// distance (Damerau, 1964), on lower-cased text, so that `Beta_KDL` is near `beta_kld`.
func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.lowercased())
    let b = Array(b.lowercased())
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + Array(repeating: 0, count: b.count)
        for j in 1...b.count {
            let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            row[j] = min(last[j] + 1, row[j - 1] + 1, replaced)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}

/// The candidate nearest to `name`, if any is near enough to be what was meant: within half of its letters.
func nearestName(to name: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (name: $0, distance: editDistance(name, $0)) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance * 2 <= max(name.count, 2) ? best.name : nil
}

/// What to say of an unknown name: which was probably meant, and which there are, at most twenty of them.
///
/// - Parameter understood: names that would do as well, and are not listed.
package func suggestion(for name: String, among names: [String], understood: [String] = []) -> String {
    let meant = nearestName(to: name, among: names + understood).map { "did you mean '\($0)'? " } ?? ""
    let more = names.count > 20 ? " and \(names.count - 20) more" : ""
    return meant + "there are " + names.prefix(20).joined(separator: ", ") + more
}
