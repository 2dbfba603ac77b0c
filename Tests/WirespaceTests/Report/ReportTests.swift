import Foundation
import Testing
import Wireframes
import Wirespace

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("The report")
struct ReportTests {
    // MARK: The page

    @Test("a sheet is cut into the rows that it was made of, whatever is on its pages")
    func bands() {
        func sheet(_ rows: [[Double]]) -> RGBImage {
            rowsSheet(rows.map { $0.map { GrayImage(width: 9, height: 5, filledWith: Float($0)) } })
        }
        #expect(sheet([[0, 0.5], [0.5, 0.5], [1]]).bands() == [4..<9, 13..<18, 22..<27])
        #expect(sheet([[0.5]]).bands() == [4..<9])
        #expect(sheet([]).bands() == [])
    }

    @Test("a full report is well-formed and holds verdict, pictures, tables, curves and methods in that order")
    func fullReport() throws {
        let html = try Report.html(
            ReportFixtures.result(), ReportFixtures.pictures(), ReportFixtures.records())
        let page = try ParsedPage(html)
        #expect(
            page.ids.filter { ["verdict", "pictures", "tables", "training", "methods"].contains($0) }
                == ["verdict", "pictures", "tables", "training", "methods"])
        #expect(Set(page.ids).count == page.ids.count)
        #expect(page.brokenLinks.isEmpty)
        #expect(page.count("img") > 20)
        #expect(page.attributes(of: "img").allSatisfy { $0["alt"]?.isEmpty == false })
        #expect(page.attributes(of: "img").allSatisfy { $0["src"]?.hasPrefix("data:image/png;base64,") == true })
        for metric in MetricDescription.all { #expect(page.text.contains(metric.formula)) }
    }

    @Test("the page asks for nothing but itself and runs no script")
    func selfContained() throws {
        for html in try [
            Report.html(ReportFixtures.result(), ReportFixtures.pictures(), ReportFixtures.records()),
            Report.comparison([("a", ReportFixtures.result(), ReportFixtures.records())]),
        ] {
            let page = try ParsedPage(html)
            #expect(page.count("script") == 0)
            #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("@import"))
            let policy = page.attributes(of: "meta").first { $0["http-equiv"] == "Content-Security-Policy" }?["content"]
            #expect(policy?.contains("default-src 'none'") == true)
        }
    }

    @Test(
        "names from outside are shown, not obeyed",
        arguments: [
            "<script>alert(1)</script>", "\" onload=\"alert(1)", "a\"\u{301} onload=\"b", "{{title}} & <b>",
            "bell\u{7}\u{0}", "</style><img src=x>",
        ])
    func hostileNames(name: String) throws {
        var result = try ReportFixtures.result(run: name, archetypes: [name, "FAQ"])
        result.metrics[name] = .init(1, count: 3)
        result.baselines[name] = ["ssim": .init(0.5, count: 3)]
        result.seconds[name] = 3
        result.subject.data = name
        let html = try Report.html(
            result, ReportFixtures.pictures(archetypes: [name, "FAQ"]), ReportFixtures.records())
        let reference = try ParsedPage(
            Report.html(
                ReportFixtures.result(archetypes: ["Panier", "FAQ"]) {
                    $0.metrics["other"] = .init(1, count: 3)
                    $0.baselines["other"] = ["ssim": .init(0.5, count: 3)]
                    $0.seconds["other"] = 3
                }, ReportFixtures.pictures(archetypes: ["Panier", "FAQ"]), ReportFixtures.records()))
        let page = try ParsedPage(html)
        #expect(page.elements == reference.elements)
        #expect(page.attributeNames == reference.attributeNames)
        let comparison = try ParsedPage(Report.comparison([(name, result, []), ("b", result, [])]))
        #expect(comparison.count("script") == 0 && comparison.count("img") == 0 && comparison.count("b") == 0)
    }

    @Test("missing keys, numbers that are none, no archetypes, no pictures and no epochs leave a page that says so")
    func poorResults() throws {
        let bare = try ReportFixtures.result(archetypes: []) {
            $0.metrics = [:]
            $0.baselines = [:]
            $0.klPerDimension = []
            $0.seconds = [:]
        }
        let page = try ParsedPage(Report.html(bare, nil, []))
        #expect(page.text.contains("0 of the source's 4 targets met, 4 not known"))
        #expect(page.text.contains("This evaluation has no figures."))

        let broken = try ReportFixtures.result(archetypes: []) {
            $0.metrics["ssim"] = .init(.nan, low: .nan, high: .nan, count: 0)
            $0.metrics["silhouette"] = .init(.infinity, low: -.infinity, high: .infinity, count: 0)
            $0.metrics["brand_new_figure"] = .init(-1234567.8, count: 2)
            $0.klPerDimension = [.nan, .infinity, 1]
            $0.perArchetype = ["ghost": ["ssim": .nan]]
            $0.confusion = [[1, 2, 3], []]
            $0.seconds = ["space": .nan]
        }
        var records = try ReportFixtures.records(3)
        records[1].train.total = .nan
        records[2].validation = nil
        let html = try Report.html(broken, ReportFixtures.pictures(archetypes: []), records)
        let text = try ParsedPage(html).text
        #expect(text.contains("undefined") && text.contains("2 figures are not numbers"))
        #expect(text.contains("brand_new_figure") && text.contains("−1\u{202F}234\u{202F}568"))
        #expect(!html.contains("nan\"") && !html.contains("inf\""))
        #expect(try ParsedPage(Report.comparison([])).text.contains("No runs to compare"))
        let pair = [("a", broken, records), ("b", bare, [])]
        #expect(try ParsedPage(Report.comparison(pair)).count("table") > 1)
    }

    // MARK: Verdicts

    @Test(
        "a target is met or missed only when the whole interval is on one side",
        arguments: [
            (0.80, 0.78, 0.82, Verdict.Outcome.met), (0.76, 0.74, 0.78, .withinInterval), (0.5, 0.4, 0.6, .notMet),
            (0.74, 0.70, 0.76, .withinInterval), (.nan, 0, 1, .unknown),
        ])
    func verdicts(value: Double, low: Double, high: Double, expected: Verdict.Outcome) throws {
        let result = try ReportFixtures.result { $0.metrics["ssim"] = .init(value, low: low, high: high, count: 9) }
        #expect(Verdict.all(for: result).first?.outcome == expected)
    }

    @Test("a target from above is met below its bound, and without an interval by the figure alone")
    func upperBound() throws {
        let low = try ReportFixtures.result { $0.metrics["interpolation_variance"] = .init(0.05, count: 9) }
        let high = try ReportFixtures.result { $0.metrics["interpolation_variance"] = .init(0.2, count: 9) }
        #expect(Verdict.all(for: low).last?.outcome == .met)
        #expect(Verdict.all(for: high).last?.outcome == .notMet)
    }

    @Test(
        "a space that only looks good is warned of in words",
        arguments: [
            (["z_shuffle_delta_from_latent": 0.0001], "The decoder ignores the code"),
            (["z_shuffle_delta": -0.00001], "With its skips the decoder ignores the code"),
            (["ink_f1_from_latent": 0.01], "The pages come out blank"),
            (["active_units": 2], "The latent space has collapsed"),
            (["ssim": 0.9, "ssim_from_latent": 0.4], "The decoder copies through its skips"),
            (["ssim_from_latent": 0.2, "ssim": 0.2], "No better than the mean page"),
            (["knn_accuracy": 0.1], "Neighbours do not share their archetype"),
        ])
    func warnings(figures: [String: Double], title: String) throws {
        func healthy(_ result: inout EvaluationResult) {
            result.metrics["knn_accuracy"] = .init(0.9, count: 180)
            result.baselines["majority"] = ["knn_accuracy": .init(0.2, count: 180)]
        }
        #expect(try EvaluationWarning.all(for: ReportFixtures.result(healthy)).isEmpty)
        let result = try ReportFixtures.result {
            healthy(&$0)
            for (key, value) in figures { $0.metrics[key] = .init(value, count: 180) }
        }
        #expect(EvaluationWarning.all(for: result).map(\.title) == [title])
        #expect(try ParsedPage(Report.html(result, nil, [])).text.contains(title))
    }

    @Test("blank pages are also seen in the last epoch's share of ink")
    func blankInTraining() throws {
        let result = try ReportFixtures.result { $0.metrics = [:] }
        var records = try ReportFixtures.records()
        records[records.count - 1].validation?.inkRatio = 0.03
        #expect(EvaluationWarning.all(for: result, records: records).map(\.title) == ["The pages come out blank"])
    }

    // MARK: Comparison

    @Test("the best run is marked only where its interval overlaps with no other")
    func bestRun() throws {
        func run(_ value: Double, _ low: Double?, _ high: Double?) throws -> EvaluationResult {
            try ReportFixtures.result { $0.metrics = ["sample_kid": .init(value, low: low, high: high, count: 90)] }
        }
        func marks(_ results: [EvaluationResult]) throws -> Int {
            try ParsedPage(Report.comparison(results.enumerated().map { ("run \($0.offset)", $0.element, []) }))
                .classes.count { $0 == "best" } - 1  // the one that explains the mark
        }
        #expect(try marks([run(0.1, 0.08, 0.12), run(0.3, 0.25, 0.35), run(0.5, 0.4, 0.6)]) == 1)
        #expect(try marks([run(0.1, 0.08, 0.26), run(0.3, 0.25, 0.35)]) == 0)
        #expect(try marks([run(0.1, nil, nil), run(0.3, 0.25, 0.35)]) == 0)
        #expect(try marks([run(.nan, nil, nil), run(0.3, 0.25, 0.35)]) == 0)
        #expect(try marks([run(0.1, 0.08, 0.12)]) == 0)
    }

    @Test("runs that saw other pages are not compared in silence")
    func unlikeRuns() throws {
        let other = try ReportFixtures.result(archetypes: ["FAQ"]) {
            $0.subject.data = "other pages"
            $0.subject.sampling = "codes from <elsewhere>"
        }
        let page = try ParsedPage(Report.comparison([("a", ReportFixtures.result(), []), ("b", other, [])]))
        #expect(page.text.contains("not measured on the same pages"))
        #expect(page.text.contains("do not know the same archetypes"))
        #expect(page.text.contains("not measured in the same way"))
        #expect(page.text.contains("codes from <elsewhere>"))

        let alike = try ParsedPage(Report.comparison([("a", other, []), ("b", other, [])]))
        #expect(!alike.text.contains("not measured"))
    }

    // MARK: The map

    @Test("each of 22 archetypes has a mark of its own")
    func distinctMarks() {
        let names = (0..<22).map { _ in " " }
        let marks = (0..<22).map { archetype -> [UInt8] in
            let map = EvaluationPictures.Map(points: [(0, 0)], archetypes: [archetype])
            let plot = ScatterPlot(map, names: names).image(width: 500, height: 700)
            // Around the middle of the field, where the only point is.
            let ink = (0..<plot.width * plot.height).filter { pixel in
                let (x, y) = (pixel % plot.width, pixel / plot.width)
                return (20..<300).contains(x) && (338..<362).contains(y) && plot.bytes[3 * pixel] < 235
            }
            return ink.flatMap { pixel -> [UInt8] in
                [UInt8(truncatingIfNeeded: pixel)] + plot.bytes[3 * pixel..<3 * pixel + 3]
            }
        }
        #expect(marks.allSatisfy { $0.count > 100 })
        #expect(Set(marks).count == 22)
    }

    @Test("a map has its size whatever the points, names and counts are")
    func oddMaps() {
        let odd: [(points: [(x: Double, y: Double)], archetypes: [Int?])] = [
            ([], []), ([(.nan, 1), (1, .infinity)], [0, 1]), ([(1e308, -1e308), (-1e308, 1e308)], [0, nil]),
            ([(2, 2), (2, 2)], [99, 5]), ([(0, 0)], []),
        ]
        for (points, archetypes) in odd {
            let map = EvaluationPictures.Map(points: points, archetypes: archetypes)
            let names = (0..<120).map { "archetype with a rather long name \($0) 名前" }
            let plot = ScatterPlot(map, names: names).image(width: 400, height: 300, scale: 2)
            #expect(plot.width == 800 && plot.height == 600)
        }
        let tiny = ScatterPlot(.init(points: [(0, 0)], archetypes: [0]), names: ["a"]).image(width: 1, height: 1)
        #expect(tiny.width == 1)
    }
}

/// A page read as XML, which is stricter than HTML: what is not closed, escaped or allowed ends in an error.
final class ParsedPage: NSObject, XMLParserDelegate {
    private(set) var text = ""
    private(set) var elements: [String] = []
    private var all: [(name: String, attributes: [String: String])] = []
    private var isStyle = false

    init(_ html: String) throws {
        super.init()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = self
        guard parser.parse() else {
            throw Browser.Failure(
                description:
                    "line \(parser.lineNumber), column \(parser.columnNumber): \(String(describing: parser.parserError))"
            )
        }
    }

    var ids: [String] { all.compactMap { $0.attributes["id"] } }
    var classes: [String] { all.compactMap { $0.attributes["class"] } }
    var attributeNames: [[String]] { all.map { $0.attributes.keys.sorted() } }
    var brokenLinks: [String] {
        let targets = Set(ids.map { "#" + $0 })
        return attributes(of: "a").compactMap { $0["href"] }.filter { !targets.contains($0) }
    }
    func count(_ name: String) -> Int { elements.count { $0 == name } }
    func attributes(of name: String) -> [[String: String]] { all.filter { $0.name == name }.map(\.attributes) }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        elements.append(name)
        all.append((name, attributes))
        isStyle = name == "style"
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !isStyle { text += string }
    }
}
