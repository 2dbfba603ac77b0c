import Foundation
import Mustache
public import Wireframes

/// Evaluations as pages for people: one HTML file that holds everything it shows and asks for nothing else.
///
/// The pages have no scripts, and their content security policy allows inline styles and pictures within the file
/// only. They are well-formed XML too. How they look is in `Resources/Report`, as Mustache templates and a style sheet.
public enum Report {
    /// The report of one run: verdict, pictures, tables, training curves, and how each number was computed.
    ///
    /// - Parameters:
    ///   - result: the figures. Keys that are missing or unknown, and numbers that are not finite, are shown as such.
    ///   - pictures: without them, as when only `metrics.json` is at hand, that part is left out.
    ///   - records: the epochs of the training, in any order; may be empty.
    /// - Throws: `UserError` with code `.internal` when a template is missing or broken, `.data` when a picture is
    ///   beyond the limits of ``PNG``.
    public static func html(
        _ result: EvaluationResult, _ pictures: EvaluationPictures?, _ records: [EpochRecord]
    ) throws -> String {
        let templates = try Templates()
        return try templates.render(
            ReportPage(result, pictures, records, style: try templates.style()), with: "report")
    }

    /// Several runs side by side: targets, figures and curves. The best figure of a row is marked only where its 95 %
    /// interval overlaps with that of no other run.
    ///
    /// - Parameter runs: name, figures and epochs of each, in the order of the columns.
    /// - Throws: `UserError` with code `.internal` when a template is missing or broken.
    public static func comparison(
        _ runs: [(name: String, result: EvaluationResult, records: [EpochRecord])]
    ) throws -> String {
        let templates = try Templates()
        return try templates.render(ComparisonPage(runs, style: try templates.style()), with: "comparison")
    }

    /// What a data set's folder holds and what is wrong with it, with thumbnails of the pages concerned.
    ///
    /// - Throws: `UserError` with code `.internal` when a template is missing or broken.
    public static func dataset(_ report: DatasetReport) throws -> String {
        let templates = try Templates()
        return try templates.render(DatasetPage(report, style: try templates.style()), with: "dataset")
    }

    /// Templates beside the program.
    private struct Templates {
        private let folder: URL
        private var library = MustacheLibrary()

        init() throws(UserError) {
            guard let folder = Bundle.module.url(forResource: "Report", withExtension: nil) else {
                throw UserError(
                    .internal, "the templates of the report are not beside the program", at: "Report",
                    remedy: "install the program together with its resource folder")
            }
            self.folder = folder
            for name in ["report", "comparison", "dataset", "head", "chart", "methods", "notices"] {
                let text = try Self.text("\(name).mustache", in: folder)
                do {
                    try library.register(text, named: name)
                } catch {
                    throw UserError(.internal, "the template is broken: \(error)", at: "\(name).mustache")
                }
            }
        }

        func style() throws(UserError) -> String { try Self.text("style.css", in: folder) }

        func render(_ page: Any, with name: String) throws(UserError) -> String {
            guard let html = library.render(page, withTemplate: name) else {
                throw UserError(.internal, "there is no such template", at: name)
            }
            return html
        }

        private static func text(_ name: String, in folder: URL) throws(UserError) -> String {
            do {
                return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            } catch {
                throw UserError(
                    .internal, "cannot read a template of the report: \(error.localizedDescription)",
                    at: folder.appending(path: name).path(percentEncoded: false))
            }
        }
    }
}
