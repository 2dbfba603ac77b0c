/// Which pages, and how they are loaded. Exactly one of `directory` and `generator` is set.
public struct DataConfiguration: ConfigurationSection {
    /// Folder of images; its sub-folders, if any, are the archetypes.
    public var directory: String?
    /// Pages from the built-in generator instead of a folder.
    public var generator: GeneratorConfiguration?
    /// Turns light-on-dark pages into dark-on-light.
    public var invert = false
    /// The pictures are screenshots in colour, which are reduced to ink on paper (`RGBImage.wireframe()`).
    public var screenshots = false
    /// Common width in pixels, reached by area averaging with the aspect ratio kept; null leaves pages as they are.
    public var width: Int?
    /// Pages taller than this are cropped: at random in training, centred in evaluation. In pixels.
    public var maxHeight = 2048
    /// Paper is added below a page until its height is a multiple of this, so that pages of nearly equal size can share
    /// a batch. In pixels; 1 adds nothing.
    public var heightMultiple = 1
    /// Regular expression on the file name whose first capture group is the key that keeps near-copies in one split; null
    /// takes the part before `__`.
    public var groupPattern: String?
    /// Folder of labelled exemplars, one sub-folder per archetype, for a `directory` without sub-folders. They are added
    /// to the training pages.
    public var archetypesDirectory: String?
    /// Table of labels instead of sub-folders: a CSV file with the columns `file`, `archetype` and, if wanted, `group`. Files
    /// are named relative to `directory`; those without a label, or not in the table, are unlabelled.
    public var labels: String?
    /// New names of archetypes; two of one new name are merged, null makes their pages unlabelled.
    public var archetypes: [String: String?] = [:]
    /// Shares of the three splits.
    public var splits = SplitsConfiguration()
    /// Folder where decoded and scaled pages of `directory` are kept, so that only the first epoch decodes files: `auto` is the
    /// user's folder of caches, or what the environment's `WIRESPACE_CACHE` names; null keeps none. Never changes a result.
    public var cache: String? = PageCache.automatic
    /// Most that all pages kept in that folder may take, in gigabytes.
    public var cacheGigabytes = 20.0
    /// Threads that load ahead of the training; 0 loads in the training thread itself.
    public var workers = 2
    /// Most pages of one size in a forward pass. Never changes the gradient, only the speed and the memory.
    public var batchSize = 1
    /// Steps of the optimiser whose pages are loaded together and dealt out by size, so that batches fill; 1 keeps the
    /// random order as it is. So many times `accumulation_steps` pages are held in memory, twice.
    public var bucketGroups = 1

    /// The defaults.
    public init() {}

    /// The width of all pages; nil if they have their own.
    var pageWidth: Int? { width ?? generator?.width }
    /// What the height of every page is a multiple of.
    var pageHeightMultiple: Int { max(heightMultiple, generator?.heightMultiple ?? 1) }

    package static let fields: [ConfigurationField<Self>] = [
        .value("directory", \.directory),
        .section("generator", \.generator),
        .value("invert", \.invert),
        .value("screenshots", \.screenshots),
        .number("width", \.width, .between(32, 4096)),
        .number("max_height", \.maxHeight, .between(32, 4096)),
        .number("height_multiple", \.heightMultiple, .between(1, 4096)),
        .value("group_pattern", \.groupPattern),
        .value("archetypes_dir", \.archetypesDirectory),
        .value("labels", \.labels),
        .names("archetypes", \.archetypes),
        .section("splits", \.splits),
        .value("cache", \.cache),
        .number("cache_gigabytes", \.cacheGigabytes, .between(0, 1e6)),
        .number("workers", \.workers, .between(0, 256)),
        .number("batch_size", \.batchSize, .between(1, 1e6)),
        .number("bucket_groups", \.bucketGroups, .between(1, 4096)),
    ]
}

/// Pages drawn by the built-in generator.
public struct GeneratorConfiguration: ConfigurationSection {
    /// Width of a page in pixels.
    public var width = 128
    /// Heights are multiples of this, in pixels.
    public var heightMultiple = 32
    /// Pages of an epoch of training.
    public var trainPages = 600
    /// Pages that choose the best checkpoint.
    public var validationPages = 90
    /// Pages that are only ever measured on.
    public var testPages = 180
    /// Draws new training pages each epoch; else the same ones come back.
    public var freshPages = true

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("width", \.width, .between(48, 4096)),
        .number("height_multiple", \.heightMultiple, .between(1, 4096)),
        .number("train_pages", \.trainPages, .between(1, 10_000_000)),
        .number("validation_pages", \.validationPages, .between(0, 10_000_000)),
        .number("test_pages", \.testPages, .between(0, 10_000_000)),
        .value("fresh_pages", \.freshPages),
    ]
}

/// Shares of the three splits; they add up to 1.
public struct SplitsConfiguration: ConfigurationSection {
    /// Share of the groups that the network learns from.
    public var train = 0.7
    /// Share of the groups that choose the best checkpoint.
    public var validation = 0.1
    /// Share of the groups that are only ever measured on.
    public var test = 0.2
    /// Decides what lies in which split; null takes the run's `seed`. Runs of several seeds that share this one share their
    /// test pages.
    public var seed: UInt64?
    /// Gives every archetype its shares of each split, as far as whole groups allow; then adding pages may move others.
    public var stratify = false
    /// Table that says which split each page lies in, as a run leaves in `splits.csv`; pages that it does not name are
    /// placed by the shares.
    public var file: String?

    /// The defaults.
    public init() {}

    package static let fields: [ConfigurationField<Self>] = [
        .number("train", \.train, .fraction),
        .number("validation", \.validation, .fraction),
        .number("test", \.test, .fraction),
        .value("seed", \.seed),
        .value("stratify", \.stratify),
        .value("file", \.file),
    ]
}
