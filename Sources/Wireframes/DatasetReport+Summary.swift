internal import Foundation

extension DatasetReport {
    /// The report in words, for a terminal: what is there, then what is wrong, worst first.
    public var summary: String {
        var lines = overview
        for problem in problems { lines += ["", problem.title] + listed(problem.items) }
        if problems.isEmpty && images > 0 { lines += ["", "No problems found."] }
        return lines.joined(separator: "\n")
    }

    private var overview: [String] {
        let ignored = ignoredFiles > 0 ? ["  others  \(count(ignoredFiles, "file")) ignored: not .png"] : []
        guard images > 0 else { return ["\(folder): no .png files"] + ignored }
        var lines = ["\(folder): \(count(images, "image")) in \(count(groups, "group"))"]
        if images > unreadable.count {
            let ink = [inkShare.minimum, inkShare.median, inkShare.maximum].map(percent).joined(separator: ", ")
            lines += [
                "  size    \(pixels(width)) wide, \(pixels(height)) tall (smallest, median, largest)",
                "  ink     \(ink) of the page (lightest, median, darkest)",
            ]
        }
        if let largestGroup, groups < images {
            lines.append("  groups  the largest, \(largestGroup.key), has \(count(largestGroup.images, "image"))")
        }
        lines += ignored
        if let balance {
            lines += ["", "\(count(archetypes.count, "archetype")), evenness \(decimal(balance.evenness, 2))"]
            lines += table
        }
        if unlabelled > 0 { lines += ["", "\(count(unlabelled, "image")) without a label"] }
        return lines
    }

    private var table: [String] {
        let total = Double(images - unlabelled)
        let width = archetypes.map(\.name.count).max() ?? 0
        return archetypes.map { archetype in
            let name = archetype.name + String(repeating: " ", count: width - archetype.name.count)
            let share = percent(Double(archetype.images) / total)
            return "  \(name)  \(right(archetype.images, 6))  \(right(share, 6))"
                + "  \(right(archetype.groups, 5)) \(archetype.groups == 1 ? "group " : "groups")"
                + "  ink \(percent(archetype.inkShare))"
        }
    }

    private var problems: [(title: String, items: [String])] {
        var problems: [(title: String, items: [String])] = []
        func add(_ title: String, _ items: [String]) {
            if !items.isEmpty { problems.append((title, items)) }
        }
        add("\(count(unreadable.count, "file")) cannot be read:", unreadable.map { "\($0.file): \($0.reason)" })
        if isLightOnDark {
            problems.append(("Most pages are dark: set data.invert to true if they are light on dark.", []))
        }
        add("\(count(blank.count, "page")) blank:", blank)
        add("\(count(tiny.count, "image")) under \(DatasetCheck.smallestSide) pixels a side:", tiny)
        add("\(count(oversized.count, "image")) over \(DatasetCheck.largestSide) pixels a side:", oversized)
        let relabelled = duplicates.filter(\.acrossArchetypes)
        let leaking = duplicates.filter { $0.acrossGroups && !$0.acrossArchetypes }
        let others = duplicates.filter { !$0.acrossGroups && !$0.acrossArchetypes }
        add("\(count(relabelled.count, "image")) under more than one label:", relabelled.map(describe))
        add(
            "\(count(leaking.count, "image")) in more than one group, so maybe in training and test:",
            leaking.map(describe))
        add("\(count(others.count, "image")) more than once:", others.map(describe))
        add("\(count(singletons.count, "archetype")) with a single image:", singletons)
        add(
            "\(count(singleGroup.count, "archetype")) from a single group, so never in both training and test:",
            singleGroup)
        add("\(count(emptyFolders.count, "folder")) without images:", emptyFolders)
        return problems
    }

    private func describe(_ duplicates: Duplicates) -> String {
        let note = duplicates.identicalFiles ? "" : " (equal pixels)"
        if duplicates.files.count == 2 { return duplicates.files.joined(separator: " = ") + note }
        return "\(duplicates.files.count) copies\(note):" + duplicates.files.map { "\n    " + $0 }.joined()
    }

    /// The first ten; all of them are in the report itself.
    private func listed(_ items: [String]) -> [String] {
        items.prefix(10).map { "  " + $0 } + (items.count > 10 ? ["  … and \(items.count - 10) more"] : [])
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    private func pixels(_ range: Range) -> String {
        "\(Int(range.minimum)), \(Int(range.median)), \(Int(range.maximum)) px"
    }

    private func percent(_ share: Double) -> String { decimal(100 * share, 1) + " %" }

    private func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private func right(_ value: some CustomStringConvertible, _ width: Int) -> String {
        let text = value.description
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
