import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Torch
import Wireframes

/// Why a request is not answered: a status, what is wrong and how to put it right.
struct Refusal: Error {
    let status: HTTPResponse.Status
    let message: String
    let remedy: String?
    var retryAfter: Int?

    init(_ status: HTTPResponse.Status, _ message: String, remedy: String? = nil) {
        self.status = status
        self.message = message
        self.remedy = remedy
    }

    static var busy: Refusal {
        var refusal = Refusal(.serviceUnavailable, "too many requests are waiting for the model", remedy: "try again")
        refusal.retryAfter = 1
        return refusal
    }

    /// Nobody will read it.
    static var gone: Refusal {
        Refusal(.init(code: 499, reasonPhrase: "Client Closed Request"), "the client has gone")
    }

    /// What to answer to any error.
    init(_ error: any Error) {
        switch error {
        case let error as Refusal: self = error
        case let error as UserError: self.init(error)
        case let error as DecodingError: self.init(.badRequest, error.explanation, remedy: "see /api/openapi.json")
        case is NIOTooManyBytesError: self.init(.contentTooLarge, "the request is too large", remedy: "send less")
        case let error as any HTTPResponseError where error.status == .notFound:
            self.init(.notFound, "there is nothing here", remedy: "see /api/openapi.json")
        case let error as any HTTPResponseError: self.init(error.status, "\(error)")
        case let error as TorchError: self.init(.internalServerError, error.message)
        default: self.init(.internalServerError, "\(error)", remedy: "please report this")
        }
    }

    private init(_ error: UserError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .usage, .data: .badRequest
            case .missingInput: .notFound
            case .internal, .io, .temporary: .internalServerError
            }
        self.init(status, (error.place.map { "\($0): " } ?? "") + error.message, remedy: error.remedy)
    }

    var response: Response {
        struct Answer: Encodable {
            let error: Content
            struct Content: Encodable {
                let message: String
                let remedy: String?
            }
        }
        let data = (try? JSONEncoder().encode(Answer(error: .init(message: message, remedy: remedy)))) ?? Data()
        var response = Response(data, type: "application/json", status: status)
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }
}

extension DecodingError {
    /// What is wrong with a request's JSON, in one sentence.
    fileprivate var explanation: String {
        switch self {
        case .typeMismatch(let type, let context): "`\(context.name)` is not \(Self.word(for: type))"
        case .valueNotFound(_, let context): "`\(context.name)` must not be null"
        case .keyNotFound(let key, let context):
            "`\((context.codingPath + [key]).map(\.name).joined(separator: "."))` is missing"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "the body is not JSON"
        case .dataCorrupted(let context) where context.debugDescription.hasPrefix("Cannot initialize"):
            "`\(context.name)` is none of its choices"  // Foundation tells the names of types
        case .dataCorrupted(let context): "`\(context.name)`: \(context.debugDescription)"
        @unknown default: "the body cannot be read"
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}

extension DecodingError.Context {
    fileprivate var name: String { codingPath.isEmpty ? "body" : codingPath.map(\.name).joined(separator: ".") }
}

extension CodingKey {
    fileprivate var name: String { intValue.map(String.init) ?? stringValue }
}

extension Response {
    /// An answer of some bytes.
    init(_ data: Data, type: String, status: HTTPResponse.Status = .ok, file: String? = nil) {
        var headers: HTTPFields = [.contentType: type]
        if let file { headers[.contentDisposition] = "attachment; filename=\"\(file)\"" }
        self.init(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// An answer in JSON.
    init(json value: some Encodable) throws {
        self.init(try Self.encode(value), type: "application/json")
    }

    /// JSON with sorted keys.
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
