import Foundation
import HTTPTypes
import Hummingbird

/// An answer with a file: it supports strong entity tags, one byte range, and a name to save the file under.
struct FileResponse: Sendable {
    let path: String
    let bytes: Int
    let mediaType: String
    /// A strong entity tag: it differs if any byte differs.
    let tag: String
    let filename: String

    func response(to request: Request, context: some RequestContext) async throws -> Response {
        let quoted = "\"\(tag)\""
        var headers = HTTPFields()
        headers[.eTag] = quoted
        headers[.acceptRanges] = "bytes"
        headers[.cacheControl] = "private, no-cache"
        if request.knows(quoted) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = mediaType
        headers[.contentDisposition] = Self.disposition(filename)
        headers[.xContentTypeOptions] = "nosniff"
        let isCurrent = request.headers[.ifRange].map { $0 == quoted } ?? true
        guard isCurrent, let text = request.headers[.range], let range = ByteRange(text) else {
            let body = try await FileIO().loadFile(path: path, context: context)
            return Response(status: .ok, headers: headers, body: body)
        }
        guard let part = range.resolved(in: bytes) else {
            var response = Response.problem(
                ServiceError(.rangeNotSatisfiable, "the file has \(bytes) bytes, and none of them is in the range"))
            response.headers[.contentRange] = "bytes */\(bytes)"
            return response
        }
        headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound)/\(bytes)"
        let body = try await FileIO().loadFile(path: path, range: part, context: context)
        return Response(status: .partialContent, headers: headers, body: body)
    }

    /// RFC 6266: an ASCII name for old clients, and the exact name for all others.
    static func disposition(_ name: String) -> String {
        let plain = String(
            name.unicodeScalars.map { scalar -> Character in
                (32...126).contains(scalar.value) && scalar != "\"" && scalar != "\\" && scalar != "%"
                    ? Character(scalar) : "_"
            })
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        let exact = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? plain
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(exact)"
    }
}

extension Request {
    /// Whether the client has the current version: `If-None-Match` contains the tag, by weak comparison (RFC 9110,
    /// 13.1.2).
    func knows(_ tag: String) -> Bool {
        guard let list = headers[.ifNoneMatch] else { return false }
        return list.split(separator: ",").contains { item in
            let item = item.trimmingCharacters(in: .whitespaces)
            return item == "*" || item == tag || item == "W/" + tag
        }
    }
}

/// One range of a `Range` header (RFC 9110, 14.1.2). Several ranges or other units give `nil`; the whole file is then a
/// valid answer.
struct ByteRange: Sendable, Equatable {
    private let first: Int?
    private let last: Int?

    init?(_ header: String) {
        guard header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        let sides = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { return nil }
        let texts = sides.map { $0.trimmingCharacters(in: .whitespaces) }
        guard texts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } && $0.utf8.count <= 18 }) else {
            return nil
        }
        first = Int(texts[0])
        last = Int(texts[1])
        if first == nil && last == nil { return nil }
        if let first, let last, first > last { return nil }
    }

    /// The range's bytes in a file of `count` bytes; `nil` if there are none.
    func resolved(in count: Int) -> ClosedRange<Int>? {
        guard let first else {
            guard let last, last > 0, count > 0 else { return nil }
            return max(0, count - last)...(count - 1)
        }
        guard first < count else { return nil }
        return first...min(last ?? count - 1, count - 1)
    }
}
