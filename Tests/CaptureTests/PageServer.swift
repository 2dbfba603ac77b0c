import Foundation

/// A web server on a port of its own, for one test: Python's, since Foundation has none. Nil without Python.
final class PageServer {
    let address: String
    private let process = Process()
    private let output = Pipe()
    /// The server ends when this closes, even if the test is killed.
    private let input = Pipe()

    init?() throws {
        guard let python = program("python3") else { return nil }
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", Self.script]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        let line = output.fileHandleForReading.availableData
        let port = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard Int(port) != nil else { return nil }
        address = "http://127.0.0.1:\(port)"
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    private static let script = """
        import http.server, os, sys, threading, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def page(self, html, status=200):
                self.send_response(status); self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers(); self.wfile.write(html.encode())
            def do_GET(self):
                path = self.path.split("?")[0]
                if path == "/plain": self.page("<h1>Title</h1><p>Some words.</p>")
                elif path == "/slow": time.sleep(1); self.page("<h1>Slow</h1>")
                elif path == "/never":
                    time.sleep(600)
                elif path == "/endless":
                    self.page("<h1>Endless</h1><p>Shown.</p><img src='/never' width=200 height=100>")
                elif path == "/moved":
                    self.send_response(302); self.send_header("Location", "/plain"); self.end_headers()
                elif path == "/circle":
                    self.send_response(302); self.send_header("Location", "/circle"); self.end_headers()
                elif path == "/file":
                    self.send_response(200); self.send_header("Content-Type", "application/zip"); self.end_headers()
                    self.wfile.write(b"PK")
                elif path == "/alert": self.page("<script>alert(1);confirm(2)</script><h1>Alert</h1>")
                elif path == "/loop": self.page("<h1>Loop</h1><script>while(true){}</script>")
                else: self.page("<h1>Not found</h1>", 404)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        print(server.server_port, flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        """
}

/// The path of a program on the PATH; nil without it.
func program(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}
