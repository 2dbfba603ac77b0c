/// A word that was read on a picture.
public struct PageWord: Codable, Sendable, Equatable {
    /// As it was read, with whatever stands beside its letters.
    public let text: String
    /// How sure the reader is, from 0 to 100.
    public let confidence: Double
    /// Of its letters, in pixels of the picture.
    public let height: Int
    /// The line that it stands in, from 0: words of one line follow one another.
    public let line: Int

    /// Creates a word.
    public init(_ text: String, confidence: Double = 100, height: Int, line: Int) {
        self.text = text
        self.confidence = confidence
        self.height = height
        self.line = line
    }
}
