internal import Foundation
public import Wireframes

/// A headless Chromium of our own, with a profile that is removed when it ends.
public final class Browser {
    /// The browser to use: `path`, else the first of the usual names on the PATH, or where a Mac keeps it.
    ///
    /// - Throws: `UserError` with code `.missingInput` when there is none.
    public static func find(_ path: String? = nil) throws(UserError) -> String {
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        if let path {
            let candidates = path.contains("/") ? [path] : folders.map { $0 + "/" + path }
            guard let found = candidates.first(where: isProgram) else {
                throw UserError(
                    .missingInput, "there is no such program", at: path, remedy: "name a Chromium or Chrome")
            }
            return found
        }
        let applications = ["Chromium", "Google Chrome"].map { "/Applications/\($0).app/Contents/MacOS/\($0)" }
        guard
            let found = (folders.flatMap { folder in names.map { folder + "/" + $0 } } + applications).first(
                where: isProgram)
        else {
            throw UserError(
                .missingInput, "there is no Chromium on the PATH",
                remedy: "install it (`apt-get install chromium`), or name one with --chromium")
        }
        return found
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            && FileManager.default.isExecutableFile(atPath: path)
    }

    /// Whether it can reach no network at all.
    let isOffline: Bool
    let pipe: DevToolsPipe
    private let process: ChildProcess
    private let profile: URL

    /// Starts a browser.
    ///
    /// - Throws: `UserError` with code `.io` when it does not start, with what it said; `DevToolsFailure.stopped`.
    init(_ executable: String, isOffline: Bool, shouldStop: @escaping () -> Bool) throws {
        self.isOffline = isOffline
        profile = try Self.makeProfile()
        let errors = profile.appending(path: "errors.txt")
        do {
            process = try ChildProcess(
                executable, Self.arguments(profile, isOffline), errors: errors.path(percentEncoded: false))
        } catch {
            try? FileManager.default.removeItem(at: profile)
            throw error
        }
        pipe = DevToolsPipe(input: process.output, output: process.input, shouldStop: shouldStop)
        do {
            try pipe.call("Browser.getVersion", until: Deadline(in: 90))
        } catch DevToolsFailure.stopped {
            end()
            throw DevToolsFailure.stopped
        } catch {
            let said =
                (try? String(contentsOf: errors, encoding: .utf8))?.split(separator: "\n").last.map { ": \($0)" } ?? ""
            end()
            throw UserError(
                .io, "the browser does not start\(said.prefix(300))", at: executable,
                remedy: "try `\(executable) --headless --dump-dom about:blank`")
        }
    }

    deinit { end() }

    /// Ends it with all its processes and removes its profile.
    func end() {
        process.end()
        // Its children may write for a moment after they were told to end.
        for _ in 0..<20 {
            try? FileManager.default.removeItem(at: profile)
            if !FileManager.default.fileExists(atPath: profile.path(percentEncoded: false)) { return }
            usleep(50_000)
        }
    }

    private static func arguments(_ profile: URL, _ isOffline: Bool) -> [String] {
        var arguments = [
            "--headless", "--remote-debugging-pipe", "--user-data-dir=\(profile.path(percentEncoded: false))",
            "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-extensions", "--disable-sync", "--disable-background-networking", "--disable-component-update",
            "--disable-default-apps", "--disable-breakpad", "--disable-crash-reporter", "--metrics-recording-only",
            "--mute-audio", "--hide-scrollbars", "--force-color-profile=srgb", "--disable-renderer-backgrounding",
            "--disable-background-timer-throttling", "--password-store=basic", "--use-mock-keychain",
            "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
        ]
        // Chromium's sandbox refuses to run as root.
        if geteuid() == 0 { arguments.append("--no-sandbox") }
        // Requests are stopped one by one as well; this stops those that cannot be seen, such as web sockets.
        if isOffline { arguments += ["--proxy-server=socks5://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"] }
        return arguments + ["about:blank"]
    }

    private static let profilePrefix = "wirespace-browser-"

    private static func makeProfile() throws(UserError) -> URL {
        let folder = FileManager.default.temporaryDirectory
        let profile = folder.appending(path: "\(profilePrefix)\(getpid())-\(UUID().uuidString)")
        try profile.makeFolder()
        return profile
    }

    /// Removes the profiles of captures that were killed.
    static func removeAbandonedProfiles() {
        let folder = FileManager.default.temporaryDirectory
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        for name in names where name.hasPrefix(profilePrefix) {
            guard let pid = name.dropFirst(profilePrefix.count).split(separator: "-").first.flatMap({ pid_t($0) }),
                kill(pid, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }
}
