internal import Foundation
internal import Wireframes

/// Why a page was not captured.
enum CaptureFailure: Error {
    /// The page is at fault: the next one can have the same browser.
    case page(String)
    /// The browser may be stuck or gone: the next page needs a new one.
    case browser(String)
}

/// One page at one width, in a tab of its own with cookies of its own.
///
/// Opens it, stops what it must not do (`PageRequests`), waits until it is quiet, and asks the script what it shows.
final class PageCapture {
    /// Pixels below which a page is cut off.
    static let maximumHeight = 16_384

    private let browser: Browser
    private let target: CaptureTarget
    private let width: Int
    private let seconds: Double
    private let wait: Double
    private let deadline: Deadline
    private let requests: PageRequests
    private var session = ""
    private var frame = ""
    private var context = ""
    private var page = ""
    /// What the page told of its own loading.
    private var isReady = false
    private var isLoaded = false
    private var hasCrashed = false
    private var status: Int?
    private var underWay: Set<String> = []
    private var lastActivity = ContinuousClock.now
    private(set) var notes: [String] = []

    init(_ browser: Browser, _ target: CaptureTarget, width: Int, _ settings: CaptureQueue.Settings) {
        self.browser = browser
        self.target = target
        self.width = width
        seconds = settings.timeout
        wait = settings.wait
        deadline = Deadline(in: seconds)
        requests = PageRequests(root: target.root, usesNetwork: settings.usesNetwork)
    }

    /// - Parameter screenshot: whether to take the page's picture, too.
    /// - Throws: `CaptureFailure`, `DevToolsFailure.stopped`.
    func run(screenshot: Bool) throws -> (page: CapturedPage, screenshot: Data?) {
        do {
            browser.pipe.onEvent = { [unowned self] in try handle($0) }
            defer {
                browser.pipe.onEvent = { _ in }
                close()
            }
            try openTab()
            try navigate()
            try settle()
            let captured = try look()
            let picture = screenshot ? try takeScreenshot(captured) : nil
            return (captured, picture)
        } catch DevToolsFailure.timeout {
            throw CaptureFailure.browser("took longer than \(Int(seconds)) s")
        } catch DevToolsFailure.closed, DevToolsFailure.garbled {
            throw CaptureFailure.browser("the browser ended")
        } catch DevToolsFailure.refused(let method, let reason) {
            throw hasCrashed ? .browser("the page crashed its tab") : CaptureFailure.browser("\(method): \(reason)")
        }
    }

    // MARK: - The tab

    @discardableResult
    private func call(_ method: String, _ parameters: Message = [:]) throws -> Message {
        try browser.pipe.call(method, parameters, session: session.isEmpty ? nil : session, until: deadline)
    }

    private func openTab() throws {
        let made = try call("Target.createBrowserContext", ["disposeOnDetach": true])
        context = made["browserContextId"] as? String ?? ""
        try call("Browser.setDownloadBehavior", ["behavior": "deny", "browserContextId": context])
        let tab = try call("Target.createTarget", ["url": "about:blank", "browserContextId": context])
        page = tab["targetId"] as? String ?? ""
        let attached = try call("Target.attachToTarget", ["targetId": page, "flatten": true])
        session = attached["sessionId"] as? String ?? ""
        for domain in ["Page", "Network", "Inspector"] { try call("\(domain).enable") }
        try call("Fetch.enable", ["patterns": [["urlPattern": "*"]]])
        // Frames of other sites and workers are targets of their own: they wait until their requests are watched, too.
        try call("Target.setAutoAttach", ["autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true])
        try call(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": width < 600 ? 844 : 800, "deviceScaleFactor": 1, "mobile": false])
        try call("Emulation.setEmulatedMedia", ["features": [["name": "prefers-reduced-motion", "value": "reduce"]]])
    }

    private func close() {
        let soon = Deadline(in: 2)
        if !page.isEmpty { _ = try? browser.pipe.send("Target.closeTarget", ["targetId": page], until: soon) }
        guard !context.isEmpty else { return }
        _ = try? browser.pipe.send("Target.disposeBrowserContext", ["browserContextId": context], until: soon)
    }

    // MARK: - Loading

    private func navigate() throws {
        let answer = try call("Page.navigate", ["url": target.url.absoluteString])
        frame = answer["frameId"] as? String ?? ""
        if let error = answer["errorText"] as? String, !error.isEmpty {
            throw CaptureFailure.page(Self.explanation(of: error))
        }
        if let status, status >= 400 { throw CaptureFailure.page("the server answers \(status)") }
    }

    private static func explanation(of error: String) -> String {
        switch error {
        case "net::ERR_ABORTED": "is no page but a file to download"
        case "net::ERR_NAME_NOT_RESOLVED": "there is no such host"
        case "net::ERR_CONNECTION_REFUSED": "nothing answers at this address"
        case "net::ERR_TOO_MANY_REDIRECTS": "redirects without end"
        case "net::ERR_FILE_NOT_FOUND": "there is no such file"
        case "net::ERR_BLOCKED_BY_CLIENT": "leads out of its folder, or to the network, which files may not use"
        default: "cannot be opened (\(error))"
        }
    }

    /// Waits until the page has loaded and is quiet, or until half of the time is over: then it is taken as it is.
    private func settle() throws {
        let half = deadline.orIn(seconds / 2)
        if try !hasLoaded(before: half) {
            notes.append(isReady ? "captured before all of it had come" : "captured before its end had come")
            try call("Page.stopLoading")
        }
        // Scripts often begin to fetch and to draw when the page has loaded.
        let quiet = deadline.orIn(min(4, seconds / 6))
        while quiet.milliseconds > 0, !hasCrashed {
            let rest = lastActivity.duration(to: .now)
            if underWay.isEmpty, rest > .milliseconds(400) { break }
            _ = try browser.pipe.listen(until: quiet.orIn(0.1), for: { hasCrashed })
        }
        if hasCrashed { throw CaptureFailure.browser("the page crashed its tab") }
        if let status, status >= 400 { throw CaptureFailure.page("the server answers \(status)") }
    }

    /// Waits for the page's own word, and after two seconds asks it: a page that tried to go elsewhere tells nothing more.
    private func hasLoaded(before end: Deadline) throws -> Bool {
        var step = 2.0
        while try !browser.pipe.listen(until: end.orIn(step), for: { isLoaded || hasCrashed }) {
            guard end.milliseconds > 0 else { return false }
            let answer = try call("Runtime.evaluate", ["expression": "document.readyState", "returnByValue": true])
            if (answer["result"] as? Message)?["value"] as? String == "complete" { return true }
            step = 1
        }
        return true
    }

    private func handle(_ event: Message) throws {
        guard let method = event["method"] as? String, let parameters = event["params"] as? Message else { return }
        let origin = event["sessionId"] as? String
        switch method {
        case "Fetch.requestPaused":
            let reply = requests.reply(to: parameters, mainFrame: frame)
            try browser.pipe.send(reply.method, reply.parameters, session: origin, until: deadline)
        case "Target.attachedToTarget":
            let child = parameters["sessionId"] as? String
            try browser.pipe.send("Fetch.enable", ["patterns": [["urlPattern": "*"]]], session: child, until: deadline)
            try browser.pipe.send("Runtime.runIfWaitingForDebugger", session: child, until: deadline)
        case "Page.javascriptDialogOpening":
            let isLeaving = parameters["type"] as? String == "beforeunload"
            try browser.pipe.send(
                "Page.handleJavaScriptDialog", ["accept": isLeaving], session: origin, until: deadline)
        case "Inspector.targetCrashed": hasCrashed = true
        case _ where origin == session: handlePage(method, parameters)
        default: break
        }
    }

    private func handlePage(_ method: String, _ parameters: Message) {
        switch method {
        case "Page.domContentEventFired": isReady = true
        case "Page.loadEventFired": isLoaded = true
        case "Page.frameStartedNavigating" where parameters["frameId"] as? String == frame && isLoaded: isLoaded = false
        case "Network.requestWillBeSent":
            underWay.insert(parameters["requestId"] as? String ?? "")
            lastActivity = .now
        case "Network.loadingFinished", "Network.loadingFailed":
            underWay.remove(parameters["requestId"] as? String ?? "")
            lastActivity = .now
        case "Network.responseReceived" where parameters["type"] as? String == "Document":
            // The page's own answer is the first; those of frames carry other frames' names.
            let response = parameters["response"] as? Message
            let isMain = frame.isEmpty || parameters["frameId"] as? String == frame
            if isMain, response?["fromDiskCache"] as? Bool != true { status = response?["status"] as? Int }
        default: break
        }
    }

    // MARK: - Looking

    /// What runs in the page, in an isolated world: it sees the page's document, and the page's own scripts cannot change
    /// what it calls. Its parts share one function's scope; nil when one of them is missing.
    private static let script: String? = {
        let parts = ["preparation", "appearance", "roles", "text", "leaves", "walk"].map { name in
            Bundle.module.url(forResource: name, withExtension: "js", subdirectory: "page")
                .flatMap { try? String(contentsOf: $0, encoding: .utf8) }
        }
        guard parts.allSatisfy({ $0 != nil }) else { return nil }
        return """
            globalThis.wirespace = (() => {
            "use strict";
            \(parts.compactMap(\.self).joined(separator: "\n"))
            return { prepare, walk: (maximumHeight) => JSON.stringify(new Walk(maximumHeight).run()) };
            })();
            0
            """
    }()

    /// Asks the script; once more if the page went elsewhere in the meantime.
    private func look() throws -> CapturedPage {
        do {
            return try askScript()
        } catch DevToolsFailure.refused {
            _ = try browser.pipe.listen(until: deadline.orIn(seconds / 6), for: { isLoaded || hasCrashed })
            if hasCrashed { throw CaptureFailure.browser("the page crashed its tab") }
            return try askScript()
        }
    }

    private func askScript() throws -> CapturedPage {
        guard let script = Self.script else {
            throw CaptureFailure.page("the program's own script is missing: reinstall")
        }
        let world = try call("Page.createIsolatedWorld", ["frameId": frame, "worldName": "wirespace"])
        let number = world["executionContextId"] as? Int ?? 0
        func evaluate(_ expression: String) throws -> Any? {
            let answer = try call(
                "Runtime.evaluate",
                ["expression": expression, "contextId": number, "returnByValue": true, "awaitPromise": true])
            if let exception = answer["exceptionDetails"] as? Message {
                let thrown = (exception["exception"] as? Message)?["description"] as? String
                throw CaptureFailure.page(
                    "cannot be looked at: \(thrown?.split(separator: "\n").first ?? "its script failed")")
            }
            return (answer["result"] as? Message)?["value"]
        }
        _ = try evaluate(script)
        let time = Int(max(0.5, min(5, deadline.seconds / 4)) * 1000)
        let quiet = Int(min(wait, deadline.seconds / 8) * 1000)
        if let hidden = try evaluate("wirespace.prepare(\(time), \(quiet))") as? Int, hidden > 0 {
            notes.append("a consent banner was hidden")
        }
        guard let text = try evaluate("wirespace.walk(\(Self.maximumHeight))") as? String,
            let captured = try? JSONDecoder().decode(CapturedPage.self, from: Data(text.utf8))
        else { throw CaptureFailure.page("is no document that can be looked at") }
        guard !captured.nodes.isEmpty else {
            let blocked = requests.blocked > 0 ? "; \(requests.blocked) of its requests were stopped" : ""
            throw CaptureFailure.page("nothing can be seen on it\(blocked)")
        }
        if captured.fullHeight > captured.height {
            notes.append("cut off at \(captured.height) of \(captured.fullHeight) rows")
        }
        if captured.truncated { notes.append("has more elements than are looked at") }
        if requests.blocked > 0 { notes.append("\(requests.blocked) requests were stopped") }
        return captured
    }

    private func takeScreenshot(_ captured: CapturedPage) throws -> Data? {
        let clip: Message = ["x": 0, "y": 0, "width": captured.width, "height": captured.height, "scale": 1]
        let answer = try call(
            "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true, "clip": clip])
        return (answer["data"] as? String).flatMap { Data(base64Encoded: $0) }
    }
}
