/// How many there are of something, as a person says it: "1 page", "2 pages".
package func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
