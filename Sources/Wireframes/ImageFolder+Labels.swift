extension ImageFolder {
    /// The folder with other labels and groups.
    package func labelled(as entries: [ImageEntry]) -> ImageFolder {
        var folder = self
        folder.entries = entries
        folder.archetypes = Set(entries.compactMap(\.archetype)).sorted()
        return folder
    }
}
