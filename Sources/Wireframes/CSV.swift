/// Reading and writing tables of comma-separated values (RFC 4180), for which Foundation has nothing on Linux.
package enum CSV {
    /// The rows of `text`, each a list of fields. Quotes hide commas and line ends; `""` in quotes is a quote. Empty lines
    /// are left out.
    ///
    /// - Throws: `UserError` with code `.data` for a quote that is never closed.
    package static func rows(of text: String) throws(UserError) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        var opened = 0
        func endRow() {
            row.append(field)
            if row != [""] { rows.append(row) }
            (row, field) = ([], "")
        }
        // A carriage return and a line feed are one Character, which is a new line.
        var characters = text.drop { $0 == "\u{FEFF}" }
        while let character = characters.popFirst() {
            if isQuoted {
                guard character == "\"" else {
                    field.append(character)
                    continue
                }
                if characters.first == "\"" {
                    field.append("\"")
                    characters.removeFirst()
                } else {
                    isQuoted = false
                }
            } else if character == "\"", field.isEmpty {
                isQuoted = true
                opened = rows.count + 1
            } else if character == "," {
                row.append(field)
                field = ""
            } else if character.isNewline {
                endRow()
            } else {
                field.append(character)
            }
        }
        guard !isQuoted else {
            throw UserError(.data, "the quote that opens in row \(opened) is never closed", remedy: "close it")
        }
        if !field.isEmpty || !row.isEmpty { endRow() }
        return rows
    }

    /// A line of a table, with its end.
    package static func line(_ fields: [String]) -> String {
        fields.map { field in
            let isPlain = !field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return isPlain ? field : "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}
