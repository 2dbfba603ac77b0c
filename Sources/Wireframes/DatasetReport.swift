/// What a data set folder holds and what is wrong with it, from `DatasetCheck`.
public struct DatasetReport: Sendable, Codable, Equatable {
    /// One archetype's part of the data set.
    public struct Archetype: Sendable, Codable, Equatable {
        /// The label.
        public let name: String
        /// Number of images, unreadable ones included.
        public let images: Int
        /// Number of groups (sites, projects) that these come from.
        public let groups: Int
        /// Mean share of ink of its readable images, 0 to 1.
        public let inkShare: Double
    }

    /// What lies in one split.
    public struct SplitPart: Sendable, Codable, Equatable {
        /// Train, validation or test.
        public let split: Split
        /// Number of images.
        public let images: Int
        /// Number of groups.
        public let groups: Int
        /// Number of archetypes.
        public let archetypes: Int
    }

    /// Smallest, middle and largest of a quantity.
    public struct Range: Sendable, Codable, Equatable {
        /// The smallest value.
        public let minimum: Double
        /// The value in the middle of the sorted values (the lower one of two).
        public let median: Double
        /// The largest value.
        public let maximum: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            minimum = sorted.first ?? 0
            median = sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
            maximum = sorted.last ?? 0
        }
    }

    /// A file that could not be read.
    public struct Unreadable: Sendable, Codable, Equatable {
        /// Its path below the data set's folder.
        public let file: String
        /// Why.
        public let reason: String
    }

    /// Files that show the same image.
    public struct Duplicates: Sendable, Codable, Equatable {
        /// Paths below the data set's folder, sorted, those with a label first.
        public let files: [String]
        /// The files are equal byte by byte; otherwise only their pixels are.
        public let identicalFiles: Bool
        /// Their labels, sorted.
        public let archetypes: [String]
        /// They carry different labels, so at least one is wrong.
        public let acrossArchetypes: Bool
        /// They count as different groups, so training and test may both see the image.
        public let acrossGroups: Bool
    }

    /// Files that show nearly the same image: the first, and those that are like it.
    public struct NearDuplicates: Sendable, Codable, Equatable {
        /// A near-copy.
        public struct Copy: Sendable, Codable, Equatable {
            /// Its path below the data set's folder.
            public let file: String
            /// Structural similarity of its thumbnail to that of the first file; 1 for equal ones.
            public let similarity: Double
        }

        /// The path of the first file.
        public let file: String
        /// The others.
        public let copies: [Copy]
        /// They carry different labels.
        public let acrossArchetypes: Bool
        /// They count as different groups.
        public let acrossGroups: Bool
        /// They lie in different splits, so a model would be tested on what it was trained on.
        public let acrossSplits: Bool

        /// All of them.
        public var files: [String] { [file] + copies.map(\.file) }
    }

    /// A group and its size.
    public struct Group: Sendable, Codable, Equatable {
        /// The group key.
        public let key: String
        /// Number of images.
        public let images: Int
    }

    /// How evenly the labelled images are spread over the archetypes.
    public struct Balance: Sendable, Codable, Equatable {
        /// Share of the largest archetype: the accuracy of always naming it.
        public let majorityShare: Double
        /// Images of the largest archetype for one of the smallest.
        public let largestToSmallest: Double
        /// Entropy of the labels over its maximum: 1 when all archetypes have equally many images.
        public let evenness: Double
    }

    /// The folder that was checked.
    public let folder: String
    /// Number of image files, unreadable ones included.
    public let images: Int
    /// Files that could not be read, with the reason.
    public let unreadable: [Unreadable]
    /// Archetypes, sorted by name; empty for an unlabelled data set.
    public let archetypes: [Archetype]
    /// Number of images without a label.
    public let unlabelled: Int
    /// How evenly archetypes are filled; nil without archetypes.
    public let balance: Balance?
    /// Archetypes with a single image, which no split can both train on and test.
    public let singletons: [String]
    /// Archetypes whose images all come from one group, which is never split either.
    public let singleGroup: [String]
    /// Sub-folders without an image.
    public let emptyFolders: [String]
    /// Files that are no images.
    public let ignoredFiles: Int
    /// Number of groups.
    public let groups: Int
    /// The group with the most images.
    public let largestGroup: Group?
    /// What lies in each split of a configuration; empty without one.
    public let splits: [SplitPart]
    /// Widths in pixels.
    public let width: Range
    /// Heights in pixels.
    public let height: Range
    /// Share of ink: mean of 1 − value over a page.
    public let inkShare: Range
    /// Pages of one flat tone.
    public let blank: [String]
    /// Images with a side under `DatasetCheck.smallestSide`.
    public let tiny: [String]
    /// Images with a side over `DatasetCheck.largestSide`.
    public let oversized: [String]
    /// Dark pages among mostly light ones, or light ones among mostly dark ones. More than half of a dark page's pixels
    /// are darker than middle grey.
    public let inverted: [String]
    /// Images that Exif data turn; they are read upright.
    public let rotated: [String]
    /// Images that store four inks instead of three colours.
    public let cmyk: [String]
    /// Pages that are far wider, taller, narrower or shorter than the others (`DatasetCheck`).
    public let unusualSizes: [String]
    /// Pages with far more or less ink than the others.
    public let unusualInk: [String]
    /// Images that occur more than once.
    public let duplicates: [Duplicates]
    /// Images that occur nearly the same more than once.
    public let nearDuplicates: [NearDuplicates]
    /// Pages taller than `data.max_height`, of which only a part is seen; none without a configuration.
    public let cropped: [String]
    /// What a model says of the labels; nil when none was asked.
    public internal(set) var labels: LabelCheck?

    /// Pages are mostly dark, as depth maps are: `data.invert` is probably wanted.
    public var isLightOnDark: Bool { images > unreadable.count && inkShare.median > 0.5 }
}
