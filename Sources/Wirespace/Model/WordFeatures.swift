import Foundation
package import Wireframes

/// What is written on a page, for a linear model: which words, pairs of neighbours, pieces of four letters and words in large
/// letters there are, not how often, as places in a table (hashing: Weinberger et al., ICML 2009; pieces, because many words are
/// misread by a letter: Cavnar and Trenkle, SDAIR 1994).
package enum WordFeatures {
    /// Places that terms fall into; two may share one.
    package static let placeCount = 1 << 16
    /// Words that the reader is less sure of are mostly drawings.
    private static let leastConfidence = 30.0
    /// Of the middle height of the page's words: what is larger is a heading or a logo.
    private static let largeness = 1.4
    private static let pieceLength = 4

    /// The places of the terms on a page.
    package static func places(of words: [PageWord]) -> Set<Int> { Set(terms(of: words).map(place)) }

    /// The terms on a page, each once.
    static func terms(of words: [PageWord]) -> Set<String> {
        let heights = words.filter { $0.confidence > 60 }.map(\.height).sorted()
        let middle = Double(heights.isEmpty ? 0 : heights[heights.count / 2])
        var terms: Set<String> = []
        var before: (word: String, line: Int)?
        for word in words {
            let letters = normalised(word.text)
            guard word.confidence >= leastConfidence, letters.count > 1 else {
                before = nil
                continue
            }
            terms.insert(letters)
            if middle > 0, Double(word.height) > largeness * middle { terms.insert("large \(letters)") }
            if let before, before.line == word.line { terms.insert("\(before.word) \(letters)") }
            before = (letters, word.line)
            let characters = Array(letters)
            for start in stride(from: 0, through: characters.count - pieceLength, by: 1) {
                terms.insert("…" + String(characters[start..<start + pieceLength]))
            }
        }
        return terms
    }

    /// Small letters without accents; nothing else.
    private static func normalised(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.lowercased().decomposedStringWithCompatibilityMapping.unicodeScalars.filter {
                    ("a"..."z").contains($0)
                }))
    }

    /// FNV-1a, which is the same on every machine and in every version.
    private static func place(of term: String) -> Int {
        let hash = term.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int(hash % UInt64(placeCount))
    }
}
