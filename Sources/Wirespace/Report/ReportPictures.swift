import Foundation
import Wireframes

/// A picture of the report with what it shows, whole or cut into rows with names.
struct ReportPicture {
    struct Image {
        let source: String
        let width: Int
        let height: Int
        let alt: String
    }

    struct Row {
        let name: String
        let image: Image
    }

    let title: String
    let anchor: String
    let caption: String
    var image: Image?
    var rows: [Row] = []
    /// Whether rows without names are shown, one below the other.
    var isNamed = false
    var isPlot = false

    /// All pictures of an evaluation, in the order of the report; those without pixels are left out.
    static func all(of pictures: EvaluationPictures, _ result: EvaluationResult) throws(UserError) -> [ReportPicture] {
        let hasLayouts = result.metrics.keys.contains { $0.hasPrefix(MetricDescription.layoutPrefix) }
        let drawn = ["The page", "From the latent"] + (hasLayouts ? ["As a layout"] : []) + ["With the skips"]
        let aboutLayouts = hasLayouts ? "As a layout: the same, by the decoder of layouts. " : ""
        let names = result.subject.archetypes
        let dimensions = pictures.traversedDimensions.map { "Dimension \($0)" }
        return try [
            sheet(
                "Reconstructions", "reconstructions", pictures.reconstructions, names: drawn, isPrefix: true,
                caption:
                    "Test pages and what the model makes of them. From the latent: all that the model knows of the page "
                    + "is its code. \(aboutLayouts)With the skips, the decoder also sees the page itself."
            ),
            sheet(
                "From page to page", "interpolations", pictures.interpolations, names: [],
                caption: "Each row goes in equal steps from the code of one test page to that of another."),
            plot(
                "Map of the test pages (t-SNE)", "tsne", pictures.tsne, names,
                caption:
                    "Each mark is a test page; pages with like codes lie near each other. t-SNE keeps neighbourhoods, "
                    + "not distances: the gaps between groups and their sizes mean little."),
            plot(
                "The two directions of largest variance (PCA)", "pca", pictures.pca, names,
                caption:
                    "The same pages, seen along the first two principal components of their codes: distances are kept "
                    + "as far as two directions can."),
            sheet(
                "Samples", "samples", pictures.samples, names: pictures.sampleNames,
                caption: "Pages that the model invents, as `wirespace generate` draws them, a row for each archetype."),
            sheet(
                "Nearest training pages", "neighbours", pictures.neighbours, names: [],
                caption: "First in each row a test page, then the training pages whose codes are nearest to it."),
            sheet(
                "One dimension at a time", "traversals", pictures.traversals, names: dimensions,
                caption: "One code, drawn while a single one of its dimensions moves from −3 to 3 standard deviations."),
            sheet(
                "Where it fails", "worst", pictures.worst, names: drawn, isPrefix: true,
                caption: "The test pages with the lowest SSIM from the latent."),
        ].compactMap { $0 }
    }

    private static func plot(
        _ title: String, _ anchor: String, _ map: EvaluationPictures.Map, _ names: [String], caption: String
    ) throws(UserError) -> ReportPicture? {
        guard !map.points.isEmpty else { return nil }
        let plot = ScatterPlot(map, names: names).image(scale: 2)
        let used = Set(map.archetypes.compactMap { $0 }).count
        let image = Image(
            source: try dataURI(plot), width: plot.width / 2, height: plot.height / 2,
            alt: "Scatter plot of \(map.points.count) pages of \(used) archetypes, with a legend.")
        return ReportPicture(title: title, anchor: anchor, caption: caption, image: image, isPlot: true)
    }

    /// A sheet of pages, cut into its rows if there are as many as names, or any number of rows without names.
    private static func sheet(
        _ title: String, _ anchor: String, _ sheet: RGBImage, names: [String], isPrefix: Bool = false, caption: String
    ) throws(UserError) -> ReportPicture? {
        guard sheet.width > 0, sheet.height > 0 else { return nil }
        let bands = sheet.bands()
        var picture = ReportPicture(title: title, anchor: anchor, caption: caption)
        if names.isEmpty || bands.count == names.count || isPrefix && (1...names.count).contains(bands.count) {
            picture.isNamed = !names.isEmpty
            for (index, band) in bands.enumerated() {
                let strip = sheet.rows(band)
                let name = names.isEmpty ? "Row \(index + 1)" : names[index].forPage
                let image = Image(
                    source: try dataURI(strip), width: strip.width, height: strip.height, alt: "\(title): \(name)")
                picture.rows.append(Row(name: name, image: image))
            }
        }
        if picture.rows.isEmpty {
            let order = names.isEmpty ? "" : " Rows from the top: \(names.joined(separator: ", "))."
            picture.image = Image(
                source: try dataURI(sheet), width: sheet.width, height: sheet.height, alt: (title + "." + order).forPage
            )
        }
        return picture
    }

    private static func dataURI(_ image: RGBImage) throws(UserError) -> String {
        "data:image/png;base64," + (try PNG.encode(image).base64EncodedString())
    }
}

extension RGBImage {
    /// The pixel rows of a band.
    func rows(_ band: Range<Int>) -> RGBImage {
        RGBImage(
            width: width, height: band.count,
            bytes: Array(bytes[3 * band.lowerBound * width..<3 * band.upperBound * width]))
    }
}
