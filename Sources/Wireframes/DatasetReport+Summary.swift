internal import Foundation

extension DatasetReport {
    /// The report in words, for a terminal: what is there, then what is wrong, worst first.
    public var summary: String {
        var lines = overview
        for problem in problems { lines += ["", problem.title] + listed(problem.items.map(\.text)) }
        if problems.isEmpty && images > 0 { lines += ["", "No problems found."] }
        return lines.joined(separator: "\n")
    }

    /// What is there, line by line.
    package var overview: [String] {
        let ignored =
            ignoredFiles > 0 ? ["  others  \(counted(ignoredFiles, "file")) ignored: neither PNG nor JPEG"] : []
        guard images > 0 else { return ["\(folder): no PNG or JPEG files"] + ignored }
        var lines = ["\(folder): \(counted(images, "image")) in \(counted(groups, "group"))"]
        if images > unreadable.count {
            let ink = [inkShare.minimum, inkShare.median, inkShare.maximum].map(percent).joined(separator: ", ")
            lines += [
                "  size    \(pixels(width)) wide, \(pixels(height)) tall (smallest, median, largest)",
                "  ink     \(ink) of the page (lightest, median, darkest)",
            ]
        }
        if let largestGroup, groups < images {
            lines.append("  groups  the largest, \(largestGroup.key), has \(counted(largestGroup.images, "image"))")
        }
        if !splits.isEmpty {
            let parts = splits.map { part in
                let groups = counted(part.groups, "group")
                return "\(part.split.rawValue) \(part.images) in \(groups), \(counted(part.archetypes, "archetype"))"
            }
            lines.append("  splits  " + parts.joined(separator: "; "))
        }
        lines += ignored
        if let balance {
            lines += ["", "\(counted(archetypes.count, "archetype")), evenness \(decimal(balance.evenness, 2))"]
            lines += table
        }
        if let labels { lines += ["", labels.overview] }
        if unlabelled > 0 { lines += ["", "\(counted(unlabelled, "image")) without a label"] }
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

    /// Something that is wrong, and the files that it is wrong with.
    package struct Problem {
        /// A line of the list: what to say, and the files that it is about.
        package struct Item {
            package let text: String
            package let files: [String]
        }

        package let title: String
        package let items: [Item]
    }

    /// What is wrong, worst first.
    package var problems: [Problem] {
        var problems: [Problem] = []
        func add(_ number: Int, _ noun: String, _ what: String, _ items: [Problem.Item]) {
            if !items.isEmpty { problems.append(Problem(title: "\(counted(number, noun)) \(what):", items: items)) }
        }
        func add(_ files: [String], _ noun: String, _ what: String) {
            add(files.count, noun, what, files.map { Problem.Item(text: $0, files: [$0]) })
        }
        func add(folders: [String], _ noun: String, _ what: String) {
            add(folders.count, noun, what, folders.map { Problem.Item(text: $0, files: []) })
        }
        add(
            unreadable.count, "file", "cannot be read",
            unreadable.map { Problem.Item(text: "\($0.file): \($0.reason)", files: []) })
        if isLightOnDark {
            let title = "Most pages are dark: set data.invert to true if they are light on dark."
            problems.append(Problem(title: title, items: []))
        }
        add(blank, "page", "blank")
        add(tiny, "image", "under \(DatasetCheck.smallestSide) pixels a side")
        add(oversized, "image", "over \(DatasetCheck.largestSide) pixels a side")
        add(inverted, "page", isLightOnDark ? "light among dark ones" : "dark among light ones")
        add(rotated, "image", "turned by Exif: read upright")
        add(cmyk, "image", "in CMYK, for printing: read as RGB")
        let relabelled = duplicates.filter(\.acrossArchetypes)
        let leaking = duplicates.filter { $0.acrossGroups && !$0.acrossArchetypes }
        let others = duplicates.filter { !$0.acrossGroups && !$0.acrossArchetypes }
        add(relabelled.count, "image", "under more than one label", relabelled.map(item))
        add(leaking.count, "image", "in more than one group, so maybe in training and test", leaking.map(item))
        add(others.count, "image", "more than once", others.map(item))
        addNearDuplicates(to: &problems)
        if let doubted = labels?.problem { problems.append(doubted) }
        add(cropped, "page", "taller than data.max_height, so seen in part")
        add(unusualSizes, "page", "of unusual size")
        add(unusualInk, "page", "with unusually much or little ink")
        add(folders: singletons, "archetype", "with a single image")
        add(folders: singleGroup, "archetype", "from a single group, so never in both training and test")
        add(folders: emptyFolders, "folder", "without images")
        return problems
    }

    private func addNearDuplicates(to problems: inout [Problem]) {
        func add(_ what: String, where condition: (NearDuplicates) -> Bool) {
            let sets = nearDuplicates.filter(condition)
            guard !sets.isEmpty else { return }
            let title = "\(counted(sets.count, "set")) of near-copies \(what):"
            problems.append(Problem(title: title, items: sets.map(item)))
        }
        add("under more than one label") { $0.acrossArchetypes }
        add("in more than one split: tests would count what was learned") { $0.acrossSplits && !$0.acrossArchetypes }
        add("in more than one group, though in one split by chance") {
            $0.acrossGroups && !$0.acrossSplits && !$0.acrossArchetypes
        }
        add("within a group, which is no leak") { !$0.acrossGroups && !$0.acrossArchetypes }
    }

    private func item(_ set: NearDuplicates) -> Problem.Item {
        let copies = set.copies.map { "\n    \($0.file) (similarity \(decimal($0.similarity, 3)))" }.joined()
        return Problem.Item(text: set.file + " and" + copies, files: set.files)
    }

    private func item(_ duplicates: Duplicates) -> Problem.Item {
        Problem.Item(text: describe(duplicates), files: duplicates.files)
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
