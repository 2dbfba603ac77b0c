internal import Foundation

/// Decides on every request of a page: a file reads from its own folder, and reaches the network only when asked to; an
/// address of the web reads no files.
///
/// An image that does not come is replaced by a blank one of 320×240, so that it keeps a place in the layout.
package final class PageRequests {
    private let root: String?
    private let usesNetwork: Bool
    /// Requests that were stopped.
    package private(set) var blocked = 0

    /// - Parameters:
    ///   - root: the folder of a file, links resolved; nil for an address.
    ///   - usesNetwork: whether a file may use the network.
    package init(root: String?, usesNetwork: Bool) {
        self.root = root
        self.usesNetwork = usesNetwork
    }

    /// The command that answers `Fetch.requestPaused`.
    func reply(to event: Message, mainFrame: String) -> (method: String, parameters: Message) {
        let identifier = event["requestId"] as? String ?? ""
        let address = (event["request"] as? Message)?["url"] as? String ?? ""
        let kind = event["resourceType"] as? String ?? ""
        switch verdict(on: address) {
        case .allowed: return ("Fetch.continueRequest", ["requestId": identifier])
        case .missing where kind != "Image": return ("Fetch.continueRequest", ["requestId": identifier])
        case .forbidden where kind != "Image":
            blocked += 1
            // Where a page sends itself, it stays (204: there is nothing) instead of showing the browser's page of errors.
            if kind == "Document", !mainFrame.isEmpty, event["frameId"] as? String == mainFrame {
                return ("Fetch.fulfillRequest", ["requestId": identifier, "responseCode": 204])
            }
            return ("Fetch.failRequest", ["requestId": identifier, "errorReason": "BlockedByClient"])
        case .forbidden, .missing:
            blocked += 1
            let headers = [
                ["name": "Content-Type", "value": "image/svg+xml"],
                ["name": "Access-Control-Allow-Origin", "value": "*"],
            ]
            return (
                "Fetch.fulfillRequest",
                ["requestId": identifier, "responseCode": 200, "responseHeaders": headers, "body": Self.blankImage]
            )
        }
    }

    private static let blankImage = Data(
        #"<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"/>"#.utf8
    ).base64EncodedString()

    package enum Verdict {
        case allowed, forbidden
        /// A file of the folder that is not there.
        case missing
    }

    package func verdict(on address: String) -> Verdict {
        let scheme = address.prefix { $0 != ":" }.lowercased()
        switch scheme {
        case "data", "blob", "about": return .allowed
        case "http", "https": return root == nil || usesNetwork ? .allowed : .forbidden
        case "file": return fileVerdict(on: address)
        default: return .forbidden
        }
    }

    private func fileVerdict(on address: String) -> Verdict {
        guard let root, let url = URL(string: address), url.isFileURL,
            ["", "localhost"].contains(url.host(percentEncoded: false) ?? "")
        else { return .forbidden }
        let path = CaptureTarget.realPath(URL(filePath: url.path(percentEncoded: false)))
        guard CaptureTarget.isPath(path, below: root) else { return .forbidden }
        return FileManager.default.fileExists(atPath: path) ? .allowed : .missing
    }
}
